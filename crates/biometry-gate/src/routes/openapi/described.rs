use biometry_client::Purpose;
use serde_json::{Value, json};

use super::parameters;
use super::schemas::schema;
use super::uploads;
use crate::challenge::Code;
use crate::enrollment::Sample;
use crate::mounted_routes::{Dialect, Operation};

/// What the document says of an operation, beside its path and method.
pub(super) struct Described {
    pub(super) id: &'static str,
    pub(super) summary: &'static str,
    pub(super) parameters: Vec<Value>,
    pub(super) body: Option<Value>,
    pub(super) answers: Answers,
}

/// What an operation may answer.
pub(super) struct Answers {
    /// What a 200 means.
    pub(super) meaning: &'static str,
    pub(super) success: Value,
    problems: Vec<&'static [Code]>,
    /// A code that is answered with another status than its own.
    pub(super) renumbered: Option<(u16, Code)>,
}

impl Answers {
    fn new(meaning: &'static str, schema: Value) -> Self {
        Self { meaning, success: schema, problems: vec![ANY], renumbered: None }
    }

    fn or(mut self, problems: &'static [Code]) -> Self {
        self.problems.push(problems);
        self
    }

    /// The codes of all problems, each once.
    pub(super) fn codes(&self) -> impl Iterator<Item = Code> {
        let is_among = |code: &Code| self.problems.iter().any(|codes| codes.contains(code));
        Code::ALL.iter().copied().filter(move |code| is_among(code))
    }
}

impl Described {
    fn new(id: &'static str, summary: &'static str, answers: Answers) -> Self {
        Self { id, summary, parameters: Vec::new(), body: None, answers }
    }

    fn taking(self, parameters: Vec<Value>) -> Self {
        Self { parameters, ..self }
    }

    fn with(self, body: Value) -> Self {
        Self { body: Some(body), ..self }
    }
}

pub(super) fn describe(operation: Operation, dialect: Dialect) -> Described {
    match operation {
        Operation::Start => start(dialect),
        Operation::Status => status(),
        Operation::End => end(dialect),
        Operation::ReadConsent => read_consent(dialect),
        Operation::GiveConsent(purpose) => give_consent(purpose, dialect),
        Operation::WithdrawConsent => withdraw_consent(),
        Operation::Verify => verify(dialect),
        Operation::Enroll(Sample::Face) => enroll_face(dialect),
        Operation::Enroll(Sample::Voice) => enroll_voice(dialect),
        #[cfg(feature = "documents")]
        Operation::CheckDocument => check_document(dialect),
        #[cfg(feature = "documents")]
        Operation::MatchFaces => match_faces(dialect),
        #[cfg(feature = "webhooks")]
        Operation::Webhook => webhook(),
        #[cfg(feature = "receipts")]
        Operation::ShowKeys => show_keys(),
        Operation::Describe => openapi(),
    }
}

fn start(dialect: Dialect) -> Described {
    let answers = Answers::new("A session is open, and this is its phrase.", schema("Session"));
    let described = Described::new(
        "startSession",
        "Opens a session for one verification, and draws its phrase",
        answers.or(MEMBER).or(BODY).or(PLATFORM).or(&[Code::TooManyAttempts, Code::Overloaded]),
    );
    let described = described.taking(parameters::start_parameters());
    match dialect {
        Dialect::Native => described.with(json_body(&schema("Start"), false)),
        Dialect::Platform => described,
    }
}

fn status() -> Described {
    let answers = Answers::new("Where the session stands.", schema("SessionStatus"));
    let answers = answers.or(MEMBER).or(&[Code::SessionUnknown, Code::InvalidRequest]);
    Described::new("getSession", "Says where the caller's session stands", answers)
        .taking(vec![parameters::session_header(), parameters::return_handle()])
}

fn end(dialect: Dialect) -> Described {
    let answers = Answers::new("The session is over.", schema("SessionEnded"));
    let answers = answers.or(MEMBER).or(&[Code::SessionUnknown, Code::SessionBusy, Code::InvalidRequest]);
    let described = Described::new("endSession", "Ends a session: no upload for it counts any more", answers);
    match dialect {
        Dialect::Native => described.taking(vec![parameters::session_header()]),
        Dialect::Platform => described,
    }
}

fn read_consent(dialect: Dialect) -> Described {
    let answers =
        Answers::new("What the caller has agreed to.", by(dialect, "Consent", "PlatformConsentHistory"));
    Described::new("getConsent", "Says what the caller has agreed to", answers.or(MEMBER))
}

fn give_consent(purpose: Option<Purpose>, dialect: Dialect) -> Described {
    let id = match purpose {
        None => "giveConsent",
        Some(Purpose::Authorization) => "giveAuthorizationConsent",
        Some(Purpose::Storage) => "giveStorageConsent",
    };
    let answers = Answers::new("The consent that now counts.", by(dialect, "Consent", "PlatformConsent"));
    let described = Described::new(
        id,
        "Gives or withdraws consent, each purpose on its own",
        answers.or(MEMBER).or(BODY).or(&[Code::ConsentRequired]),
    );
    described.with(json_body(&by(dialect, "ConsentChange", "PlatformConsentChange"), true))
}

fn withdraw_consent() -> Described {
    let answers = Answers::new("The consent that now counts.", schema("Consent"));
    Described::new(
        "withdrawConsent",
        "Withdraws consent, for one purpose or for all",
        answers.or(MEMBER).or(BODY),
    )
    .taking(vec![parameters::purpose()])
}

