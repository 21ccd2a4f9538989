use std::error::Error;

use biometry_client::{ApiKey, BaseUrl, Client};
use biometry_gate::BiometryGate;
use biometry_gate::policy::{Policy, Threshold};
use biometry_gate::principal::{HostSession, IdentifyError, Principal};
use biometry_sandbox::Sandbox;
use http::header::AUTHORIZATION;
use http::request::Parts;

/// A gate in front of the sandbox, with one policy.
///
/// # Errors
/// When something in it makes no sense.
pub fn gate(sandbox: &Sandbox) -> Result<BiometryGate, Box<dyn Error>> {
    let base = BaseUrl::parse(&sandbox.base_url())?;
    let client = Client::connect(base, ApiKey::parse(&sandbox.mint_key())?)?;
    let statement = Policy::for_session("statement", Threshold::percent(70.0)?);
    Ok(BiometryGate::builder(client, from_token).policy(statement).build()?)
}

/// Who is calling: two people with an access token each. A real host looks its sessions up here.
fn from_token(head: &Parts) -> Result<Option<Principal>, IdentifyError> {
    let token = head.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let (subject, session) = match token {
        Some("Bearer token-of-ana") => ("pass+ana@example.com", "session-of-ana"),
        Some("Bearer token-of-ben") => ("fail+liveness@example.com", "session-of-ben"),
        _ => return Ok(None),
    };
    Ok(Some(Principal::new(subject, HostSession::parse(session)?)?))
}
