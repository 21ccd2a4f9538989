//! The identifiers that travel in headers, paths and logs: each a checked text of bounded length.

use std::error::Error as StdError;
use std::fmt;

/// The end user as the platform knows them: the value of `X-User-Fullname`.
///
/// Despite its name an identifier, not a display name (integration guide, "Common Gotchas"): use an
/// e-mail address or a UUID, the same in every call. 1 to 256 bytes of visible ASCII without
/// spaces. Two traps explain the narrowness. Header values beyond ASCII are read as Latin-1 by some
/// clients and as UTF-8 by others, so that one person becomes two; and the platform turns spaces
/// into underscores in places, so that two persons become one.
///
/// Personal: it has no `Display`, and `Debug` does not show it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct UserFullname(String);

impl UserFullname {
    /// Checks an identifier.
    ///
    /// # Errors
    /// When it is empty, longer than 256 bytes or holds anything but visible ASCII.
    pub fn parse(text: &str) -> Result<Self, IdentifierError> {
        parse(text, 256, |byte| byte.is_ascii_graphic()).map(Self)
    }

    /// The identifier as it travels.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for UserFullname {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UserFullname(..)")
    }
}

/// The platform's id of a session, opaque to us.
///
/// 1 to 128 bytes of `A-Z a-z 0-9 . _ : @ -`, and not `.` or `..`: the id becomes a path segment
/// and a header value, and must mean itself in both. `Debug` does not show it, as it lets its
/// holder act within the session.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PlatformSession(String);

impl PlatformSession {
    /// Checks a session id.
    ///
    /// # Errors
    /// When it is empty, longer than 128 bytes or holds a byte outside the set above.
    pub fn parse(text: &str) -> Result<Self, IdentifierError> {
        if matches!(text, "." | "..") {
            return Err(IdentifierError { kind: IdentifierErrorKind::ForbiddenByte });
        }
        parse(text, 128, |byte| byte.is_ascii_alphanumeric() || b"._:@-".contains(&byte)).map(Self)
    }

    /// The id as it travels.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PlatformSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PlatformSession(..)")
    }
}

/// A telephone number in the international form of E.164, as `+61400000000`.
///
/// Take it from your own records: a number the caller may choose turns the SIM-swap check into a
/// lookup of any number. Personal: no `Display`, and `Debug` does not show it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PhoneNumber(String);

impl PhoneNumber {
    /// Checks a number: `+`, then 7 to 15 digits of which the first is not 0.
    ///
    /// # Errors
    /// When the text has another form; spaces and hyphens are not removed.
    pub fn parse(text: &str) -> Result<Self, IdentifierError> {
        let digits = text.strip_prefix('+').filter(|digits| digits.len() >= 7 && !digits.starts_with('0'));
        match digits {
            Some(digits) => {
                parse(digits, 15, |byte| byte.is_ascii_digit()).map(|digits| Self(format!("+{digits}")))
            }
            None => Err(IdentifierError { kind: IdentifierErrorKind::Form }),
        }
    }

    /// The number as it travels.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PhoneNumber(..)")
    }
}

/// The platform's id of one request, from `X-Request-Id`; also the id of its transaction.
///
/// Made for logs and for the vendor's support, hence shown plainly. At most 128 bytes of visible
/// ASCII, so that a log line stays one line.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct RequestId(String);

impl RequestId {
    /// Checks a request id.
    ///
    /// # Errors
    /// When it is empty, longer than 128 bytes or holds anything but visible ASCII.
    pub fn parse(text: &str) -> Result<Self, IdentifierError> {
        parse(text, 128, |byte| byte.is_ascii_graphic()).map(Self)
    }

    /// The id as it came.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RequestId({})", self.0)
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A label for `X-Request-Tags`: 1 to 64 bytes of visible ASCII without a comma.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Tag(String);

impl Tag {
    /// Checks a label.
    ///
    /// # Errors
    /// When it is empty, longer than 64 bytes, or holds a comma or anything but visible ASCII.
    pub fn parse(text: &str) -> Result<Self, IdentifierError> {
        parse(text, 64, |byte| byte.is_ascii_graphic() && byte != b',').map(Self)
    }

