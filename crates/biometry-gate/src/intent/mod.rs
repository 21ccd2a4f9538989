//! The concrete operation that a decision is given for: what was approved is what runs.
//!
//! A person who approves a payment sees lines such as *Payee* and *Amount* before they speak. An [`Intent`] holds those
//! lines. Its digest, together with the subject, the policy, the method, the route and the path, is what the decision
//! is bound to: a request with another amount finds no decision.
//!
//! ```
//! use biometry_gate::intent::Intent;
//!
//! // What the person sees is what the decision is bound to.
//! let intent = Intent::new("transfer").line("Payee", "Zoë Example").line("Amount", "12.50 AUD");
//! assert_eq!(intent.display()[0].label(), "Payee");
//! ```
//!
//! Handlers seldom make one by hand. A type that implements [`Operation`](crate::gate::Operation) describes itself, and
//! [`BiometryGate::require_for_json`](crate::BiometryGate::require_for_json) parses it from the request, refuses the
//! request with the lines to show, and hands the approved value to the handler. The texts come from data that the host
//! has validated, and never from a client's own description of what it asks for.

mod display;
mod one_reading;
mod route;
mod spoken;

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

pub(crate) use self::one_reading::has_two_readings;
pub use self::route::Route;
pub use self::spoken::Spoken;
pub(crate) use self::spoken::{NotSpoken, SpokenLine};
use crate::forward_compat::ForwardCompat;
use crate::id::IntentId;
use crate::phrase::Phrase;
use crate::policy::Policy;
use crate::principal::SubjectKey;

/// An operation, built by the host from data that it has validated.
///
/// Two intents are the same operation if kind, lines, bound values and what is spoken are equal, in the same order. The texts may name
/// people and amounts: `Debug` shows the kind alone.
///
/// ```
/// use biometry_gate::intent::Intent;
///
/// let intent = Intent::new("payout")
///     .line("Payee", "Zoë Example")
///     .line("Amount", "12.50 AUD")
///     .bind("account", "7"); // counts, and is not shown
/// assert_eq!(intent.display().len(), 2);
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Intent {
    kind: Arc<str>,
    display: Vec<Line>,
    bound: Vec<Line>,
    /// Which of the lines are spoken, and how.
    spoken: Vec<(usize, Spoken)>,
    /// SHA-256 of the whole body, where the host binds it.
    body: Option<[u8; 32]>,
}

/// One line that the person sees before they speak: a label and a value. `Debug` hides both.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    label: Arc<str>,
    value: Arc<str>,
    #[serde(flatten)]
    pub(crate) unknown: ForwardCompat,
}

/// SHA-256 over the canonical form of an operation, its owner, its policy and its route. A store keeps it in place of
/// what was bound. Every text goes in behind its length, so that no two operations have the same form.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct IntentDigest([u8; 32]);

/// An operation that waits for approval, as a store keeps it: its id, its digest and the lines to show, until the
/// person has verified or its time is over.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PendingIntent {
    pub(crate) id: IntentId,
    pub(crate) policy: Arc<str>,
    pub(crate) digest: IntentDigest,
    pub(crate) display: Vec<Line>,
    /// What the person says of it, where its policy asks for that.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) spoken: Vec<SpokenLine>,
    pub(crate) expires_at: SystemTime,
    #[serde(flatten)]
    pub(crate) unknown: ForwardCompat,
}

impl Intent {
    /// An operation of this kind, `transfer` for example. The kind is bound and not shown: two kinds with the same
    /// lines are two operations.
    pub fn new(kind: &str) -> Self {
        Self { kind: kind.into(), display: Vec::new(), bound: Vec::new(), spoken: Vec::new(), body: None }
    }

    /// Adds a line that is shown to the person, and bound.
    ///
    /// A person must see what is bound, so the gate refuses some operations with 422 `invalid-request`: one of more
    /// than 32 lines, with a label or a value of more than 256 bytes, with more than 8 KiB of them together, or with a
    /// control, format or direction character in them (Unicode's categories Cc, Cf, Zl and Zp: line breaks, joiners,
    /// text that runs the other way). Text that is long or comes from elsewhere can be [bound](Self::bind) whole and
    /// shown shortened.
    #[must_use]
    pub fn line(mut self, label: &str, value: &str) -> Self {
        self.display.push(Line::new(label, value));
        self
    }

    /// Binds a value without showing it, an account's internal number for example. The limits of [`line`](Self::line)
    /// do not apply to it.
    #[must_use]
    pub fn bind(mut self, name: &str, value: &str) -> Self {
        self.bound.push(Line::new(name, value));
        self
    }

