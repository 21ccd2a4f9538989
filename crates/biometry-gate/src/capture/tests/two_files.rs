use super::*;
use crate::capture::NextFile;

const BOTH: Form =
    Form::new("video", Medium::Video).with_file("image", Medium::Picture).with_texts(&["phrase"]);
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR and on";

async fn open_both(body: Vec<u8>) -> Result<Opened, CaptureError> {
    open_both_within(body, CaptureLimits::default()).await
}

async fn open_both_within(body: Vec<u8>, limits: CaptureLimits) -> Result<Opened, CaptureError> {
    let mut headers = HeaderMap::new();
    headers.insert("content-type", "multipart/form-data; boundary=x".parse().expect("a value"));
    let head = open_head(&headers, &BOTH, &limits)?;
    let script = Script::chunks(&body, 7);
    Incoming::open(head, script.boxed_unsync(), Box::new(Rules)).await
}

/// Both files by their fields, in the order in which they came.
async fn take_both(body: Vec<u8>) -> Result<Vec<(&'static str, &'static str, Vec<u8>)>, CaptureErrorKind> {
    let Opened { file, next, progress, .. } = open_both(body).await.map_err(|error| error.kind())?;
    let first = (file.field, file.content_type, take(file.body).await?);
    assert!(!progress.is_complete(), "one file is not the whole");
    let file = next.expect("another file").open().await.map_err(|error| error.kind())?;
    let second = (file.field, file.content_type, take(file.body).await?);
    assert!(progress.is_complete());
    Ok(vec![first, second])
}

#[tokio::test]
async fn two_files_come_in_any_order_with_fields_anywhere() {
    let video = ("video", "video/mp4", MP4.to_vec());
    let image = ("image", "image/png", PNG.to_vec());
    let before = Draft::default().text("phrase", "one").file("video", MP4).file("image", PNG).closed();
    assert_eq!(take_both(before).await, Ok(vec![video.clone(), image.clone()]));
    let between = Draft::default().file("image", PNG).text("phrase", "one").file("video", MP4).closed();
    assert_eq!(take_both(between).await, Ok(vec![image.clone(), video.clone()]));
    let behind = Draft::default().file("video", MP4).file("image", PNG).text("phrase", "one").closed();
    assert_eq!(take_both(behind).await, Ok(vec![video, image]));
}

#[tokio::test]
async fn what_is_wrong_with_the_second_file_breaks_the_upload_off() {
    for (body, kind) in [
        (Draft::default().file("video", MP4).closed(), CaptureErrorKind::MissingFile),
        (Draft::default().file("video", MP4).file("image", MP4).closed(), CaptureErrorKind::Media),
        (Draft::default().file("video", MP4).file("image", "").closed(), CaptureErrorKind::EmptyFile),
        (Draft::default().file("video", MP4).file("video", MP4).closed(), CaptureErrorKind::DuplicateField),
        (Draft::default().file("image", PNG).file("other", MP4).closed(), CaptureErrorKind::UnknownField),
        (Draft::default().file("video", MP4).text("image", "x").closed(), CaptureErrorKind::FieldInvalid),
        (
            Draft::default().file("video", MP4).text("phrase", "wrong").file("image", PNG).closed(),
            CaptureErrorKind::PhraseMismatch,
        ),
        (
            Draft::default().file("video", MP4).file("image", PNG).text("phrase", "wrong").closed(),
            CaptureErrorKind::PhraseMismatch,
        ),
        (Draft::default().file("video", MP4).file("image", PNG).0, CaptureErrorKind::Framing),
        (Draft::default().file("video", MP4).0, CaptureErrorKind::Framing),
    ] {
        assert_eq!(take_both(body.clone()).await, Err(kind), "{}", String::from_utf8_lossy(&body));
    }
}

#[tokio::test]
async fn each_file_has_the_limit_to_itself() {
    let limits = CaptureLimits::default().with_file(MP4.len() as u64);
    let body = Draft::default().file("video", MP4).file("image", PNG).closed();
    let opened = open_both_within(body, limits).await.expect("a start");
    take(opened.file.body).await.expect("a file");
    let second = opened.next.expect("another").open().await.expect("a start");
    take(second.body).await.expect("both together are more than one may be");

    let limits = CaptureLimits::default().with_file(PNG.len() as u64 - 1);
    let body = Draft::default().file("video", MP4).file("image", PNG).closed();
    let opened = open_both_within(body, limits).await.expect("a start");
    let first = take(opened.file.body).await;
    assert_eq!(first, if MP4.len() < PNG.len() { Ok(MP4.to_vec()) } else { Err(CaptureErrorKind::TooLarge) });
}

#[tokio::test]
async fn a_second_file_that_is_not_opened_is_an_upload_given_up() {
    let body = Draft::default().file("video", MP4).file("image", PNG).closed();
    let Opened { file, next, progress, .. } = open_both(body).await.expect("a start");
    take(file.body).await.expect("a file");
    assert!(progress.failure().is_none());
    drop::<Option<NextFile>>(next);
    assert_eq!(progress.failure().map(|error| error.kind()), Some(CaptureErrorKind::Abandoned));
}

#[tokio::test]
async fn an_upload_that_is_called_back_has_no_second_file() {
    let body = Draft::default().file("video", MP4).file("image", PNG).closed();
    let Opened { file, next, recall, .. } = open_both(body).await.expect("a start");
    take(file.body).await.expect("a file");
    recall.give_up();
    let refused = next.expect("another").open().await.expect_err("it was called back");
    assert_eq!(refused.kind(), CaptureErrorKind::Abandoned);
}

#[tokio::test]
async fn a_file_may_come_under_its_other_name_and_not_under_both() {
    const EITHER: Form = Form::new("face", Medium::Picture).or_named("photo");
    let open = async |body: Vec<u8>| {
        let mut headers = HeaderMap::new();
        headers.insert("content-type", "multipart/form-data; boundary=x".parse().expect("a value"));
        let head = open_head(&headers, &EITHER, &CaptureLimits::default())?;
        Incoming::open(head, Script::chunks(&body, 7).boxed_unsync(), Box::new(Rules)).await
    };
    for name in ["face", "photo"] {
        let opened = open(Draft::default().file(name, PNG).closed()).await.expect("a start");
        assert_eq!(opened.file.field, "face");
        assert_eq!(take(opened.file.body).await, Ok(PNG.to_vec()));
    }
    let opened = open(Draft::default().file("face", PNG).file("photo", PNG).closed()).await.expect("a start");
    assert_eq!(take(opened.file.body).await, Err(CaptureErrorKind::DuplicateField));
}
