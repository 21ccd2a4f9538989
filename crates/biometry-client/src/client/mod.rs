//! A method per endpoint, each three steps: build, send, parse.

mod builder;
mod only_v2;
mod operator;
mod people;
mod v2;

use std::fmt;
use std::sync::Arc;

use http::StatusCode;

pub use self::builder::ClientBuilder;
use crate::exchange::exchange;
use crate::request::{self, Call, Target};
use crate::response::answer::Answer;
use crate::response::{self, consent, session};
use crate::transport::Turns;
use crate::{
    ApiKey, ApiVersion, BaseUrl, ConsentHistory, ConsentState, ConsentTemplates, Error, PhoneNumber,
    PlatformSession, ProcessVideo, Purpose, RecordConsent, Reply, TraceContext, Transport, UserFullname,
    Verification, Warmup, Withdrawal,
};

/// A client of the platform's API. Cheap to clone; clones share the transport's connections.
///
/// Every method makes one request that reaches the platform, or none: what was not sent may be sent again, and so may
/// what came to nothing because of the key, where there is a [spare one](ClientBuilder::spare_key). Only a verification
/// of version 2 is several at once. Dropping the future it returns aborts the request. The methods' documentation names
/// the paths of version 1.
#[derive(Clone)]
pub struct Client(Arc<Inner>, Option<TraceContext>);

struct Inner {
    base: BaseUrl,
    key: ApiKey,
    spare_keys: Vec<ApiKey>,
    /// Which of them is in use.
    turns: Arc<Turns>,
    /// What carries requests as they are.
    bare: Arc<dyn Transport>,
    /// The same, which knows the spare keys where there are any.
    transport: Arc<dyn Transport>,
    response_limit: usize,
    version: ApiVersion,
    templates: Option<ConsentTemplates>,
}

impl Client {
    /// A client over a transport of your choice. Replies may be up to 1 MiB long; see
    /// [`with_response_limit`](Self::with_response_limit).
    pub fn new(base: BaseUrl, key: ApiKey, transport: impl Transport) -> Self {
        Self::builder(base, key).over(transport)
    }

    /// A client over the bundled transport with its defaults, see
    /// [`HyperTransport`](crate::HyperTransport).
    ///
    /// # Errors
    /// Of kind [`Setup`](crate::ErrorKind::Setup) when the transport cannot be built.
    #[cfg(feature = "hyper")]
    pub fn connect(base: BaseUrl, key: ApiKey) -> Result<Self, Error> {
        Self::builder(base, key).connect()
    }

    /// A client with other than the default settings.
    pub fn builder(base: BaseUrl, key: ApiKey) -> ClientBuilder {
        ClientBuilder::new(base, key)
    }

    /// The same client with another bound on the length of a reply, in bytes. A reply that may carry
    /// a document's images may be sixteen times as long.
    pub fn with_response_limit(self, bytes: usize) -> Self {
        Self(Arc::new(Inner { response_limit: bytes, ..self.0.duplicate() }), self.1)
    }

    /// The same client for calls that belong to a trace: each carries it in `traceparent` and `tracestate`.
    #[must_use]
    pub fn in_trace(&self, trace: TraceContext) -> Self {
        Self(Arc::clone(&self.0), Some(trace))
    }

    /// The version of the API this client speaks.
    pub fn version(&self) -> ApiVersion {
        self.0.version
    }

    /// The key this client calls with, the first one where there are spare keys.
    pub fn api_key(&self) -> &ApiKey {
        &self.0.key
    }

    /// The key that the next call goes out with: [`api_key`](Self::api_key), until the platform does not accept it and a
    /// [spare key](ClientBuilder::spare_key) takes its place.
    pub fn key_in_use(&self) -> &ApiKey {
        self.key_at(self.0.turns.in_use(1 + self.0.spare_keys.len()))
    }

    /// The key that the platform did not accept last; `None` where it accepts all so far, or there is one key only.
    pub fn rejected_key(&self) -> Option<&ApiKey> {
        self.0.turns.given_up(1 + self.0.spare_keys.len()).map(|place| self.key_at(place))
    }

