//! Opaque, unguessable handles: 192 random bits in base64url behind a short prefix that says what they name.
//!
//! Handles travel to browsers and back. `parse` reads one, and accepts exactly the form in which the gate writes it, so
//! that foreign text is turned away before any store is asked. `Debug` hides them: they are bearer secrets of their
//! owners.
//!
//! ```
//! use biometry_gate::id::SessionId;
//!
//! let id = SessionId::parse("sess_abcdefghijklmnopqrstuvwxyz012345").expect("a session's id");
//! assert_eq!(id.as_str().len(), 37);
//! assert!(SessionId::parse("sess_short").is_none() && SessionId::parse("../etc/passwd").is_none());
//! assert_eq!(format!("{id:?}"), "SessionId(…)");
//! ```

use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use crate::entropy::{Entropy, EntropyError};

macro_rules! handle {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub struct $name(Arc<str>);

        impl $name {
            pub(crate) fn random(entropy: &dyn Entropy) -> Result<Self, EntropyError> {
                random_text($prefix, entropy).map(|text| Self(text.into()))
            }

            /// Reads a handle that came back from outside; `None` where it cannot be one of ours.
            pub fn parse(text: &str) -> Option<Self> {
                is_handle($prefix, text).then(|| Self(text.into()))
            }

            /// The text that travels.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        // INVARIANT: a handle is a bearer secret of its owner and never reaches a log.
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }
    };
}

handle!(
    /// Names one biometric session towards its owner. It says nothing of the platform's own session.
    SessionId,
    "sess_"
);
handle!(
    /// Names a decision, for support and audit. Holding it gives no access.
    DecisionId,
    "dec_"
);
handle!(
    /// Names an operation that waits for approval; what `start` takes.
    IntentId,
    "int_"
);
handle!(
    /// Marks one attempt to upload, so that only the attempt that claimed a session settles it.
    #[doc(hidden)]
    ClaimId,
    "clm_"
);
handle!(
    /// Names a place to return to after stepping up.
    ReturnHandle,
    "ret_"
);
handle!(
    /// Ties a sign-in by face to the browser that began it.
    #[doc(hidden)]
    BrowserKey,
    "web_"
);

handle!(
    /// Ties a sign-in by face to a browser that has signed in as the subject before.
    KnownBrowserKey,
    "own_"
);
handle!(
    /// By what a browser that has signed in by face is known again.
    DeviceKey,
    "dev_"
);

const RANDOM_BYTES: usize = 24;
const TEXT_LEN: usize = 32;

fn random_text(prefix: &str, entropy: &dyn Entropy) -> Result<String, EntropyError> {
    let mut bytes = [0; RANDOM_BYTES];
    entropy.fill(&mut bytes)?;
    let mut text = String::with_capacity(prefix.len() + TEXT_LEN);
    text.push_str(prefix);
    BASE64_URL_SAFE_NO_PAD.encode_string(bytes, &mut text);
    Ok(text)
}

fn is_handle(prefix: &str, text: &str) -> bool {
    text.strip_prefix(prefix).is_some_and(|rest| {
        rest.len() == TEXT_LEN && rest.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::OsEntropy;

    #[test]
    fn a_random_handle_reads_back() {
        let id = SessionId::random(&OsEntropy).unwrap();
        assert_eq!(SessionId::parse(id.as_str()), Some(id.clone()));
        assert!(!format!("{id:?}").contains(&id.as_str()[5..]));
    }

    #[test]
    fn foreign_text_is_no_handle() {
        for text in [
            "",
            "sess_",
            "sess_../../etc",
            "dec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
            "sess_AAAA AAAAAAAAAAAAAAAAAAAAAAAAAAA",
        ] {
            assert_eq!(SessionId::parse(text), None, "{text}");
        }
    }
}
