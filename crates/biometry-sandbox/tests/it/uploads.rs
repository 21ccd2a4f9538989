//! What an upload must contain, how large it may be, and that it is never held.

use biometry_sandbox::Sandbox;
use reqwest::StatusCode;
use reqwest::multipart::Form;

use crate::client::{PHRASE, Platform, VIDEO, answer, file, video_form};
use crate::raw::{FILE_BEGUN, FILE_ENDED, Upload};

const USER: &str = "pass@example.com";

async fn send(platform: &Platform, form: Form) -> crate::client::Answer {
    answer(platform.post("/api-gateway/process-video").header("x-user-fullname", USER).multipart(form)).await
}

#[tokio::test]
async fn phrase_and_video_are_required() {
    let platform = Platform::start().await;
    let video = || file("v.mp4", "video/mp4", VIDEO);
    send(&platform, Form::new().part("video", video()))
        .await
        .is_refused(400, "'phrase' form value is required");
    let blank = Form::new().text("phrase", " ").part("video", video());
    send(&platform, blank).await.is_refused(400, "'phrase' form value is required");
    let missing = Form::new().text("phrase", PHRASE);
    send(&platform, missing).await.is_refused(400, "'video' form file is required");
    let text = Form::new().text("phrase", PHRASE).text("video", "not a file");
    send(&platform, text).await.is_refused(400, "'video' form file is required");
    let empty = Form::new().text("phrase", PHRASE).part("video", file("v.mp4", "video/mp4", b""));
    send(&platform, empty).await.is_refused(400, "'video' form file is required");
}

#[tokio::test]
async fn fields_may_follow_the_file_and_unknown_ones_are_ignored() {
    let platform = Platform::start().await;
    let form = Form::new()
        .part("video", file("v.mp4", "video/mp4", VIDEO))
        .text("phrase", "12")
        .text("vocabulary", "")
        .text("trigger", "authentication")
        .text("X-Request-User-Provided-ID", "abc");
    let reply = send(&platform, form).await;
    assert_eq!(reply.status, StatusCode::OK);
    assert_eq!(reply.body["data"]["Visual Speech Recognition"]["result"], "ONE TWO");
}

#[tokio::test]
async fn what_is_no_multipart_is_refused() {
    let platform = Platform::start().await;
    let post = || platform.post("/api-gateway/process-video").header("x-user-fullname", USER);
    answer(post().body("{}")).await.is_refused(400, "request Content-Type isn't multipart/form-data");
    let unended = post().header("content-type", "multipart/form-data; boundary=XX").body(FILE_BEGUN);
    answer(unended).await.is_refused(400, "malformed multipart body");
}

#[tokio::test]
async fn a_file_of_exactly_the_limit_is_taken_and_one_byte_more_is_not() {
    static BYTES: &[u8] = &[7; 1001];
    let platform = Platform::build(Sandbox::builder().max_upload(1000)).await;
    let form = |len: usize| {
        Form::new().text("phrase", PHRASE).part("video", file("v.mp4", "video/mp4", &BYTES[..len]))
    };
    assert_eq!(send(&platform, form(1000)).await.status, StatusCode::OK);
    send(&platform, form(1001)).await.is_refused(400, "file size exceeds 50MB");
}

#[tokio::test]
async fn the_default_limit_is_50_megabytes() {
    let platform = Platform::start().await;
    let limit = 50 * 1024 * 1024;
    for (len, status) in [(limit, 200), (limit + 1, 400)] {
        let total = (FILE_BEGUN.len() + len + FILE_ENDED.len()).to_string();
        let mut upload = Upload::begin(&platform, USER, &[("Content-Length", &total)]).await;
        upload.send(FILE_BEGUN).await;
        upload.send(vec![0; len]).await;
        upload.send(FILE_ENDED).await;
        assert_eq!(upload.status().await, status, "{len} bytes");
    }
}

/// The client never ends its upload, and the refusal comes all the same: it was decided while bytes arrived.
#[tokio::test]
async fn the_limit_holds_while_the_upload_streams() {
    let platform = Platform::build(Sandbox::builder().max_upload(1000)).await;
    let mut upload = Upload::begin(&platform, USER, &[("Content-Length", "100000000")]).await;
    upload.send(FILE_BEGUN).await;
    upload.send([0; 2000]).await;
    assert_eq!(upload.status().await, 400);
    let entry = platform.only_entry().await;
    assert!(!entry.complete);
    assert_eq!(entry.status, Some(400));
}

#[tokio::test]
async fn bodies_in_chunks_are_read_like_others() {
    let platform = Platform::start().await;
    let mut upload = Upload::begin(&platform, USER, &[("Transfer-Encoding", "chunked")]).await;
    for piece in [FILE_BEGUN, "\x1a\x45", "rest", FILE_ENDED] {
        upload.send(format!("{:x}\r\n{piece}\r\n", piece.len())).await;
    }
    upload.send("0\r\n\r\n").await;
    assert_eq!(upload.status().await, 200);
    assert_eq!(platform.sandbox.journal()[0].file("video").map(|file| file.len), Some(6));
}

#[tokio::test]
async fn every_verification_is_remembered_by_its_session() {
    let platform = Platform::start().await;
    let session = platform.start_session().await;
    assert!(!platform.sandbox.session(&session).unwrap().has_video);
    answer(platform.video(USER).header("x-session-id", &session)).await;
    assert!(platform.sandbox.session(&session).unwrap().has_video);
}

#[tokio::test]
async fn a_form_with_too_many_parts_is_refused() {
    let platform = Platform::start().await;
    let form = (0..100).fold(video_form(), |form, at| form.text(format!("field-{at}"), "x"));
    send(&platform, form).await.is_refused(400, "too many form parts");
}
