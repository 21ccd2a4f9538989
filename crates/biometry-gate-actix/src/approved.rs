//! Handlers that take what was approved, after everything else that they take.

use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::{FromRequest, Handler, HttpRequest};
use biometry_gate::gate::Operation;

use crate::extract::Approved;

/// Makes a handler of a function whose last argument is [`Approved<T>`](Approved): `web::post().to(approved(transfer))`.
///
/// actix extracts the arguments of a handler side by side, and stops at the first that refuses. This extracts all others
/// first, however long they take, and takes the approved value when they have let the request pass: so one that refuses it
/// leaves the approval as it was. So does middleware between the gate and the handler that answers with 400 or above. The
/// function may have eleven other arguments. `Approved` is no extractor by itself.
pub fn approved<F>(handler: F) -> ApprovedHandler<F> {
    ApprovedHandler(handler)
}

/// A handler of an approved operation; made by [`approved`].
#[derive(Clone, Copy, Debug)]
pub struct ApprovedHandler<F>(F);

/// The arguments of an [`ApprovedHandler`]: the approved value behind the others.
#[derive(Debug)]
pub struct InOrder<A, T>(A, Approved<T>);

impl<A, T> FromRequest for InOrder<A, T>
where
    A: FromRequest + 'static,
    T: Operation,
{
    type Error = actix_web::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Self::Error>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (others, request) = (A::from_request(request, payload), request.clone());
        Box::pin(async move {
            let others = others.await.map_err(Into::into)?;
            Ok(Self(others, Approved::take(&request)?))
        })
    }
}

macro_rules! handlers {
    ($($argument:ident $value:ident),*) => {
        impl<F, Answer, T, $($argument,)*> Handler<InOrder<($($argument,)*), T>> for ApprovedHandler<F>
        where
            F: Fn($($argument,)* Approved<T>) -> Answer + Clone + 'static,
            Answer: Future,
            T: Operation,
        {
            type Output = Answer::Output;
            type Future = Answer;

            fn call(&self, InOrder(($($value,)*), approved): InOrder<($($argument,)*), T>) -> Answer {
                (self.0)($($value,)* approved)
            }
        }
    };
}

handlers! {}
handlers! { A a }
handlers! { A a, B b }
handlers! { A a, B b, C c }
handlers! { A a, B b, C c, D d }
handlers! { A a, B b, C c, D d, E e }
handlers! { A a, B b, C c, D d, E e, G g }
handlers! { A a, B b, C c, D d, E e, G g, H h }
handlers! { A a, B b, C c, D d, E e, G g, H h, I i }
handlers! { A a, B b, C c, D d, E e, G g, H h, I i, J j }
handlers! { A a, B b, C c, D d, E e, G g, H h, I i, J j, K k }
handlers! { A a, B b, C c, D d, E e, G g, H h, I i, J j, K k, L l }
