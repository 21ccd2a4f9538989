use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use biometry_gate::principal::{HostSession, Principal, PrincipalError};
use serde::{Deserialize, Serialize};

/// Who is logged in at the bank, in which session, since when: what the host's session cookie holds.
#[derive(Clone, Serialize, Deserialize)]
pub struct HostLogin {
    email: String,
    session: String,
    since: u64,
    /// Whether a face has opened it. A face is no other factor than a face.
    #[serde(default)]
    by_face: bool,
}

/// That is no e-mail address, or no session could be opened.
#[derive(Clone, Copy, Debug)]
pub struct LoginError;

impl HostLogin {
    /// How long its cookie lasts.
    pub const LONGEST: Duration = Duration::from_secs(8 * 3600);

    /// Logs a user in; this demonstration accepts any e-mail address.
    ///
    /// # Errors
    /// When the address cannot be one, or the operating system gives no randomness.
    pub fn new(email: &str, now: Duration) -> Result<Self, LoginError> {
        let (name, domain) = email.split_once('@').ok_or(LoginError)?;
        let is_address =
            |part: &str| !part.is_empty() && !part.contains(|c: char| c.is_whitespace() || c.is_control());
        if email.len() > LONGEST_ADDRESS || !is_address(name) || !is_address(domain) {
            return Err(LoginError);
        }
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).map_err(|_| LoginError)?;
        let session = u128::from_ne_bytes(bytes);
        let session = format!("{session:032x}");
        let login = Self { email: email.to_owned(), session, since: now.as_secs(), by_face: false };
        login.principal().map_err(|_| LoginError)?;
        Ok(login)
    }

    /// [`new`](Self::new) for a user who has signed in with their face.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn by_face(email: &str, now: Duration) -> Result<Self, LoginError> {
        Ok(Self { by_face: true, ..Self::new(email, now)? })
    }

    /// The address.
    pub fn email(&self) -> &str {
        &self.email
    }

    /// The session's name: random, and no other login's.
    pub(crate) fn session(&self) -> &str {
        &self.session
    }

    /// Whether its cookie still lasts.
    pub fn lasts(&self, now: SystemTime) -> bool {
        now.duration_since(self.since()).is_ok_and(|age| age < Self::LONGEST)
    }

    /// When the login was made.
    pub fn since(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(self.since)
    }

    /// The caller as the gate knows it. Only a login by another factor than the face opens enrollment.
    ///
    /// # Errors
    /// When the address or session cannot be one.
    pub fn principal(&self) -> Result<Principal, PrincipalError> {
        let principal = Principal::new(&self.email, HostSession::parse(&self.session)?)?;
        Ok(if self.by_face { principal } else { principal.logged_in_at(self.since()) })
    }
}

impl fmt::Debug for HostLogin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HostLogin").field("since", &self.since).finish_non_exhaustive()
    }
}

impl fmt::Display for LoginError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an e-mail address is needed to log in")
    }
}

impl std::error::Error for LoginError {}

/// Bytes of an address (RFC 5321, section 4.5.3.1.3, without the brackets).
const LONGEST_ADDRESS: usize = 254;
