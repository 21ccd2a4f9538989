//! Logins that have ended before their cookies: a copy of such a cookie is refused, on every replica.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use biometry_gate::clock::{Clock as _, SystemClock};
use biometry_gate::store::shared::{RecordId, Records, Sealed, Tag, Write};
use biometry_gate::store::{StoreError, StoreErrorKind};
use sha2::{Digest as _, Sha256};

use crate::login::HostLogin;

/// Which logins have ended. A cookie that holds the whole login is good until it expires, whatever the browser was told: so
/// the bank remembers for as long that it is not. Clones remember the same.
#[derive(Clone)]
pub struct EndedLogins(Arc<Kept>);

enum Kept {
    /// By this process alone.
    Here(Mutex<Few>),
    /// Where all replicas look.
    There(Arc<dyn Records>),
}

/// At most [`MOST`] sessions, and until when their cookies last.
#[derive(Default)]
struct Few {
    sessions: BTreeMap<Fingerprint, SystemTime>,
    /// When those whose cookies have expired are dropped again.
    sweep_at: Option<SystemTime>,
    /// Where there were more, all that had begun by then.
    all_until: Option<SystemTime>,
}

/// Stands for a session's name, in less memory. Two that were alike would both have ended.
type Fingerprint = [u8; 16];

impl EndedLogins {
    /// Kept in this process: another one, and a later start, know nothing of them.
    pub fn here() -> Self {
        Self(Arc::new(Kept::Here(Mutex::default())))
    }

    /// Kept beside the gate's records, for every replica.
    pub fn there(records: impl Records) -> Self {
        Self(Arc::new(Kept::There(Arc::new(records))))
    }

    /// Whether the login has ended.
    ///
    /// # Errors
    /// When the store does not answer: then it cannot be told who is calling.
    pub async fn has(&self, login: &HostLogin) -> Result<bool, StoreError> {
        match &*self.0 {
            Kept::Here(few) => Ok(few.lock().unwrap_or_else(PoisonError::into_inner).has(login)),
            Kept::There(records) => Ok(records.load(&place(login)?).await?.record.is_some()),
        }
    }

    /// Ends the login.
    ///
    /// # Errors
    /// When the store does not take it: the logout has failed then.
    pub async fn add(&self, login: &HostLogin) -> Result<(), StoreError> {
        match &*self.0 {
            Kept::Here(few) => {
                few.lock().unwrap_or_else(PoisonError::into_inner).add(login, SystemClock.now());
            }
            Kept::There(records) => {
                let record = Sealed::new(new_tag()?, vec![FORMAT]);
                let write = Write::Put { record, keep: Some(HostLogin::LONGEST) };
                // Where it was not written, a record is there already, which says the same.
                records.swap(&place(login)?, None, write).await?;
            }
        }
        Ok(())
    }
}

impl Few {
    fn has(&self, login: &HostLogin) -> bool {
        self.all_until.is_some_and(|until| login.since() <= until)
            || self.sessions.contains_key(&fingerprint(login))
    }

    fn add(&mut self, login: &HostLogin, now: SystemTime) {
        if self.sessions.len() >= MOST || self.sweep_at.is_none_or(|at| at <= now) {
            self.sessions.retain(|_, until| now < *until);
            self.sweep_at = Some(now + BETWEEN_SWEEPS);
        }
        if self.sessions.len() >= MOST {
            // Rather everyone logs in again than that a copy works.
            self.sessions.clear();
            self.all_until = Some(now);
        }
        self.sessions.insert(fingerprint(login), now + HostLogin::LONGEST);
    }
}

/// A place that no record of the gate has: its own lie under keyed hashes, this one under a hash of a random name.
fn place(login: &HostLogin) -> Result<RecordId, StoreError> {
    let mut hex = String::new();
    for byte in hash(login) {
        // Writing to memory does not fail.
        let _ = write!(hex, "{byte:02x}");
    }
    RecordId::from_hex(&hex).ok_or_else(|| StoreError::new(StoreErrorKind::Corrupt))
}

fn fingerprint(login: &HostLogin) -> Fingerprint {
    let mut fingerprint = Fingerprint::default();
    fingerprint.copy_from_slice(&hash(login)[..16]);
    fingerprint
}

fn hash(login: &HostLogin) -> [u8; 32] {
    Sha256::new().chain_update(b"bank/ended/1").chain_update(login.session()).finalize().into()
}

fn new_tag() -> Result<Tag, StoreError> {
    let mut bytes = [0; Tag::LEN];
    getrandom::fill(&mut bytes).map_err(|_| StoreError::new(StoreErrorKind::Unavailable))?;
    Ok(Tag::new(bytes))
}

impl fmt::Debug for EndedLogins {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match &*self.0 {
            Kept::Here(_) => "EndedLogins::here",
            Kept::There(_) => "EndedLogins::there",
        })
    }
}

const FORMAT: u8 = 1;
const MOST: usize = 100_000;
const BETWEEN_SWEEPS: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use super::*;

    fn login(since: u64) -> HostLogin {
        HostLogin::new("ana@example.com", Duration::from_secs(since)).unwrap()
    }

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    #[test]
    fn a_login_has_ended_until_its_cookie_has_expired() {
        let (mut few, one, other) = (Few::default(), login(100), login(100));
        few.add(&one, at(200));
        assert!(few.has(&one) && !few.has(&other));
        few.add(&other, at(200) + HostLogin::LONGEST);
        assert_eq!(few.sessions.len(), 1, "an expired cookie is refused by itself");
    }

    #[test]
    fn when_there_are_too_many_every_earlier_login_has_ended() {
        let mut few = Few::default();
        let one = login(100);
        few.add(&one, at(200));
        for n in 1..MOST {
            few.sessions.insert((n as u128).to_be_bytes(), at(300));
        }
        few.add(&login(150), at(200));
        assert!(few.sessions.len() == 1 && few.has(&one) && few.has(&login(200)) && !few.has(&login(201)));
    }
}
