//! The mounted routes as an `OpenAPI` 3.1 document, made from the table that requests are looked up in.

mod described;
mod parameters;
mod schemas;
mod uploads;

use serde_json::{Map, Value, json};

use self::described::{Answers, Described, describe};
use crate::challenge::Code;
use crate::engine::Engine;
use crate::mounted_routes::{Dialect, Operation, PARAMETER, ROUTES, Route};

/// The mounted routes as an `OpenAPI` 3.1 document in JSON; what `GET {mount}/openapi.json` answers.
///
/// It describes the routes that this crate was built with, in both dialects, each with its problem codes. `mount` is the
/// server in it. Generators of clients read it, and so do tools that test an API.
///
/// ```
/// let document: serde_json::Value = serde_json::from_str(&biometry_gate::routes::openapi("/biometry"))?;
/// assert_eq!(document["openapi"], "3.1.0");
/// assert_eq!(document["paths"]["/verify"]["post"]["operationId"], "verify");
/// # Ok::<(), serde_json::Error>(())
/// ```
pub fn openapi(mount: &str) -> String {
    format!("{:#}", document(mount))
}

impl Engine {
    /// The document of this gate: its server is where the host says that the routes are mounted.
    pub(super) fn openapi(&self) -> Value {
        document(self.challenge_params.mount().unwrap_or(USUAL_MOUNT))
    }
}

fn document(mount: &str) -> Value {
    let paths: Map<_, _> = ROUTES.iter().map(|route| (route.path.to_owned(), path_item(route))).collect();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "BiometryGate",
            "version": env!("CARGO_PKG_VERSION"),
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
            "summary": "Step-up by biometrics: what a browser asks of the application that it is logged in to.",
            "description": DESCRIPTION,
        },
        "servers": [{ "url": mount }],
        "tags": [
            { "name": NATIVE, "description": "BiometryGate's own routes." },
            { "name": PLATFORM, "description": "The platform's paths and envelopes, for its official clients." },
        ],
        "paths": paths,
        "components": { "schemas": schemas::all(), "securitySchemes": { "hostLogin": host_login() } },
    })
}

fn host_login() -> Value {
    json!({
        "type": "apiKey",
        "in": "cookie",
        "name": "session",
        "description": "The host's own login, whatever it is: BiometryGate asks the host who is calling. The name of the \
                        cookie stands for it.",
    })
}

fn path_item(route: &Route) -> Value {
    let operations = route.operations.iter();
    let item: Map<_, _> = operations
        .map(|(method, operation)| (method.as_str().to_lowercase(), of(route, *operation)))
        .collect();
    item.into()
}

fn of(route: &Route, operation: Operation) -> Value {
    let Described { id, summary, parameters, body, answers } = describe(operation, route.dialect);
    let (tag, id) = match route.dialect {
        Dialect::Native => (NATIVE, id.to_owned()),
        Dialect::Platform => (PLATFORM, format!("platform{}{}", id[..1].to_uppercase(), &id[1..])),
    };
    let mut described = json!({
        "operationId": id,
        "tags": [tag],
        "summary": summary,
        "security": if is_open(operation) { json!([]) } else { json!([{ "hostLogin": [] }]) },
        "responses": responses(&answers),
    });
    let in_path = route.path.ends_with(PARAMETER).then(parameters::session_in_path);
    let parameters: Vec<_> = in_path.into_iter().chain(parameters).collect();
    if !parameters.is_empty() {
        described["parameters"] = parameters.into();
    }
    if let Some(body) = body {
        described["requestBody"] = body;
    }
    described
}

/// Whether a caller needs no login.
fn is_open(operation: Operation) -> bool {
    operation.is_public() || operation.is_delivery()
}

/// The answer of a success, and one answer for each status that a problem may have.
fn responses(answers: &Answers) -> Value {
    let mut responses = Map::new();
    let content = json!({ "application/json": { "schema": answers.success } });
    responses.insert("200".to_owned(), json!({ "description": answers.meaning, "content": content }));
    let own = answers.codes().flat_map(|code| statuses(code).into_iter().map(move |status| (status, code)));
    for (status, code) in own.chain(answers.renumbered) {
        let response = responses.entry(status.to_string()).or_insert_with(problem);
        response["description"] = described(&response["description"], code).into();
        let codes = &mut response["content"]["application/problem+json"]["schema"]["allOf"][1];
        if let Some(codes) = codes["properties"]["code"]["enum"].as_array_mut() {
            codes.push(code.as_str().into());
        }
    }
    responses.into()
}

/// Broken framing is 400 where the same code is 422 otherwise.
fn statuses(code: Code) -> Vec<u16> {
    let own = code.status().as_u16();
    match code {
        Code::InvalidRequest | Code::InvalidUpload => vec![own, 400],
        _ => vec![own],
    }
}

fn problem() -> Value {
    let schema = json!({ "allOf": [
        { "$ref": "#/components/schemas/Problem" },
        { "type": "object", "properties": { "code": { "enum": [] } } },
    ] });
    json!({ "description": "", "content": { "application/problem+json": { "schema": schema } } })
}

fn described(before: &Value, code: Code) -> String {
    let before = before.as_str().filter(|before| !before.is_empty());
    before.map_or_else(
        || code.title().to_owned(),
        |before| format!("{before}; {}", code.title().to_lowercase()),
    )
}

const USUAL_MOUNT: &str = "/biometry";
const NATIVE: &str = "native";
const PLATFORM: &str = "platform dialect";
const DESCRIPTION: &str = "Who is calling is decided by the host's own login; no parameter here chooses a subject. A caller \
    on a route of the host that needs a proof gets `step-up-required` with the policy and, for an operation, its intent; \
    the way to a proof is consent, a session with a phrase, and one video. Requests that change something are refused when \
    a browser sends them on another site's behalf. Every answer is JSON, is never cached and has an `X-Request-Id`.";

#[cfg(test)]
mod tests;
