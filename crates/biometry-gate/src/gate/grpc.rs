//! Denials as gRPC statuses.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use bytes::Bytes;
use http::header::{CONNECTION, CONTENT_TYPE};
use http::{HeaderName, HeaderValue, Response, StatusCode};

use crate::challenge::Problem;
use crate::denial::Denial;
use crate::denial::Render;

/// Renders denials for gRPC: a response without messages whose header fields say `grpc-status` and `grpc-message`.
///
/// The problem goes along, as JSON in the metadata `biometry-problem-bin`, so that a client finds out what to do next.
/// For the layers around gRPC services, in front of tonic's with [`any_body`](super::BiometryGateLayer::any_body); other
/// routes of the same gate go on with problems:
///
/// ```
/// use biometry_gate::gate::GrpcStatus;
/// # fn layer(gate: &biometry_gate::BiometryGate) -> Result<(), biometry_gate::ConfigError> {
/// let payouts = gate.require("payout")?.render(GrpcStatus).any_body();
/// # let _ = payouts; Ok(()) }
/// ```
///
/// | denial | status |
/// |---|---|
/// | the caller is not logged in, a step-up is required | `UNAUTHENTICATED` |
/// | another site's request, missing consent | `PERMISSION_DENIED` |
/// | the store, the platform, the host's sessions or the audit trail cannot answer | `UNAVAILABLE` |
/// | the operation cannot be read | `INVALID_ARGUMENT` |
/// | the body is too large | `RESOURCE_EXHAUSTED` |
/// | the body is too slow | `DEADLINE_EXCEEDED` |
/// | the body broke off | `CANCELLED` |
/// | the gate is wired wrongly | `INTERNAL` |
#[derive(Clone, Copy, Debug, Default)]
pub struct GrpcStatus;

impl Render for GrpcStatus {
    fn render(&self, denial: &Denial, problem: Problem) -> Response<Bytes> {
        let message = percent_encoding::utf8_percent_encode(problem.detail(), ESCAPED).to_string();
        let mut response = problem.into_response::<Bytes>();
        let problem = STANDARD_NO_PAD.encode(std::mem::take(response.body_mut()));
        *response.status_mut() = StatusCode::OK;
        let headers = response.headers_mut();
        headers.remove(CONNECTION);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
        headers.insert(GRPC_STATUS, HeaderValue::from(code(denial)));
        for (name, value) in [(GRPC_MESSAGE, message), (PROBLEM, problem)] {
            if let Ok(value) = HeaderValue::try_from(value) {
                headers.insert(name, value);
            }
        }
        response
    }
}

/// <https://grpc.io/docs/guides/status-codes>
fn code(denial: &Denial) -> u16 {
    match denial {
        Denial::BodyAborted => 1,
        Denial::IntentUnreadable | Denial::IntentUnspeakable { .. } => 3,
        Denial::BodyTooSlow => 4,
        Denial::CrossSite | Denial::ConsentRequired { .. } => 7,
        Denial::BodyTooLarge => 8,
        Denial::UnsupportedMedia => 3,
        Denial::Misconfigured { .. } => 13,
        Denial::IdentityUnavailable
        | Denial::StoreUnavailable
        | Denial::AuditUnavailable
        | Denial::ConsentUnknown => 14,
        Denial::AuthenticationRequired | Denial::StepUpRequired(_) => 16,
    }
}

/// What a message must not hold as it is.
const ESCAPED: &percent_encoding::AsciiSet = &percent_encoding::CONTROLS.add(b'%');
const GRPC_STATUS: HeaderName = HeaderName::from_static("grpc-status");
const GRPC_MESSAGE: HeaderName = HeaderName::from_static("grpc-message");
const PROBLEM: HeaderName = HeaderName::from_static("biometry-problem-bin");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::challenge::Code;

    #[test]
    fn a_denial_is_a_status_and_a_problem() {
        let problem = Problem::new(Code::StoreUnavailable, "100 % out of order").request_id("req-1");
        let response = GrpcStatus.render(&Denial::StoreUnavailable, problem.closing());
        assert_eq!((response.status(), response.body().len()), (StatusCode::OK, 0));
        let headers = response.headers();
        assert_eq!(headers["content-type"], "application/grpc");
        assert_eq!(
            (&headers["grpc-status"], &headers["grpc-message"]),
            (&"14".parse().unwrap(), &"100 %25 out of order".parse().unwrap())
        );
        assert!(!headers.contains_key("connection"), "HTTP/2 has none");
        let problem = STANDARD_NO_PAD.decode(&headers["biometry-problem-bin"]).unwrap();
        let problem: serde_json::Value = serde_json::from_slice(&problem).unwrap();
        assert_eq!(
            (&problem["code"], &problem["request_id"]),
            (&"store-unavailable".into(), &"req-1".into())
        );
    }
}
