use std::fmt;

use chacha20poly1305::aead::{Aead as _, Payload};
use chacha20poly1305::{KeyInit as _, XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac as _};
use sha2::Sha256;

use super::{RecordId, Sealed, Tag};
use crate::principal::{Authentication, SubjectKey, Tenant};
use crate::record::ClaimedNames;
use crate::store::{StoreError, StoreErrorKind};

/// The host's secret for a shared store: it locates records and seals them.
///
/// The same on every replica. Keys for the two purposes are derived from it, apart from each other and from whatever else
/// the host uses the same secret for.
#[derive(Clone)]
pub struct StoreKey {
    pub(super) locates: [u8; 32],
    pub(super) seals: XChaCha20Poly1305,
    /// What others have sealed while the secret is being changed.
    pub(super) opens: Vec<XChaCha20Poly1305>,
    /// How many there are of each tenant.
    pub(super) crowds: u64,
}

/// What a record says, and whether this key would have sealed it.
pub(super) struct Opened {
    pub(super) plain: Vec<u8>,
    pub(super) is_current: bool,
}

/// A secret that is too short.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct StoreKeyError;

impl StoreKey {
    /// Takes a secret of at least 32 bytes. They have to come from a generator of random bytes.
    ///
    /// # Errors
    /// When it is shorter.
    pub fn parse(secret: &[u8]) -> Result<Self, StoreKeyError> {
        if secret.len() < MIN_LEN {
            return Err(StoreKeyError);
        }
        let seal = mac(secret, &[b"biometry-gate/store/seal/1"]);
        Ok(Self {
            locates: mac(secret, &[b"biometry-gate/store/locate/1"]),
            seals: XChaCha20Poly1305::new(&seal.into()),
            opens: Vec::new(),
            crowds: crowds_for(DEFAULT_CLAIMED),
        })
    }

    /// The store keeps this many names of each tenant that are merely claimed, rounded up to a multiple of 16; 262,144 by
    /// default. They lie in records of up to 16 names, and a record has about a kilobyte for each name that is being signed
    /// in for, so the default is a quarter of a gigabyte under attack. When more are claimed, new ones push out old ones.
    ///
    /// It is part of where records lie: the same on every replica. After a change, sign-ins on their way begin anew, and
    /// what was counted against claimed names is not found again.
    #[must_use]
    pub fn claimed_names(mut self, most: usize) -> Self {
        self.crowds = crowds_for(most);
        self
    }

    /// Where the record of `subject` lies. Claimed names share records with others of their tenant.
    pub fn locate(&self, subject: &SubjectKey) -> RecordId {
        let (tenant, name) = (subject.tenant().as_str().as_bytes(), subject.subject().as_str().as_bytes());
        match subject.authentication() {
            Authentication::LoggedIn => RecordId::new(mac(&self.locates, &[tenant, b"step-up", name])),
            Authentication::KnownBrowser => {
                RecordId::new(mac(&self.locates, &[tenant, b"known-browser", name]))
            }
            Authentication::Claimed => {
                let [a, b, c, d, e, f, g, h, ..] = mac(&self.locates, &[tenant, b"login", name]);
                let crowd = u64::from_be_bytes([a, b, c, d, e, f, g, h]) % self.crowds;
                self.locate_crowd(subject.tenant(), crowd)
            }
        }
    }

    /// Where it lies what was revoked of a tenant. No kind of authentication has this name.
    pub(super) fn locate_revocations(&self, tenant: &Tenant) -> RecordId {
        RecordId::new(mac(&self.locates, &[tenant.as_str().as_bytes(), b"revocations", b""]))
    }

    /// Where the record lies that is written after something was revoked of a tenant, for those who remember decisions:
    /// what they remember of any subject may be void.
    pub(in crate::store) fn locate_herald(&self) -> RecordId {
        RecordId::new(mac(&self.locates, &[b"herald"]))
    }

    /// Where the claimed names of a tenant lie.
    pub(super) fn locate_claimed(&self, tenant: &Tenant) -> impl Iterator<Item = RecordId> {
        (0..self.crowds).map(|crowd| self.locate_crowd(tenant, crowd))
    }

    fn locate_crowd(&self, tenant: &Tenant, crowd: u64) -> RecordId {
        let tenant = tenant.as_str().as_bytes();
        RecordId::new(mac(&self.locates, &[tenant, b"claimed", &crowd.to_be_bytes()]))
    }

    /// Seals `plain` as the record under `id`; `tag` has to be new.
    pub(super) fn seal(&self, id: &RecordId, tag: Tag, plain: &[u8]) -> Result<Sealed, StoreError> {
        let payload = Payload { msg: plain, aad: &associated(id, FORMAT) };
        let sealed = self.seals.encrypt(&XNonce::from(*tag.as_bytes()), payload);
        // Only a message of 256 GiB cannot be sealed.
        let mut bytes = sealed.map_err(|_| StoreError::new(StoreErrorKind::Full))?;
        bytes.insert(0, FORMAT);
        Ok(Sealed::new(tag, bytes))
    }

    /// Opens the record under `id`.
    ///
    /// # Errors
    /// [`StoreErrorKind::Corrupt`] for a format that this version does not know, and for a record that was changed, was
    /// sealed under another key, or lay under another id.
    pub(super) fn open(&self, id: &RecordId, record: &Sealed) -> Result<Opened, StoreError> {
        let (format, sealed) = record.bytes().split_first().ok_or_else(|| corrupt("it is empty"))?;
        if *format != FORMAT {
            return Err(corrupt("its format is of another version"));
        }
        let (nonce, associated) = (XNonce::from(*record.tag().as_bytes()), associated(id, *format));
        let open_by = |cipher: &XChaCha20Poly1305| {
            cipher.decrypt(&nonce, Payload { msg: sealed, aad: &associated }).ok()
        };
        if let Some(plain) = open_by(&self.seals) {
            return Ok(Opened { plain, is_current: true });
        }
        let plain = self.opens.iter().find_map(open_by);
        let plain = plain.ok_or_else(|| corrupt("it was not sealed for this place with this key"))?;
        Ok(Opened { plain, is_current: false })
    }
}

