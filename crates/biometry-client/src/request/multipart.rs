//! Outgoing `multipart/form-data` (RFC 7578), streamed.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{BufMut as _, Bytes, BytesMut};
use http::HeaderValue;
use http_body::{Body as _, Frame, SizeHint};

use crate::request::upload::Upload;
use crate::{Body, BoxError, Delivery, Error, ErrorKind};

/// A form under construction. The names of the parts are ours; only values come from outside.
pub(crate) struct Form {
    boundary: String,
    pieces: VecDeque<Piece>,
    text: BytesMut,
}

enum Piece {
    Text(Bytes),
    File(File),
    /// A text that is known once all before it has gone; nothing of it is sent where there is none.
    LateText(Box<dyn FnOnce() -> Bytes + Send>),
    /// A file that is known once all before it has gone, and the part it makes.
    LateFile(LateUpload, Box<dyn FnOnce(Upload) -> [Piece; 2] + Send>),
}

/// A file that is still to come.
pub(crate) type LateUpload = Pin<Box<dyn Future<Output = Result<Upload, BoxError>> + Send>>;

/// A file, held to the length it announced, if it did: the request's own length is made of it.
struct File {
    body: Body,
    left: Option<u64>,
}

impl File {
    fn new(body: Body) -> Self {
        let left = body.size_hint().exact();
        Self { body, left }
    }

    /// The next bytes; `None` at the end.
    fn poll_data(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, BoxError>>> {
        loop {
            // Trailers of the file's stream have no place within a form.
            let Ok(data) = (match ready!(Pin::new(&mut self.body).poll_frame(cx)) {
                Some(Ok(frame)) => frame.into_data(),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(self.check_end().err().map(Err)),
            }) else {
                continue;
            };
            return Poll::Ready(Some(self.count(data.len() as u64).map(|()| data)));
        }
    }

    fn count(&mut self, bytes: u64) -> Result<(), BoxError> {
        if let Some(left) = &mut self.left {
            *left = left.checked_sub(bytes).ok_or("the file is longer than announced")?;
        }
        Ok(())
    }

    fn check_end(&self) -> Result<(), BoxError> {
        match self.left {
            None | Some(0) => Ok(()),
            Some(_) => Err("the file is shorter than announced".into()),
        }
    }
}

impl Form {
    /// A form with a fresh random boundary, which no value can contain.
    pub(crate) fn new() -> Result<Self, Error> {
        let mut random = [0; 16];
        getrandom::fill(&mut random).map_err(|_| Error::new(ErrorKind::Setup, Delivery::NotSent))?;
        Ok(Self::with_boundary(format!("biometry-{:032x}", u128::from_ne_bytes(random))))
    }

    fn with_boundary(boundary: String) -> Self {
        Self { boundary, pieces: VecDeque::new(), text: BytesMut::new() }
    }

    pub(crate) fn field(mut self, name: &'static str, value: &str) -> Self {
        self.open_part(name);
        self.text.put_slice(b"\"\r\n\r\n");
        self.text.put_slice(value.as_bytes());
        self.text.put_slice(b"\r\n");
        self
    }

    /// A field whose value, or that there is none, is known only once everything before it has been sent.
    pub(crate) fn late_field(
        mut self,
        name: &'static str,
        value: impl FnOnce() -> Option<String> + Send + 'static,
    ) -> Self {
        self.close_text();
        let boundary = self.boundary.clone();
        let part =
            move || value().map(|value| Self::with_boundary(boundary).field(name, &value).text.freeze());
        self.pieces.push_back(Piece::LateText(Box::new(move || part().unwrap_or_default())));
        self
    }

    pub(crate) fn file(mut self, name: &'static str, stem: &'static str, upload: Upload) -> Self {
        self.open_file(name, stem, &upload);
        self.close_text();
        self.pieces.push_back(Piece::File(File::new(upload.into_body())));
        self.text.put_slice(b"\r\n");
        self
    }

    /// A file of which nothing is known until everything before it has been sent.
    pub(crate) fn late_file(mut self, name: &'static str, stem: &'static str, upload: LateUpload) -> Self {
        self.close_text();
        let mut form = Self::with_boundary(self.boundary.clone());
        let part = move |upload: Upload| {
            form.open_file(name, stem, &upload);
            [Piece::Text(form.text.freeze()), Piece::File(File::new(upload.into_body()))]
        };
        self.pieces.push_back(Piece::LateFile(upload, Box::new(part)));
        self.text.put_slice(b"\r\n");
        self
    }

