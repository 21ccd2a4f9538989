//! A stand-in for the application: it says what arrives.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use biometry_client::Body;
use biometry_gate::entropy::{Entropy as _, OsEntropy};
use bytes::Bytes;
use http::header::{CONTENT_TYPE, HOST};
use http::{HeaderName, HeaderValue, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinSet;

use super::answer::Seen;
use super::{LARGE, MULTIPART, below, body, send, unanswered};
use crate::arguments::Through;
use crate::findings::{Check, Findings};

pub(super) struct Probe {
    state: Arc<State>,
    _serving: JoinSet<()>,
}

struct State {
    /// What tells this program's own request from all others.
    secret: String,
    /// Raised by the first byte of the upload.
    begun: Mutex<Option<oneshot::Sender<()>>>,
    arrived: Mutex<Option<Arrived>>,
}

/// What arrived of the upload.
#[derive(Default)]
struct Arrived {
    host: String,
    bytes: u64,
    /// Whether it began to arrive before all of it was sent.
    streamed: bool,
}

impl Probe {
    pub(super) async fn listen(address: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let mut bytes = [0; 16];
        OsEntropy.fill(&mut bytes).map_err(io::Error::other)?;
        let secret = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let state = Arc::new(State { secret, begun: Mutex::default(), arrived: Mutex::default() });
        let mut serving = JoinSet::new();
        serving.spawn(serve(listener, Arc::clone(&state)));
        Ok(Self { state, _serving: serving })
    }

    pub(super) async fn look(&self, through: &Through, findings: &mut Findings) {
        let (begun, sign) = oneshot::channel();
        *lock(&self.state.begun) = Some(begun);
        let request = Request::post(below(through, "/verify"))
            .header(CONTENT_TYPE, MULTIPART)
            .header(PROBE, &self.state.secret);
        let upload = body::in_two(LARGE, HEAD, sign, PATIENCE);
        let seen = match send(request, Body::new(upload)).await {
            Ok(seen) => seen,
            Err(error) => return findings.fault(Check::Upload, unanswered(&error)),
        };
        match lock(&self.state.arrived).take() {
            Some(arrived) => judge(&arrived, &seen, through, findings),
            None => super::judge_upload(&seen, findings),
        }
    }
}

fn judge(arrived: &Arrived, seen: &Seen, through: &Through, findings: &mut Findings) {
    if arrived.bytes != LARGE {
        let text = format!("{} of {LARGE} bytes arrive: the proxy cuts uploads off", arrived.bytes);
        findings.fault(Check::Upload, text);
    } else if !seen.headers.contains_key(PROBE) {
        findings.fault(
            Check::Upload,
            format!("45 MB arrive, but the answer does not get back ({})", seen.status),
        );
    } else if arrived.streamed {
        findings.fine(Check::Upload, "an upload of 45 MB arrives whole, and while it is being sent");
    } else {
        findings.note(
            Check::Upload,
            "an upload of 45 MB arrives whole, but the proxy keeps it on its disk first, so that people wait twice (nginx: \
             proxy_request_buffering off)",
        );
    }
    let expected = through.to.authority().map_or("", http::uri::Authority::as_str);
    if arrived.host.eq_ignore_ascii_case(expected) {
        findings.fine(Check::Host, format!("Host arrives as people's browsers send it: {expected}"));
    } else {
        findings.fault(
            Check::Host,
            format!("Host arrives as {} and not as {expected}: {}", arrived.host, super::REWRITTEN),
        );
    }
}

async fn serve(listener: TcpListener, state: Arc<State>) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let state = Arc::clone(&state);
        let service = service_fn(move |request| answer(Arc::clone(&state), request));
        connections.spawn(async move {
            // A connection that breaks shows in what arrived.
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
        while connections.try_join_next().is_some() {}
    }
}

async fn answer(state: Arc<State>, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, mut body) = request.into_parts();
    if head.headers.get(PROBE).map(HeaderValue::as_bytes) != Some(state.secret.as_bytes()) {
        let mut other = Response::new(Full::from("biometry-gate doctor stands in for the application\n"));
        *other.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
        return Ok(other);
    }
    let host = head.headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default().to_owned();
    let mut arrived = Arrived { host, ..Arrived::default() };
    while let Some(Ok(frame)) = body.frame().await {
        arrived.bytes += frame.data_ref().map_or(0, |data| data.len() as u64);
        if let Some(begun) = lock(&state.begun).take() {
            // Where the sender no longer waits for this sign, it has sent everything by now.
            arrived.streamed = begun.send(()).is_ok();
        }
    }
    *lock(&state.arrived) = Some(arrived);
    let mut done = Response::new(Full::default());
    done.headers_mut().insert(PROBE, HeaderValue::from_static("arrived"));
    Ok(done)
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

const PROBE: HeaderName = HeaderName::from_static("x-biometry-gate-probe");
/// What is sent before anything has to arrive: more than a proxy holds back for its own buffers.
const HEAD: u64 = 4_000_000;
const PATIENCE: Duration = Duration::from_secs(5);
