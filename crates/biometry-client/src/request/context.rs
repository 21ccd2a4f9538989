//! What a call may tell the platform about its circumstances.

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use super::{Draft, SESSION_ID};
use crate::identifier::IdentifierErrorKind;
use crate::wire::{GeoHeader, escape_non_ascii, to_json};
use crate::{Error, IdentifierError, PlatformSession, Tag, json};

/// What made the user act: `X-Action-Trigger`, and the form field `trigger` where there is a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Trigger {
    /// The user signs in or steps up.
    Authentication,
    /// The user registers.
    Registration,
    /// The user confirms an operation.
    Confirmation,
}

impl Trigger {
    /// The value as it travels.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Authentication => "authentication",
            Self::Registration => "registration",
            Self::Confirmation => "confirmation",
        }
    }
}

/// Metadata of the user's device for `X-Device-Info`. Personal: `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct DeviceInfo(String);

impl DeviceInfo {
    /// Takes the JSON object a front end collected; it is rewritten compactly and in ASCII, which
    /// every reader of headers takes the same way.
    ///
    /// # Errors
    /// When the text is not an unambiguous JSON object, or longer than 4 KiB once rewritten.
    pub fn parse(text: &str) -> Result<Self, IdentifierError> {
        let not_an_object = |_| IdentifierError::new(IdentifierErrorKind::Form);
        json::read_object(text.as_bytes()).map_err(not_an_object)?;
        let value: serde_json::Value =
            serde_json::from_str(text).map_err(|_| not_an_object(json::Malformed))?;
        let header = escape_non_ascii(&value.to_string());
        if header.len() > MAX_DEVICE_INFO {
            return Err(IdentifierError::new(IdentifierErrorKind::TooLong));
        }
        Ok(Self(header))
    }

    /// How many bytes it takes as a header.
    #[expect(clippy::len_without_is_empty, reason = "an object is never empty")]
    pub fn len(&self) -> usize {
        self.0.len()
    }
}

impl fmt::Debug for DeviceInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DeviceInfo(..)")
    }
}

/// Where the user is, for `X-Geo-Location`. Personal: `Debug` does not show it.
///
/// Without it the platform takes the address of its caller for the user's, which behind this
/// client is your server's.
#[derive(Clone, PartialEq)]
pub struct GeoLocation {
    latitude: f64,
    longitude: f64,
    country: String,
    city: String,
    ip: Option<IpAddr>,
}

impl GeoLocation {
    /// A place by latitude (-90 to 90) and longitude (-180 to 180), in degrees.
    ///
    /// # Errors
    /// When a number is not within its range.
    pub fn new(latitude: f64, longitude: f64) -> Result<Self, IdentifierError> {
        if !(-90.0..=90.0).contains(&latitude) || !(-180.0..=180.0).contains(&longitude) {
            return Err(IdentifierError::new(IdentifierErrorKind::Form));
        }
        Ok(Self { latitude, longitude, country: String::new(), city: String::new(), ip: None })
    }

    /// Names the country; empty by default.
    pub fn country(mut self, country: impl Into<String>) -> Self {
        self.country = country.into();
        self
    }

    /// Names the city; empty by default.
    pub fn city(mut self, city: impl Into<String>) -> Self {
        self.city = city.into();
        self
    }

    /// Adds the user's own network address; none by default.
    pub fn ip(mut self, ip: IpAddr) -> Self {
        self.ip = Some(ip);
        self
    }

    fn header(&self) -> String {
        escape_non_ascii(&to_json(&GeoHeader {
            lat: self.latitude,
            lng: self.longitude,
            country: &self.country,
            city: &self.city,
            ip: self.ip,
        }))
    }
}

impl fmt::Debug for GeoLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("GeoLocation(..)")
    }
}

/// What the calls that carry media may tell besides: for those who tell several of them the same.
///
/// Every such call has these setters, too.
#[derive(Clone, Debug, Default)]
pub struct CallContext {
    pub(crate) session: Option<PlatformSession>,
    pub(crate) trigger: Option<Trigger>,
    pub(crate) tags: Vec<Tag>,
    pub(crate) device_info: Option<DeviceInfo>,
    pub(crate) geo: Option<GeoLocation>,
    pub(crate) deadline: Option<Duration>,
}

