use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use biometry_client::{Body, Transport, TransportError, TransportErrorKind};
use http_body_util::BodyExt as _;

/// A platform that knows faces: it enrolls the first person where templates may be stored, and recognises the face that
/// it has. Clones are the same platform.
#[derive(Clone, Debug, Default)]
pub(super) struct Faces(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    people: HashMap<String, Person>,
    refuses_withdrawals: bool,
    is_down: bool,
}

#[derive(Debug, Default)]
struct Person {
    authorization: bool,
    storage: bool,
    template: Option<Face>,
}

/// Whose face a capture shows: its size says so.
pub(super) type Face = usize;

impl Faces {
    pub(super) fn obtain_storage(&self, name: &str) {
        self.state().people.entry(name.to_owned()).or_default().storage = true;
    }

    pub(super) fn set_template(&self, name: &str, face: Option<Face>) {
        self.state().people.entry(name.to_owned()).or_default().template = face;
    }

    pub(super) fn refuse_withdrawals(&self, refuses: bool) {
        self.state().refuses_withdrawals = refuses;
    }

    pub(super) fn go_down(&self, is_down: bool) {
        self.state().is_down = is_down;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn say(&mut self, name: &str, is_storage: bool, given: bool) -> (u16, String) {
        if !given && self.refuses_withdrawals {
            return (400, r#"{"error":"is_consent_given must be true"}"#.to_owned());
        }
        let person = self.people.entry(name.to_owned()).or_default();
        if is_storage {
            person.storage = given;
            person.template = person.template.filter(|_| given);
        } else {
            person.authorization = given;
        }
        (200, format!(r#"{{"is_consent_given":{given},"user_fullname":"{name}"}}"#))
    }

    fn record(&mut self, name: &str) -> (u16, String) {
        let person = self.people.entry(name.to_owned()).or_default();
        let half = |given| {
            format!(
                r#"{{"is_consent_given":{given},"history":[],"created_at":"2026-01-01T00:00:00.000Z","updated_at":"2026-01-01T00:00:00.000Z"}}"#
            )
        };
        let (consent, storage) = (half(person.authorization), half(person.storage));
        (
            200,
            format!(
                r#"{{"data":{{"user_fullname":"{name}","consent":{consent},"storage_consent":{storage}}}}}"#
            ),
        )
    }

    /// The verdict, and whether the face was enrolled just now.
    fn judge(&mut self, name: &str, face: Face) -> (u16, String, bool) {
        let person = self.people.entry(name.to_owned()).or_default();
        let enrolls = person.authorization && person.storage && person.template.is_none();
        if enrolls {
            person.template = Some(face);
        }
        let passes = person.authorization && person.template == Some(face);
        let (code, verdict) = if passes { (0, "pass") } else { (1, "fail") };
        let body = format!(
            r#"{{"data":{{"Face Liveness Detection":{{"code":0,"result":true}},
            "Face Recognition":{{"code":{code},"description":"d"}},
            "Visual Speech Recognition":{{"code":0,"result":"@PHRASE"}}}},"scoring_result":"{verdict}","score":95.5,"message":"m"}}"#
        );
        (200, body, enrolls)
    }
}

#[async_trait]
impl Transport for Faces {
    async fn send(&self, request: http::Request<Body>) -> Result<http::Response<Body>, TransportError> {
        let (head, body) = request.into_parts();
        let failed = |_| TransportError::maybe_sent(TransportErrorKind::RequestBody);
        let body = body.collect().await.map_err(failed)?.to_bytes();
        // Others have their turn where a network would lie between.
        tokio::task::yield_now().await;
        let mut state = self.state();
        if state.is_down {
            return Err(TransportError::not_sent(TransportErrorKind::Connect));
        }
        let (path, text) = (head.uri.path(), String::from_utf8_lossy(&body));
        let named =
            || head.headers.get("x-user-fullname").and_then(|name| name.to_str().ok()).unwrap_or_default();
        let (status, reply, enrolled) = if path.contains("process-video") {
            let (status, reply, enrolled) = state.judge(named(), body.len() / FACE);
            (status, reply.replace("@PHRASE", &spoken(&text)), enrolled)
        } else if path.contains("history") {
            let query = head.uri.query().unwrap_or_default();
            let name = query.strip_prefix("user_fullname=").unwrap_or_default().to_owned();
            let (status, reply) = state.record(&name);
            (status, reply, false)
        } else if path.contains("consent") {
            let said: serde_json::Value = serde_json::from_slice(&body).unwrap_or_default();
            let name = said["user_fullname"].as_str().unwrap_or_default().to_owned();
            let given = said["is_consent_given"].as_bool().unwrap_or_default();
            let (status, reply) = state.say(&name, path.contains("strg"), given);
            (status, reply, false)
        } else {
            (200, r#"{"data":"sess_1","message":"m"}"#.to_owned(), false)
        };
        drop(state);
        let mut answer = http::Response::new(Body::from_bytes(reply));
        *answer.status_mut() = http::StatusCode::from_u16(status).unwrap_or_default();
        if enrolled {
            answer.headers_mut().insert("x-auto-enroll", http::HeaderValue::from_static("true"));
        }
        Ok(answer)
    }
}

/// The phrase as the form has it: everybody speaks it.
fn spoken(form: &str) -> String {
    let part = form.split("name=\"phrase\"").nth(1).unwrap_or_default();
    part.trim_start().lines().next().unwrap_or_default().to_owned()
}

/// A capture of so many bytes for each face: what is around it is less.
pub(super) const FACE: usize = 4_000;
