//! Several calls at once.

use std::pin::Pin;
use std::task::Poll;

/// Everything the futures yield, in their order, or the first error any of them comes to; the others are dropped then.
pub(crate) async fn all_or_first_error<F, T, E>(futures: impl IntoIterator<Item = F>) -> Result<Vec<T>, E>
where
    F: Future<Output = Result<T, E>>,
{
    let mut running: Vec<Running<F, T>> =
        futures.into_iter().map(|future| Running::Pending(Box::pin(future))).collect();
    std::future::poll_fn(|cx| {
        for running in &mut running {
            if let Running::Pending(future) = running
                && let Poll::Ready(result) = future.as_mut().poll(cx)
            {
                match result {
                    Ok(value) => *running = Running::Done(value),
                    Err(error) => return Poll::Ready(Err(error)),
                }
            }
        }
        let is_done = running.iter().all(|running| matches!(running, Running::Done(_)));
        if is_done { Poll::Ready(Ok(())) } else { Poll::Pending }
    })
    .await?;
    Ok(running.into_iter().filter_map(Running::into_value).collect())
}

enum Running<F, T> {
    Pending(Pin<Box<F>>),
    Done(T),
}

impl<F, T> Running<F, T> {
    fn into_value(self) -> Option<T> {
        match self {
            Self::Pending(_) => None,
            Self::Done(value) => Some(value),
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::oneshot;

    use super::*;

    type Boxed<'a> = Pin<Box<dyn Future<Output = Result<u8, u8>> + 'a>>;

    #[tokio::test]
    async fn values_come_in_the_order_of_their_futures() {
        let (sender, receiver) = oneshot::channel::<u8>();
        let first: Boxed<'_> = Box::pin(async { receiver.await.map_err(|_| 0) });
        let second: Boxed<'_> = Box::pin(async {
            sender.send(1)?;
            Ok(2)
        });
        assert_eq!(all_or_first_error([first, second]).await, Ok(vec![1, 2]));
    }

    #[tokio::test]
    async fn an_error_does_not_wait_for_the_others() {
        let never: Boxed<'_> = Box::pin(std::future::pending());
        let error: Boxed<'_> = Box::pin(async { Err(7) });
        assert_eq!(all_or_first_error([never, error]).await, Err(7));
    }
}
