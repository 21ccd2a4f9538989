//! One call to one answer: the only place where something is sent.

use bytes::{Bytes, BytesMut};
use http_body::Body as _;
use http_body_util::BodyExt as _;

use crate::request::Call;
use crate::response::answer::Answer;
use crate::response::reply::Meta;
use crate::transport::{Transport, TransportError, TransportErrorKind};
use crate::{Body, BoxError, Delivery, Error, ErrorKind};

/// Sends the call and reads its answer whole, up to `limit` bytes; sixteen times that where it may
/// carry images.
pub(crate) async fn exchange(transport: &dyn Transport, call: Call, limit: usize) -> Result<Answer, Error> {
    let Call { operation, request, names_session, expects_images, replayable } = call;
    let limit = if expects_images { limit.saturating_mul(IMAGES_FACTOR) } else { limit };
    let result = match transport.send(request).await {
        Ok(response) => read_answer(response, names_session, limit).await,
        Err(error) => Err(Error::from_transport(error).with_replayable(replayable)),
    };
    match &result {
        Ok(Answer { status, meta, .. }) => {
            let (status, request_id) =
                (status.as_u16(), meta.request_id.as_ref().map(tracing::field::display));
            tracing::debug!(operation, status, request_id, "the platform answered");
        }
        Err(error) => {
            let (kind, delivery) = (error.kind(), error.delivery());
            tracing::debug!(operation, ?kind, ?delivery, "no usable answer from the platform");
        }
    }
    result
}

async fn read_answer(
    response: http::Response<Body>,
    names_session: bool,
    limit: usize,
) -> Result<Answer, Error> {
    let (head, body) = response.into_parts();
    let (status, meta) = (head.status, Meta::from_headers(&head.headers));
    let body = match read_body(body, limit).await {
        Ok(body) => body,
        // A failing status says enough without its text.
        Err(_) if !status.is_success() => Bytes::new(),
        Err(error) => return Err(error.with_answer(status, meta.request_id)),
    };
    Ok(Answer { status, meta, body, names_session })
}

async fn read_body(mut body: Body, limit: usize) -> Result<Bytes, Error> {
    if body.size_hint().lower() > limit as u64 {
        return Err(too_large());
    }
    let mut read = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(broken)?.into_data() else { continue };
        if data.len() > limit - read.len() {
            return Err(too_large());
        }
        read.extend_from_slice(&data);
    }
    Ok(read.freeze())
}

fn too_large() -> Error {
    Error::new(ErrorKind::ResponseTooLarge, Delivery::Answered)
}

fn broken(error: BoxError) -> Error {
    Error::from_transport(match error.downcast::<TransportError>() {
        Ok(error) => *error,
        Err(_) => TransportError::maybe_sent(TransportErrorKind::Interrupted),
    })
}

/// A document's reply carries two images in base64, where others carry a few hundred bytes.
const IMAGES_FACTOR: usize = 16;
