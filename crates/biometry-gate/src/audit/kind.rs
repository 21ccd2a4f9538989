//! The vocabulary of the audit trail.

/// What kind of thing happened. [`as_str`](Self::as_str) is its name in the trail; names never change.
///
/// [`TracingSink`](super::TracingSink) writes [`KeyRejected`](Self::KeyRejected) and [`LoginClosed`](Self::LoginClosed)
/// as errors, what an operator should look at as warnings, and the rest as information. New versions may add kinds:
/// match with a wildcard.
///
/// ```
/// use biometry_gate::audit::EventKind;
///
/// assert_eq!(EventKind::GateDenied.as_str(), "gate.denied");
/// // What an alert may listen for.
/// let alarming = |kind| matches!(kind, EventKind::KeyRejected | EventKind::LoginClosed | EventKind::WithdrawalUntold);
/// assert_eq!(EventKind::ALL.iter().filter(|kind| alarming(**kind)).count(), 3);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EventKind {
    /// `challenge.issued`: a session was started and a phrase issued to the caller.
    ChallengeIssued,
    /// `challenge.voided`: a newer session took this one's place; its phrase is void. The reason is `superseded`.
    ChallengeVoided,
    /// `challenge.expired`: the phrase's time was over before an upload began, or the upload came to nothing. Recorded
    /// once, at the next access to the subject's record, which may be much later.
    ChallengeExpired,
    /// `challenge.ended`: the caller ended the session.
    ChallengeEnded,
    /// `upload.accepted`: an upload of a verification was admitted. Its session is claimed, and its body is about to be
    /// read.
    UploadAccepted,
    /// `upload.rejected`: an upload was refused or broke off; the reason says why. It costs the caller no attempt.
    UploadRejected,
    /// `verify.passed`: the platform's verdict was a pass, and its evidence satisfies the policy.
    VerifyPassed,
    /// `verify.failed`: the verdict was not a pass, or its evidence fell short. The reason lists the shortfalls, or is
    /// `referred` or `enrolled-not-verified`.
    VerifyFailed,
    /// `verify.subject_mismatch`: the face in the capture was not the subject's: another person's, several, or one that
    /// the platform does not know. A sign of an attack, recorded beside the outcome.
    VerifySubjectMismatch,
    /// `verify.services_removed`: the platform left out services that it was asked for, for lack of consent or of a
    /// contract. A sign of an attack or of a wrong setting, recorded beside the outcome.
    VerifyServicesRemoved,
    /// `verify.auto_enrolled`: the platform enrolled the person during a verification, which proves nothing about who
    /// it was. Recorded beside the outcome.
    VerifyAutoEnrolled,
    /// `verify.error`: the platform gave no usable answer; the reason says in what way. A warning.
    VerifyError,
    /// `verify.too_late`: a verdict arrived after its session was ended, superseded or revoked, and counts for nothing.
    VerifyTooLate,
    /// `decision.created`: a pass became a decision, which from now on opens routes.
    DecisionCreated,
    /// `decision.consumed`: a single-use decision was used up, before the handler ran.
    DecisionConsumed,
    /// `decision.reuse_attempt`: a route was called with a single-use decision that was used before. The request was
    /// refused.
    DecisionReuseAttempt,
    /// `decision.expired_use`: a route was called with a decision that is too old for its policy. The request was
    /// refused.
    DecisionExpiredUse,
    /// `gate.allowed`: a gated route was opened. The most frequent event by far;
    /// [`AuditSink::wants`](super::AuditSink::wants) can leave it out.
    GateAllowed,
    /// `gate.denied`: a gated route stayed shut, because something was missing on the caller's side. The reason says
    /// what.
    GateDenied,
    /// `gate.error`: a gated route stayed shut, because the store, the host, the platform or the audit trail failed, or
    /// the gate is wired wrongly. A warning.
    GateError,
    /// `intent.mismatch`: the request asked for another operation than the one that was approved. The request was
    /// refused.
    IntentMismatch,
    /// `limit.exceeded`: a limit was reached. The reason is `starts`, `failures`, `uploads` or `budget`.
    LimitExceeded,
    /// `lock.imminent`: one more failed verification locks the subject out.
    LockImminent,
    /// `lock.entered`: the subject is locked out of verifying for the cool-down of
    /// [`Limits::failures`](crate::Limits::failures). A warning.
    LockEntered,
    /// `lock.cleared`: the host lifted a lock-out; the reason is `sign-in` where it was one of sign-ins by face.
    LockCleared,
    /// `consent.given`: consent was given; the reason is the purpose.
    ConsentGiven,
    /// `consent.withdrawn`: consent was withdrawn; the reason is the purpose.
    ConsentWithdrawn,
    /// `consent.stale`: something was refused because consent had been given to a text that no longer suffices. The
    /// reason lists the purposes.
    ConsentStale,
    /// `consent.withdrawal_refused`: the platform accepts no withdrawals, so this one takes effect at the gate alone. A
    /// warning.
    WithdrawalRefused,
    /// `consent.withdrawal_untold`: a withdrawal could not be delivered to the platform for weeks, and the gate stops
    /// trying. A warning: an operator has to report it to the platform.
    WithdrawalUntold,
    /// `consent.denied`: something was refused for lack of consent. The reason lists the purposes.
    ConsentDenied,
    /// `key.rejected`: the platform does not accept the API key. An error: an operator has to act at once.
    KeyRejected,
    /// `login.redeemed`: a sign-in by face was handed to the host, which opens its own session.
    LoginRedeemed,
    /// `login.closed`: the platform enrolled a stranger under this name during a sign-in. An error: the subject is
    /// closed to sign-ins until they pass while logged in, or the host calls
    /// [`unlock_sign_in`](crate::gate::Admin::unlock_sign_in).
    LoginClosed,
    /// `subject.erased`: the host had everything erased that is kept of a subject.
    SubjectErased,
    /// `webhook.accepted`: the platform delivered a webhook, which goes to the host's handler.
    WebhookAccepted,
    /// `webhook.rejected`: a delivery was refused; the reason says whether a signature was missing, wrong or out of
    /// time.
    WebhookRejected,
    /// `webhook.duplicate`: a delivery came once more, and was not handed to the host again.
    WebhookDuplicate,
    /// `enrol.enrolled`: a face or a voice was enrolled; the reason is `face` or `voice`.
    Enrolled,
    /// `enrol.failed`: the platform did not enroll what it was sent; the reason says what and why.
    EnrollmentFailed,
    /// `enrol.error`: the platform gave no usable answer to an enrollment. A warning.
    EnrollmentError,
    /// `enrol.refused`: the host's [guard](crate::enrollment::EnrollmentGuard) refused an enrollment, or there is none;
    /// the reason says which.
    EnrollmentRefused,
    /// `document.accepted`: the platform accepted an identity document.
    DocumentAccepted,
    /// `document.rejected`: the platform did not accept an identity document.
    DocumentRejected,
    /// `document.error`: the platform gave no usable answer to a document. A warning.
    DocumentError,
    /// `match.passed`: the face in the document and the face in the video match.
    FacesMatched,
    /// `match.failed`: they do not match.
    FacesNotMatched,
    /// `match.error`: the platform gave no usable answer to a comparison of faces. A warning.
    MatchError,
    /// `decision.revoked`: the host voided decisions. The reason is `logout`, `subject`, `decision`, `tenant`, or
    /// `policy(NAME)`.
    Revoked,
    /// `decision.restored`: a used decision was given back, because its handler did nothing with it or did not run.
    Restored,
    /// `receipt.issued`: the host took a [receipt](crate::Permit::receipt) of a decision for a service behind it; the reason
    /// is the audience.
    ReceiptIssued,
    /// `config.lint`: a setting weakens the gate; the reason says which. Recorded once for each
    /// [`Lint`](crate::gate::Lint), when the gate is built. A warning.
    ConfigLint,
    /// `clock.anomaly`: this process's clock was set back by more than a second; the reason says by how much. A
    /// warning.
    ClockAnomaly,
}

