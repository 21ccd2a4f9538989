use std::cell::RefCell;
use std::future::{Ready, poll_fn, ready};
use std::marker::PhantomData;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use actix_http::{ConnectionType, Request, Response};
use actix_service::{Service, ServiceFactory};
use actix_web::body::{BoxBody, MessageBody};
use actix_web::http::StatusCode;
use pin_project_lite::pin_project;

use super::go_ahead::GoAhead;
use super::rest::{Rest, WithRest};

/// Makes a worker's app when the first request arrives.
pub(super) struct Apps<F: ServiceFactory<Request>, B> {
    factory: F,
    made: Made<F::Service, B>,
}

/// A worker's app, with an eye on its requests' bodies.
pub(super) struct App<S, B> {
    inner: S,
    body: PhantomData<fn() -> B>,
}

/// Answers requests whose bodies are held back until they are asked for.
///
/// actix has a service of its own for these, says `100 Continue` when that one hands the request on, and nothing when it
/// answers instead. So it answers, with what the app says, and the connection says 100 when the app wants the body.
pub(super) struct HeldBack<S, B>(Made<S, B>);

/// The app, once it is made.
type Made<S, B> = Rc<RefCell<Option<Rc<App<S, B>>>>>;

type Boxed<T> = Pin<Box<dyn Future<Output = T>>>;

impl<F: ServiceFactory<Request>, B> Apps<F, B> {
    pub(super) fn new(factory: F) -> Self {
        Self { factory, made: Rc::default() }
    }

    /// The way to the same app for requests whose bodies are held back.
    pub(super) fn held_back(&self) -> HeldBack<F::Service, B> {
        HeldBack(Rc::clone(&self.made))
    }
}

impl<F, B> ServiceFactory<Request> for Apps<F, B>
where
    F: ServiceFactory<Request, Config = ()> + 'static,
    F::Response: Into<Response<B>>,
    F::Error: Into<Response<BoxBody>>,
    B: MessageBody + 'static,
{
    type Response = Response<WithRest<BoxBody>>;
    type Error = Response<BoxBody>;
    type Config = ();
    type Service = Rc<App<F::Service, B>>;
    type InitError = F::InitError;
    type Future = Boxed<Result<Self::Service, F::InitError>>;

    fn new_service(&self, (): ()) -> Self::Future {
        let (app, made) = (self.factory.new_service(()), Rc::clone(&self.made));
        Box::pin(async move {
            let app = Rc::new(App { inner: app.await?, body: PhantomData });
            made.replace(Some(Rc::clone(&app)));
            Ok(app)
        })
    }
}

impl<S, B> App<S, B>
where
    S: Service<Request>,
{
    fn answer(&self, mut request: Request, go_ahead: Option<GoAhead>) -> Answer<S::Future, B> {
        let rest = Rest::of(&mut request, go_ahead);
        let asks_upgrade = request.head().upgrade();
        Answer { inner: self.inner.call(request), rest, asks_upgrade, body: PhantomData }
    }
}

impl<S, B> Service<Request> for App<S, B>
where
    S: Service<Request>,
    S::Response: Into<Response<B>>,
    S::Error: Into<Response<BoxBody>>,
    B: MessageBody + 'static,
{
    type Response = Response<WithRest<BoxBody>>;
    type Error = Response<BoxBody>;
    type Future = Answer<S::Future, B>;

    fn poll_ready(&self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx).map_err(Into::into)
    }

    fn call(&self, request: Request) -> Self::Future {
        self.answer(request, None)
    }
}

pin_project! {
    /// The future of [`App`]: the app's answer, with what is left of the request.
    pub(super) struct Answer<F, B> {
        #[pin]
        inner: F,
        rest: Option<Rest>,
        asks_upgrade: bool,
        body: PhantomData<fn() -> B>,
    }
}

impl<F, T, E, B> Future for Answer<F, B>
where
    F: Future<Output = Result<T, E>>,
    T: Into<Response<B>>,
    E: Into<Response<BoxBody>>,
    B: MessageBody + 'static,
{
    type Output = Result<Response<WithRest<BoxBody>>, Response<BoxBody>>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let mut answer = match ready!(this.inner.poll(cx)) {
            Ok(answer) => answer.into().map_into_boxed_body(),
            Err(error) => error.into(),
        };
        // actix would say `connection: upgrade` of a connection that stays what it is, and end it.
        if *this.asks_upgrade && answer.status() != StatusCode::SWITCHING_PROTOCOLS {
            answer.head_mut().set_connection_type(ConnectionType::Close);
        }
        let rest = this.rest.take();
        Poll::Ready(Ok(answer.map_body(|_, body| WithRest::new(body, rest))))
    }
}

impl<S, B> ServiceFactory<Request> for HeldBack<S, B>
where
    Self: Service<Request>,
{
    type Response = <Self as Service<Request>>::Response;
    type Error = <Self as Service<Request>>::Error;
    type Config = ();
    type Service = Self;
    type InitError = ();
    type Future = Ready<Result<Self, ()>>;

    fn new_service(&self, (): ()) -> Self::Future {
        ready(Ok(Self(Rc::clone(&self.0))))
    }
}

impl<S, B> Service<Request> for HeldBack<S, B>
where
    S: Service<Request> + 'static,
    S::Response: Into<Response<B>>,
    S::Error: Into<Response<BoxBody>>,
    B: MessageBody + 'static,
{
    type Response = Request;
    /// The answer.
    type Error = Response<BoxBody>;
    type Future = Boxed<Result<Request, Response<BoxBody>>>;

    fn poll_ready(&self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&self, request: Request) -> Self::Future {
        let app = self.0.borrow().clone();
        Box::pin(async move {
            // INVARIANT: a worker serves no request before its app is made.
            let Some(app) = app else { return Err(Response::new(StatusCode::SERVICE_UNAVAILABLE)) };
            let go_ahead = request.conn_data::<GoAhead>().cloned().unwrap_or_default();
            let connection = poll_fn(|cx| Poll::Ready(cx.waker().clone())).await;
            go_ahead.hold(connection);
            let answer = app.answer(request, Some(go_ahead.clone())).await?;
            Err(closing_if(go_ahead.withdraw(), answer).map_into_boxed_body())
        })
    }
}

/// A client that was not asked for the body may or may not send it, so the next byte cannot be interpreted.
fn closing_if<B>(is_held_back: bool, mut answer: Response<B>) -> Response<B> {
    if is_held_back {
        answer.head_mut().set_connection_type(ConnectionType::Close);
    }
    answer
}