    /// A client for each of the keys, this client's own first, that calls with that key alone: to ask about each.
    pub fn for_each_key(&self) -> impl Iterator<Item = Self> {
        self.keys().map(|key| {
            let (transport, inner) = (Arc::clone(&self.0.bare), self.0.duplicate());
            let (key, spare_keys, turns) = (key.clone(), Vec::new(), Arc::default());
            Self(Arc::new(Inner { key, spare_keys, turns, transport, ..inner }), None)
        })
    }

    /// Opens a session: `POST /api-gateway/sessions/start`.
    ///
    /// # Errors
    /// See [`ErrorKind`](crate::ErrorKind).
    pub async fn start_session(&self, warmup: Warmup) -> Result<Reply<PlatformSession>, Error> {
        match self.version() {
            ApiVersion::V1 => {
                let call = request::session::start(self.target(), warmup)?;
                self.answer(call).await?.parse(session::parse_started)
            }
            ApiVersion::V2 => self.start_session_v2(warmup).await,
        }
    }

    /// Ends a session: `POST /api-gateway/sessions/end/{id}`. A number asks for a SIM-swap check,
    /// whose result the platform does not report here.
    ///
    /// # Errors
    /// See [`ErrorKind`](crate::ErrorKind); an unknown session is [`NotFound`](crate::ErrorKind::NotFound).
    pub async fn end_session(
        &self,
        session: &PlatformSession,
        phone: Option<&PhoneNumber>,
    ) -> Result<Reply<()>, Error> {
        match self.version() {
            ApiVersion::V1 => {
                let call = request::session::end(self.target(), session, None, phone)?;
                self.answer(call).await?.parse(session::parse_ended)
            }
            ApiVersion::V2 => self.end_session_v2(session, phone).await,
        }
    }

    /// As [`end_session`](Self::end_session), and names the user whose session it is, as the integration
    /// guide asks of every call but the start of a session. Version 2 has no place for the name.
    ///
    /// # Errors
    /// See [`ErrorKind`](crate::ErrorKind); a session of another user is
    /// [`NameLocked`](crate::ErrorKind::NameLocked).
    pub async fn end_session_of(
        &self,
        user: &UserFullname,
        session: &PlatformSession,
        phone: Option<&PhoneNumber>,
    ) -> Result<Reply<()>, Error> {
        match self.version() {
            ApiVersion::V1 => {
                let call = request::session::end(self.target(), session, Some(user), phone)?;
                self.answer(call).await?.parse(session::parse_ended)
            }
            ApiVersion::V2 => self.end_session_v2(session, phone).await,
        }
    }

    /// Records a consent: `POST /api-consent/consent` or `…/strg-consent`.
    ///
    /// # Errors
    /// See [`ErrorKind`](crate::ErrorKind). A reply about another user is
    /// [`Unparsable`](crate::ErrorKind::Unparsable).
    pub async fn give_consent(
        &self,
        user: &UserFullname,
        purpose: Purpose,
    ) -> Result<Reply<ConsentState>, Error> {
        self.record_consent(RecordConsent::new(user.clone(), purpose)).await
    }

    /// As [`give_consent`](Self::give_consent), and says in which session, on which device and where it was
    /// given.
    ///
    /// # Errors
    /// As [`give_consent`](Self::give_consent).
    pub async fn record_consent(&self, ask: RecordConsent) -> Result<Reply<ConsentState>, Error> {
        if let Some(templates) = self.templates() {
            return self.approve_purpose(templates, ask.user(), ask.purpose()).await;
        }
        let user = self.known(ask.user())?.clone();
        let call = ask.into_call(self.target())?;
        self.answer(call).await?.parse(|root| consent::parse_state(root, &user))
    }

    /// Records that a consent is withdrawn, with the same call as giving it.
    ///
    /// # Errors
    /// See [`ErrorKind`](crate::ErrorKind). That the platform takes no withdrawals is a value, not
    /// an error.
    pub async fn withdraw_consent(
        &self,
        user: &UserFullname,
        purpose: Purpose,
    ) -> Result<Reply<Withdrawal>, Error> {
        if self.templates().is_some() {
            return Self::refuse_withdrawal(user);
        }
        let call = request::consent::withdraw(self.target(), self.known(user)?, purpose)?;
        let answer = self.answer(call).await?;
        if answer.status == StatusCode::BAD_REQUEST && consent::is_refusal(&answer.failure_texts()) {
            return Ok(answer.with_value(Withdrawal::RefusedByPlatform));
        }
        answer.parse(|root| consent::parse_withdrawal(root, user))
    }

