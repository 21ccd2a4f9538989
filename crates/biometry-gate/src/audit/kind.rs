//! The vocabulary of the audit trail.

/// What kind of thing happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EventKind {
    /// A phrase was issued.
    ChallengeIssued,
    /// A session was superseded by a newer one.
    ChallengeVoided,
    /// The time of a phrase was over before it was spoken, or the upload that spoke it came to nothing.
    ChallengeExpired,
    /// A session was ended by its owner.
    ChallengeEnded,
    /// An upload was admitted: its session is claimed, its body is about to be read.
    UploadAccepted,
    /// An upload was refused or broke off; the reason says why.
    UploadRejected,
    /// A verification passed and became a decision.
    VerifyPassed,
    /// The platform's verdict was not a pass, or its evidence fell short.
    VerifyFailed,
    /// The face was not the subject's: another person's, several, or an unknown one.
    VerifySubjectMismatch,
    /// The platform left services out that it was asked for.
    VerifyServicesRemoved,
    /// The platform enrolled a person during a verification.
    VerifyAutoEnrolled,
    /// The platform gave no usable answer.
    VerifyError,
    /// A verdict came after its session was over.
    VerifyTooLate,
    /// A pass became a decision.
    DecisionCreated,
    /// A single-use decision was used up.
    DecisionConsumed,
    /// A route was asked for with a decision that is used up.
    DecisionReuseAttempt,
    /// A route was asked for with a decision that is too old.
    DecisionExpiredUse,
    /// A gated route was opened.
    GateAllowed,
    /// A gated route stayed shut.
    GateDenied,
    /// A gated route stayed shut because the store, the host or the audit trail failed.
    GateError,
    /// A request asked for another operation than the one that was approved.
    IntentMismatch,
    /// A limit was reached.
    LimitExceeded,
    /// One more failure and the subject is locked out.
    LockImminent,
    /// The subject was locked out.
    LockEntered,
    /// A lock-out was lifted by the host.
    LockCleared,
    /// Consent was given.
    ConsentGiven,
    /// Consent was withdrawn.
    ConsentWithdrawn,
    /// Consent had been given to a text that no longer suffices; the reason says which.
    ConsentStale,
    /// The platform takes no withdrawals: it counts here alone.
    WithdrawalRefused,
    /// The platform has taken no report of a withdrawal for weeks, and gets none any more: an operator must report it.
    WithdrawalUntold,
    /// Something was refused for lack of consent; the reason says which.
    ConsentDenied,
    /// The platform does not accept our key: an operator has to act.
    KeyRejected,
    /// A sign-in by face was handed to the host.
    LoginRedeemed,
    /// The platform enrolled a stranger who signed in by face; the subject is closed to sign-ins.
    LoginClosed,
    /// The host had all that is kept of a subject erased.
    SubjectErased,
    /// The platform delivered something, and it was handed to the host.
    WebhookAccepted,
    /// A delivery was not signed as it should be, or not in time.
    WebhookRejected,
    /// A delivery came once more.
    WebhookDuplicate,
    /// A face or a voice was enrolled; the reason says which.
    Enrolled,
    /// The platform did not enroll what it was sent; the reason says what and why.
    EnrollmentFailed,
    /// The platform gave no usable answer to an enrollment.
    EnrollmentError,
    /// The host's guard has refused an enrollment.
    EnrollmentRefused,
    /// An identity document was accepted.
    DocumentAccepted,
    /// An identity document was not accepted.
    DocumentRejected,
    /// The platform gave no usable answer to a document.
    DocumentError,
    /// The faces in a picture and a video match.
    FacesMatched,
    /// They do not.
    FacesNotMatched,
    /// The platform gave no usable answer to a comparison of faces.
    MatchError,
    /// Decisions were revoked by the host.
    Revoked,
    /// A used decision was given back, because its handler said that nothing was done, or did not run.
    Restored,
    /// A setting is allowed that weakens the gate; the reason says which. Told once, when the gate is built.
    ConfigLint,
    /// This process's clock was set back; the reason says by how much.
    ClockAnomaly,
}

impl EventKind {
    /// All there are in this version.
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
        Self::ConfigLint,
        Self::ClockAnomaly,
    ];

    /// The event's name.
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
