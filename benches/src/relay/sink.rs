//! The upstream: takes uploads as fast as they come, drops them, and answers as the platform does.

use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use biometry_gate::clock::{Clock as _, SystemClock};
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;

use crate::platform::answer;

/// What the sink remembers.
#[derive(Debug, Default)]
struct Memory {
    /// The next upload's body is kept.
    keep: bool,
    kept: Vec<u8>,
    /// When an upload was last seen to break off.
    broken_off: Option<SystemTime>,
}

type Shared = Arc<Mutex<Memory>>;

/// Serves until the process ends.
///
/// # Errors
/// When the listener fails.
pub async fn serve(listener: TcpListener) -> std::io::Result<()> {
    let memory = Shared::default();
    loop {
        let (stream, _) = listener.accept().await?;
        let memory = Arc::clone(&memory);
        let service = service_fn(move |request| respond(Arc::clone(&memory), request));
        let connection = hyper::server::conn::http1::Builder::new()
            .timer(TokioTimer::new())
            .serve_connection(TokioIo::new(stream), service);
        tokio::spawn(connection);
    }
}

async fn respond(memory: Shared, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    let body = match head.uri.path() {
        "/keep" => {
            lock(&memory).keep = true;
            Vec::new()
        }
        "/kept" => std::mem::take(&mut lock(&memory).kept),
        "/broken-off" => nanoseconds(lock(&memory).broken_off.take()).to_string().into_bytes(),
        path => {
            let keep = path.ends_with("process-video") && std::mem::take(&mut lock(&memory).keep);
            let start = swallow(&memory, body, keep).await;
            answer(path, &start)
        }
    };
    let response = Response::builder().header("content-type", "application/json").body(Full::from(body));
    Ok(response.expect("a response"))
}

/// Reads a body to its end and answers its first bytes.
async fn swallow(memory: &Shared, mut body: Incoming, keep: bool) -> Vec<u8> {
    let mut start = Vec::new();
    let mut kept = keep.then(Vec::new);
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else {
            lock(memory).broken_off = Some(SystemClock.now());
            break;
        };
        let Ok(data) = frame.into_data() else { continue };
        if start.len() < START {
            start.extend_from_slice(&data[..data.len().min(START)]);
        }
        if let Some(kept) = &mut kept {
            kept.extend_from_slice(&data);
        }
    }
    if let Some(kept) = kept {
        lock(memory).kept = kept;
    }
    start
}

fn nanoseconds(time: Option<SystemTime>) -> u128 {
    time.and_then(|time| time.duration_since(UNIX_EPOCH).ok()).map_or(0, |since| since.as_nanos())
}

fn lock(memory: &Shared) -> std::sync::MutexGuard<'_, Memory> {
    memory.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Enough for the text parts in front of the file.
const START: usize = 4_096;
