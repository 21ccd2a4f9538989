use biometry_client::{DeviceInfo, GeoLocation};

/// What is known of the circumstances of an upload: the device by the client's word, the place by the host's.
#[derive(Clone, Debug, Default)]
pub(crate) struct About {
    pub(crate) device_info: Option<DeviceInfo>,
    pub(crate) geo: Option<GeoLocation>,
}
