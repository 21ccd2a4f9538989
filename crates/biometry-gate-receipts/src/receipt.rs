use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::claims::Claims;
use crate::display::display_hash;
use crate::error::{ReceiptError, ReceiptErrorKind as Kind};

/// A verified receipt: a person was verified for the app's request, under a policy, for this service. `Debug` shows the
/// policy alone.
#[derive(Clone)]
pub struct Receipt(Claims);

impl Receipt {
    pub(crate) fn new(claims: Claims) -> Self {
        Self(claims)
    }

    /// Holds it to a policy of the app.
    ///
    /// # Errors
    /// When it is for another one.
    pub fn expect_policy(&self, policy: &str) -> Result<&Self, ReceiptError> {
        if self.0.policy == policy { Ok(self) } else { Err(Kind::OtherPolicy.into()) }
    }

    /// Holds it to the operation at hand, by the lines that the person must have seen, each a label and a value.
    ///
    /// # Errors
    /// When they saw other lines, or the proof was for no operation.
    pub fn expect_display(&self, lines: &[(&str, &str)]) -> Result<&Self, ReceiptError> {
        let is_same = self.0.display.as_ref().is_some_and(|shown| *shown == display_hash(lines));
        if is_same { Ok(self) } else { Err(Kind::OtherOperation.into()) }
    }

    /// The name of the policy that was satisfied.
    pub fn policy(&self) -> &str {
        &self.0.policy
    }

    /// The version that the policy had when the person was verified.
    pub fn policy_version(&self) -> u32 {
        self.0.policy_version
    }

    /// The authentication context class.
    pub fn acr(&self) -> &str {
        &self.0.acr
    }

    /// How the person was verified: `face`, `vbm` for the voice.
    pub fn amr(&self) -> impl Iterator<Item = &str> {
        self.0.amr.iter().map(String::as_str)
    }

    /// When the person was verified.
    pub fn auth_time(&self) -> SystemTime {
        moment(self.0.auth_time)
    }

    /// When the receipt was made.
    pub fn issued_at(&self) -> SystemTime {
        moment(self.0.iat)
    }

    /// When it is over.
    pub fn expires_at(&self) -> SystemTime {
        moment(self.0.exp)
    }

    /// Its id, `jti`. All receipts of one use of a single-use proof, for one service, have the same.
    pub fn id(&self) -> &str {
        &self.0.jti
    }

    /// Who was verified, where the app has asked for a receipt that says so.
    pub fn subject(&self) -> Option<&str> {
        self.0.sub.as_deref()
    }

    /// The tenant of that subject; `None` for the default one.
    pub fn tenant(&self) -> Option<&str> {
        self.0.tenant.as_deref()
    }

    /// Whether the proof was for one operation, so that the receipt is, too.
    pub fn is_single_use(&self) -> bool {
        self.0.single_use
    }

    /// The digest of the operation, as the app's gate computes it, in base64url. It tells operations apart; what the
    /// operation is, [`expect_display`](Self::expect_display) finds out.
    pub fn operation(&self) -> Option<&str> {
        self.0.operation.as_deref()
    }

    /// Whether the person was read from the lips to say what they approved, an amount for example.
    pub fn is_operation_spoken(&self) -> bool {
        self.0.operation_spoken
    }

    /// The [hash](crate::display_hash) of the lines that the person saw.
    pub fn display(&self) -> Option<&str> {
        self.0.display.as_deref()
    }
}

/// The verifier has refused moments that no clock can show.
fn moment(seconds: u64) -> SystemTime {
    UNIX_EPOCH.checked_add(Duration::from_secs(seconds)).unwrap_or(UNIX_EPOCH)
}

// INVARIANT: who was verified, and for what, never reaches a log.
impl fmt::Debug for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receipt").field("policy", &self.0.policy).finish_non_exhaustive()
    }
}
