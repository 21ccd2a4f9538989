use std::sync::atomic::{AtomicUsize, Ordering};

use http_body_util::BodyExt as _;

use super::*;

/// A body of these frames, which counts how many were asked for; where it has none left it ends, fails or waits.
struct Script {
    frames: VecDeque<Bytes>,
    asked: Arc<AtomicUsize>,
    then: Then,
    waker: Arc<Mutex<Option<Waker>>>,
}

#[derive(Clone, Copy, PartialEq)]
enum Then {
    End,
    Fail,
    Wait,
}

impl http_body::Body for Script {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        match (self.frames.pop_front(), self.then) {
            (Some(bytes), _) => Poll::Ready(Some(Ok(Frame::data(bytes)))),
            (None, Then::End) => Poll::Ready(None),
            (None, Then::Fail) => Poll::Ready(Some(Err("the camera is gone".into()))),
            (None, Then::Wait) => {
                *lock(&self.waker) = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    }
}

struct Played {
    branches: Vec<Body>,
    readers: Readers,
    asked: Arc<AtomicUsize>,
    waker: Arc<Mutex<Option<Waker>>>,
}

fn play(frames: &[&[u8]], then: Then, readers: usize) -> Played {
    let (asked, waker) = (Arc::new(AtomicUsize::new(0)), Arc::default());
    let frames = frames.iter().map(|bytes| Bytes::copy_from_slice(bytes)).collect();
    let script = Script { frames, asked: Arc::clone(&asked), then, waker: Arc::clone(&waker) };
    let (branches, readers) = tee(Body::new(script), readers);
    Played { branches, readers, asked, waker }
}

/// Whether it was woken.
#[derive(Default)]
struct Bell(AtomicUsize);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

fn poll(branch: &mut Body, bell: &Arc<Bell>) -> Poll<Option<Result<Bytes, String>>> {
    let waker = Waker::from(Arc::clone(bell));
    let frame = Pin::new(branch).poll_frame(&mut Context::from_waker(&waker));
    frame.map(|frame| {
        frame.map(|frame| frame.map(|frame| frame.into_data().unwrap()).map_err(|error| error.to_string()))
    })
}

fn next(branch: &mut Body) -> Poll<Option<Result<Bytes, String>>> {
    poll(branch, &Arc::default())
}

fn bytes(text: &'static str) -> Poll<Option<Result<Bytes, String>>> {
    Poll::Ready(Some(Ok(Bytes::from_static(text.as_bytes()))))
}

#[test]
fn every_reader_gets_every_byte_in_order() {
    let mut played = play(&[b"one", b"", b"two", b"three"], Then::End, 3);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let read: Vec<_> = runtime.block_on(async {
        let collect = |branch: Body| tokio::spawn(async { branch.collect().await.unwrap().to_bytes() });
        let mut read = Vec::new();
        for task in played.branches.drain(..).map(collect).collect::<Vec<_>>() {
            read.push(task.await.unwrap());
        }
        read
    });
    assert_eq!(read, ["onetwothree"; 3]);
    assert!(played.readers.are_whole());
}

#[test]
fn bytes_are_shared_and_not_copied() {
    let mut played = play(&[b"one"], Then::End, 2);
    let mut read = played.branches.iter_mut().map(|branch| match next(branch) {
        Poll::Ready(Some(Ok(bytes))) => bytes.as_ptr(),
        other => panic!("{other:?}"),
    });
    assert_eq!(read.next(), read.next());
}

#[test]
fn the_fast_reader_waits_for_the_slow_one() {
    let frame = vec![7; WINDOW / 2];
    let mut played = play(&[frame.as_slice(); 5], Then::End, 2);
    let (mut slow, mut fast) = (played.branches.remove(0), played.branches.remove(0));
    let bell = Arc::<Bell>::default();
    assert!(poll(&mut fast, &bell).is_ready() && poll(&mut fast, &bell).is_ready());
    let before = bell.0.load(Ordering::SeqCst);
    assert!(poll(&mut fast, &bell).is_pending());
    assert_eq!(played.asked.load(Ordering::SeqCst), 2, "the source is not read ahead of its readers");
    assert!(next(&mut slow).is_ready());
    assert_eq!(bell.0.load(Ordering::SeqCst), before + 1, "the fast one hears that it may go on");
    assert!(poll(&mut fast, &bell).is_ready());
}

#[test]
fn many_small_frames_are_as_far_ahead_as_a_few_large_ones() {
    let mut played = play(&[b"x".as_slice(); FRAMES + 1], Then::End, 2);
    for _ in 0..FRAMES {
        assert!(next(&mut played.branches[0]).is_ready());
    }
    assert!(next(&mut played.branches[0]).is_pending());
}

#[test]
fn a_reader_that_is_gone_holds_up_no_other_and_is_not_whole() {
    let frame = vec![7; WINDOW];
    let mut played = play(&[frame.as_slice(); 3], Then::End, 2);
    let (gone, mut rest) = (played.branches.remove(0), played.branches.remove(0));
    let bell = Arc::<Bell>::default();
    assert!(poll(&mut rest, &bell).is_ready());
    assert!(poll(&mut rest, &bell).is_pending());
    let before = bell.0.load(Ordering::SeqCst);
    drop(gone);
    assert_eq!(bell.0.load(Ordering::SeqCst), before + 1);
    for _ in 0..2 {
        assert!(poll(&mut rest, &bell).is_ready());
    }
    assert_eq!(poll(&mut rest, &bell), Poll::Ready(None));
    assert!(!played.readers.are_whole());
}

#[test]
fn every_waiting_reader_is_woken_by_the_source_even_when_another_asked_last() {
    let mut played = play(&[], Then::Wait, 2);
    let (first, second) = (Arc::<Bell>::default(), Arc::<Bell>::default());
    assert!(poll(&mut played.branches[0], &first).is_pending());
    assert!(poll(&mut played.branches[1], &second).is_pending());
    lock(&played.waker).take().unwrap().wake();
    assert_eq!((first.0.load(Ordering::SeqCst), second.0.load(Ordering::SeqCst)), (1, 1));
}

#[test]
fn when_the_source_fails_all_fail_and_none_is_whole() {
    let mut played = play(&[b"one"], Then::Fail, 2);
    assert_eq!(next(&mut played.branches[0]), bytes("one"));
    assert_eq!(next(&mut played.branches[0]), Poll::Ready(Some(Err("the camera is gone".to_owned()))));
    assert_eq!(next(&mut played.branches[1]), bytes("one"));
    for branch in &mut played.branches {
        assert!(matches!(next(branch), Poll::Ready(Some(Err(_)))));
    }
    assert!(!played.readers.are_whole());
}

#[test]
fn an_announced_length_is_announced_to_all() {
    let (mut branches, _) = tee(Body::from_bytes("abc"), 2);
    assert!(branches.iter().all(|branch| branch.size_hint().exact() == Some(3)));
    assert_eq!(next(&mut branches[0]), bytes("abc"));
    assert_eq!(
        branches.iter().map(|branch| branch.size_hint().exact()).collect::<Vec<_>>(),
        [Some(0), Some(3)]
    );
    let (branches, _) = tee(
        Body::new(Script {
            frames: VecDeque::new(),
            asked: Arc::default(),
            then: Then::End,
            waker: Arc::default(),
        }),
        2,
    );
    assert!(branches.iter().all(|branch| branch.size_hint().exact().is_none()));
}
