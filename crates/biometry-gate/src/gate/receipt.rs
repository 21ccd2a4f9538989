//! Receipts: what a permit says to services behind the app.

use std::sync::Arc;

use super::admin::Admin;
use super::permit::Permit;
use crate::audit::EventKind;
use crate::challenge::Problem;
use crate::denial::{Denial, StepUp};
use crate::engine::ConfigError;
use crate::policy::Policy;
use crate::receipts::{IssueError, Proof, ReceiptKey, ReceiptToken};
use crate::record::Refused;

impl Permit {
    /// A receipt for the service that `audience` names: a signed statement, valid for a minute by default, that a person
    /// was verified for this request. The service verifies it with the crate `biometry-gate-receipts`, or with any library
    /// that verifies JWTs. See [`guide::receipts`](crate::guide::receipts).
    ///
    /// It does not say who the person is; [`receipt_with_subject`](Self::receipt_with_subject) does. Where the decision is
    /// for one use, all receipts of this use for one audience have one `jti`, so that the service can take it once.
    ///
    /// ```
    /// use biometry_gate::Permit;
    /// use biometry_gate::challenge::Problem;
    ///
    /// /// What the app sends to the ledger beside the transfer.
    /// fn header_for_the_ledger(permit: &Permit) -> Result<String, Problem> {
    ///     let receipt = permit.receipt("https://ledger.internal.example")?;
    ///     Ok(receipt.as_str().to_owned())
    /// }
    /// # let _ = header_for_the_ledger;
    /// ```
    ///
    /// # Errors
    /// 500 where the gate [issues no receipts](crate::Builder::receipts) or the audience is no text of 1 to 256 visible
    /// ASCII characters, which goes to the log; 401 `step-up-required` where the proof has ended since the request was let
    /// in; 503 where there is no randomness, or the [required](crate::gate::Auditing::required) audit trail does not take the
    /// event.
    pub fn receipt(&self, audience: &str) -> Result<ReceiptToken, Problem> {
        self.issue(audience, false)
    }

    /// [`receipt`](Self::receipt), with the person's subject in clear as `sub`, and the tenant beside it where it is not the
    /// default one. Everyone who sees the receipt can read them.
    ///
    /// # Errors
    /// As [`receipt`](Self::receipt).
    pub fn receipt_with_subject(&self, audience: &str) -> Result<ReceiptToken, Problem> {
        self.issue(audience, true)
    }

    fn issue(&self, audience: &str, names_subject: bool) -> Result<ReceiptToken, Problem> {
        let engine = &self.gate().0;
        let issuer = engine.receipts.as_ref().ok_or_else(|| Problem::misconfigured(NO_ISSUER))?;
        let project = engine.project(self.principal()).ok();
        let policy = project.and_then(|project| project.policy(self.decision().policy()));
        let policy = policy.ok_or_else(|| Problem::misconfigured(NO_POLICY))?;
        let proof = Proof {
            decision: self.decision(),
            policy,
            shown: self.shown.as_ref(),
            principal: names_subject.then_some(self.principal()),
        };
        let issued = issuer.issue(&proof, audience, engine.now(), &*engine.entropy);
        let receipt = issued.map_err(|error| match error {
            IssueError::Audience => Problem::misconfigured(BAD_AUDIENCE),
            IssueError::Over => self.over(Arc::clone(policy)),
            IssueError::Entropy(error) => error.into(),
        })?;
        self.record_receipt(policy, audience)?;
        Ok(receipt)
    }

    /// With a required audit trail, no receipt is handed out unless its event was recorded.
    fn record_receipt(&self, policy: &Policy, audience: &str) -> Result<(), Problem> {
        let audit = &self.gate().0.audit;
        if !audit.wants(EventKind::ReceiptIssued) {
            return Ok(());
        }
        let decision = self.decision();
        let event = audit.event(EventKind::ReceiptIssued, self.principal()).policy(policy);
        let event = event.intended(decision.intent.as_ref().and_then(|digest| audit.intent(digest)));
        let event = event.decided(audit.decision(decision.id())).reason(audience.to_owned());
        let event = match self.request_id() {
            Some(id) => event.in_request(id),
            None => event,
        };
        audit.try_record(&event).map_err(|_| self.gate().refuse(Denial::AuditUnavailable))
    }

    /// The proof has ended while the handler was at work.
    fn over(&self, policy: Arc<Policy>) -> Problem {
        let engine = &self.gate().0;
        let step_up = StepUp {
            policy,
            reason: Refused::Stale,
            intent: None,
            consent_missing: false,
            redirect: None,
            alternative: engine.settings.alternative.clone(),
            refuses_start: false,
        };
        self.gate().refuse(Denial::StepUpRequired(Box::new(step_up)))
    }
}

impl Admin<'_> {
    /// From now on `key` signs this process's receipts. The one before stays in the set of keys until its receipts are over
    /// and services have had an hour to fetch the set again.
    ///
    /// Services that do not fetch the set at once for a key that they do not know refuse the first receipts: have every
    /// replica [publish](crate::receipts::ReceiptIssuer::publish) the key some minutes before.
    ///
    /// # Errors
    /// When the gate issues no receipts.
    pub fn rotate_receipt_key(&self, key: ReceiptKey) -> Result<(), ConfigError> {
        let engine = &self.0.0;
        let issuer = engine.receipts.as_ref().ok_or_else(|| ConfigError::new(NO_ISSUER))?;
        issuer.rotate(key, engine.now());
        Ok(())
    }
}

const NO_ISSUER: &str = "the gate issues no receipts: give its builder an issuer with `receipts`";
const NO_POLICY: &str =
    "the gate has lost the policy of a permit: take receipts from the gate that made the permit";
const BAD_AUDIENCE: &str = "a receipt is for an audience of 1 to 256 visible ASCII characters: name the service that will \
                            verify it";
