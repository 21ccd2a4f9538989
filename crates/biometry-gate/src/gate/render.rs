use bytes::Bytes;
use http::Response;

use super::denial::Denial;
use crate::challenge::Problem;

/// Makes the response to a denial, in place of the problem's own.
///
/// Closures of the same shape are renderers. The denial is put into the response's extensions afterwards in any case.
pub trait Render: Send + Sync + 'static {
    /// Renders `denial`; `problem` is what the gate would answer.
    fn render(&self, denial: &Denial, problem: Problem) -> Response<Bytes>;
}

impl<F> Render for F
where
    F: Fn(&Denial, Problem) -> Response<Bytes> + Send + Sync + 'static,
{
    fn render(&self, denial: &Denial, problem: Problem) -> Response<Bytes> {
        self(denial, problem)
    }
}
