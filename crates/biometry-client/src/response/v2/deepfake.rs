//! Replies of `/api-gateway/v2/deepfake/checks`: `{"data": {"id", "status"}}`.

use std::fmt;

use super::Envelope;
use crate::DeepfakeCheckId;
use crate::response::Unparsable;

/// How far a deepfake check is. Version 2 only.
#[derive(Clone, PartialEq, Eq)]
pub struct DeepfakeCheck {
    id: DeepfakeCheckId,
    status: DeepfakeStatus,
    text: String,
}

/// Where a deepfake check stands. None of them says whether the video is genuine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DeepfakeStatus {
    /// Not begun.
    Pending,
    /// Under way.
    Processing,
    /// Done; what was found is in the [raw reply](DeepfakeCheck::raw_json).
    Completed,
    /// Broken off by the platform.
    Failed,
    /// Absent, or a word that is not known.
    Unknown,
}

impl DeepfakeCheck {
    /// What to ask for it by.
    pub fn id(&self) -> &DeepfakeCheckId {
        &self.id
    }

    /// How far it is.
    pub fn status(&self) -> DeepfakeStatus {
        self.status
    }

    /// The whole reply as the platform wrote it: one JSON object, no longer than the client's limit on replies. How
    /// it says what was found is not documented, so this crate does not say it either.
    pub fn raw_json(&self) -> &str {
        &self.text
    }
}

impl fmt::Debug for DeepfakeCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeepfakeCheck").field("status", &self.status).finish_non_exhaustive()
    }
}

/// `text` is what the envelope was read from.
pub(crate) fn parse_deepfake_check(
    envelope: &Envelope<'_>,
    text: &[u8],
) -> Result<DeepfakeCheck, Unparsable> {
    let data = envelope.object()?.ok_or(Unparsable)?;
    let id = data.get_str("id").ok_or(Unparsable)?;
    Ok(DeepfakeCheck {
        id: DeepfakeCheckId::parse(id).map_err(|_| Unparsable)?,
        status: match data.get_str("status") {
            Some("pending") => DeepfakeStatus::Pending,
            Some("processing") => DeepfakeStatus::Processing,
            Some("completed") => DeepfakeStatus::Completed,
            Some("failed") => DeepfakeStatus::Failed,
            _ => DeepfakeStatus::Unknown,
        },
        text: std::str::from_utf8(text).map_err(|_| Unparsable)?.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::read_object;

    fn read(text: &str) -> Result<DeepfakeCheck, Unparsable> {
        let root = read_object(text.as_bytes()).unwrap();
        parse_deepfake_check(&Envelope::open(&root).unwrap(), text.as_bytes())
    }

    #[test]
    fn a_check_says_how_far_it_is_and_leaves_the_rest_as_it_came() {
        use DeepfakeStatus::*;
        for (word, status) in [
            ("pending", Pending),
            ("processing", Processing),
            ("completed", Completed),
            ("failed", Failed),
            ("Completed", Unknown),
            ("genuine", Unknown),
        ] {
            let text = format!(r#"{{"data":{{"id":"d-1","status":"{word}","verdict":"odd"}},"meta":{{}}}}"#);
            let check = read(&text).unwrap();
            assert_eq!(
                (check.status(), check.id().as_str(), check.raw_json()),
                (status, "d-1", text.as_str())
            );
            assert!(!format!("{check:?}").contains("odd"));
        }
        for text in
            ["{}", r#"{"data":{}}"#, r#"{"data":{"id":""}}"#, r#"{"data":{"id":7,"status":"completed"}}"#]
        {
            assert_eq!(read(text), Err(Unparsable), "{text}");
        }
    }
}
