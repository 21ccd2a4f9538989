//! Which request an event belongs to, at hand wherever the request is worked on.

use std::sync::Arc;

use biometry_client::TraceContext;

tokio::task_local! {
    static REQUEST: RequestScope;
}

/// The request that is being worked on.
#[derive(Clone)]
pub(crate) struct RequestScope {
    /// The id that its answer carries.
    pub(crate) id: Arc<str>,
    /// The trace that it names, where it does.
    pub(crate) trace: Option<TraceContext>,
}

/// Does some work on behalf of a request.
pub(crate) async fn on_behalf_of<F: Future + Unpin>(request: Option<RequestScope>, work: F) -> F::Output {
    match request {
        Some(request) => REQUEST.scope(request, work).await,
        None => work.await,
    }
}

/// The request that is being worked on, where it is known.
pub(crate) fn current() -> Option<RequestScope> {
    REQUEST.try_with(RequestScope::clone).ok()
}

/// The id of the request that is being worked on, where it is known.
pub(crate) fn current_id() -> Option<Arc<str>> {
    REQUEST.try_with(|request| Arc::clone(&request.id)).ok()
}

/// The trace of the request that is being worked on, where it names one.
pub(crate) fn current_trace() -> Option<TraceContext> {
    REQUEST.try_with(|request| request.trace.clone()).ok().flatten()
}
