//! Why gated routes stay shut.

mod step_up;

use std::time::Duration;

use bytes::Bytes;
use http::Response;

pub(crate) use self::step_up::KeptChallenge;
pub use self::step_up::StepUp;
use crate::challenge::{ChallengeParams, Code, Problem};
use crate::consent::{Purpose, purpose_name};
use crate::id::ReturnHandle;
use crate::intent::NotSpoken;
use crate::policy::Policy;
use crate::store::StoreError;

/// Why a gated route stayed shut.
///
/// A denial is a value, not an error text: the gate puts it into the extensions of every refusal's response, where
/// outer layers find it, and hands it to the host's [renderer](Render). Handlers meet one as the error of
/// [`BiometryGate::check`](crate::BiometryGate::check) and its kin. The enum is exhaustive on purpose: a new reason has
/// to be decided on wherever hosts match.
///
/// ```
/// use biometry_gate::Denial;
///
/// /// An outer layer's view: who has to act?
/// fn who_acts(denial: &Denial) -> &'static str {
///     match denial {
///         Denial::AuthenticationRequired | Denial::StepUpRequired(_) | Denial::ConsentRequired { .. } => "the caller",
///         Denial::IdentityUnavailable | Denial::StoreUnavailable | Denial::AuditUnavailable => "an operator",
///         Denial::Misconfigured { .. } => "the developer",
///         _ => "the client program",
///     }
/// }
/// assert_eq!(who_acts(&Denial::StoreUnavailable), "an operator");
/// ```
#[derive(Clone, Debug)]
pub enum Denial {
    /// The caller is not logged in: [`Identify`](crate::Identify) named no principal. 401 `authentication-required`.
    AuthenticationRequired,
    /// The caller is logged in and has no decision that satisfies the policy. 401 `step-up-required`, with the
    /// challenge; a browser's navigation is sent to the [step-up page](crate::gate::Refusing::step_up_page) instead,
    /// where there is one.
    StepUpRequired(Box<StepUp>),
    /// A browser sent the request on another site's behalf; see [`cross_site`](crate::cross_site). 403 `cross-site`.
    CrossSite,
    /// The caller has not agreed to what the route needs. Gates ask for none of it by themselves:
    /// [`BiometryGate::ensure_consent`](crate::BiometryGate::ensure_consent) does. 403 `consent-required`.
    ConsentRequired {
        /// What is missing.
        purposes: Vec<Purpose>,
    },
    /// The platform, which the host named as a [source](crate::consent::ConsentSource) of consent, could not answer.
    /// 503 `platform-unavailable`.
    ConsentUnknown,
    /// The host could not tell who is calling: its [`Identify`](crate::Identify) failed. 503 `identity-unavailable`;
    /// the reason is in the log.
    IdentityUnavailable,
    /// The store did not answer, or not in time. 503 `store-unavailable`; the cause is in the log.
    StoreUnavailable,
    /// The operation cannot be read from the request's body, or cannot be shown to a person. 422 `invalid-request`.
    IntentUnreadable,
    /// The policy [speaks its operations](Policy::speak_operation), and this one cannot be spoken: it has no digits, or too
    /// many. 422 `invalid-request`.
    IntentUnspeakable {
        /// What of it cannot be spoken, for the caller.
        reason: &'static str,
    },
    /// The body's content type is not one that the route's operations are read from. 415 `unsupported-media`.
    UnsupportedMedia,
    /// The audit trail is [required](crate::gate::Auditing::required), and its sink did not take the event. 503
    /// `store-unavailable`. A single use that was claimed is given back.
    AuditUnavailable,
    /// The body is longer than the 64 KiB that are read for an operation. 413 `upload-too-large`; the connection
    /// closes.
    BodyTooLarge,
    /// The body did not arrive in time. 400 `upload-timeout`; the connection closes.
    BodyTooSlow,
    /// The body broke off before its end. 400 `invalid-request`; the connection closes.
    BodyAborted,
    /// The gate is wired wrongly: a mistake in the host's code. 500, and an error in the log that says how to mend it.
    Misconfigured {
        /// What is wrong, and how to mend it; for the host's log, not for the caller.
        mistake: &'static str,
    },
}

impl Denial {
    /// The refusal as a problem; the one place that decides how a denial looks.
    pub(crate) fn problem(&self, params: &ChallengeParams) -> Problem {
        self.problem_with(params, None)
    }

    /// The same, with the help of what is kept for the policy of this denial.
    pub(crate) fn problem_with(&self, params: &ChallengeParams, kept: Option<&KeptChallenge>) -> Problem {
        match self {
            Self::AuthenticationRequired => {
                Problem::new(Code::AuthenticationRequired, "log in first").challenge(params.plain())
            }
            Self::StepUpRequired(step_up) => step_up.problem(params, kept),
            Self::CrossSite => crate::cross_site::FromAnotherSite.into(),
            Self::ConsentRequired { purposes } => consent_required(purposes),
            Self::ConsentUnknown => {
                Problem::new(Code::PlatformUnavailable, "your consent cannot be looked up right now")
                    .retry_after(SHORTLY)
            }
            Self::IdentityUnavailable => {
                Problem::new(Code::IdentityUnavailable, "it is not known right now who you are")
                    .retry_after(SHORTLY)
            }
            Self::StoreUnavailable => {
                Problem::new(Code::StoreUnavailable, "decisions cannot be looked up right now")
                    .retry_after(SHORTLY)
            }
            Self::AuditUnavailable => {
                Problem::new(Code::StoreUnavailable, "nothing can be let in right now").retry_after(SHORTLY)
            }
            Self::IntentUnreadable => {
                Problem::new(Code::InvalidRequest, "the operation cannot be read from the request")
            }
            Self::IntentUnspeakable { reason } => Problem::new(Code::InvalidRequest, *reason),
            Self::UnsupportedMedia => Problem::new(
                Code::UnsupportedMedia,
                "the operation cannot be read from a body of this content type",
            ),
            Self::BodyTooLarge => Problem::new(Code::UploadTooLarge, "the request is too large").closing(),
            Self::BodyTooSlow => Problem::new(Code::UploadTimeout, "the request took too long").closing(),
            Self::BodyAborted => Problem::new(Code::InvalidRequest, "the request broke off").broken_framing(),
            Self::Misconfigured { mistake } => Problem::misconfigured(mistake),
        }
    }