    /// Binds the request's whole body, byte for byte. Without it, a member that the reader does not look at may be
    /// added after the approval. A body that is written differently and means the same then needs an approval of its
    /// own.
    #[must_use]
    pub fn whole_body(mut self, body: &[u8]) -> Self {
        self.body = Some(Sha256::digest(body).into());
        self
    }

    /// The lines that the person sees, in their order.
    pub fn display(&self) -> &[Line] {
        &self.display
    }

    /// The digest of the operation as it is approved under this policy.
    ///
    /// # Errors
    /// When it is not spoken as the policy has it.
    pub(crate) fn digest(
        &self,
        owner: &SubjectKey,
        policy: &Policy,
        route: Route<'_>,
    ) -> Result<IntentDigest, NotSpoken> {
        let spoken = self.spoken_lines(policy)?;
        let mut canonical = Canonical::new();
        canonical.text(owner.tenant().as_str());
        canonical.text(owner.subject().as_str());
        canonical.text(policy.name());
        canonical.text(policy.purpose().as_str());
        canonical.text(route.method());
        canonical.text(route.template());
        canonical.text(route.target());
        canonical.text(&self.kind);
        canonical.lines(&self.display);
        canonical.lines(&self.bound);
        canonical.bytes(self.body.as_ref().map_or(&[], |digest| digest.as_slice()));
        canonical.count(spoken.len());
        spoken.iter().flat_map(SpokenLine::parts).for_each(|part| canonical.text(part));
        Ok(canonical.finish())
    }
}

impl PendingIntent {
    /// What the person says of it, as it stands in the phrase; empty where nothing is.
    pub(crate) fn spoken_words(&self) -> String {
        self.spoken.iter().map(SpokenLine::words).collect::<Vec<_>>().join(" ")
    }

    /// Whether `phrase` is made of what is said of the operation, and of fresh digits.
    pub(crate) fn is_spoken_by(&self, phrase: &Phrase) -> bool {
        phrase.speaks(&self.spoken_words())
    }
}

impl Line {
    fn new(label: &str, value: &str) -> Self {
        Self { label: label.into(), value: value.into(), unknown: ForwardCompat::default() }
    }

    /// What the line says, `Payee` for example.
    pub fn label(&self) -> &str {
        &self.label
    }

    /// The line's value.
    pub fn value(&self) -> &str {
        &self.value
    }
}

/// SHA-256 over the lines that the person saw. Services that hold the same lines compute it by themselves: the chapter on
/// receipts says how.
#[cfg(feature = "receipts")]
pub(crate) fn display_hash(lines: &[Line]) -> [u8; 32] {
    let mut canonical = Canonical(Sha256::new());
    canonical.text("biometry-gate/display/1");
    canonical.lines(lines);
    canonical.finish().0
}

/// Every text goes in behind its length and every list behind its count, so that no two operations look alike.
struct Canonical(Sha256);

impl Canonical {
    fn new() -> Self {
        let mut canonical = Self(Sha256::new());
        // Another number whenever other things are bound: what an older build kept opens nothing then.
        canonical.text("biometry-gate/intent/4");
        canonical
    }

    fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.count(bytes.len());
        self.0.update(bytes);
    }

    fn lines(&mut self, lines: &[Line]) {
        self.count(lines.len());
        for line in lines {
            self.text(&line.label);
            self.text(&line.value);
        }
    }

    fn count(&mut self, count: usize) {
        self.0.update((count as u64).to_be_bytes());
    }

    fn finish(self) -> IntentDigest {
        IntentDigest(self.0.finalize().into())
    }
}

impl fmt::Debug for Intent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Intent").field("kind", &self.kind).finish_non_exhaustive()
    }
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Line(…)")
    }
}

