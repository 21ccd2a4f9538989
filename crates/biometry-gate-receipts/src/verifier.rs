use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::claims::Claims;
use crate::error::{ReceiptError, ReceiptErrorKind as Kind};
use crate::jws::Jws;
use crate::keys::KeySet;
use crate::receipt::Receipt;
use crate::used::{ReceiptId, UsedReceipts};

/// Verifies receipts of one issuer for one audience. It needs no store and no network. Made once, shared by reference.
pub struct ReceiptVerifier {
    issuer: String,
    audience: String,
    keys: RwLock<Arc<KeySet>>,
    leeway: Duration,
}

impl ReceiptVerifier {
    /// Accepts receipts that `issuer`, `https://bank.example` for example, has made for `audience`, which is what this
    /// service is called; both are compared byte for byte.
    ///
    /// # Errors
    /// When one of the names is empty.
    pub fn new(issuer: &str, audience: &str, keys: KeySet) -> Result<Self, ReceiptError> {
        if issuer.is_empty() || audience.is_empty() {
            return Err(ReceiptError::settings("issuer and audience have to be named"));
        }
        let keys = RwLock::new(Arc::new(keys));
        Ok(Self { issuer: issuer.to_owned(), audience: audience.to_owned(), keys, leeway: LEEWAY })
    }

    /// How far the issuer's clock may be off; 10 s by default.
    ///
    /// # Errors
    /// When it is more than 60 s.
    pub fn leeway(mut self, leeway: Duration) -> Result<Self, ReceiptError> {
        if leeway > MOST_LEEWAY {
            return Err(ReceiptError::settings("a leeway of more than 60 s: set the clocks right"));
        }
        self.leeway = leeway;
        Ok(self)
    }

    /// Takes a set of keys that was fetched anew, in place of the one before.
    pub fn replace_keys(&self, keys: KeySet) {
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(keys);
    }

    /// Verifies a receipt, as often as it comes. Hold it to your policy by
    /// [`expect_policy`](Receipt::expect_policy) then; for single-use ones prefer [`verify_once`](Self::verify_once).
    ///
    /// # Errors
    /// Why it is not valid.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the clock; `verify_at` takes it")]
    pub fn verify(&self, token: &str) -> Result<Receipt, ReceiptError> {
        self.verify_at(token, SystemTime::now())
    }

    /// [`verify`](Self::verify), and takes the receipt once: `used` remembers it until it is over.
    ///
    /// # Errors
    /// Why it is not valid; that it was used; or that `used` could not tell.
    pub async fn verify_once(&self, token: &str, used: &dyn UsedReceipts) -> Result<Receipt, ReceiptError> {
        let receipt = self.verify(token)?;
        self.mark(&receipt, used).await?;
        Ok(receipt)
    }

    /// [`verify`](Self::verify) at another moment than now, for tests.
    ///
    /// # Errors
    /// As [`verify`](Self::verify).
    pub fn verify_at(&self, token: &str, now: SystemTime) -> Result<Receipt, ReceiptError> {
        let jws = Jws::read(token)?;
        let keys = Arc::clone(&self.keys.read().unwrap_or_else(PoisonError::into_inner));
        keys.check(&jws.header.kid, &jws.header.alg, jws.message, &jws.signature)?;
        let claims: Claims = jws.claims()?;
        if claims.iss != self.issuer {
            return Err(Kind::Issuer.into());
        }
        if claims.aud != self.audience {
            return Err(Kind::Audience.into());
        }
        self.check_times(&claims, now)?;
        Ok(Receipt::new(claims))
    }

    /// Remembers a verified receipt as used.
    ///
    /// # Errors
    /// When it was used before, or `used` cannot tell.
    pub(crate) async fn mark(&self, receipt: &Receipt, used: &dyn UsedReceipts) -> Result<(), ReceiptError> {
        let id = ReceiptId::new(&self.issuer, &self.audience, receipt.id());
        // Longer than it can be valid, whatever the clocks say.
        let keep = LONGEST + 2 * self.leeway;
        if used.mark(&id, keep).await? { Ok(()) } else { Err(Kind::Used.into()) }
    }

    fn check_times(&self, claims: &Claims, now: SystemTime) -> Result<(), Kind> {
        let now = now.duration_since(UNIX_EPOCH).map_err(|_| Kind::Early)?.as_secs();
        let leeway = self.leeway.as_secs();
        let Claims { iat, exp, auth_time, .. } = *claims;
        if exp <= iat || exp - iat > LONGEST.as_secs() {
            return Err(Kind::TooLong);
        }
        if now >= exp.saturating_add(leeway) {
            return Err(Kind::Expired);
        }
        if iat > now + leeway || auth_time > iat.saturating_add(leeway) {
            return Err(Kind::Early);
        }
        Ok(())
    }
}

impl fmt::Debug for ReceiptVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { issuer, audience, .. } = self;
        f.debug_struct("ReceiptVerifier")
            .field("issuer", issuer)
            .field("audience", audience)
            .finish_non_exhaustive()
    }
}

const LEEWAY: Duration = Duration::from_secs(10);
const MOST_LEEWAY: Duration = Duration::from_secs(60);
/// The longest time for which an issuer makes a receipt valid.
const LONGEST: Duration = Duration::from_secs(300);
