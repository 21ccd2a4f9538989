//! One stream for several readers, at the pace of the slowest.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

use bytes::Bytes;
use http_body::{Body as _, Frame, SizeHint};

use crate::{Body, BoxError};

/// Bodies that each yield everything `source` yields, and what became of them.
///
/// The bytes are shared, not copied. A reader may be ahead of another by [`WINDOW`] bytes or [`FRAMES`] frames and one
/// frame more; then it waits. A dropped reader holds up no other reader, but is never [whole](Readers::are_whole). When
/// the source fails, all fail.
pub(crate) fn tee(source: Body, readers: usize) -> (Vec<Body>, Readers) {
    let left = source.size_hint().exact();
    let state =
        State { source: Source::Open(source), readers: (0..readers).map(|_| Reader::default()).collect() };
    let wakers = Arc::new(Wakers(Mutex::new(vec![None; readers])));
    let shared = Arc::new(Shared { state: Mutex::new(state), wakers });
    let branch = |index| Body::new(Branch { shared: Arc::clone(&shared), index, left });
    ((0..readers).map(branch).collect(), Readers(shared))
}

/// All readers of one stream.
pub(crate) struct Readers(Arc<Shared>);

impl Readers {
    /// Whether every one of them has read the source to its end.
    pub(crate) fn are_whole(&self) -> bool {
        lock(&self.0.state).readers.iter().all(|reader| reader.stage == Stage::Finished)
    }
}

struct Shared {
    state: Mutex<State>,
    wakers: Arc<Wakers>,
}

struct State {
    source: Source,
    readers: Vec<Reader>,
}

enum Source {
    Open(Body),
    Ended,
    Failed,
}

#[derive(Default)]
struct Reader {
    /// What others have read and this one has not.
    behind: VecDeque<Bytes>,
    bytes_behind: usize,
    stage: Stage,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Stage {
    #[default]
    Reading,
    Finished,
    Gone,
}

impl Reader {
    fn push(&mut self, bytes: &Bytes) {
        if self.stage == Stage::Reading {
            self.bytes_behind += bytes.len();
            self.behind.push_back(bytes.clone());
        }
    }

    fn pop(&mut self) -> Option<Bytes> {
        let bytes = self.behind.pop_front()?;
        self.bytes_behind -= bytes.len();
        Some(bytes)
    }

    fn is_far_behind(&self) -> bool {
        self.bytes_behind >= WINDOW || self.behind.len() >= FRAMES
    }
}

impl State {
    /// The next bytes of one reader. Whatever else it changes, the others have to be woken for.
    fn poll(&mut self, index: usize, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, BoxError>>> {
        if let Some(bytes) = self.readers[index].pop() {
            return Poll::Ready(Some(Ok(bytes)));
        }
        if self.readers.iter().any(Reader::is_far_behind) {
            return Poll::Pending;
        }
        loop {
            let frame = match &mut self.source {
                Source::Open(body) => std::task::ready!(Pin::new(body).poll_frame(cx)),
                Source::Ended => None,
                Source::Failed => Some(Err("the stream has failed".into())),
            };
            return Poll::Ready(match frame {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(bytes) if !bytes.is_empty() => {
                        self.share(index, &bytes);
                        Some(Ok(bytes))
                    }
                    // Neither trailers nor nothing are worth a turn.
                    _ => continue,
                },
                Some(Err(error)) => {
                    self.source = Source::Failed;
                    Some(Err(error))
                }
                None => {
                    self.source = Source::Ended;
                    self.readers[index].stage = Stage::Finished;
                    None
                }
            });
        }
    }

    fn share(&mut self, index: usize, bytes: &Bytes) {
        let others = self.readers.iter_mut().enumerate().filter(|(other, _)| *other != index);
        others.for_each(|(_, reader)| reader.push(bytes));
    }
}

/// Who waits. The source is polled with a waker that wakes all of them: the reader that polled it last may be gone, or busy
/// writing, when it has something.
struct Wakers(Mutex<Vec<Option<Waker>>>);

impl Wake for Wakers {
    fn wake(self: Arc<Self>) {
        let waiting: Vec<Waker> = lock(&self.0).iter_mut().filter_map(Option::take).collect();
        waiting.into_iter().for_each(Waker::wake);
    }
}

/// One reader's end.
struct Branch {
    shared: Arc<Shared>,
    index: usize,
    /// What the source announced and this reader has not had.
    left: Option<u64>,
}

impl http_body::Body for Branch {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let Shared { state, wakers } = &*self.shared;
        // INVARIANT: in place before anything is looked at, so that no change goes by unheard.
        lock(&wakers.0)[self.index] = Some(cx.waker().clone());
        let all = Waker::from(Arc::clone(wakers));
        let next = lock(state).poll(self.index, &mut Context::from_waker(&all));
        let next = std::task::ready!(next);
        all.wake();
        if let (Some(Ok(bytes)), Some(left)) = (&next, self.left) {
            self.left = left.checked_sub(bytes.len() as u64);
        }
        Poll::Ready(next.map(|bytes| bytes.map(Frame::data)))
    }

    fn size_hint(&self) -> SizeHint {
        self.left.map_or_else(SizeHint::new, SizeHint::with_exact)
    }
}

impl Drop for Branch {
    fn drop(&mut self) {
        {
            let mut state = lock(&self.shared.state);
            let reader = &mut state.readers[self.index];
            if reader.stage == Stage::Reading {
                *reader = Reader { stage: Stage::Gone, ..Reader::default() };
            }
        }
        Arc::clone(&self.shared.wakers).wake();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How many bytes one reader may be ahead of another.
const WINDOW: usize = 64 * 1024;
/// How many frames: small ones may each keep a large buffer alive.
const FRAMES: usize = 16;

#[cfg(test)]
mod tests;