    /// The label as it travels.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The id of a consent template in the dashboard. Version 2 only. 1 to 128 bytes of visible ASCII.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ConsentTemplate(String);

impl ConsentTemplate {
    /// Checks an id.
    ///
    /// # Errors
    /// When it is empty, longer than 128 bytes or holds anything but visible ASCII.
    pub fn parse(text: &str) -> Result<Self, IdentifierError> {
        parse(text, 128, |byte| byte.is_ascii_graphic()).map(Self)
    }

    /// The id as it travels.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The id of a deepfake check. Version 2 only. 1 to 128 bytes of visible ASCII.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DeepfakeCheckId(String);

impl DeepfakeCheckId {
    /// Checks an id.
    ///
    /// # Errors
    /// When it is empty, longer than 128 bytes or holds anything but visible ASCII.
    pub fn parse(text: &str) -> Result<Self, IdentifierError> {
        parse(text, 128, |byte| byte.is_ascii_graphic()).map(Self)
    }

    /// The id as it travels.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Why a text is not the identifier it should be. Never repeats the text.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct IdentifierError {
    kind: IdentifierErrorKind,
}

impl IdentifierError {
    pub(crate) fn new(kind: IdentifierErrorKind) -> Self {
        Self { kind }
    }

    /// What is wrong with the text.
    pub fn kind(&self) -> IdentifierErrorKind {
        self.kind
    }
}

impl fmt::Display for IdentifierError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            IdentifierErrorKind::Empty => "the identifier is empty",
            IdentifierErrorKind::TooLong => "the identifier is too long",
            IdentifierErrorKind::ForbiddenByte => "the identifier holds a character that is not allowed",
            IdentifierErrorKind::Form => "the identifier does not have the expected form",
        })
    }
}

/// Programs that print it with `Debug` when they end say the same.
impl fmt::Debug for IdentifierError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl StdError for IdentifierError {}

/// What [`IdentifierError`] is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum IdentifierErrorKind {
    /// Nothing there.
    Empty,
    /// More bytes than the type allows.
    TooLong,
    /// A byte outside the type's set.
    ForbiddenByte,
    /// The right bytes in the wrong arrangement.
    Form,
}

fn parse(text: &str, max: usize, is_allowed: impl Fn(u8) -> bool) -> Result<String, IdentifierError> {
    let kind = if text.is_empty() {
        IdentifierErrorKind::Empty
    } else if text.len() > max {
        IdentifierErrorKind::TooLong
    } else if !text.bytes().all(is_allowed) {
        IdentifierErrorKind::ForbiddenByte
    } else {
        return Ok(text.to_owned());
    };
    Err(IdentifierError { kind })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_visible_ascii() {
        for text in ["ana@example.com", "0190b2c4-7d1e", "a", &"x".repeat(256)] {
            assert_eq!(UserFullname::parse(text).unwrap().as_str(), text);
        }
        for text in ["", " ", "Jane Doe", "José", "a\r\nX-Evil: 1", "a\0", "a\t", "\u{7f}", &"x".repeat(257)]
        {
            assert!(UserFullname::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_session_is_one_plain_path_segment() {
        for text in ["sess_fe402c29-b543", "a.b:c@d", "...", &"x".repeat(128)] {
            assert_eq!(PlatformSession::parse(text).unwrap().as_str(), text);
        }
        for text in ["", ".", "..", "a/b", "a\\b", "a?b", "a#b", "a%2fb", "a b", "é", &"x".repeat(129)] {
            assert!(PlatformSession::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_phone_number_is_international() {
        assert_eq!(PhoneNumber::parse("+61400000000").unwrap().as_str(), "+61400000000");
        for text in ["", "+", "61400000000", "+0400000000", "+123456", "+1234567890123456", "+61 400 000 000"]
        {
            assert!(PhoneNumber::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_tag_has_no_comma() {
        assert_eq!(Tag::parse("step-up").unwrap().as_str(), "step-up");
        assert_eq!(Tag::parse("a,b").unwrap_err().kind(), IdentifierErrorKind::ForbiddenByte);
    }

    #[test]
    fn only_the_request_id_shows_itself() {
        assert_eq!(format!("{:?}", UserFullname::parse("ana").unwrap()), "UserFullname(..)");
        assert_eq!(format!("{:?}", PlatformSession::parse("ana").unwrap()), "PlatformSession(..)");
        assert_eq!(format!("{:?}", PhoneNumber::parse("+61400000000").unwrap()), "PhoneNumber(..)");
        assert_eq!(format!("{0:?} {0}", RequestId::parse("r-1").unwrap()), "RequestId(r-1) r-1");
    }
}
