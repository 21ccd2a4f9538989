//! The thin HTTP edge: one request in, one reply out. What a reply says is decided in [`crate::api`].

mod admission;
mod body;
mod exchange;
mod identification;
mod intake;

use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::header::{HeaderName, HeaderValue};
use http::request::Parts;
use http::{Request, Response};
use http_body::Body as _;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;

pub(crate) use admission::Admitted;
use body::ReplyBody;
use exchange::Exchange;
pub(crate) use intake::Payload;

use crate::id;
use crate::journal::{Entry, Record};
use crate::reply::{Delivery, Reply};
use crate::server::Inner;

/// The connection is cut instead of an answer.
#[derive(Debug)]
pub(crate) struct Cut;

impl fmt::Display for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the sandbox cuts this connection")
    }
}

impl std::error::Error for Cut {}

/// Serves one request.
pub(crate) async fn serve(
    sandbox: Arc<Inner>,
    request: Request<Incoming>,
) -> Result<Response<ReplyBody>, Cut> {
    let (parts, mut body) = request.into_parts();
    let request_id = id::uuid();
    let entry = Entry::begin(&parts, request_id.clone());
    let (operation, user) = (entry.operation, entry.user.clone());
    let record = sandbox.journal.open(entry);
    let exchange = Exchange {
        sandbox: &sandbox,
        parts: &parts,
        record: &record,
        request_id: &request_id,
        user: user.as_deref(),
    };
    let reply = exchange.answer(&mut body).await?;
    drain_what_was_not_read(&parts, body);
    tracing::info!(?operation, status = reply.status.as_u16(), request_id, "answered");
    deliver(reply, &request_id, &record).await
}

async fn deliver(reply: Reply, request_id: &str, record: &Record) -> Result<Response<ReplyBody>, Cut> {
    match reply.delivery {
        Delivery::CutBeforeReply => return Err(Cut),
        Delivery::Never => match std::future::pending::<Infallible>().await {},
        Delivery::Whole | Delivery::CutAfterHeaders => {}
    }
    record.replied(reply.status);
    let cut = reply.delivery == Delivery::CutAfterHeaders;
    let mut response =
        Response::new(if cut { ReplyBody::cut(reply.body) } else { ReplyBody::whole(reply.body) });
    *response.status_mut() = reply.status;
    *response.headers_mut() = reply.headers;
    if let Ok(id) = HeaderValue::from_str(request_id) {
        response.headers_mut().insert(HeaderName::from_static("x-request-id"), id);
    }
    Ok(response)
}

/// A reply that comes before the upload's end would be lost in a connection reset if the server stopped reading; servers read a
/// little further for that reason. Not where the client waits for the sign to go on: then there is nothing to read.
fn drain_what_was_not_read(parts: &Parts, mut body: Incoming) {
    if body.is_end_stream() || parts.headers.contains_key(http::header::EXPECT) {
        return;
    }
    let draining = async move {
        let mut read = 0;
        while let Some(Ok(frame)) = body.frame().await {
            read += frame.data_ref().map_or(0, bytes::Bytes::len);
            if read > DRAINED_BYTES {
                break;
            }
        }
    };
    tokio::spawn(tokio::time::timeout(DRAINED_TIME, draining));
}

const DRAINED_BYTES: usize = 256 * 1024;
const DRAINED_TIME: Duration = Duration::from_secs(1);
