use std::fmt;
use std::sync::Arc;

use biometry_client::{GeoLocation, PhoneNumber};
use http::request::Parts;

use crate::principal::Principal;

/// What only the host knows of its callers and may pass on to the platform. Nothing that a client sends enters into it.
#[derive(Clone, Default)]
pub(crate) struct HostKnowledge {
    pub(crate) phone: Option<Arc<Phone>>,
    pub(crate) geo: Option<Arc<Geo>>,
}

type Phone = dyn Fn(&Principal) -> Option<PhoneNumber> + Send + Sync;
type Geo = dyn Fn(&Principal, &Parts) -> Option<GeoLocation> + Send + Sync;

impl HostKnowledge {
    /// The caller's phone number, for the platform's check of a swapped SIM.
    pub(crate) fn phone(&self, owner: &Principal) -> Option<PhoneNumber> {
        self.phone.as_ref().and_then(|phone| phone(owner))
    }

    /// Where the caller is.
    pub(crate) fn geo(&self, owner: &Principal, head: &Parts) -> Option<GeoLocation> {
        self.geo.as_ref().and_then(|geo| geo(owner, head))
    }
}

impl fmt::Debug for HostKnowledge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HostKnowledge")
    }
}