/// A record that cannot be read, and why; the reason names no subject.
pub(super) fn corrupt(why: &'static str) -> StoreError {
    StoreError::new(StoreErrorKind::Corrupt).with_source(why)
}

/// HMAC-SHA-256 over parts behind their lengths, so that no two lists of parts look alike.
fn mac(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut mac =
        <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(key).expect("HMAC takes keys of any length");
    for part in parts {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

fn crowds_for(names: usize) -> u64 {
    names.div_ceil(ClaimedNames::ROOM).max(1) as u64
}

fn associated(id: &RecordId, format: u8) -> [u8; 33] {
    let mut associated = [format; 33];
    associated[..32].copy_from_slice(id.as_bytes());
    associated
}

impl fmt::Debug for StoreKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StoreKey(…)")
    }
}

impl fmt::Display for StoreKeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the secret of a shared store has to have at least {MIN_LEN} bytes")
    }
}

/// Programs that print it with `Debug` when they end say the same.
impl fmt::Debug for StoreKeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for StoreKeyError {}

/// The format that this version writes, the only one that it reads.
const FORMAT: u8 = 1;
const MIN_LEN: usize = 32;
const DEFAULT_CLAIMED: usize = 262_144;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::principal::HostSession;
    use crate::principal::Principal;

    fn key(byte: u8) -> StoreKey {
        StoreKey::parse(&[byte; 32]).unwrap()
    }

    fn id_of(key: &StoreKey, tenant: &str, subject: &str) -> RecordId {
        let tenant = Tenant::parse(tenant).unwrap();
        key.locate(Principal::of_tenant(tenant, subject, HostSession::parse("s").unwrap()).unwrap().key())
    }

    fn is_corrupt(opened: &Result<Opened, StoreError>) -> bool {
        opened.as_ref().is_err_and(|error| error.kind() == StoreErrorKind::Corrupt)
    }

    #[test]
    fn a_short_secret_is_refused() {
        assert_eq!(StoreKey::parse(&[1; 31]).unwrap_err(), StoreKeyError);
        assert_eq!(format!("{:?}", key(1)), "StoreKey(…)");
    }

    #[test]
    fn a_place_depends_on_tenant_authentication_subject_and_key() {
        let (ours, theirs) = (key(1), key(2));
        let place = id_of(&ours, "bank", "ana");
        assert!(place == id_of(&ours, "bank", "ana"));
        let claimed = Principal::claimed(
            Tenant::parse("bank").unwrap(),
            crate::principal::Subject::parse("ana").unwrap(),
            "s",
        );
        let others = [
            id_of(&theirs, "bank", "ana"),
            id_of(&ours, "shop", "ana"),
            id_of(&ours, "bank", "ben"),
            id_of(&ours, "bankstep", "ana"),
            ours.locate(claimed.unwrap().key()),
        ];
        assert!(others.iter().all(|other| *other != place));
    }

    #[test]
    fn any_number_of_claimed_names_lies_in_a_fixed_number_of_places_of_their_tenant() {
        let key = key(1).claimed_names(40);
        let place = |tenant: &str, name: &str| {
            let subject = crate::principal::Subject::parse(name).unwrap();
            let owner = Principal::claimed(Tenant::parse(tenant).unwrap(), subject, "s").unwrap();
            key.locate(owner.key())
        };
        let places = |tenant: &str| -> std::collections::HashSet<RecordId> {
            (0..1_000).map(|n| place(tenant, &format!("name-{n}"))).collect()
        };
        assert_eq!((places("bank").len(), places("shop").len()), (3, 3));
        assert!(places("bank").is_disjoint(&places("shop")), "tenants share no crowd");
        assert!(place("bank", "ana") == place("bank", "ana"));
    }

    #[test]
    fn only_what_was_sealed_for_this_place_with_this_key_opens() {
        let (key, other) = (key(1), key(2));
        let (place, elsewhere) = (id_of(&key, "bank", "ana"), id_of(&key, "bank", "ben"));
        let record = key.seal(&place, Tag::new([7; 24]), b"three nine one").unwrap();
        assert_eq!(key.open(&place, &record).unwrap().plain, b"three nine one");
        assert!(!record.join().windows(5).any(|window| window == b"three"));
        assert!(is_corrupt(&key.open(&elsewhere, &record)), "moved to another subject");
        assert!(is_corrupt(&other.open(&place, &record)), "sealed with another key");
        let retagged = Sealed::new(Tag::new([8; 24]), record.bytes().to_vec());
        assert!(is_corrupt(&key.open(&place, &retagged)), "a tag that is not its own");
    }

    #[test]
    fn a_changed_cut_or_future_record_is_corrupt() {
        let key = key(1);
        let place = id_of(&key, "bank", "ana");
        let record = key.seal(&place, Tag::new([7; 24]), b"{}").unwrap();
        for at in 0..record.bytes().len() {
            let mut bytes = record.bytes().to_vec();
            bytes[at] ^= 1;
            assert!(is_corrupt(&key.open(&place, &Sealed::new(*record.tag(), bytes))), "byte {at}");
            let cut = record.bytes()[..at].to_vec();
            assert!(is_corrupt(&key.open(&place, &Sealed::new(*record.tag(), cut))), "{at} bytes");
        }
    }
}
