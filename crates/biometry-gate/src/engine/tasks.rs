use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tracing::Instrument as _;

use crate::audit::{current_request, on_behalf_of};

/// Counts work that goes on after its request is gone.
#[derive(Clone, Debug)]
pub(crate) struct Tasks(Arc<watch::Sender<usize>>);

/// One piece of such work; it counts until it is dropped.
#[derive(Debug)]
pub(crate) struct Running(Arc<watch::Sender<usize>>);

impl Default for Tasks {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(0)))
    }
}

impl Tasks {
    pub(crate) fn begin(&self) -> Running {
        self.0.send_modify(|running| *running += 1);
        Running(Arc::clone(&self.0))
    }

    /// Runs `work` to its end, whether or not a caller waits for it; it still belongs to the request that began it.
    pub(crate) fn spawn<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> tokio::task::JoinHandle<T> {
        let running = self.begin();
        let work = on_behalf_of(current_request(), Box::pin(work));
        let work = async move {
            let _running = running;
            work.await
        };
        tokio::spawn(work.in_current_span())
    }

    pub(crate) async fn idle(&self, limit: Duration) -> bool {
        let mut running = self.0.subscribe();
        let idle = running.wait_for(|&running| running == 0);
        tokio::time::timeout(limit, idle).await.is_ok()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.send_modify(|running| *running -= 1);
    }
}
