use bytes::Bytes;
use http::header::{CACHE_CONTROL, LOCATION};
use http::{HeaderValue, Response, StatusCode};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::config_error::ConfigError;
use crate::id::ReturnHandle;
use crate::policy::Policy;

/// The host's page that takes people through stepping up.
#[derive(Clone, Debug)]
pub(crate) struct StepUpPage(String);

impl StepUpPage {
    pub(crate) fn parse(path: &str) -> Result<Self, ConfigError> {
        if is_own_path(path) && !path.contains('#') {
            return Ok(Self(path.to_owned()));
        }
        Err(ConfigError::new(
            "the step-up page has to be a path of this host, /step-up for example: correct `Refusing::step_up_page`",
        ))
    }

    /// 303, so that the browser asks with GET whatever it did before. The page learns which policy it has to satisfy.
    pub(crate) fn redirect(&self, handle: &ReturnHandle, policy: Option<&Policy>) -> Response<Bytes> {
        let join = if self.0.contains('?') { '&' } else { '?' };
        let mut location = format!("{}{join}return={}", self.0, handle.as_str());
        if let Some(policy) = policy {
            location += &format!("&policy={}", utf8_percent_encode(policy.name(), NON_ALPHANUMERIC));
        }
        let mut response = Response::new(Bytes::new());
        *response.status_mut() = StatusCode::SEE_OTHER;
        // INVARIANT: all parts are visible ASCII.
        if let Ok(location) = HeaderValue::from_str(&location) {
            response.headers_mut().insert(LOCATION, location);
        }
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }
}

/// A path of this host that no browser reads as another host's: one slash in front, no backslash, nothing invisible.
pub(crate) fn is_own_path(path: &str) -> bool {
    let single_slash = path.starts_with('/') && !path.starts_with("//");
    let plain = path.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
    single_slash && plain && path.len() <= MAX_TARGET
}

const MAX_TARGET: usize = 2048;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hostile_target_is_never_kept() {
        let mut hostile = 0;
        for start in
            ["//", "///", "//\\", "/\\", "\\", "/\\/", "/\t/", "/ /", "", "https:", "javascript:", "data:"]
        {
            for host in
                ["evil.example", "evil.example/x", "user@evil.example", "[::1]", "evil%2eexample", "%2fevil"]
            {
                for end in ["", "/", "?a=b", "#f", "/..//x", "\u{2028}"] {
                    hostile += 1;
                    assert!(!is_own_path(&format!("{start}{host}{end}")), "{start}{host}{end}");
                }
            }
        }
        assert!(hostile > 400);
        assert!(!is_own_path(&format!("/{}", "a".repeat(MAX_TARGET))));
    }

    #[test]
    fn the_step_up_page_is_a_path_of_this_host() {
        for bad in ["", "step-up", "//evil.example", "https://evil.example", "/a b", "/a#b", "/a\\b"] {
            assert!(StepUpPage::parse(bad).is_err(), "{bad}");
        }
        let handle = ReturnHandle::random(&crate::entropy::OsEntropy).unwrap();
        for (page, join) in [("/step-up", '?'), ("/app?view=step-up", '&')] {
            let response = StepUpPage::parse(page).unwrap().redirect(&handle, None);
            let location = response.headers()[LOCATION].to_str().unwrap();
            assert_eq!(location, format!("{page}{join}return={}", handle.as_str()));
        }
    }
}
