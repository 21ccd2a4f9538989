use std::convert::Infallible;
use std::fmt;
use std::net::SocketAddr;
use std::pin::pin;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, COOKIE, HOST};
use http::{HeaderName, HeaderValue, Method, Response};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Empty, Full};
use hyper::body::Incoming;
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::Value;
use tokio::net::TcpStream;

use crate::PATIENCE;
use crate::answer::Answer;
use crate::browser::{Browser, Protocol};
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

    /// Another `Host` than the address that it is sent to.
    ///
    /// # Panics
    /// When it cannot be one.
    pub fn host(mut self, host: &str) -> Self {
        let host = HeaderValue::try_from(host).expect("a header's value");
        self.head.headers_mut().expect("a request so far").insert(HOST, host);
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
        let stream = TokioIo::new(stream);
        let answer = match self.browser.protocol() {
            Protocol::Http1 => {
                let (mut sender, connection) = http1::handshake(stream).await.map_err(SendError::new)?;
                drive(sender.send_request(request), connection).await?
            }
            Protocol::Http2 => {
                let (mut sender, connection) =
                    http2::handshake(TokioExecutor::new(), stream).await.map_err(SendError::new)?;
                let request = request_of_http2(request, self.browser.address())?;
                drive(sender.send_request(request), connection).await?
            }
        };
        self.browser.learn(&answer);
        Ok(answer)
    }
}

/// Drives the connection until the answer is whole. Dropped, it closes the socket.
async fn drive(
    response: impl Future<Output = hyper::Result<Response<Incoming>>>,
    connection: impl Future<Output = hyper::Result<()>>,
) -> Result<Answer, SendError> {
    let answer = async {
        let (head, body) = response.await?.into_parts();
        let body = body.collect().await?.to_bytes();
        Ok::<_, hyper::Error>(Answer { status: head.status, headers: head.headers, body })
    };
    let (mut answer, mut connection) = (pin!(answer), pin!(connection));
    let answer = tokio::select! {
        answer = &mut answer => answer,
        _ = &mut connection => answer.await,
    };
    answer.map_err(SendError::new)
}

/// HTTP/2 names the host in the target and has no header for it.
fn request_of_http2(
    mut request: http::Request<Body>,
    address: SocketAddr,
) -> Result<http::Request<Body>, SendError> {
    request.headers_mut().remove(HOST);
    *request.uri_mut() = format!("http://{address}{}", request.uri()).parse().map_err(SendError::new)?;
    Ok(request)
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
