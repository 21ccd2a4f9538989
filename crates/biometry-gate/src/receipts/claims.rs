use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::issuer::{IssueError, ReceiptIssuer};
use crate::decision::Decision;
use crate::entropy::Entropy;
use crate::policy::Policy;
use crate::principal::{Principal, Tenant};

/// What a receipt is about.
#[derive(Clone, Copy)]
pub(crate) struct Proof<'a> {
    pub(crate) decision: &'a Decision,
    pub(crate) policy: &'a Arc<Policy>,
    /// SHA-256 of the lines that the person saw.
    pub(crate) shown: Option<&'a [u8; 32]>,
    /// The subject that the receipt names, if it names one.
    pub(crate) principal: Option<&'a Principal>,
}

/// The claims, in the form of an access token (RFC 9068) with members of our own behind them.
#[derive(Serialize)]
pub(super) struct Claims<'a> {
    iss: &'a str,
    aud: &'a str,
    client_id: &'a str,
    iat: u64,
    exp: u64,
    jti: String,
    auth_time: u64,
    acr: &'a str,
    amr: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tenant: Option<&'a str>,
    policy: &'a str,
    policy_version: u32,
    single_use: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    operation: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    display: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    operation_spoken: Option<bool>,
}

impl<'a> Claims<'a> {
    pub(super) fn new(
        issuer: &'a ReceiptIssuer,
        proof: &Proof<'a>,
        audience: &'a str,
        now: SystemTime,
        entropy: &dyn Entropy,
    ) -> Result<Self, IssueError> {
        let Proof { decision, policy, shown, principal } = *proof;
        let tenant = principal.map(Principal::tenant).filter(|tenant| **tenant != Tenant::default());
        Ok(Self {
            iss: issuer.name(),
            aud: audience,
            client_id: issuer.name(),
            iat: seconds(now),
            exp: end(issuer, proof, now)?,
            jti: proof.id(issuer.name(), audience, entropy)?,
            auth_time: seconds(decision.auth_time()),
            acr: policy.acr_value(),
            amr: decision.amr().collect(),
            sub: principal.map(|principal| principal.subject().as_str()),
            tenant: tenant.map(Tenant::as_str),
            policy: decision.policy(),
            policy_version: decision.policy_version(),
            single_use: proof.is_single_use(),
            operation: decision
                .intent
                .as_ref()
                .map(|digest| BASE64_URL_SAFE_NO_PAD.encode(digest.as_bytes())),
            display: shown.map(|hash| BASE64_URL_SAFE_NO_PAD.encode(hash)),
            operation_spoken: decision.is_operation_spoken().then_some(true),
        })
    }
}

impl Proof<'_> {
    fn is_single_use(&self) -> bool {
        self.policy.is_single_use() || self.decision.is_single_use()
    }

    /// Random, or the same for every receipt of one use for one audience: a service that takes it once runs once what was
    /// approved once. Where the use was given back, the next one has another.
    fn id(&self, issuer: &str, audience: &str, entropy: &dyn Entropy) -> Result<String, IssueError> {
        let mut bytes = [0; 18];
        if self.is_single_use() {
            let mut hash = Sha256::new();
            let uses = self.decision.given_back.to_string();
            for part in ["biometry-gate/receipt/1", issuer, audience, self.decision.id().as_str(), &uses] {
                hash.update((part.len() as u64).to_be_bytes());
                hash.update(part);
            }
            bytes.copy_from_slice(&hash.finalize()[..18]);
        } else {
            entropy.fill(&mut bytes).map_err(IssueError::Entropy)?;
        }
        Ok(BASE64_URL_SAFE_NO_PAD.encode(bytes))
    }
}

/// A receipt does not outlive the proof.
fn end(issuer: &ReceiptIssuer, proof: &Proof<'_>, now: SystemTime) -> Result<u64, IssueError> {
    let of =
        |begin: SystemTime, span: Duration| begin.checked_add(span).unwrap_or(proof.decision.expires_at());
    let fresh_until = of(proof.decision.auth_time(), proof.policy.freshness());
    let end = of(now, issuer.longest()).min(fresh_until).min(proof.decision.expires_at());
    let end = seconds(end);
    if end > seconds(now) { Ok(end) } else { Err(IssueError::Over) }
}

fn seconds(moment: SystemTime) -> u64 {
    moment.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
