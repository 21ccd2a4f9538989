//! The typed client against the sandbox: what the one writes the other reads, and the other way round.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

mod v1;
mod v2;

use biometry_client::{ApiKey, BaseUrl, Body, Client, ProcessVideo, Upload, UserFullname};
use biometry_sandbox::{Entry, Sandbox, SandboxBuilder};

use crate::client::{JPEG, VIDEO};

/// A sandbox and a client for it.
struct Desk {
    sandbox: Sandbox,
    client: Client,
}

impl Desk {
    async fn open(builder: SandboxBuilder) -> Self {
        let sandbox = builder.start().await.unwrap();
        let client = Client::connect(base(&sandbox), key(&sandbox.mint_key())).unwrap();
        Self { sandbox, client }
    }

    /// The newest request the sandbox has seen.
    fn last(&self) -> Entry {
        self.sandbox.journal().pop().unwrap()
    }
}

fn base(sandbox: &Sandbox) -> BaseUrl {
    BaseUrl::parse(&sandbox.base_url()).unwrap()
}

fn key(text: &str) -> ApiKey {
    ApiKey::parse(text).unwrap()
}

fn user(name: &str) -> UserFullname {
    UserFullname::parse(name).unwrap()
}

fn video() -> Upload {
    Upload::webm(Body::from_bytes(VIDEO))
}

fn picture() -> Upload {
    Upload::new("image/jpeg".parse().unwrap(), "jpg", Body::from_bytes(JPEG))
}

fn verification(name: &str) -> ProcessVideo {
    ProcessVideo::new(user(name), "one two three", video())
}