fn verify(dialect: Dialect) -> Described {
    let outcomes = &[Code::VerificationFailed, Code::VerificationReferred, Code::EnrolledNotVerified];
    let answers = Answers::new("The verdict.", by(dialect, "Verified", "PlatformVerdict")).or(UPLOAD);
    let answers = if dialect == Dialect::Native { answers.or(outcomes) } else { answers };
    Described::new("verify", "Takes the video in which the caller speaks the phrase", answers)
        .taking(vec![parameters::session_header()])
        .with(uploads::video())
}

fn enroll_face(dialect: Dialect) -> Described {
    let answers = Answers::new("The face is enrolled.", by(dialect, "Enrolled", "PlatformFaceEnrollment"));
    enroll(dialect, "enrollFace", "Enrolls the caller's face", answers).with(uploads::face())
}

fn enroll_voice(dialect: Dialect) -> Described {
    let answers = Answers::new("The voice is enrolled.", by(dialect, "Enrolled", "PlatformVoiceEnrollment"));
    enroll(dialect, "enrollVoice", "Enrolls the caller's voice, speaking the session's phrase", answers)
        .with(uploads::voice())
}

fn enroll(dialect: Dialect, id: &'static str, summary: &'static str, answers: Answers) -> Described {
    let answers = answers.or(UPLOAD).or(&[Code::EnrollmentClosed]);
    let answers = if dialect == Dialect::Native { answers.or(&[Code::EnrollmentFailed]) } else { answers };
    Described::new(id, summary, answers).taking(vec![parameters::session_header()])
}

#[cfg(feature = "documents")]
fn check_document(dialect: Dialect) -> Described {
    let answers =
        Answers::new("The document is accepted.", by(dialect, "Document", "PlatformDocument")).or(UPLOAD);
    let answers = if dialect == Dialect::Native { answers.or(&[Code::DocumentRejected]) } else { answers };
    Described::new("checkDocument", "Checks the picture of an identity document", answers)
        .taking(vec![parameters::session_header()])
        .with(uploads::document())
}

#[cfg(feature = "documents")]
fn match_faces(dialect: Dialect) -> Described {
    let answers = Answers::new("The faces match.", by(dialect, "FaceMatch", "PlatformFaceMatch")).or(UPLOAD);
    let answers = if dialect == Dialect::Native { answers.or(&[Code::MatchFailed]) } else { answers };
    Described::new("matchFaces", "Compares the face in a picture with the one in a video", answers)
        .taking(vec![parameters::session_header(), parameters::use_prefilled_video()])
        .with(uploads::picture_and_video())
}

#[cfg(feature = "webhooks")]
fn webhook() -> Described {
    let answers = Answers::new("The delivery is taken.", schema("Delivered"));
    let mut answers =
        answers.or(&[Code::NotFound, Code::UploadTooLarge, Code::UploadTimeout, Code::Overloaded]);
    // The delivery is not signed as it should be.
    answers.renumbered = Some((403, Code::InvalidRequest));
    Described::new("deliver", "Takes a signed delivery of the platform", answers)
        .with(json_body(&json!({ "type": "object" }), true))
}

#[cfg(feature = "receipts")]
fn show_keys() -> Described {
    let key = json!({ "type": "object", "required": ["kty", "crv", "x", "kid", "use", "alg"] });
    let set = json!({
        "type": "object",
        "properties": { "keys": { "type": "array", "items": key } },
        "required": ["keys"],
    });
    let answers = Answers::new("The public keys, as a JWK Set (RFC 7517).", set).or(&[Code::NotFound]);
    Described::new("getKeys", "Shows the public keys by which receipts are verified", answers)
}

fn openapi() -> Described {
    let answers = Answers::new("This document.", json!({ "type": "object" }));
    Described::new("getOpenapi", "Describes all routes", answers)
}

fn by(dialect: Dialect, native: &str, platforms: &str) -> Value {
    schema(if dialect == Dialect::Native { native } else { platforms })
}

fn json_body(schema: &Value, is_required: bool) -> Value {
    json!({ "required": is_required, "content": { "application/json": { "schema": schema } } })
}

/// What every route may answer.
const ANY: &[Code] = &[
    Code::CrossSite,
    Code::InvalidRequest,
    Code::MethodNotAllowed,
    Code::StoreUnavailable,
    Code::IdentityUnavailable,
];
/// What a route for callers who are logged in may answer.
const MEMBER: &[Code] = &[Code::AuthenticationRequired, Code::SubjectConflict];
/// What a route that takes a JSON body, or none, may answer.
const BODY: &[Code] = &[Code::InvalidRequest, Code::UploadTooLarge, Code::UploadTimeout];
/// What a route that asks the platform may answer.
const PLATFORM: &[Code] = &[Code::PlatformError, Code::PlatformUnavailable, Code::PlatformTimeout];
/// What a route that relays a file may answer.
const UPLOAD: &[Code] = &[
    Code::AuthenticationRequired,
    Code::SubjectConflict,
    Code::ConsentRequired,
    Code::SessionUnknown,
    Code::SessionBusy,
    Code::SessionExpired,
    Code::UploadTooLarge,
    Code::UnsupportedMedia,
    Code::InvalidUpload,
    Code::PhraseMismatch,
    Code::TooManyAttempts,
    Code::UploadTimeout,
    Code::Overloaded,
    Code::PlatformError,
    Code::PlatformUnavailable,
    Code::PlatformTimeout,
];
