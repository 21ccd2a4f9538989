//! Replies of `/api-transactions`.

use std::fmt;

use super::Unparsable;
use crate::json::{Json, Object};

/// Where the media of a transaction can be fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Samples {
    frame: Option<SampleUrl>,
    video: Option<SampleUrl>,
}

impl Samples {
    /// A frame taken from the video.
    pub fn frame(&self) -> Option<&SampleUrl> {
        self.frame.as_ref()
    }

    /// The video as it was uploaded.
    pub fn video(&self) -> Option<&SampleUrl> {
        self.video.as_ref()
    }
}

/// A signed address, good for about 15 minutes: any client that has it can fetch the media.
///
/// Fetch it without the API key. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct SampleUrl(String);

impl SampleUrl {
    /// The address; always `https`.
    pub fn expose_secret(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SampleUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SampleUrl(..)")
    }
}

/// `{"data": {"login-extracted-frame": url, "login-original-video": url}}`; the names also occur with
/// underscores.
pub(crate) fn parse_samples(root: &Object) -> Result<Samples, Unparsable> {
    let data = root.get("data").and_then(Json::as_object).filter(|_| !root.has_error()).ok_or(Unparsable)?;
    Ok(Samples {
        frame: parse_url(data, ["login-extracted-frame", "login_extracted_frame"])?,
        video: parse_url(data, ["login-original-video", "login_original_video"])?,
    })
}

/// `{"message": …}`: any object that objects to nothing.
pub(crate) fn parse_done(root: &Object) -> Result<(), Unparsable> {
    if root.has_error() { Err(Unparsable) } else { Ok(()) }
}

fn parse_url(data: &Object, names: [&str; 2]) -> Result<Option<SampleUrl>, Unparsable> {
    let Some(url) = names.into_iter().find_map(|name| data.get_non_null(name)) else { return Ok(None) };
    let url = url.as_str().ok_or(Unparsable)?;
    match url.parse::<http::Uri>() {
        _ if url.is_empty() => Ok(None),
        Ok(uri) if uri.scheme_str() == Some("https") => Ok(Some(SampleUrl(url.to_owned()))),
        _ => Err(Unparsable),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::read_object;

    fn read(text: &str) -> Result<Samples, Unparsable> {
        parse_samples(&read_object(text.as_bytes()).unwrap())
    }

    #[test]
    fn reads_both_spellings() {
        for separator in ["-", "_"] {
            let text = r#"{"data":{"login-extracted-frame":"https://media.example/f?sig=1","login-original-video":"https://media.example/v?sig=2"}}"#;
            let samples = read(
                &text.replace("login-extracted-frame", &["login", "extracted", "frame"].join(separator)),
            )
            .unwrap();
            assert_eq!(samples.frame().unwrap().expose_secret(), "https://media.example/f?sig=1");
            assert_eq!(samples.video().unwrap().expose_secret(), "https://media.example/v?sig=2");
            assert!(!format!("{samples:?}").contains("sig"));
        }
    }

    #[test]
    fn what_is_no_address_is_not_handed_on() {
        assert_eq!(read(r#"{"data":{}}"#), Ok(Samples { frame: None, video: None }));
        assert_eq!(read(r#"{"data":{"login-original-video":""}}"#), Ok(Samples { frame: None, video: None }));
        for text in [
            "{}",
            r#"{"data":{"login-original-video":"http://media.example/"}}"#,
            r#"{"data":{"login-original-video":"file:///etc/passwd"}}"#,
            r#"{"data":{"login-original-video":7}}"#,
            r#"{"data":{},"error":"x"}"#,
        ] {
            assert_eq!(read(text), Err(Unparsable), "{text}");
        }
        assert_eq!(parse_done(&read_object(br#"{"message":"tags updated"}"#).unwrap()), Ok(()));
        assert_eq!(parse_done(&read_object(br#"{"error":"x"}"#).unwrap()), Err(Unparsable));
    }
}
