use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, ready};

use biometry_client::Body;
use bytes::Bytes;
use http_body::Frame;

use crate::capture::{CaptureError, FileBody};
use crate::document::{PictureDigest, PictureHasher};

/// The digest of a picture that is on its way: there once the picture has been read to its end.
#[derive(Clone, Default)]
pub(super) struct PictureSeen(Arc<OnceLock<PictureDigest>>);

/// A picture that is looked at while it is passed on.
struct Hashed {
    body: FileBody,
    hasher: PictureHasher,
    seen: PictureSeen,
}

impl PictureSeen {
    /// The picture, looked at on its way.
    pub(super) fn watch(&self, body: FileBody) -> Body {
        Body::new(Hashed { body, hasher: PictureHasher::default(), seen: self.clone() })
    }

    pub(super) fn digest(&self) -> Option<PictureDigest> {
        self.0.get().cloned()
    }
}

impl http_body::Body for Hashed {
    type Data = Bytes;
    type Error = CaptureError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, CaptureError>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        match &frame {
            Some(Ok(frame)) => {
                if let Some(data) = frame.data_ref() {
                    self.hasher.update(data);
                }
            }
            Some(Err(_)) => {}
            None => {
                let digest = std::mem::take(&mut self.hasher).finish();
                // Asked for once more after the end, it has nothing to add.
                let _ = self.seen.0.set(digest);
            }
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        // The end has to be read to be seen.
        false
    }
}
