//! The texts by which the host names users, sessions and customers.

use std::borrow::Cow;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, LazyLock};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// The stable identifier of the user whose biometrics are checked: what the host calls the user, in any alphabet, 1 to
/// 1,024 bytes, compared byte for byte. An opaque id is better than an e-mail address, because it does not change.
///
/// To the platform it is the `X-User-Fullname`, under its [`platform_name`](Self::platform_name). It is personal data:
/// `Debug` hides it, and it appears in no log and no event.
#[derive(Clone, Eq, Serialize, Deserialize)]
pub struct Subject(Arc<str>);

/// The host's own key of the login session that the caller came with, 1 to 256 bytes of visible ASCII: decisions do not
/// outlive or leave it.
///
/// Each login draws another key, and the key is no other user's: what decisions are bound to is only as good as that. A
/// session's id is one, or a random value that the host keeps in its session; a constant, a user's id or a device's is
/// none. The gate logs a warning where one key comes with several subjects. `Debug` hides it.
///
/// A host that changes the key while the login goes on calls
/// [`BiometryGate::rotate_session`](crate::BiometryGate::rotate_session), and
/// [`BiometryGate::log_out`](crate::BiometryGate::log_out) at its end.
///
/// ```
/// use biometry_gate::principal::HostSession;
///
/// assert!(HostSession::parse("b6f1d2c47e").is_ok());
/// assert!(HostSession::parse("").is_err() && HostSession::parse("two words").is_err());
/// ```
#[derive(Clone, Eq, Serialize, Deserialize)]
pub struct HostSession(Arc<str>);

/// A customer of the host with its own users, 1 to 256 bytes of visible ASCII. Hosts with one kind of user never name
/// it: all their users are of the default tenant.
///
/// Equal subjects of two tenants are two people. Tenants may have [projects](crate::gate::Project) of their own at the
/// platform.
#[derive(Clone, Eq, Serialize, Deserialize)]
pub struct Tenant(Arc<str>);

/// A text that cannot be a subject, a host session or a tenant. `Display` and `Debug` say what it has to be, and do not
/// show it.
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum PrincipalError {
    /// The subject is empty or longer than 1,024 bytes.
    Subject,
    /// The host session is not 1 to 256 bytes of visible ASCII.
    HostSession,
    /// The tenant is not 1 to 256 bytes of visible ASCII.
    Tenant,
}

macro_rules! visible_text {
    ($name:ident) => {
        text!($name);

        impl $name {
            /// Reads the text.
            ///
            /// # Errors
            /// When it is not 1 to 256 bytes of visible ASCII.
            pub fn parse(text: &str) -> Result<Self, PrincipalError> {
                let fits = (1..=MAX_LEN).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
                if fits { Ok(Self(text.into())) } else { Err(PrincipalError::$name) }
            }
        }
    };
}

macro_rules! text {
    ($name:ident) => {
        impl $name {
            /// The text. It is personal data: do not log it.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        // Most of the time it is the very same text.
        impl PartialEq for $name {
            #[inline]
            fn eq(&self, other: &Self) -> bool {
                Arc::ptr_eq(&self.0, &other.0) || self.0 == other.0
            }
        }

        impl Hash for $name {
            fn hash<H: Hasher>(&self, state: &mut H) {
                self.0.hash(state);
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }
    };
}

text!(Subject);
impl Subject {
    /// Reads the text.
    ///
    /// # Errors
    /// When it is empty or longer than 1,024 bytes.
    pub fn parse(text: &str) -> Result<Self, PrincipalError> {
        let fits = (1..=LONGEST_SUBJECT).contains(&text.len());
        if fits { Ok(Self(text.into())) } else { Err(PrincipalError::Subject) }
    }

    /// What the platform calls the subject. It is the same text wherever the platform's header can carry that as it is: 1 to
    /// 256 bytes of visible ASCII, for HTTP clients disagree on how to encode anything else there. Otherwise it is `sha256-`
    /// and the SHA-256 of the text's UTF-8, in 64 lower-case hexadecimal digits.
    ///
    /// It never changes, and no two subjects share one: a text that begins with `sha256-` itself is derived, too.
    ///
    /// ```
    /// use biometry_gate::principal::Subject;
    ///
    /// assert_eq!(Subject::parse("ana@example.com")?.platform_name(), "ana@example.com");
    /// let jose = Subject::parse("Jos\u{e9}")?;
    /// assert_eq!(jose.platform_name(), "sha256-24c2ab65b7adab7e070ba05a00a3f3ae074e28b8bcdd59735b7107e7a538a551");
    /// # Ok::<(), biometry_gate::principal::PrincipalError>(())
    /// ```
    pub fn platform_name(&self) -> Cow<'_, str> {
        let text = self.as_str();
        let travels = text.len() <= MAX_LEN && text.bytes().all(|byte| byte.is_ascii_graphic());
        if travels && !text.starts_with(DERIVED) {
            return Cow::Borrowed(text);
        }
        let digest = Sha256::digest(text);
        let digits = digest.iter().flat_map(|byte| [byte >> 4, byte & 15]);
        let digits = digits.filter_map(|digit| char::from_digit(digit.into(), 16));
        Cow::Owned(DERIVED.chars().chain(digits).collect())
    }
}
visible_text!(HostSession);
visible_text!(Tenant);

impl Default for Tenant {
    fn default() -> Self {
        DEFAULT_TENANT.clone()
    }
}

impl fmt::Display for PrincipalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Subject => "a subject has to be 1 to 1,024 bytes",
            Self::HostSession => "a host session has to be 1 to 256 bytes of visible ascii",
            Self::Tenant => "a tenant has to be 1 to 256 bytes of visible ascii",
        })
    }
}

/// Programs that print it with `Debug` when they end say the same.
impl fmt::Debug for PrincipalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for PrincipalError {}

pub(super) static DEFAULT_TENANT: LazyLock<Tenant> = LazyLock::new(|| Tenant("default".into()));
const MAX_LEN: usize = 256;
const LONGEST_SUBJECT: usize = 1024;
/// What stands in front of names that are derived.
pub(super) const DERIVED: &str = "sha256-";
