use std::time::Duration;

use async_trait::async_trait;
use biometry_client::{Body, Transport, TransportError, TransportErrorKind};
use http_body_util::BodyExt as _;
use tokio::time::sleep;

/// A platform that has consent of everybody on record, to be verified and no more, and in whose captures it recognises no
/// one. Its times are what a test says.
#[derive(Clone, Copy, Debug)]
pub struct SlowPlatform {
    /// For what it has on record of consent.
    pub record: Duration,
    /// For taking each mebibyte of a capture.
    pub mebibyte: Duration,
    /// From the last byte of a capture to the verdict.
    pub verdict: Duration,
    /// After how many bytes of a capture it answers without having read the rest, where it does.
    pub gives_up_after: Option<u64>,
}

impl Default for SlowPlatform {
    fn default() -> Self {
        let moment = Duration::from_millis(2);
        Self { record: moment, mebibyte: moment, verdict: moment, gives_up_after: None }
    }
}

#[async_trait]
impl Transport for SlowPlatform {
    async fn send(&self, request: http::Request<Body>) -> Result<http::Response<Body>, TransportError> {
        let path = request.uri().path().to_owned();
        let request_name =
            request.uri().query().and_then(|query| query.strip_prefix(NAMED)).map(str::to_owned);
        let is_capture = path.contains("process-video");
        let (mut body, mut taken) = (request.into_body(), 0);
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|_| TransportError::maybe_sent(TransportErrorKind::RequestBody))?;
            let Some(data) = frame.data_ref().filter(|_| is_capture) else { continue };
            taken += data.len() as u64;
            sleep(time_for(data.len(), self.mebibyte)).await;
            if self.gives_up_after.is_some_and(|most| taken >= most) {
                return Ok(reply(413, r#"{"error":"too large"}"#));
            }
        }
        if is_capture {
            sleep(self.verdict).await;
            return Ok(reply(200, VERDICT));
        }
        if path.contains("history") {
            sleep(self.record).await;
            return Ok(reply(200, &record(request_name.as_deref().unwrap_or_default())));
        }
        Ok(reply(200, if path.contains("consent") { GIVEN } else { r#"{"data":"sess_1"}"# }))
    }
}

fn time_for(bytes: usize, mebibyte: Duration) -> Duration {
    let nanos = (mebibyte.as_nanos() * bytes as u128) >> 20;
    Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}

/// Consent to be verified, and none to be stored.
fn record(name: &str) -> String {
    format!(
        r#"{{"data":{{"user_fullname":"{name}","consent":{{"is_consent_given":true,"history":[],
        "created_at":"2026-01-01T00:00:00.000Z","updated_at":"2026-01-01T00:00:00.000Z"}},"storage_consent":null}}}}"#
    )
}

fn reply(status: u16, body: &str) -> http::Response<Body> {
    let mut reply = http::Response::new(Body::from_bytes(body.as_bytes().to_vec()));
    *reply.status_mut() = http::StatusCode::from_u16(status).unwrap_or_default();
    reply
}

const NAMED: &str = "user_fullname=";
const VERDICT: &str = r#"{"data":{"Face Liveness Detection":{"code":0,"result":true},
    "Face Recognition":{"code":1,"description":"not recognised"}},"scoring_result":"fail","score":12.5,"message":"m"}"#;
const GIVEN: &str = r#"{"is_consent_given":true,"message":"consent given"}"#;
