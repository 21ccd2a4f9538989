use super::*;

#[tokio::test(start_paused = true)]
async fn no_part_of_an_upload_is_taken_for_the_whole() {
    let body = good();
    let shortest_whole = body.len() - 2;
    for length in 0..body.len() {
        let relayed = relay(Script::send(&body[..length])).await;
        if length == shortest_whole {
            assert_eq!(relayed, Ok(MP4.to_vec()), "the last line break may be missing");
        } else {
            assert_eq!(relayed, Err(CaptureErrorKind::Framing), "{length}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_that_goes_away_is_noticed_wherever_it_does() {
    let body = good();
    for length in 0..=body.len() {
        let script = Script::send(&body[..length]).then(Step::Break);
        assert_eq!(relay(script).await, Err(CaptureErrorKind::Aborted), "{length}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_announced_length_must_be_the_real_one() {
    let body = good();
    let length = body.len() as u64;
    for size in [1, 50, body.len()] {
        let relay =
            |length| relay_within(Script::chunks(&body, size), CaptureLimits::default(), Some(length));
        assert_eq!(relay(length).await, Ok(MP4.to_vec()));
        assert_eq!(relay(length + 1).await, Err(CaptureErrorKind::Aborted));
        assert_eq!(relay(length - 1).await, Err(CaptureErrorKind::Framing));
    }
}

#[tokio::test(start_paused = true)]
async fn anything_behind_the_close_breaks_the_upload_off() {
    for tail in ["x", "\n", " ", "\r\n--x\r\n", "\r\n--x--", "\r"] {
        let mut body = good();
        body.truncate(body.len() - 2);
        body.extend(tail.as_bytes());
        assert_eq!(relay(Script::send(&body)).await, Err(CaptureErrorKind::Framing), "{tail:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_end_waits_for_the_clients_own_end() {
    let mut opened = open(Script::send(good()).then(Step::Hang)).await.expect("opened");
    let data =
        opened.file.body.frame().await.expect("the file").expect("the file").into_data().expect("data");
    assert_eq!(data, MP4);
    let end = tokio::time::timeout(Duration::from_secs(4), opened.file.body.frame()).await;
    assert!(end.is_err(), "the closing delimiter alone is no end");
    assert!(opened.progress.waiting_for_client());
    assert_eq!(take(opened.file.body).await, Err(CaptureErrorKind::TooSlow));
}
