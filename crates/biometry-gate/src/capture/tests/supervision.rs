use super::*;

#[tokio::test(start_paused = true)]
async fn progress_counts_the_bytes_of_the_file_alone() {
    let opened = open(Script::chunks(&good(), 1)).await.expect("opened");
    let before = opened.progress.file_bytes();
    assert!((1..=64).contains(&before), "no more than it takes to know the container: {before}");
    take(opened.file.body).await.expect("a good upload");
    assert_eq!(opened.progress.file_bytes(), MP4.len() as u64);
    assert!(opened.progress.is_complete());
    assert!(opened.progress.settled().await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_supervisor_learns_when_the_upload_is_over() {
    for (body, kind) in [
        (good(), None),
        (
            Draft::default().file("video", MP4).text("phrase", "wrong").closed(),
            Some(CaptureErrorKind::PhraseMismatch),
        ),
    ] {
        let opened = open(Script::send(body).then(Step::Wait(Duration::from_secs(1)))).await.expect("opened");
        let progress = opened.progress.clone();
        let supervisor =
            tokio::spawn(async move { progress.settled().await.map_err(|error| error.kind()).err() });
        let _ = take(opened.file.body).await;
        assert_eq!(supervisor.await.expect("no panic"), kind);
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_dropped_before_its_end_is_an_abandoned_upload() {
    let opened = open(Script::send(good())).await.expect("opened");
    drop(opened.file.body);
    let error = opened.progress.settled().await.expect_err("dropped");
    assert_eq!(error.kind(), CaptureErrorKind::Abandoned);
}

#[tokio::test(start_paused = true)]
async fn a_body_dropped_behind_its_end_is_a_complete_upload() {
    let mut opened = open(Script::send(good())).await.expect("opened");
    while opened.file.body.frame().await.is_some() {}
    drop(opened.file.body);
    assert!(opened.progress.is_complete());
}

#[tokio::test(start_paused = true)]
async fn after_a_late_refusal_the_rest_can_be_let_go_of() {
    let body = Draft::default().file("video", MP4).text("phrase", "wrong").next();
    let script =
        Script::send(body).then(Step::Send(vec![0; 1_000].into())).then(Step::Send(vec![0; 1_000].into()));
    let taken = script.taken();
    let opened = open(script).await.expect("opened");
    assert_eq!(take(opened.file.body).await, Err(CaptureErrorKind::PhraseMismatch));
    assert_eq!(taken.load(std::sync::atomic::Ordering::Relaxed), 1);
    opened.recall.give_up();
    assert_eq!(taken.load(std::sync::atomic::Ordering::Relaxed), 1, "what is read on is not read here");
    let error = opened.progress.settled().await.expect_err("refused");
    assert_eq!(error.kind(), CaptureErrorKind::PhraseMismatch, "the first failure counts");
}

#[tokio::test(start_paused = true)]
async fn an_upload_can_be_taken_back_from_hands_that_do_not_open() {
    let script = Script::send(good()).then(Step::Send(vec![0; 1_000].into()));
    let taken = script.taken();
    let opened = open(script).await.expect("opened");
    let in_other_hands = opened.file.body;
    opened.recall.give_up();
    assert_eq!(taken.load(std::sync::atomic::Ordering::Relaxed), 1, "nothing more is asked for");
    let error = opened.progress.settled().await.expect_err("given up");
    assert_eq!(error.kind(), CaptureErrorKind::Abandoned);
    assert_eq!(take(in_other_hands).await, Err(CaptureErrorKind::Abandoned));
}

#[tokio::test(start_paused = true)]
async fn what_is_complete_stays_so_when_it_is_called_back() {
    let mut opened = open(Script::send(good())).await.expect("opened");
    while opened.file.body.frame().await.is_some() {}
    opened.recall.give_up();
    assert!(opened.progress.is_complete());
}

#[tokio::test(start_paused = true)]
async fn the_clients_body_is_asked_only_when_the_file_is() {
    let body = Draft::default().file("video", MP4).0;
    let rest = (0..10).map(|_| Step::Send(vec![0; 1_000].into()));
    let script = Script::new([Step::Send(body.into())].into_iter().chain(rest));
    let taken = script.taken();
    let mut opened = open(script).await.expect("opened");
    assert_eq!(taken.load(std::sync::atomic::Ordering::Relaxed), 1);
    for expected in 1..5 {
        opened.file.body.frame().await.expect("more").expect("data");
        let asked = taken.load(std::sync::atomic::Ordering::Relaxed);
        assert!(asked <= expected + 1, "{asked} chunks for {expected} slices");
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_that_a_client_sends_shows_in_debug_output() {
    let body = Draft::default().text("phrase", "hush hush").part("name=video; filename=hush", MP4).closed();
    let opened = open(Script::send(body)).await.expect("opened");
    assert!(!format!("{opened:?}").contains("hush"));
}