/// The setters every call with media has, over its field `context`.
macro_rules! context_setters {
    () => {
        /// Sets all of this, in place of what was set so far.
        pub fn context(self, context: $crate::CallContext) -> Self {
            Self { context, ..self }
        }

        /// Groups the call with others (`X-Session-ID`). The first call of a session that names a user
        /// locks the session to that user.
        pub fn session(mut self, session: $crate::PlatformSession) -> Self {
            self.context.session = Some(session);
            self
        }

        /// Adds labels (`X-Request-Tags`).
        pub fn tags(mut self, tags: impl IntoIterator<Item = $crate::Tag>) -> Self {
            self.context.tags.extend(tags);
            self
        }

        /// Describes the user's device (`X-Device-Info`).
        pub fn device_info(mut self, device_info: $crate::DeviceInfo) -> Self {
            self.context.device_info = Some(device_info);
            self
        }

        /// Says where the user is (`X-Geo-Location`).
        pub fn geo(mut self, geo: $crate::GeoLocation) -> Self {
            self.context.geo = Some(geo);
            self
        }

        /// Replaces the transport's limit on the time of the whole exchange, for callers who
        /// supervise the upload themselves. See [`Deadline`](crate::Deadline).
        pub fn deadline(mut self, deadline: std::time::Duration) -> Self {
            self.context.deadline = Some(deadline);
            self
        }
    };
}
pub(crate) use context_setters;

impl CallContext {
    /// Groups the call with others (`X-Session-ID`).
    #[must_use]
    pub fn session(self, session: PlatformSession) -> Self {
        Self { session: Some(session), ..self }
    }

    /// Says what made the user act (`X-Action-Trigger`).
    #[must_use]
    pub fn trigger(self, trigger: Trigger) -> Self {
        Self { trigger: Some(trigger), ..self }
    }

    /// Adds labels (`X-Request-Tags`).
    #[must_use]
    pub fn tags(mut self, tags: impl IntoIterator<Item = Tag>) -> Self {
        self.tags.extend(tags);
        self
    }

    /// Describes the user's device (`X-Device-Info`).
    #[must_use]
    pub fn device_info(self, device_info: DeviceInfo) -> Self {
        Self { device_info: Some(device_info), ..self }
    }

    /// Says where the user is (`X-Geo-Location`).
    #[must_use]
    pub fn geo(self, geo: GeoLocation) -> Self {
        Self { geo: Some(geo), ..self }
    }

    /// Replaces the transport's limit on the time of the whole exchange. See [`Deadline`](crate::Deadline).
    #[must_use]
    pub fn deadline(self, deadline: Duration) -> Self {
        Self { deadline: Some(deadline), ..self }
    }

    pub(crate) fn apply(&self, mut draft: Draft) -> Result<Draft, Error> {
        if let Some(session) = &self.session {
            draft = draft.sensitive(SESSION_ID, session.as_str())?;
        }
        if let Some(trigger) = self.trigger {
            draft = draft.header("x-action-trigger", trigger.as_str())?;
        }
        if !self.tags.is_empty() {
            let tags: Vec<&str> = self.tags.iter().map(Tag::as_str).collect();
            draft = draft.header("x-request-tags", &tags.join(","))?;
        }
        if let Some(device_info) = &self.device_info {
            draft = draft.sensitive("x-device-info", &device_info.0)?;
        }
        if let Some(geo) = &self.geo {
            draft = draft.sensitive("x-geo-location", &geo.header())?;
        }
        if let Some(deadline) = self.deadline {
            draft = draft.deadline(deadline);
        }
        Ok(draft)
    }
}

const MAX_DEVICE_INFO: usize = 4 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn device_info_is_a_compact_ascii_object() {
        let info = DeviceInfo::parse("{ \"model\":\t\"Zoë\",\n \"sdk\": 34 }").unwrap();
        assert_eq!(info.0, r#"{"model":"Zo\u00eb","sdk":34}"#);
        assert_eq!(format!("{info:?}"), "DeviceInfo(..)");
        let long = format!(r#"{{"a":"{}"}}"#, "x".repeat(MAX_DEVICE_INFO));
        for text in ["", "[]", "\"x\"", "{\"a\":1,\"a\":2}", "{\"a\":1}\r\nX-Evil: 1", &long] {
            assert!(DeviceInfo::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_place_is_written_as_the_platform_reads_it() {
        let place = GeoLocation::new(47.5, 19.0).unwrap().country("HU").city("Győr");
        assert_eq!(place.header(), r#"{"lat":47.5,"lng":19.0,"country":"HU","city":"Gy\u0151r"}"#);
        let place = place.ip(IpAddr::from([192, 0, 2, 1]));
        assert!(place.header().ends_with(r#","ip":"192.0.2.1"}"#));
        for (latitude, longitude) in [(f64::NAN, 0.0), (91.0, 0.0), (0.0, 180.1), (0.0, f64::INFINITY)] {
            assert!(GeoLocation::new(latitude, longitude).is_err());
        }
    }
}