impl EventKind {
    /// All kinds that this version has, in the order of their declaration; for dashboards and tests.
    pub const ALL: &[Self] = &[
        Self::ChallengeIssued,
        Self::ChallengeVoided,
        Self::ChallengeExpired,
        Self::ChallengeEnded,
        Self::UploadAccepted,
        Self::UploadRejected,
        Self::VerifyPassed,
        Self::VerifyFailed,
        Self::VerifySubjectMismatch,
        Self::VerifyServicesRemoved,
        Self::VerifyAutoEnrolled,
        Self::VerifyError,
        Self::VerifyTooLate,
        Self::DecisionCreated,
        Self::DecisionConsumed,
        Self::DecisionReuseAttempt,
        Self::DecisionExpiredUse,
        Self::GateAllowed,
        Self::GateDenied,
        Self::GateError,
        Self::IntentMismatch,
        Self::LimitExceeded,
        Self::LockImminent,
        Self::LockEntered,
        Self::LockCleared,
        Self::ConsentGiven,
        Self::ConsentWithdrawn,
        Self::ConsentStale,
        Self::WithdrawalRefused,
        Self::WithdrawalUntold,
        Self::ConsentDenied,
        Self::KeyRejected,
        Self::LoginRedeemed,
        Self::LoginClosed,
        Self::SubjectErased,
        Self::WebhookAccepted,
        Self::WebhookRejected,
        Self::WebhookDuplicate,
        Self::Enrolled,
        Self::EnrollmentFailed,
        Self::EnrollmentError,
        Self::EnrollmentRefused,
        Self::DocumentAccepted,
        Self::DocumentRejected,
        Self::DocumentError,
        Self::FacesMatched,
        Self::FacesNotMatched,
        Self::MatchError,
        Self::Revoked,
        Self::Restored,
        Self::ReceiptIssued,
        Self::ConfigLint,
        Self::ClockAnomaly,
    ];

