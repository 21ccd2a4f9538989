use std::convert::Infallible;
use std::fmt;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, COOKIE, HOST};
use http::{HeaderName, HeaderValue, Method};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Empty, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;

use crate::PATIENCE;
use crate::answer::Answer;
use crate::browser::Browser;
use crate::form::Form;
use crate::upload::{self, Upload};

/// A request that is being put together.
#[must_use = "a request does nothing until it is sent"]
pub struct Request {
    browser: Browser,
    head: http::request::Builder,
    body: Body,
}

type Body = UnsyncBoxBody<Bytes, Infallible>;

impl Request {
    pub(crate) fn new(browser: Browser, method: Method, path: &str) -> Self {
        let head =
            http::Request::builder().method(method).uri(path).header(HOST, browser.address().to_string());
        Self { browser, head, body: Empty::new().boxed_unsync() }
    }

    /// Adds a header; what is there already stays.
    ///
    /// # Panics
    /// When it cannot be one.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        let name = HeaderName::try_from(name).expect("a header's name");
        self.head = self.head.header(name, HeaderValue::try_from(value).expect("a header's value"));
        self
    }

    /// A JSON body.
    pub fn json(self, body: Value) -> Self {
        self.header(CONTENT_TYPE.as_str(), "application/json").body(body.to_string())
    }

    /// A multipart body of known length.
    pub fn form(self, form: &Form) -> Self {
        self.header(CONTENT_TYPE.as_str(), &form.content_type()).body(form.bytes())
    }

    /// A body of known length.
    pub fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = Full::new(body.into()).boxed_unsync();
        self
    }

    /// Sends the request and reads the answer.
    ///
    /// # Panics
    /// When there is no whole answer in time.
    #[track_caller]
    pub fn send(self) -> impl Future<Output = Answer> {
        let place = std::panic::Location::caller();
        async move { self.try_send().await.unwrap_or_else(|error| panic!("{place}: no answer: {error}")) }
    }

    /// Sends the request and reads the answer.
    ///
    /// # Errors
    /// When there is no whole answer in time.
    pub async fn try_send(self) -> Result<Answer, SendError> {
        match tokio::time::timeout(PATIENCE, self.exchange()).await {
            Ok(outcome) => outcome,
            Err(_) => Err(SendError("it takes too long".into())),
        }
    }

    /// Begins a request whose body is still to come, chunk by chunk, and is not announced in length unless a
    /// `content-length` header says it.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub fn open(mut self) -> Upload {
        let (feed, body) = upload::channel();
        self.body = body.boxed_unsync();
        Upload::new(feed, tokio::spawn(self.try_send()))
    }

    async fn exchange(mut self) -> Result<Answer, SendError> {
        if let Some(cookies) = self.browser.cookie_header() {
            self.head = self.head.header(COOKIE, cookies);
        }
        let request = self.head.body(self.body).map_err(SendError::new)?;
        let stream = TcpStream::connect(self.browser.address()).await.map_err(SendError::new)?;
        stream.set_nodelay(true).map_err(SendError::new)?;
        let (mut sender, connection) =
            http1::handshake(TokioIo::new(stream)).await.map_err(SendError::new)?;
        let exchange = async {
            let (head, body) = sender.send_request(request).await?.into_parts();
            let body = body.collect().await?.to_bytes();
            Ok::<_, hyper::Error>(Answer { status: head.status, headers: head.headers, body })
        };
        // The connection is driven here and dropped with this future: giving a request up closes its socket.
        let mut connection = std::pin::pin!(connection);
        let mut exchange = std::pin::pin!(exchange);
        let answer = tokio::select! {
            answer = &mut exchange => answer,
            _ = &mut connection => exchange.await,
        };
        let answer = answer.map_err(SendError::new)?;
        self.browser.cookies().learn(&answer.headers);
        Ok(answer)
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request").field("head", &self.head).finish_non_exhaustive()
    }
}

/// There was no whole answer.
#[derive(Debug)]
pub struct SendError(Box<dyn std::error::Error + Send + Sync>);

impl SendError {
    fn new(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self(error.into())
    }
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for SendError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source()
    }
}
