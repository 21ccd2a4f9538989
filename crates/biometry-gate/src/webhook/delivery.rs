//! A delivery, and what it reports.

use std::fmt;
use std::time::SystemTime;

use bytes::Bytes;
use serde::Deserialize;

/// One delivery, verified: its signature fits, its time is close enough, and it is not a repetition. `Debug` hides the
/// body.
#[derive(Clone)]
pub struct Delivery {
    id: String,
    kind: DeliveryKind,
    sent_at: Option<SystemTime>,
    body: Bytes,
}

/// What a delivery reports. New versions may know more names.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DeliveryKind {
    /// `docauth.completed`: a document check is finished. The only event that the platform documents.
    DocumentChecked,
    /// An event that this version does not know, by its name.
    Other(String),
    /// The body names no event in a place that this version knows.
    Unnamed,
}

impl Delivery {
    pub(super) fn new(id: String, sent_at: Option<SystemTime>, body: Bytes) -> Self {
        Self { id, kind: DeliveryKind::read(&body), sent_at, body }
    }

    /// The delivery's id, by which repetitions are recognised: the sender's where the scheme signs one, otherwise a
    /// hash of the body.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What it reports.
    pub fn kind(&self) -> &DeliveryKind {
        &self.kind
    }

    /// When it was sent, by the sender's clock, where the scheme says so.
    pub fn sent_at(&self) -> Option<SystemTime> {
        self.sent_at
    }

    /// The body as it came, byte for byte, 256 KiB at most. It may hold a document's data: do not log it.
    pub fn body(&self) -> &Bytes {
        &self.body
    }
}

impl DeliveryKind {
    /// Where the name of the event stands in the body is not documented: these are the usual places.
    fn read(body: &[u8]) -> Self {
        #[derive(Deserialize)]
        struct Named {
            event: Option<String>,
            #[serde(rename = "type")]
            kind: Option<String>,
        }
        match serde_json::from_slice(body) {
            // Two names that contradict each other are none.
            Ok(Named { event: Some(event), kind: Some(kind) }) if event != kind => Self::Unnamed,
            Ok(Named { event, kind }) => event.or(kind).map_or(Self::Unnamed, Self::named),
            Err(_) => Self::Unnamed,
        }
    }

    fn named(name: String) -> Self {
        if name == "docauth.completed" { Self::DocumentChecked } else { Self::Other(name) }
    }
}

impl fmt::Debug for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Delivery").field("event", &self.kind).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_named_in_one_of_the_usual_places() {
        for (body, event) in [
            (r#"{"event":"docauth.completed","data":{}}"#, DeliveryKind::DocumentChecked),
            (r#"{"type":"docauth.completed"}"#, DeliveryKind::DocumentChecked),
            (r#"{"type":"a","event":"a"}"#, DeliveryKind::Other("a".to_owned())),
            (r#"{"type":"docauth.completed","event":"b"}"#, DeliveryKind::Unnamed),
            (r#"{"event":"a","event":"docauth.completed"}"#, DeliveryKind::Unnamed),
            (r#"{"event":7}"#, DeliveryKind::Unnamed),
            ("{}", DeliveryKind::Unnamed),
            ("no json", DeliveryKind::Unnamed),
        ] {
            assert_eq!(DeliveryKind::read(body.as_bytes()), event, "{body}");
        }
    }

    #[test]
    fn debug_shows_no_body() {
        let delivery = Delivery::new("id-1".to_owned(), None, Bytes::from_static(br#"{"name":"ANNA"}"#));
        assert!(!format!("{delivery:?}").contains("ANNA"));
    }
}