    /// The event's name in the trail, `verify.passed` for example. It never changes.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ChallengeIssued => "challenge.issued",
            Self::ChallengeVoided => "challenge.voided",
            Self::ChallengeExpired => "challenge.expired",
            Self::ChallengeEnded => "challenge.ended",
            Self::UploadAccepted => "upload.accepted",
            Self::UploadRejected => "upload.rejected",
            Self::VerifyPassed => "verify.passed",
            Self::VerifyFailed => "verify.failed",
            Self::VerifySubjectMismatch => "verify.subject_mismatch",
            Self::VerifyServicesRemoved => "verify.services_removed",
            Self::VerifyAutoEnrolled => "verify.auto_enrolled",
            Self::VerifyError => "verify.error",
            Self::VerifyTooLate => "verify.too_late",
            Self::DecisionCreated => "decision.created",
            Self::DecisionConsumed => "decision.consumed",
            Self::DecisionReuseAttempt => "decision.reuse_attempt",
            Self::DecisionExpiredUse => "decision.expired_use",
            Self::GateAllowed => "gate.allowed",
            Self::GateDenied => "gate.denied",
            Self::GateError => "gate.error",
            Self::IntentMismatch => "intent.mismatch",
            Self::LimitExceeded => "limit.exceeded",
            Self::LockImminent => "lock.imminent",
            Self::LockEntered => "lock.entered",
            Self::LockCleared => "lock.cleared",
            Self::ConsentGiven => "consent.given",
            Self::ConsentWithdrawn => "consent.withdrawn",
            Self::ConsentStale => "consent.stale",
            Self::WithdrawalRefused => "consent.withdrawal_refused",
            Self::WithdrawalUntold => "consent.withdrawal_untold",
            Self::ConsentDenied => "consent.denied",
            Self::KeyRejected => "key.rejected",
            Self::LoginRedeemed => "login.redeemed",
            Self::LoginClosed => "login.closed",
            Self::SubjectErased => "subject.erased",
            Self::WebhookAccepted => "webhook.accepted",
            Self::WebhookRejected => "webhook.rejected",
            Self::WebhookDuplicate => "webhook.duplicate",
            Self::Enrolled => "enrol.enrolled",
            Self::EnrollmentFailed => "enrol.failed",
            Self::EnrollmentError => "enrol.error",
            Self::EnrollmentRefused => "enrol.refused",
            Self::DocumentAccepted => "document.accepted",
            Self::DocumentRejected => "document.rejected",
            Self::DocumentError => "document.error",
            Self::FacesMatched => "match.passed",
            Self::FacesNotMatched => "match.failed",
            Self::MatchError => "match.error",
            Self::Revoked => "decision.revoked",
            Self::Restored => "decision.restored",
            Self::ReceiptIssued => "receipt.issued",
            Self::ConfigLint => "config.lint",
            Self::ClockAnomaly => "clock.anomaly",
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn all_kinds_are_listed_and_each_has_a_name_of_its_own() {
        assert!(EventKind::ALL.iter().enumerate().all(|(place, kind)| *kind as usize == place));
        assert_eq!(EventKind::ALL.len(), EventKind::ClockAnomaly as usize + 1);
        let names: HashSet<_> = EventKind::ALL.iter().map(|kind| kind.as_str()).collect();
        assert_eq!(names.len(), EventKind::ALL.len());
    }

    #[test]
    fn the_manual_explains_every_event() {
        let manual = include_str!("../docs/audit.md");
        let missing = EventKind::ALL.iter().filter(|kind| !manual.contains(&format!("`{}`", kind.as_str())));
        assert_eq!(missing.map(|kind| kind.as_str()).collect::<Vec<_>>(), Vec::<&str>::new());
    }
}
