use std::error::Error as StdError;
use std::fmt;

use http::StatusCode;

use crate::RequestId;
use crate::transport::{TransportError, TransportErrorKind};

/// Why a call has no usable reply.
///
/// Neither `Display` nor `Debug` ever shows an address, a key, a user or a text of the platform's:
/// the texts are for people who may see the platform's own log, and [`request_id`](Self::request_id)
/// is the way there.
pub struct Error(Box<Inner>);

#[derive(Debug)]
struct Inner {
    kind: ErrorKind,
    delivery: Delivery,
    replayable: bool,
    status: Option<StatusCode>,
    request_id: Option<RequestId>,
    source: Option<TransportError>,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, delivery: Delivery) -> Self {
        let (status, request_id, source) = (None, None, None);
        Self(Box::new(Inner { kind, delivery, replayable: false, status, request_id, source }))
    }

    pub(crate) fn from_transport(error: TransportError) -> Self {
        let mut this = Self::new(ErrorKind::of_transport(error.kind()), error.delivery());
        this.0.source = Some(error);
        this
    }

    pub(crate) fn with_answer(mut self, status: StatusCode, request_id: Option<RequestId>) -> Self {
        self.0.delivery = Delivery::Answered;
        self.0.status = Some(status);
        self.0.request_id = request_id;
        self
    }

    /// The same of one call among several: what was not sent with this one may have been with another.
    pub(crate) fn among_others(mut self) -> Self {
        if self.0.delivery == Delivery::NotSent {
            self.0.delivery = Delivery::MaybeSent;
        }
        self
    }

    pub(crate) fn with_replayable(mut self, replayable: bool) -> Self {
        self.0.replayable = replayable;
        self
    }

    /// What went wrong.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// How far the request got.
    pub fn delivery(&self) -> Delivery {
        self.0.delivery
    }

    /// The status, where one arrived.
    pub fn status(&self) -> Option<StatusCode> {
        self.0.status
    }

    /// The platform's id of the request, where one arrived.
    pub fn request_id(&self) -> Option<&RequestId> {
        self.0.request_id.as_ref()
    }

    /// Whether the same call may simply be made again.
    ///
    /// True only when nothing was sent ([`Delivery::NotSent`]) for a reason that may pass, and the
    /// call carries nothing that was used up. Uploads never qualify, since their stream cannot be
    /// rewound; nor does an answer of any status, since a 500 of this platform may mean a bad key.
    pub fn is_retryable(&self) -> bool {
        let may_pass = !matches!(
            self.0.kind,
            ErrorKind::InvalidArgument
                | ErrorKind::UserNotAllowed
                | ErrorKind::Unsupported
                | ErrorKind::Setup
        );
        self.0.replayable && may_pass && self.0.delivery == Delivery::NotSent
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.kind.as_str())?;
        match self.0.status {
            Some(status) => write!(f, " (status {})", status.as_u16()),
            None => Ok(()),
        }
    }
}

/// What it is and what caused it: programs that print it with `Debug` when they end say why.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_with_causes(self, f)
    }
}

pub(crate) fn write_with_causes(error: &dyn StdError, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(f, "{error}")?;
    let mut cause = error.source();
    while let Some(error) = cause {
        write!(f, ": {error}")?;
        cause = error.source();
    }
    Ok(())
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_ref().map(|source| source as _)
    }
}

/// How far a request got.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Delivery {
    /// Not a byte of it reached the platform.
    NotSent,
    /// Some or all of it may have reached the platform and may have had its effect.
    MaybeSent,
    /// The platform, or something in front of it, answered with a status.
    Answered,
}

/// What [`Error`] is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// An argument cannot be put into a request. Nothing was sent.
    InvalidArgument,
    /// The user's identifier is none that version 2 takes: letters, digits and `._:@-`, at most 128. Nothing was
    /// sent.
    UserNotAllowed,
    /// The [version](crate::ApiVersion) the client speaks has no such call. Nothing was sent.
    Unsupported,
    /// The client cannot be set up, or the system has no randomness to give. Nothing was sent.
    Setup,
    /// No connection: refused, unreachable, name unknown, or not made within the connect limit.
    Connect,
    /// No trusted TLS connection.
    Tls,
    /// The time limit of the whole exchange ran out.
    Timeout,
    /// The connection broke.
    Interrupted,
    /// The body the caller supplied failed; the request was aborted.
    RequestBody,
    /// The reply is longer than the limit.
    ResponseTooLarge,
    /// A status of success with a body, or of a kind, that cannot be understood.
    Unparsable,
    /// The API key is missing, malformed, unknown or revoked: status 401, or a text that says so
    /// under any failing status, as the platform may report a bad key as 500.
    KeyRejected,
    /// Status 403 to a call that names a user within a session: the session is locked to another one.
    NameLocked,
    /// Status 404: no such session, transaction or path.
    NotFound,
    /// Status 429.
    RateLimited,
    /// Any other status from 400 to 499.
    Rejected,
    /// Any other status from 500 on.
    Faulted,
    /// A status from 300 to 399. Redirects are never followed.
    Redirected,
}

impl ErrorKind {
    fn of_transport(kind: TransportErrorKind) -> Self {
        match kind {
            TransportErrorKind::Address => Self::InvalidArgument,
            TransportErrorKind::Setup => Self::Setup,
            TransportErrorKind::Connect => Self::Connect,
            TransportErrorKind::Tls => Self::Tls,
            TransportErrorKind::Timeout => Self::Timeout,
            TransportErrorKind::RequestBody => Self::RequestBody,
            TransportErrorKind::Interrupted => Self::Interrupted,
        }
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::InvalidArgument => "an argument cannot be put into a request",
            Self::UserNotAllowed => "the user's identifier is none that version 2 of the api takes",
            Self::Unsupported => "this version of the api has no such call",
            Self::Setup => "the client cannot be set up",
            Self::Connect => "the platform cannot be reached",
            Self::Tls => "the platform's certificate or tls is not acceptable",
            Self::Timeout => "the platform did not answer in time",
            Self::Interrupted => "the connection to the platform broke",
            Self::RequestBody => "the body of the request failed",
            Self::ResponseTooLarge => "the reply is too large",
            Self::Unparsable => "the reply cannot be understood",
            Self::KeyRejected => "the platform does not accept the api key",
            Self::NameLocked => "the session belongs to another user",
            Self::NotFound => "the platform does not know what was asked for",
            Self::RateLimited => "the platform asks for fewer requests",
            Self::Rejected => "the platform rejected the request",
            Self::Faulted => "the platform failed",
            Self::Redirected => "the platform redirected, which is not followed",
        }
    }
}
