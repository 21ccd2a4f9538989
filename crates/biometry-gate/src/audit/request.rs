//! Which request an event belongs to: the id that its answer carries, at hand wherever the request is worked on.

use std::sync::Arc;

tokio::task_local! {
    static REQUEST: Arc<str>;
}

/// Does some work on behalf of the request with this id.
pub(crate) async fn on_behalf_of<F: Future + Unpin>(id: Option<Arc<str>>, work: F) -> F::Output {
    match id {
        Some(id) => REQUEST.scope(id, work).await,
        None => work.await,
    }
}

/// The id of the request that is being worked on, where it is known.
pub(crate) fn current() -> Option<Arc<str>> {
    REQUEST.try_with(Arc::clone).ok()
}
