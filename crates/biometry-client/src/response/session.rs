//! Replies of `/api-gateway/sessions`.

use super::Unparsable;
use crate::PlatformSession;
use crate::json::Object;

/// `{"data": "<session id>", "message": …}`; the message is not looked at.
pub(crate) fn parse_started(root: &Object) -> Result<PlatformSession, Unparsable> {
    if root.has_error() {
        return Err(Unparsable);
    }
    let id = root.get_str("data").ok_or(Unparsable)?;
    PlatformSession::parse(id).map_err(|_| Unparsable)
}

/// `{"message": …}`: any object that objects to nothing.
pub(crate) fn parse_ended(root: &Object) -> Result<(), Unparsable> {
    if root.has_error() { Err(Unparsable) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::read_object;

    #[test]
    fn a_session_is_a_plain_string() {
        let read = |text: &str| parse_started(&read_object(text.as_bytes()).unwrap());
        let id = "sess_fe402c29-b543-4413-8624-af1a2a0b2f2c";
        let session =
            read(&format!(r#"{{"data":"{id}","message":"session started successfully"}}"#)).unwrap();
        assert_eq!(session.as_str(), id);
        assert!(read(r#"{"data":"fe402c29-b543"}"#).is_ok());
        for text in [
            "{}",
            r#"{"data":""}"#,
            r#"{"data":null}"#,
            r#"{"data":7}"#,
            r#"{"data":{"session_id":"s"}}"#,
            r#"{"data":"a/../b"}"#,
            r#"{"data":"s","error":"no"}"#,
        ] {
            assert_eq!(read(text).err(), Some(Unparsable), "{text}");
        }
    }

    #[test]
    fn an_end_is_any_object_without_an_error() {
        let read = |text: &str| parse_ended(&read_object(text.as_bytes()).unwrap());
        assert_eq!(read(r#"{"message":"session ended successfully"}"#), Ok(()));
        assert_eq!(read("{}"), Ok(()));
        assert_eq!(read(r#"{"error":"session not found"}"#), Err(Unparsable));
    }
}
