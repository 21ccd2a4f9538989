//! What the fuzz targets of replies and routes share: a platform that gives prepared answers.

use async_trait::async_trait;
use biometry_client::{ApiKey, BaseUrl, Body, Client, Transport, TransportError};

/// Answers every request with the same status and bytes.
#[derive(Debug)]
pub struct Canned {
    pub status: u16,
    pub body: Vec<u8>,
}

#[async_trait]
impl Transport for Canned {
    async fn send(&self, _: http::Request<Body>) -> Result<http::Response<Body>, TransportError> {
        let mut response = http::Response::new(Body::from_bytes(self.body.clone()));
        *response.status_mut() = http::StatusCode::from_u16(self.status).unwrap_or(http::StatusCode::OK);
        Ok(response)
    }
}

/// A client in front of it, with a key for all services.
pub fn client(canned: Canned) -> Client {
    use base64::Engine as _;
    let claims = r#"{"id":"k","selected_services":["Active Speaker Detection","Visual Speech Recognition","Face Liveness Detection","Voice Recognition","Face Recognition"]}"#;
    let claims = base64::prelude::BASE64_URL_SAFE_NO_PAD.encode(claims);
    let key = ApiKey::parse(&format!("eyJhbGciOiJIUzI1NiJ9.{claims}.c2ln")).expect("a key");
    Client::new(BaseUrl::production(), key, canned)
}

/// Runs a future that waits for nothing outside.
pub fn run<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    runtime.block_on(future)
}
