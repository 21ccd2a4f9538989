//! A transport without a network, and the values tests call with.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use biometry_client::{
    ApiKey, BaseUrl, Body, Client, PlatformSession, ProcessVideo, Transport, TransportError, Upload,
    UserFullname,
};
use http::{Request, Response, StatusCode};

/// Answers every request with the same reply and remembers the requests' lines.
#[derive(Clone, Debug)]
pub(crate) struct Stub {
    status: StatusCode,
    headers: Vec<(&'static str, &'static str)>,
    body: String,
    lines: Arc<Mutex<Vec<String>>>,
}

impl Stub {
    pub(crate) fn new(status: u16, body: impl Into<String>) -> Self {
        let status = StatusCode::from_u16(status).unwrap();
        Self { status, headers: Vec::new(), body: body.into(), lines: Arc::default() }
    }

    pub(crate) fn header(mut self, name: &'static str, value: &'static str) -> Self {
        self.headers.push((name, value));
        self
    }

    pub(crate) fn client(&self) -> Client {
        Client::new(BaseUrl::parse("https://platform.example").unwrap(), key(), self.clone())
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.lines.lock().unwrap().clone()
    }
}

#[async_trait]
impl Transport for Stub {
    async fn send(&self, request: Request<Body>) -> Result<Response<Body>, TransportError> {
        self.lines.lock().unwrap().push(format!("{} {}", request.method(), request.uri()));
        let mut response = Response::builder().status(self.status);
        for (name, value) in &self.headers {
            response = response.header(*name, *value);
        }
        Ok(response.body(Body::from_bytes(self.body.clone())).unwrap())
    }
}

pub(crate) fn key() -> ApiKey {
    ApiKey::parse("eyJhbGciOiJIUzI1NiJ9.eyJpZCI6ImstMSJ9.c2VjcmV0LXNpZ25hdHVyZQ").unwrap()
}

pub(crate) fn user() -> UserFullname {
    UserFullname::parse("ana@example.com").unwrap()
}

pub(crate) fn session() -> PlatformSession {
    PlatformSession::parse("sess_1").unwrap()
}

pub(crate) fn ask(video: Body) -> ProcessVideo {
    ProcessVideo::new(user(), "three nine one", Upload::webm(video)).session(session())
}
