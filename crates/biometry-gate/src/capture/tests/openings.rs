use super::*;

#[tokio::test(start_paused = true)]
async fn a_good_upload_arrives_whole_however_it_is_cut() {
    for size in [1, 2, 3, 7, 64, 100, 1_000] {
        assert_eq!(relay(Script::chunks(&good(), size)).await, Ok(MP4.to_vec()), "{size}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_container_is_known_before_the_file_is_read_on() {
    let start = Draft::default().file("video", MP4).0;
    let opened = open(Script::send(&start[..start.len() - 10]).then(Step::Hang)).await.expect("opened");
    assert_eq!((opened.file.content_type, opened.file.extension), ("video/mp4", "mp4"));
    assert!(!opened.progress.is_complete());
    assert_eq!(opened.progress.failure().map(|error| error.kind()), None);
}

#[tokio::test(start_paused = true)]
async fn a_first_chunk_of_one_byte_is_enough_to_begin_with() {
    let body = Draft::default().file("video", MP4).closed();
    let file = body.windows(MP4.len()).position(|window| window == MP4).expect("the file");
    let steps = [&body[..=file], &body[file + 1..]].map(|chunk| Step::Send(Bytes::copy_from_slice(chunk)));
    assert_eq!(relay(Script::new(steps)).await, Ok(MP4.to_vec()));
}

#[tokio::test(start_paused = true)]
async fn blank_frames_and_trailers_change_nothing() {
    let blanks = || std::iter::repeat_with(|| Step::Blank).take(100);
    let steps = blanks().chain([Step::Send(good().into())]).chain(blanks()).chain([Step::Trailers]);
    assert_eq!(relay(Script::new(steps)).await, Ok(MP4.to_vec()));
}

#[tokio::test(start_paused = true)]
async fn each_wrong_form_has_its_own_refusal_wherever_the_file_is() {
    let limit = "v".repeat(1_024);
    for (kind, draft) in [
        (CaptureErrorKind::UnknownField, Draft::default().text("score", "100")),
        (CaptureErrorKind::UnknownField, Draft::default().text("Phrase", "one")),
        (CaptureErrorKind::UnknownField, Draft::default().file("image", MP4)),
        (CaptureErrorKind::DuplicateField, Draft::default().text("phrase", "one").text("phrase", "one")),
        (CaptureErrorKind::FieldInvalid, Draft::default().file("phrase", "one")),
        (CaptureErrorKind::FieldInvalid, Draft::default().part("name=phrase; filename=\"\"", "one")),
        (CaptureErrorKind::FieldInvalid, Draft::default().text("phrase", b"\xff")),
        (CaptureErrorKind::TextTooLong, Draft::default().text("phrase", format!("{limit}v"))),
        (CaptureErrorKind::PhraseMismatch, Draft::default().text("phrase", "wrong")),
        (CaptureErrorKind::SubjectConflict, Draft::default().text("userFullname", "ana")),
        (CaptureErrorKind::Framing, Draft(b"--x\r\n\r\n\r\n".to_vec())),
    ] {
        let in_front = draft.clone().file("video", MP4).closed();
        let behind = Draft([Draft::default().file("video", MP4).0, draft.0].concat()).closed();
        for body in [in_front, behind] {
            for size in [1, 64, body.len()] {
                assert_eq!(
                    relay(Script::chunks(&body, size)).await,
                    Err(kind),
                    "{kind:?} in chunks of {size}"
                );
            }
        }
    }
    let body = Draft::default().text("phrase", limit).file("video", MP4).closed();
    assert_eq!(relay(Script::send(body)).await, Ok(MP4.to_vec()));
}

#[tokio::test(start_paused = true)]
async fn parts_are_counted_before_they_are_looked_at() {
    let body = Draft::default().file("video", MP4).text("phrase", "one").text("score", "100").closed();
    let limits = CaptureLimits::default().with_parts(2);
    for size in [1, 64, body.len()] {
        let relayed = relay_within(Script::chunks(&body, size), limits, None).await;
        assert_eq!(relayed, Err(CaptureErrorKind::TooManyParts));
    }
}

#[tokio::test(start_paused = true)]
async fn each_wrong_file_has_its_own_refusal() {
    for (kind, body) in [
        (CaptureErrorKind::MissingFile, Draft::default().closed()),
        (CaptureErrorKind::MissingFile, Draft::default().text("phrase", "one").closed()),
        (CaptureErrorKind::MissingFile, Draft::default().part("name=video; filename=\"\"", "").closed()),
        (CaptureErrorKind::FieldInvalid, Draft::default().text("video", MP4).closed()),
        (CaptureErrorKind::EmptyFile, Draft::default().file("video", "").closed()),
        (CaptureErrorKind::Media, Draft::default().file("video", "x").closed()),
        (CaptureErrorKind::Media, Draft::default().file("video", "<html></html>").closed()),
        (CaptureErrorKind::Media, Draft::default().file("video", &MP4[..9]).closed()),
        (CaptureErrorKind::Media, Draft::default().file("video", b"\xff\xd8\xff\xe0\0\x10JFIF").closed()),
        (CaptureErrorKind::DuplicateField, Draft::default().file("video", MP4).file("video", MP4).closed()),
        (CaptureErrorKind::Framing, Vec::new()),
    ] {
        for size in [1, 64, body.len().max(1)] {
            assert_eq!(relay(Script::chunks(&body, size)).await, Err(kind), "{kind:?} in chunks of {size}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn sizes_are_exact_to_the_byte() {
    let limits = CaptureLimits::default().with_file(MP4.len() as u64);
    let body = Draft::default().file("video", MP4).closed();
    let around = (body.len() - MP4.len()) as u64;
    for size in [1, 50, body.len()] {
        let relay = |limits| relay_within(Script::chunks(&body, size), limits, None);
        assert_eq!(relay(limits).await, Ok(MP4.to_vec()));
        assert_eq!(relay(limits.with_file(MP4.len() as u64 - 1)).await, Err(CaptureErrorKind::TooLarge));
        assert_eq!(relay(limits.with_envelope(around)).await, Ok(MP4.to_vec()));
        assert_eq!(relay(limits.with_envelope(around - 1)).await, Err(CaptureErrorKind::TooLarge));
    }
}

/// What the client still sends is read on behind the answer: see [`Rest`](crate::capture::Rest).
#[tokio::test(start_paused = true)]
async fn a_refusal_in_front_of_the_file_waits_for_nothing_more() {
    let start = Draft::default().text("phrase", "wrong").next();
    let script = Script::send(start).then(Step::Hang);
    let (taken, before) = (script.taken(), tokio::time::Instant::now());
    let error = open(script).await.expect_err("the phrase is wrong");
    assert_eq!(error.kind(), CaptureErrorKind::PhraseMismatch);
    assert_eq!((taken.load(std::sync::atomic::Ordering::Relaxed), before.elapsed()), (1, Duration::ZERO));
}
