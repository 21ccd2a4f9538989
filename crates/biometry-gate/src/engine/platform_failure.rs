use std::time::Duration;

use biometry_client::ErrorKind;

/// Why the platform gave no usable answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PlatformFailure {
    Unavailable,
    /// It has not answered for a while, and is asked again after this long.
    Resting(Duration),
    KeyRejected,
    Timeout,
    Nonsense,
}

impl From<&biometry_client::Error> for PlatformFailure {
    fn from(error: &biometry_client::Error) -> Self {
        match (error.kind(), error.status().map(|status| status.as_u16())) {
            (ErrorKind::KeyRejected, _) => Self::KeyRejected,
            (ErrorKind::Timeout, _) => Self::Timeout,
            (ErrorKind::Connect | ErrorKind::Tls | ErrorKind::Interrupted | ErrorKind::RateLimited, _) => {
                Self::Unavailable
            }
            (ErrorKind::Faulted, Some(502..=504)) => Self::Unavailable,
            _ => Self::Nonsense,
        }
    }
}

impl PlatformFailure {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Unavailable => "platform-unavailable",
            Self::Resting(_) => "platform-resting",
            Self::KeyRejected => "key-rejected",
            Self::Timeout => "platform-timeout",
            Self::Nonsense => "platform-error",
        }
    }
}