    /// The handle of the place that a browser is to come back to.
    pub(crate) fn redirect(&self) -> Option<&ReturnHandle> {
        match self {
            Self::StepUpRequired(step_up) => step_up.redirect.as_ref(),
            _ => None,
        }
    }

    /// The policy that would have to be satisfied, where it is known for this caller.
    pub(crate) fn policy(&self) -> Option<&Policy> {
        match self {
            Self::StepUpRequired(step_up) => Some(&step_up.policy),
            _ => None,
        }
    }

    /// Whether something on our side or the host's is broken, rather than missing on the caller's.
    pub(crate) fn is_failure(&self) -> bool {
        match self {
            Self::IdentityUnavailable
            | Self::StoreUnavailable
            | Self::AuditUnavailable
            | Self::ConsentUnknown
            | Self::Misconfigured { .. } => true,
            Self::AuthenticationRequired
            | Self::ConsentRequired { .. }
            | Self::StepUpRequired(_)
            | Self::CrossSite
            | Self::IntentUnreadable
            | Self::IntentUnspeakable { .. }
            | Self::UnsupportedMedia
            | Self::BodyTooLarge
            | Self::BodyTooSlow
            | Self::BodyAborted => false,
        }
    }

    /// The word that audit events use.
    pub(crate) fn reason(&self) -> &'static str {
        match self {
            Self::AuthenticationRequired => "authentication-required",
            Self::StepUpRequired(step_up) => step_up.reason.as_str(),
            Self::CrossSite => "cross-site",
            Self::ConsentRequired { .. } => "consent-required",
            Self::ConsentUnknown => "consent-unknown",
            Self::IdentityUnavailable => "identity-unavailable",
            Self::StoreUnavailable => "store-unavailable",
            Self::AuditUnavailable => "audit-unavailable",
            Self::IntentUnreadable => "intent-unreadable",
            Self::IntentUnspeakable { .. } => "intent-unspeakable",
            Self::UnsupportedMedia => "unsupported-media",
            Self::BodyTooLarge => "body-too-large",
            Self::BodyTooSlow => "body-too-slow",
            Self::BodyAborted => "body-aborted",
            Self::Misconfigured { .. } => "misconfigured",
        }
    }
}

/// Makes the response to a denial in the host's own form, in place of `application/problem+json`: an HTML page, an
/// envelope that all its errors have, a [gRPC status](crate::gate::GrpcStatus).
///
/// [`Refusing::render`](crate::gate::Refusing::render) sets one for a gate. Closures of the same shape are
/// renderers. The gate puts the denial into the response's extensions afterwards in any case. A renderer decides how a
/// refusal looks and cannot turn it into a pass: the handler does not run.
///
/// ```
/// use biometry_gate::Denial;
/// use biometry_gate::challenge::Problem;
/// use bytes::Bytes;
/// use http::Response;
///
/// let renderer = |denial: &Denial, problem: Problem| match denial {
///     // Pages understand problems; anything else is a short text.
///     Denial::StepUpRequired(_) => problem.into_response(),
///     _ => {
///         let mut response = Response::new(Bytes::from(problem.detail().to_owned()));
///         *response.status_mut() = problem.status();
///         response
///     }
/// };
/// # fn set(builder: biometry_gate::Builder) -> biometry_gate::Builder {
/// # let renderer = |_: &Denial, problem: Problem| problem.into_response();
/// let builder = builder.refusing(|refusing| refusing.render(renderer));
/// # builder }
/// # let _ = set;
/// # let _ = renderer(&Denial::StoreUnavailable, Problem::no_session());
/// ```
pub trait Render: Send + Sync + 'static {
    /// Renders `denial`; `problem` is what the gate would answer, with its id of the request and its challenge.
    fn render(&self, denial: &Denial, problem: Problem) -> Response<Bytes>;
}

impl<F> Render for F
where
    F: Fn(&Denial, Problem) -> Response<Bytes> + Send + Sync + 'static,
{
    fn render(&self, denial: &Denial, problem: Problem) -> Response<Bytes> {
        self(denial, problem)
    }
}

impl From<NotSpoken> for Denial {
    fn from(not_spoken: NotSpoken) -> Self {
        match not_spoken {
            NotSpoken::Miswired(mistake) => Self::Misconfigured { mistake },
            NotSpoken::Unspeakable(reason) => Self::IntentUnspeakable { reason },
        }
    }
}

impl From<StoreError> for Denial {
    fn from(_: StoreError) -> Self {
        Self::StoreUnavailable
    }
}

/// What a caller is answered who has not agreed to `purposes`.
pub(crate) fn consent_required(purposes: &[Purpose]) -> Problem {
    Problem::new(Code::ConsentRequired, "agree to the use of your biometrics first")
        .with("purposes", purposes.iter().map(|&purpose| purpose_name(purpose)).collect::<Vec<_>>())
}

const SHORTLY: Duration = Duration::from_secs(2);
