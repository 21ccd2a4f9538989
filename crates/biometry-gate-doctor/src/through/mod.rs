//! What a proxy in front of the application does to a large upload and to `Host`.

mod answer;
mod body;
mod probe;

use std::time::Duration;

use biometry_client::{Body, HyperTransport, Transport as _, TransportError, TransportErrorKind};
use http::header::{CONTENT_TYPE, ORIGIN};
use http::{Request, Uri};

use self::answer::Seen;
use self::probe::Probe;
use crate::arguments::Through;
use crate::findings::{Check, Findings};

/// Sends a large upload and a request with an origin: to a gate behind the proxy, or to a stand-in of this program's own.
pub(crate) async fn look(through: &Through, findings: &mut Findings) {
    let Some(address) = through.probe else {
        look_at_gate(through, findings).await;
        return;
    };
    match Probe::listen(address).await {
        Ok(probe) => probe.look(through, findings).await,
        Err(error) => findings.fault(Check::Upload, format!("--probe {address}: {error}")),
    }
}

/// A gate refuses both requests for want of a login: what matters is that it is the gate that answers.
async fn look_at_gate(through: &Through, findings: &mut Findings) {
    let upload = Request::post(below(through, "/verify")).header(CONTENT_TYPE, MULTIPART);
    match send(upload, Body::new(body::whole(LARGE))).await {
        Ok(seen) => judge_upload(&seen, findings),
        Err(error) => findings.fault(Check::Upload, unanswered(&error)),
    }
    let start = Request::post(below(through, "/session/start")).header(ORIGIN, origin(&through.to));
    match send(start, Body::empty()).await {
        Ok(seen) => judge_host(&seen, findings),
        Err(error) => findings.fault(Check::Host, unanswered(&error)),
    }
}

fn judge_upload(seen: &Seen, findings: &mut Findings) {
    let status = seen.status;
    match (seen.code.as_deref(), status.as_u16()) {
        (Some("authentication-required"), _) => {
            findings.fine(Check::Upload, "an upload of 45 MB gets to the gate, and its answer back");
        }
        (Some("upload-too-large"), _) => {
            findings.fault(Check::Upload, "the application refuses 45 MB: raise CaptureLimits, or a limit of the framework");
        }
        (Some(code), _) => findings.fault(Check::Upload, format!("the gate answers {code}: see its log")),
        (None, 413) => findings.fault(
            Check::Upload,
            "the proxy refuses an upload of 45 MB (413): raise client_max_body_size (nginx), LimitRequestBody (Apache) or its kin",
        ),
        (None, 404 | 405) => {
            findings.fault(Check::Upload, format!("no gate is mounted there ({status}): see --mount"));
        }
        (None, 300..=399) => findings.fault(Check::Upload, format!("{status}: name the address it redirects to")),
        (None, 502..=504) => {
            findings.fault(Check::Upload, format!("the proxy has no answer of the application ({status})"));
        }
        (None, _) => findings.fault(Check::Upload, format!("it is not a gate that answers ({status})")),
    }
}

/// A gate that sees another `Host` than the origin takes the request for another site's, and looks at that before it asks
/// who is calling.
fn judge_host(seen: &Seen, findings: &mut Findings) {
    match seen.code.as_deref() {
        Some("cross-site") => findings.fault(Check::Host, REWRITTEN),
        Some(_) => findings.fine(Check::Host, "the gate takes a page of this origin for its own"),
        None => findings.fault(Check::Host, format!("it is not a gate that answers ({})", seen.status)),
    }
}

async fn send(request: http::request::Builder, body: Body) -> Result<Seen, TransportError> {
    let transport = HyperTransport::builder().total_limit(LONGEST).build()?;
    let request = request.body(body).map_err(|_| TransportError::not_sent(TransportErrorKind::Address))?;
    answer::read(transport.send(request).await?).await
}

fn below(through: &Through, path: &str) -> String {
    format!("{}{}{path}", through.to.to_string().trim_end_matches('/'), through.mount)
}

/// Scheme, host and port, as browsers write it.
fn origin(uri: &Uri) -> String {
    let authority = uri.authority().map_or("", http::uri::Authority::as_str);
    format!("{}://{authority}", uri.scheme_str().unwrap_or("https"))
}

fn unanswered(error: &TransportError) -> String {
    use std::error::Error as _;
    let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
    match error.kind() {
        TransportErrorKind::Address => {
            "plain http is for the loopback interface: name an https address".to_owned()
        }
        TransportErrorKind::Interrupted | TransportErrorKind::RequestBody => {
            format!("{error}{cause}: the proxy gave up on the upload; see its limits and its log")
        }
        _ => format!("{error}{cause}"),
    }
}

/// What a telephone may well have made.
const LARGE: u64 = 45_000_000;
const MULTIPART: &str = "multipart/form-data; boundary=biometry-gate-doctor";
const LONGEST: Duration = Duration::from_secs(120);
const REWRITTEN: &str = "the proxy rewrites Host, so that the gate takes its own pages for another site's: pass it on \
                         (nginx: proxy_set_header Host $http_host), or name the origin with CrossSite::public_origin";
