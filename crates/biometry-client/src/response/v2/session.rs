//! Replies of `/api-gateway/v2/sessions`.

use super::Envelope;
use crate::PlatformSession;
use crate::response::Unparsable;

/// `{"data": {"session_id"}}`.
pub(crate) fn parse_started(envelope: &Envelope<'_>) -> Result<PlatformSession, Unparsable> {
    let id = envelope.object()?.and_then(|data| data.get_str("session_id")).ok_or(Unparsable)?;
    PlatformSession::parse(id).map_err(|_| Unparsable)
}

/// Only `meta`: any envelope.
pub(crate) fn parse_ended(_: &Envelope<'_>) -> Result<(), Unparsable> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::read_object;

    #[test]
    fn a_session_is_a_plain_string_within_the_data() {
        let read = |text: &str| {
            let root = read_object(text.as_bytes()).unwrap();
            Envelope::open(&root).and_then(|envelope| parse_started(&envelope))
        };
        let session = read(r#"{"data":{"session_id":"sess_1"},"meta":{"request_id":"r"}}"#).unwrap();
        assert_eq!(session.as_str(), "sess_1");
        for text in [
            "{}",
            r#"{"data":"sess_1"}"#,
            r#"{"data":{"session_id":""}}"#,
            r#"{"data":{"session_id":"a/../b"}}"#,
            r#"{"data":{"session_id":7}}"#,
            r#"{"data":{"session_id":"sess_1"},"error":{"code":"x"}}"#,
        ] {
            assert_eq!(read(text).err(), Some(Unparsable), "{text}");
        }
    }
}
