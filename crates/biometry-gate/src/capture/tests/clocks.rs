use tokio::time::{Instant, sleep};

use super::*;

/// Half of a file that is never finished.
fn half() -> Vec<u8> {
    Draft::default().file("video", MP4).0
}

fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

/// A kibibyte of file a millisecond after the other is fast enough for every rate.
fn filler(chunks: usize) -> impl Iterator<Item = Step> {
    std::iter::repeat_with(|| Step::Send(Bytes::from_static(&[0; 1_024]))).take(chunks)
}

#[tokio::test(start_paused = true)]
async fn the_first_byte_is_waited_for_as_long_as_the_limit_says() {
    let limits = CaptureLimits::default().with_first_byte(seconds(3));
    let before = Instant::now();
    let refused = relay_within(Script::new([Step::Hang]), limits, None).await;
    assert_eq!(refused, Err(CaptureErrorKind::TooSlow));
    assert_eq!(before.elapsed(), seconds(3));

    let late = Script::new([Step::Wait(Duration::from_millis(2_999)), Step::Send(good().into())]);
    assert_eq!(relay_within(late, limits, None).await, Ok(MP4.to_vec()));
}

#[tokio::test(start_paused = true)]
async fn blank_frames_are_silence() {
    let blanks = std::iter::repeat_with(|| [Step::Blank, Step::Wait(seconds(1))]).take(100).flatten();
    assert_eq!(relay(Script::new(blanks)).await, Err(CaptureErrorKind::TooSlow));
}

#[tokio::test(start_paused = true)]
async fn silence_in_the_middle_ends_the_upload() {
    let limits = CaptureLimits::default().with_least_rate(0);
    let pause =
        |time| Script::send(half()).then(Step::Wait(time)).then(Step::Send(b"--x--".as_slice().into()));
    let just = Duration::from_millis(9_999);
    assert_eq!(relay_within(pause(just), limits, None).await, Ok(MP4.to_vec()));
    let before = Instant::now();
    assert_eq!(relay_within(pause(seconds(11)), limits, None).await, Err(CaptureErrorKind::TooSlow));
    assert_eq!(before.elapsed(), seconds(10));
}

#[tokio::test(start_paused = true)]
async fn a_trickle_is_too_slow() {
    let trickle = half().into_iter().flat_map(|byte| [Step::Send(vec![byte].into()), Step::Wait(seconds(1))]);
    let before = Instant::now();
    assert_eq!(relay(Script::new(trickle)).await, Err(CaptureErrorKind::TooSlow));
    assert_eq!(before.elapsed(), seconds(15));
}

/// 40 kB a second, which is a poor mobile line: six megabytes take two and a half minutes.
#[tokio::test(start_paused = true)]
async fn a_slow_line_that_keeps_up_gets_through() {
    let steady = filler(6_000).enumerate().flat_map(|(at, chunk)| {
        let pause = if at % 40 == 0 { seconds(1) } else { Duration::ZERO };
        [Step::Wait(pause), chunk]
    });
    let start = half();
    let steps = [Step::Send(start[..start.len() - 2].to_vec().into())].into_iter().chain(steady);
    let script = Script::new(steps.chain([Step::Send(b"\r\n--x--".as_slice().into())]));
    let before = Instant::now();
    let taken = relay(script).await.expect("a good upload");
    assert_eq!((taken.len(), before.elapsed()), (MP4.len() + 6_000 * 1_024, seconds(150)));
}

#[tokio::test(start_paused = true)]
async fn the_total_time_ends_what_is_fast_enough_otherwise() {
    let steady = filler(100).flat_map(|chunk| [Step::Wait(seconds(1)), chunk]);
    let script =
        Script::new([Step::Send(half()[..half().len() - 2].to_vec().into())].into_iter().chain(steady));
    let limits = CaptureLimits::default().with_least_rate(512).with_total(seconds(60));
    let before = Instant::now();
    assert_eq!(relay_within(script, limits, None).await, Err(CaptureErrorKind::TooSlow));
    assert_eq!(before.elapsed(), seconds(60));
}

#[tokio::test(start_paused = true)]
async fn a_slow_taker_is_not_the_clients_fault() {
    let start = half();
    let steps = [Step::Send(start[..start.len() - 2].to_vec().into())].into_iter().chain(filler(20));
    let script = Script::new(steps.chain([Step::Send(b"\r\n--x--".as_slice().into())]));
    let mut opened = open(script).await.expect("opened");
    let mut taken = 0;
    while let Some(frame) = opened.file.body.frame().await {
        taken += frame.expect("no clock runs against the client").into_data().expect("data").len();
        sleep(Duration::from_millis(12_500)).await;
    }
    assert_eq!(taken, MP4.len() + 20 * 1_024);
}

#[tokio::test(start_paused = true)]
async fn a_taker_that_outlasts_the_total_time_has_stalled_the_upload() {
    let start = half();
    let script = Script::new([Step::Send(start.into())].into_iter().chain(filler(100)));
    let mut opened = open(script).await.expect("opened");
    let kind = loop {
        match opened.file.body.frame().await.expect("no end") {
            Ok(_) => sleep(seconds(35)).await,
            Err(error) => break error.kind(),
        }
    };
    assert_eq!(kind, CaptureErrorKind::Stalled);
}

#[tokio::test(start_paused = true)]
async fn an_upload_that_is_not_read_has_stalled_all_the_same() {
    let opened = open(Script::send(good())).await.expect("opened");
    let before = Instant::now();
    let error = opened.progress.settled().await.expect_err("not taken");
    assert_eq!(error.kind(), CaptureErrorKind::Stalled);
    assert_eq!(before.elapsed().as_secs(), 300);
    assert_eq!(take(opened.file.body).await, Err(CaptureErrorKind::Stalled), "too late");
}
