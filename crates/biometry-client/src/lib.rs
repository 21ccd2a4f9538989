//! A typed async client of the Biometry platform's API.
//!
//! The platform looks at a short video of a person saying a phrase and answers whether the face is
//! alive, speaks, says what it should, and is whose it should be. This crate makes those calls from a
//! server and reads the answers; it needs no web framework and makes no decisions.
//!
//! ```
//! use biometry_client::{
//!     ApiKey, BaseUrl, Body, Client, ProcessVideo, Purpose, Trigger, Upload, UserFullname, Verdict,
//!     Warmup,
//! };
//!
//! async fn is_it_ana(client: &Client, video: Body) -> Result<bool, biometry_client::Error> {
//!     let ana = UserFullname::parse("ana@example.com").expect("a plain address");
//!     let session = client.start_session(Warmup::Yes).await?.into_inner();
//!     if !client.consent_history(&ana).await?.value().is_given(Purpose::Authorization) {
//!         return Ok(false);
//!     }
//!     let ask = ProcessVideo::new(ana, "three nine one four", Upload::webm(video))
//!         .session(session.clone())
//!         .trigger(Trigger::Authentication);
//!     let reply = client.process_video(ask).await?;
//!     client.end_session(&session, None).await?;
//!     Ok(reply.value().verdict() == Verdict::Pass && !reply.removed_services() && !reply.auto_enroll())
//! }
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let key_from_your_secret_store = "eyJhbGciOiJIUzI1NiJ9.eyJpZCI6ImstMSJ9.c2ln";
//! # #[cfg(feature = "hyper")] {
//! let key = ApiKey::parse(key_from_your_secret_store)?;
//! let client = Client::connect(BaseUrl::production(), key)?;
//! # let _unsent = is_it_ana(&client, Body::empty());
//! # }
//! # Ok(())
//! # }
//! ```
//!
//! # Calls
//!
//! | about | methods of [`Client`] |
//! |---|---|
//! | sessions | [`start_session`](Client::start_session), [`end_session`](Client::end_session), [`end_session_of`](Client::end_session_of) |
//! | consent | [`give_consent`](Client::give_consent), [`record_consent`](Client::record_consent), [`withdraw_consent`](Client::withdraw_consent), [`consent_history`](Client::consent_history) |
//! | verification | [`process_video`](Client::process_video), [`match_faces`](Client::match_faces) |
//! | enrolment | [`enroll_face`](Client::enroll_face), [`enroll_voice`](Client::enroll_voice) |
//! | documents | [`check_document`](Client::check_document) |
//! | keys | [`key_info`](Client::key_info), [`mint_key`](Client::mint_key), [`revoke_key`](Client::revoke_key) |
//! | transactions | [`list_transactions`](Client::list_transactions), [`transaction_samples`](Client::transaction_samples), [`tag_transaction`](Client::tag_transaction), [`flag_transaction`](Client::flag_transaction) |
//! | webhooks | [`create_webhook`](Client::create_webhook) |
//! | version 2 only | [`approve_consent`](Client::approve_consent), [`consent_approvals`](Client::consent_approvals), [`start_deepfake_check`](Client::start_deepfake_check), [`deepfake_check`](Client::deepfake_check) |
//!
//! Each says what its reply means; a check that did not succeed is a value, never an [`Error`].
//!
//! # What it holds to
//!
//! - **Never optimistic.** The platform writes its answers in several shapes and leaves out what is
//!   empty. All known shapes are read, and whatever is missing, misspelt, contradictory or of the
//!   wrong type is [`Verdict::Unknown`], [`ServiceState::Unknown`] or an error, never a pass. JSON
//!   that could be read in two ways, as with a key that occurs twice, is not read at all.
//! - **Nothing is held.** A video goes out as it comes in, within a multipart of this crate's own
//!   making. An error in its stream aborts the request; it is never completed short.
//! - **No secrets in output.** The key is a sensitive header. Keys, users, phrases, scores and media are in
//!   no `Debug`, error or log line; [`RequestId`] is what to log instead.
//! - **One call, one request**, but for a verification of version 2. Nothing that may have reached the
//!   platform is repeated by itself; what was not sent is tried again, see [`Retrying`].
//!   [`Error::delivery`] says how far the request got, [`Error::is_retryable`] whether the call may simply
//!   be made again.
//!
//! # Transports
//!
//! A [`Transport`] carries one request and brings the reply. The bundled [`HyperTransport`]
//! (feature `hyper`, on by default) is TLS only beyond the loopback interface, leaves the rest of a
//! program's TLS as it is, follows no redirects, ignores the environment's proxies unless asked, and bounds time, as this crate bounds
//! the length of a reply. Bring your own for tests or for an HTTP stack you already run.
//!
#![doc = include_str!("docs/versions.md")]
#![cfg_attr(
    not(feature = "hyper"),
    expect(rustdoc::broken_intra_doc_links, reason = "the bundled transport is off")
)]

mod api_key;
mod base_url;
mod body;
mod client;
mod error;
mod exchange;
mod identifier;
mod join;
mod json;
mod request;
mod response;
mod service;
mod trace_context;
mod transport;
mod version;
mod wire;

pub use api_key::{ApiKey, ApiKeyError, ApiKeyErrorKind, Claims};
pub use base_url::{BaseUrl, BaseUrlError, BaseUrlErrorKind};
pub use body::{Body, BoxError};
pub use client::{Client, ClientBuilder};
pub use error::{Delivery, Error, ErrorKind};
pub use identifier::{
    ConsentTemplate, DeepfakeCheckId, IdentifierError, IdentifierErrorKind, PhoneNumber, PlatformSession,
    RequestId, Tag, UserFullname,
};
pub use request::consent::{Purpose, RecordConsent};
pub use request::context::{CallContext, DeviceInfo, GeoLocation, Trigger};
pub use request::document::{CheckDocument, DocumentProvider};
pub use request::enroll::{EnrollFace, EnrollVoice};
pub use request::match_faces::{MatchFaces, MatchFile};
pub use request::process_video::ProcessVideo;
pub use request::session::Warmup;
pub use request::transaction::{Flag, ListTransactions};
pub use request::upload::Upload;
pub use request::v2::consent::ConsentTemplates;
pub use request::v2::deepfake::CheckDeepfake;
pub use request::webhook::NewWebhook;
pub use response::consent::{ConsentEvent, ConsentHistory, ConsentRecord, ConsentState, Withdrawal};
pub use response::document::{Document, DocumentCheck, DocumentResult, MrzValidation};
pub use response::enroll::{FaceEnrollment, FaceEnrollmentOutcome, VoiceEnrollment, VoiceEnrollmentOutcome};
pub use response::key::KeyInfo;
pub use response::match_faces::{FaceMatch, FaceMatchOutcome};
pub use response::reply::Reply;
pub use response::service_report::{ServiceReport, ServiceState};
pub use response::transaction::{SampleUrl, Samples};
pub use response::transaction_list::TransactionList;
pub use response::v2::approvals::Approval;
pub use response::v2::deepfake::{DeepfakeCheck, DeepfakeStatus};
pub use response::verdict::{Score, Verdict};
pub use response::verification::Verification;
pub use response::webhook::{Webhook, WebhookRetry};
pub use service::Service;
pub use trace_context::TraceContext;
#[cfg(feature = "retry")]
pub use transport::{Backoff, Retrying};
pub use transport::{
    Deadline, TowerTransport, Transport, TransportError, TransportErrorKind, TransportService,
};
#[cfg(feature = "hyper")]
pub use transport::{HyperTransport, HyperTransportBuilder};
pub use version::ApiVersion;
