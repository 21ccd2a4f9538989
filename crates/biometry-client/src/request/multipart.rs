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
mod tests {
    use http_body_util::BodyExt as _;

    use super::*;

    fn form() -> Form {
        Form::with_boundary("B".to_owned())
    }

    fn collect(body: FormBody) -> Result<Vec<u8>, BoxError> {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(body.collect()).map(|collected| collected.to_bytes().to_vec())
    }

    /// A body of these frames, one at a time, of unknown length.
    fn stream(frames: Vec<Result<Frame<Bytes>, &'static str>>) -> Body {
        struct Frames(VecDeque<Result<Frame<Bytes>, &'static str>>);
        impl http_body::Body for Frames {
            type Data = Bytes;
            type Error = BoxError;
            fn poll_frame(
                mut self: Pin<&mut Self>,
                _: &mut Context<'_>,
            ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
                Poll::Ready(self.0.pop_front().map(|frame| frame.map_err(Into::into)))
            }
        }
        Body::new(Frames(frames.into()))
    }

    fn data(bytes: &'static [u8]) -> Result<Frame<Bytes>, &'static str> {
        Ok(Frame::data(Bytes::from_static(bytes)))
    }

    #[test]
    fn writes_exactly_these_bytes() {
        let file = stream(vec![
            data(b"\x1aE"),
            data(b""),
            data(b"\r\n--B--\r\n"),
            Ok(Frame::trailers(Default::default())),
        ]);
        let upload = Upload::new(HeaderValue::from_static("video/webm;codecs=vp9,opus"), "webm", file);
        let (content_type, body) = form()
            .field("phrase", "one two")
            .field("trigger", "authentication")
            .file("video", "capture", upload)
            .finish();
        assert_eq!(content_type, "multipart/form-data; boundary=B");
        let expected = b"--B\r\nContent-Disposition: form-data; name=\"phrase\"\r\n\r\none two\r\n\
            --B\r\nContent-Disposition: form-data; name=\"trigger\"\r\n\r\nauthentication\r\n\
            --B\r\nContent-Disposition: form-data; name=\"video\"; filename=\"capture.webm\"\r\n\
            Content-Type: video/webm;codecs=vp9,opus\r\n\r\n\x1aE\r\n--B--\r\n\r\n--B--\r\n";
        assert_eq!(String::from_utf8_lossy(&collect(body).unwrap()), String::from_utf8_lossy(expected));
    }

    #[test]
    fn announces_its_length_when_the_file_does() {
        let (_, body) =
            form().field("a", "b").file("video", "capture", Upload::mp4(Body::from_bytes("xyz"))).finish();
        let announced = body.size_hint().exact().unwrap();
        assert!(!body.is_end_stream());
        assert_eq!(collect(body).unwrap().len() as u64, announced);
        let (_, body) = form().file("video", "capture", Upload::mp4(stream(vec![data(b"x")]))).finish();
        assert_eq!(body.size_hint().exact(), None);
        assert!(body.size_hint().lower() > 0);
    }

    #[test]
    fn what_is_late_is_asked_for_when_its_turn_comes() {
        use std::sync::atomic::{AtomicBool, Ordering};
        let is_known = std::sync::Arc::new(AtomicBool::new(false));
        let (learns, asks) = (is_known.clone(), is_known.clone());
        let first = Upload::webm(stream(vec![data(b"moving")]));
        let second: LateUpload = Box::pin(async move {
            learns.store(true, Ordering::Relaxed);
            Ok(Upload::new(HeaderValue::from_static("image/png"), "png", stream(vec![data(b"still")])))
        });
        let form = form().file("video", "capture", first).late_file("image", "image", second);
        let form = form.late_field("seen", move || asks.load(Ordering::Relaxed).then(|| "true".to_owned()));
        let (_, body) = form.late_field("unsaid", || None).finish();
        assert_eq!(body.size_hint().exact(), None);
        assert!(!is_known.load(Ordering::Relaxed));
        let expected = "--B\r\nContent-Disposition: form-data; name=\"video\"; filename=\"capture.webm\"\r\n\
            Content-Type: video/webm\r\n\r\nmoving\r\n\
            --B\r\nContent-Disposition: form-data; name=\"image\"; filename=\"image.png\"\r\n\
            Content-Type: image/png\r\n\r\nstill\r\n\
            --B\r\nContent-Disposition: form-data; name=\"seen\"\r\n\r\ntrue\r\n--B--\r\n";
        assert_eq!(String::from_utf8_lossy(&collect(body).unwrap()), expected);
    }

    #[test]
    fn a_late_file_that_does_not_come_leaves_the_form_without_an_end() {
        let second: LateUpload = Box::pin(async { Err("there is none".into()) });
        let first = Upload::webm(stream(vec![data(b"moving")]));
        let form = form().file("video", "capture", first).late_file("image", "image", second);
        assert_eq!(collect(form.finish().1).unwrap_err().to_string(), "there is none");
    }

    #[test]
    fn a_failing_file_leaves_the_form_without_an_end() {
        let file = stream(vec![data(b"x"), Err("cut off"), data(b"y")]);
        let (_, mut body) = form().file("video", "capture", Upload::webm(file)).finish();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            assert!(body.frame().await.unwrap().is_ok());
            assert_eq!(body.frame().await.unwrap().unwrap().into_data().unwrap(), "x");
            assert_eq!(body.frame().await.unwrap().unwrap_err().to_string(), "cut off");
            assert!(!body.is_end_stream());
            assert!(body.frame().await.unwrap().is_err());
        });
    }

    #[test]
    fn a_file_is_held_to_the_length_it_announces() {
        struct Announced(Body, u64);
        impl http_body::Body for Announced {
            type Data = Bytes;
            type Error = BoxError;
            fn poll_frame(
                mut self: Pin<&mut Self>,
                cx: &mut Context<'_>,
            ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
                Pin::new(&mut self.0).poll_frame(cx)
            }
            fn size_hint(&self) -> SizeHint {
                SizeHint::with_exact(self.1)
            }
        }
        for (announced, is_good) in [(3, true), (2, false), (4, false), (0, false)] {
            let file = Body::new(Announced(Body::from_bytes("xyz"), announced));
            let (_, body) = form().file("video", "capture", Upload::webm(file)).finish();
            assert_eq!(collect(body).is_ok(), is_good, "{announced}");
        }
    }

    #[test]
    fn passes_the_file_on_without_copying() {
        let bytes = Bytes::from(vec![7; 4096]);
        let (_, mut body) =
            form().file("video", "capture", Upload::webm(Body::from_bytes(bytes.clone()))).finish();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let _head = body.frame().await;
            let file = body.frame().await.unwrap().unwrap().into_data().unwrap();
            assert_eq!(file.as_ptr(), bytes.as_ptr());
        });
    }

    #[test]
    fn no_two_boundaries_are_alike() {
        let boundaries = [Form::new().unwrap().boundary, Form::new().unwrap().boundary];
        assert_ne!(boundaries[0], boundaries[1]);
        assert!(boundaries[0].len() <= 70);
    }
}