    /// The value of `Content-Type`, and the body.
    pub(crate) fn finish(mut self) -> (HeaderValue, FormBody) {
        self.text.put_slice(format!("--{}--\r\n", self.boundary).as_bytes());
        self.close_text();
        let content_type = HeaderValue::try_from(format!("multipart/form-data; boundary={}", self.boundary));
        let content_type = content_type.unwrap_or(HeaderValue::from_static("multipart/form-data"));
        (content_type, FormBody { pieces: self.pieces, has_failed: false })
    }

    fn open_part(&mut self, name: &'static str) {
        let head = format!("--{}\r\nContent-Disposition: form-data; name=\"{name}", self.boundary);
        self.text.put_slice(head.as_bytes());
    }

    fn open_file(&mut self, name: &'static str, stem: &'static str, upload: &Upload) {
        self.open_part(name);
        self.text.put_slice(b"\"; filename=\"");
        self.text.put_slice(stem.as_bytes());
        self.text.put_slice(b".");
        self.text.put_slice(upload.extension().as_bytes());
        self.text.put_slice(b"\"\r\nContent-Type: ");
        self.text.put_slice(upload.content_type().as_bytes());
        self.text.put_slice(b"\r\n\r\n");
    }

    fn close_text(&mut self) {
        self.pieces.push_back(Piece::Text(self.text.split().freeze()));
    }
}

/// The bytes of a form. Once a file has failed there is no end to reach any more.
pub(crate) struct FormBody {
    pieces: VecDeque<Piece>,
    has_failed: bool,
}

impl FormBody {
    /// The next bytes, none where a piece of the form has just ended; `None` at the end of the form.
    fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, BoxError>>> {
        match self.pieces.front_mut() {
            None => return Poll::Ready(None),
            Some(Piece::Text(text)) => {
                let text = std::mem::take(text);
                self.pieces.pop_front();
                return Poll::Ready(Some(Ok(text)));
            }
            Some(Piece::File(file)) => match ready!(file.poll_data(cx)) {
                None => drop(self.pieces.pop_front()),
                Some(data) => return Poll::Ready(Some(data)),
            },
            Some(Piece::LateText(_)) => {
                let Some(Piece::LateText(text)) = self.pieces.pop_front() else { return Poll::Ready(None) };
                return Poll::Ready(Some(Ok(text())));
            }
            Some(Piece::LateFile(upload, _)) => {
                let upload = match ready!(upload.as_mut().poll(cx)) {
                    Ok(upload) => upload,
                    Err(error) => return Poll::Ready(Some(Err(error))),
                };
                let Some(Piece::LateFile(_, part)) = self.pieces.pop_front() else {
                    return Poll::Ready(None);
                };
                let [head, file] = part(upload);
                self.pieces.push_front(file);
                self.pieces.push_front(head);
            }
        }
        Poll::Ready(Some(Ok(Bytes::new())))
    }
}

impl http_body::Body for FormBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if self.has_failed {
            return Poll::Ready(Some(Err("the form has failed before".into())));
        }
        loop {
            match ready!(self.poll_piece(cx)) {
                None => return Poll::Ready(None),
                Some(Ok(data)) if data.is_empty() => {}
                Some(Ok(data)) => return Poll::Ready(Some(Ok(Frame::data(data)))),
                Some(Err(error)) => {
                    self.has_failed = true;
                    return Poll::Ready(Some(Err(error)));
                }
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.pieces.is_empty() && !self.has_failed
    }

    fn size_hint(&self) -> SizeHint {
        let mut total = SizeHint::with_exact(0);
        for piece in &self.pieces {
            let hint = match piece {
                Piece::Text(text) => SizeHint::with_exact(text.len() as u64),
                Piece::File(file) => file.body.size_hint(),
                Piece::LateText(_) | Piece::LateFile(..) => SizeHint::new(),
            };
            total = add(&total, &hint);
        }
        total
    }
}

fn add(left: &SizeHint, right: &SizeHint) -> SizeHint {
    let mut sum = SizeHint::new();
    let lower = left.lower().saturating_add(right.lower());
    sum.set_lower(lower);
    let upper = left.upper().zip(right.upper()).and_then(|(left, right)| left.checked_add(right));
    if let Some(upper) = upper {
        sum.set_upper(upper.max(lower));
    }
    sum
}

#[cfg(test)]
mod tests;