impl IntentDigest {
    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for IntentDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IntentDigest(")?;
        for byte in &self.0[..4] {
            write!(f, "{byte:02x}")?;
        }
        f.write_str("…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Threshold;
    use crate::principal::{HostSession, Principal};

    fn digest_at(route: Route<'_>, subject: &str, policy: &str, intent: &Intent) -> IntentDigest {
        let owner = Principal::new(subject, HostSession::parse("s").unwrap()).unwrap();
        let policy = Policy::for_operation(policy, Threshold::vendor_verdict_only());
        intent.digest(owner.key(), &policy, route).unwrap()
    }

    fn digest_for(subject: &str, policy: &str, intent: &Intent) -> IntentDigest {
        digest_at(Route::new("POST", "/transfer"), subject, policy, intent)
    }

    #[test]
    fn any_difference_is_another_operation() {
        let base = Intent::new("transfer").line("Payee", "ana").line("Amount", "12.50");
        let others = [
            Intent::new("payout").line("Payee", "ana").line("Amount", "12.50"),
            Intent::new("transfer").line("Payee", "ana").line("Amount", "12.5"),
            Intent::new("transfer").line("Amount", "12.50").line("Payee", "ana"),
            Intent::new("transfer").line("Payee", "anaAmount").line("", "12.50"),
            Intent::new("transfer").line("Payee", "ana").bind("Amount", "12.50"),
            Intent::new("transfer").line("Payee", "ana"),
        ];
        let digest = digest_for("ana", "transfer", &base);
        assert_ne!(digest, digest_for("ana", "transfer", &base.clone().whole_body(b"")));
        assert_eq!(digest, digest_for("ana", "transfer", &base.clone()));
        for other in &others {
            assert_ne!(digest, digest_for("ana", "transfer", other));
        }
        assert_ne!(digest, digest_for("bob", "transfer", &base));
        assert_ne!(digest, digest_for("ana", "statement", &base));
        for (method, template) in
            [("PUT", "/transfer"), ("POST", "/payout"), ("POST", ""), ("POST/", "transfer")]
        {
            assert_ne!(
                digest,
                digest_at(Route::new(method, template), "ana", "transfer", &base),
                "{method} {template}"
            );
        }
    }

    #[test]
    fn what_is_spoken_is_part_of_the_operation() {
        let owner = Principal::new("ana", HostSession::parse("s").unwrap()).unwrap();
        let policy = Policy::for_operation("transfer", Threshold::vendor_verdict_only());
        let of = |policy: &Policy, intent: &Intent| {
            intent.digest(owner.key(), policy, Route::new("POST", "/transfer"))
        };
        let silent = Intent::new("transfer").line("Amount", "125.00");
        let spoken = |spoken| Intent::new("transfer").spoken_line("Amount", "125.00", spoken);
        let digests = [
            of(&policy, &silent),
            of(&policy.clone().speak_operation(), &spoken(Spoken::amount(12_500, 2))),
            of(&policy.clone().speak_operation(), &spoken(Spoken::digits("500"))),
            of(&policy.clone().speak_operation_shortened(), &spoken(Spoken::amount(12_500, 2))),
        ];
        for (place, digest) in digests.iter().enumerate() {
            assert!(digest.is_ok() && !digests[..place].contains(digest), "{place}");
        }
        assert!(of(&policy, &spoken(Spoken::digits("500"))).is_err());
        assert!(of(&policy.speak_operation(), &silent).is_err());
    }

    #[test]
    fn another_path_or_query_is_another_operation() {
        let at = |target| {
            let route = Route::new("POST", "/accounts/{id}/pay").at(target);
            digest_at(route, "ana", "transfer", &Intent::new("pay"))
        };
        let digest = at("/accounts/7/pay?to=zoe");
        assert_eq!(digest, at("/accounts/7/pay?to=zoe"));
        for other in [
            "/accounts/8/pay?to=zoe",
            "/accounts/%37/pay?to=zoe",
            "/accounts/7/pay",
            "/accounts/7/pay?to=zoe&",
        ] {
            assert_ne!(digest, at(other), "{other}");
        }
    }

    #[test]
    fn another_body_is_another_operation_where_the_whole_body_is_bound() {
        let of = |body: &[u8]| digest_for("ana", "transfer", &Intent::new("pay").whole_body(body));
        assert_eq!(of(b"{\"amount\":1}"), of(b"{\"amount\":1}"));
        assert_ne!(of(b"{\"amount\":1}"), of(b"{\"amount\":1,\"from\":\"savings\"}"));
    }

    /// A store may hold what an older build kept. Its digest has to open nothing, so each form has a number.
    #[test]
    fn the_form_of_a_digest_changes_with_its_number_alone() {
        let digest = digest_for("ana", "transfer", &Intent::new("transfer").line("Payee", "zoe"));
        assert_eq!(format!("{digest:?}"), "IntentDigest(41ce2890…)");
    }

    #[test]
    fn debug_shows_no_content() {
        let intent = Intent::new("transfer").line("Payee", "zoe");
        assert!(!format!("{intent:?} {:?}", intent.display()).contains("zoe"));
    }
}
