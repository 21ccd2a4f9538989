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