    /// Reads the consents of a user: `GET /api-consent/history`. A user who never gave any has an
    /// empty history (status 404).
    ///
    /// # Errors
    /// See [`ErrorKind`](crate::ErrorKind).
    pub async fn consent_history(&self, user: &UserFullname) -> Result<Reply<ConsentHistory>, Error> {
        if let Some(templates) = self.templates() {
            return self.approved_history(templates, user).await;
        }
        let call = request::consent::history(self.target(), self.known(user)?)?;
        let answer = self.answer(call).await?;
        if answer.is_not_found() {
            return Ok(answer.with_value(ConsentHistory::default()));
        }
        answer.parse(|root| consent::parse_history(root, user))
    }

    /// Has a video verified: `POST /api-gateway/process-video`.
    ///
    /// Version 2 has no such call. There it is `liveness` and, by what the key selects, `face-verify` and
    /// `voice-verify` at once, each with the whole video while it arrives: a stream for all at the pace of the slowest.
    /// The verification passes if each of them does, its score is the lowest of theirs, and the reply has the id of
    /// the first. What one call finds fault with is a failure of the whole; where one comes to no answer, or has not
    /// read the whole video, there is no reply.
    ///
    /// # Errors
    /// See [`ErrorKind`](crate::ErrorKind). A verification that fails is a value, not an error.
    pub async fn process_video(&self, ask: ProcessVideo) -> Result<Reply<Verification>, Error> {
        match self.version() {
            ApiVersion::V1 => {
                let user = ask.user().clone();
                let call = ask.into_call(self.target())?;
                let parse = |root: &_| response::verification::parse_verification(root, &user);
                self.answer(call).await?.parse(parse)
            }
            // Boxed, so that an upload of version 1 holds no room for what it does not do.
            ApiVersion::V2 => Box::pin(self.process_video_v2(ask)).await,
        }
    }

    fn key_at(&self, place: usize) -> &ApiKey {
        place.checked_sub(1).and_then(|spare| self.0.spare_keys.get(spare)).unwrap_or(&self.0.key)
    }

    fn keys(&self) -> impl Iterator<Item = &ApiKey> + Clone {
        std::iter::once(&self.0.key).chain(&self.0.spare_keys)
    }

    /// The templates that stand for consents; version 2 only.
    fn templates(&self) -> Option<&ConsentTemplates> {
        self.0.templates.as_ref().filter(|_| self.version() == ApiVersion::V2)
    }

    /// The user, where this version knows such identifiers.
    fn known<'u>(&self, user: &'u UserFullname) -> Result<&'u UserFullname, Error> {
        match self.version() {
            ApiVersion::V1 => Ok(user),
            ApiVersion::V2 => request::v2::user_id(user).map(|_| user),
        }
    }

    fn target(&self) -> Target<'_> {
        Target { base: &self.0.base, key: &self.0.key }
    }

    async fn answer(&self, mut call: Call) -> Result<Answer, Error> {
        if let Some(trace) = &self.1 {
            trace.put_into(call.request.headers_mut());
        }
        exchange(&*self.0.transport, call, self.0.response_limit).await
    }
}

impl Inner {
    fn duplicate(&self) -> Self {
        Self {
            base: self.base.clone(),
            key: self.key.clone(),
            spare_keys: self.spare_keys.clone(),
            turns: Arc::clone(&self.turns),
            bare: Arc::clone(&self.bare),
            transport: Arc::clone(&self.transport),
            response_limit: self.response_limit,
            version: self.version,
            templates: self.templates.clone(),
        }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("key", &self.0.key).finish_non_exhaustive()
    }
}

const DEFAULT_RESPONSE_LIMIT: usize = 1024 * 1024;
