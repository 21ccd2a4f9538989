use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http::Method;

use crate::answer::Answer;
use crate::cookies::{Cookie, Cookies};
use crate::request::Request;

/// A client of one host with a cookie jar of its own. Clones share the jar, as tabs of one browser do.
///
/// By default it sends neither `Origin` nor `Sec-Fetch-Site`, as `curl` does not; a test adds the header that a browser
/// would send. Each request has [`PATIENCE`](crate::PATIENCE) to be answered.
///
/// ```
/// use biometry_gate_testkit::Browser;
///
/// # async fn example(address: std::net::SocketAddr) {
/// let ana = Browser::new(address);
/// let forged = ana.post("/api/transfer").header("sec-fetch-site", "cross-site").send().await;
/// forged.problem("cross-site");
///
/// let thief = ana.copy(); // the cookies, and from here on a jar of its own
/// thief.get("/api/statement").send().await;
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Browser {
    address: SocketAddr,
    protocol: Protocol,
    headers: Vec<(String, String)>,
    cookies: Arc<Mutex<Cookies>>,
    answers: Arc<Mutex<Vec<Answer>>>,
}

/// How requests travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    Http1,
    Http2,
}

impl Browser {
    /// A browser without cookies.
    #[must_use]
    pub fn new(address: SocketAddr) -> Self {
        let (headers, cookies, answers) = (Vec::new(), Arc::default(), Arc::default());
        Self { address, protocol: Protocol::Http1, headers, cookies, answers }
    }

    /// The same browser, whose every request has this header: a bearer token, or what a proxy in front of the host adds.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same browser, speaking cleartext HTTP/2 from the first byte.
    #[must_use]
    pub fn over_http2(self) -> Self {
        Self { protocol: Protocol::Http2, ..self }
    }

    /// A request, to be completed and sent.
    pub fn request(&self, method: Method, path: &str) -> Request {
        let request = Request::new(self.clone(), method, path);
        self.headers.iter().fold(request, |request, (name, value)| request.header(name, value))
    }

    /// A GET request.
    pub fn get(&self, path: &str) -> Request {
        self.request(Method::GET, path)
    }

    /// A POST request.
    pub fn post(&self, path: &str) -> Request {
        self.request(Method::POST, path)
    }

    /// A DELETE request.
    pub fn delete(&self, path: &str) -> Request {
        self.request(Method::DELETE, path)
    }

    /// The address that its requests go to.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// A browser with copies of this one's cookies, which goes on alone.
    #[must_use]
    pub fn copy(&self) -> Self {
        let cookies = Arc::new(Mutex::new(self.cookies().clone()));
        Self { cookies, answers: Arc::default(), ..self.clone() }
    }

    /// The same cookies towards another replica of the host.
    #[must_use]
    pub fn at(&self, address: SocketAddr) -> Self {
        Self { address, ..self.clone() }
    }

    /// Everything that came back so far, oldest first.
    #[must_use]
    pub fn answers(&self) -> Vec<Answer> {
        lock(&self.answers).clone()
    }

    /// A cookie that the host has set.
    #[must_use]
    pub fn cookie(&self, name: &str) -> Option<Cookie> {
        self.cookies().get(name).cloned()
    }

    /// Puts a cookie into the jar.
    pub fn put_cookie(&self, name: &str, value: &str) {
        self.cookies().put(name, Cookie { value: value.to_owned(), attributes: Vec::new() });
    }

    /// Takes a cookie out of the jar.
    pub fn remove_cookie(&self, name: &str) {
        self.cookies().remove(name);
    }

    /// The `Cookie` header that goes with the next request.
    #[must_use]
    pub fn cookie_header(&self) -> Option<String> {
        self.cookies().header()
    }

    pub(crate) fn learn(&self, answer: &Answer) {
        self.cookies().learn(&answer.headers);
        lock(&self.answers).push(answer.clone());
    }

    pub(crate) fn protocol(&self) -> Protocol {
        self.protocol
    }

    fn cookies(&self) -> MutexGuard<'_, Cookies> {
        lock(&self.cookies)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
