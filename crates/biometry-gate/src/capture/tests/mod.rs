//! Uploads from the request head to the end of the file, over scripted clients. Time is tokio's, paused.

mod clocks;
mod endings;
mod memory;
mod openings;
mod properties;
pub(super) mod script;
mod supervision;
mod two_files;

use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;
use http_body_util::BodyExt;

use self::script::{Script, Step};
use super::{
    CaptureError, CaptureErrorKind, CaptureLimits, FileBody, Form, Incoming, Medium, Opened, TextFields,
    open_head,
};

const FORM: Form = Form::new("video", Medium::Video).with_texts(&["phrase", "userFullname", "vocabulary"]);

const MP4: &[u8] = b"\0\0\0\x18ftypmp42\0\0\0\0isommp42\0\0\0\x08free";

/// Accepts everything but `phrase=wrong`, and an Ana who is not the subject.
struct Rules;

impl TextFields for Rules {
    fn accept(&mut self, name: &'static str, value: &str) -> Result<(), CaptureError> {
        match (name, value) {
            ("phrase", "wrong") => Err(CaptureErrorKind::PhraseMismatch.because("another phrase")),
            ("userFullname", "ana") => Err(CaptureErrorKind::SubjectConflict.because("another subject")),
            _ => Ok(()),
        }
    }
}

/// A multipart body with the boundary `x`, without its closing delimiter where that is left out.
#[derive(Clone, Default)]
struct Draft(Vec<u8>);

impl Draft {
    fn text(self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.part(&format!("name=\"{name}\""), value)
    }

    fn file(self, name: &str, data: impl AsRef<[u8]>) -> Self {
        self.part(&format!("name=\"{name}\"; filename=\"a.bin\""), data)
    }

    fn part(mut self, parameters: &str, data: impl AsRef<[u8]>) -> Self {
        self.0.extend(format!("--x\r\nContent-Disposition: form-data; {parameters}\r\n\r\n").as_bytes());
        self.0.extend(data.as_ref());
        self.0.extend(b"\r\n");
        self
    }

    /// Goes on with a part that never comes.
    fn next(mut self) -> Vec<u8> {
        self.0.extend(b"--x\r\n");
        self.0
    }

    fn closed(mut self) -> Vec<u8> {
        self.0.extend(b"--x--\r\n");
        self.0
    }
}

fn good() -> Vec<u8> {
    Draft::default().text("phrase", "one two").file("video", MP4).text("vocabulary", "").closed()
}

async fn open(script: Script) -> Result<Opened, CaptureError> {
    open_within(script, CaptureLimits::default(), None).await
}

async fn open_within(
    script: Script,
    limits: CaptureLimits,
    length: Option<u64>,
) -> Result<Opened, CaptureError> {
    let mut headers = HeaderMap::new();
    headers.insert("content-type", "multipart/form-data; boundary=x".parse().expect("a value"));
    if let Some(length) = length {
        headers.insert("content-length", length.into());
    }
    let head = open_head(&headers, &FORM, &limits)?;
    Incoming::open(head, script.boxed_unsync(), Box::new(Rules)).await
}

/// Takes the file to its end or error; an error must stay one.
async fn take(mut body: FileBody) -> Result<Vec<u8>, CaptureErrorKind> {
    let mut file = Vec::new();
    while let Some(frame) = body.frame().await {
        match frame.map(|frame| frame.into_data().expect("nothing but data")) {
            Ok(data) => file.extend(data),
            Err(error) => {
                let again = body.frame().await.expect("an error stays").expect_err("an error stays");
                assert_eq!(again.kind(), error.kind());
                assert!(!http_body::Body::is_end_stream(&body), "a failed body never looks ended");
                return Err(error.kind());
            }
        }
    }
    assert!(http_body::Body::is_end_stream(&body));
    assert!(body.frame().await.is_none(), "the end stays");
    Ok(file)
}

/// The whole way of an upload whose client sends these chunks and ends.
async fn relay(script: Script) -> Result<Vec<u8>, CaptureErrorKind> {
    relay_within(script, CaptureLimits::default(), None).await
}

async fn relay_within(
    script: Script,
    limits: CaptureLimits,
    length: Option<u64>,
) -> Result<Vec<u8>, CaptureErrorKind> {
    let opened = open_within(script, limits, length).await.map_err(|error| error.kind())?;
    let taken = take(opened.file.body).await;
    let settled = opened.progress.settled().await.map_err(|error| error.kind());
    assert_eq!(settled, taken.as_ref().map(|_| ()).map_err(|kind| *kind), "body and progress agree");
    assert_eq!(opened.progress.is_complete(), taken.is_ok());
    taken
}
