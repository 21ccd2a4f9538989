//! The refusals that are known before an upload has arrived.

use bytes::Bytes;

use super::client::{Framing, Post};
use super::{Front, named};
use crate::harness::{Challenge, Member};

/// People who are refused, each for a reason of their own.
pub(super) struct Refusals {
    ana: Member,
    challenge: Challenge,
    all: Vec<Refusal>,
}

pub(super) struct Refusal {
    pub(super) code: &'static str,
    path: &'static str,
    fields: String,
}

impl Refusals {
    pub(super) async fn prepare(front: &Front) -> Self {
        let ana = front.consented("pass@example.com").await;
        let challenge = ana.start("statement").await;
        let leo = front.log_in("leo@example.com").await;
        let unasked = leo.start("statement").await;
        let zoe = front.consented("zoe@example.com").await;
        let cookie =
            |member: &Member| format!("Cookie: {}\r\n", member.browser.cookie_header().expect("one"));
        let verify = "/biometry/verify";
        let all = [
            ("authentication-required", verify, String::new()),
            ("unsupported-media", verify, named(&ana, &challenge.session)),
            ("upload-too-large", "/login", cookie(&zoe)),
            ("session-unknown", verify, cookie(&zoe)),
            ("consent-required", verify, named(&leo, &unasked.session)),
        ];
        let all = all.map(|(code, path, fields)| Refusal { code, path, fields }).into();
        Self { ana, challenge, all }
    }

    pub(super) fn all(&self) -> &[Refusal] {
        &self.all
    }

    /// A refused capture has used nothing up.
    pub(super) async fn left_no_trace(&self) {
        self.ana.idle(&self.challenge).await;
        self.ana.pass_with(&self.challenge).await;
    }
}

impl Refusal {
    /// A form whose file is none.
    pub(super) fn post(&self) -> Post<'_> {
        let Self { path, fields, .. } = self;
        Post { path, fields, framing: Framing::Length, first: Bytes::from_static(FIRST), size: 0 }
    }
}

const FIRST: &[u8] = b"--x\r\nContent-Disposition: form-data; name=\"video\"; filename=\"a.webm\"\r\n\r\n";
