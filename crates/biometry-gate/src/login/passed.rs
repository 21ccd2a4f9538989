//! What a browser gets that has passed: a new key, which alone redeems the pass, and one by which it is known again.

use http::HeaderMap;
use sha2::{Digest as _, Sha256};

use super::cookie::{DEVICE_KEPT, set_cookie, set_device_cookie};
use crate::engine::Engine;
use crate::id::DeviceKey;
use crate::principal::Principal;

/// A passed sign-in, on its way to the browser that made it.
pub(crate) struct Passed {
    /// Who redeems the pass: the same claim under a key that no browser has seen before.
    pub(super) successor: Principal,
    /// Absent where it could not be kept, which changes nothing about the pass.
    pub(super) device: Option<DeviceKey>,
}

impl Passed {
    /// Remembers the browser, in place of its former key.
    pub(super) async fn keep(engine: &Engine, successor: Principal, before: Option<&DeviceKey>) -> Self {
        let Ok(device) = DeviceKey::random(&*engine.entropy) else { return Self { successor, device: None } };
        let (subject, digest) = (successor.logged_in_key(), digest(&device));
        let before = before.map(self::digest);
        let kept = engine.store.keep_browser(&subject, &digest, before.as_deref(), DEVICE_KEPT);
        let device = engine.store(kept).await.is_ok().then_some(device);
        Self { successor, device }
    }

    /// Gives the browser its cookies.
    pub(crate) fn set_cookies(&self, engine: &Engine, headers: &mut HeaderMap) {
        set_cookie(engine, headers, &self.successor);
        if let Some(device) = &self.device {
            set_device_cookie(headers, device);
        }
    }
}

/// What the store keeps of a browser's key.
pub(super) fn digest(device: &DeviceKey) -> String {
    use base64::Engine as _;
    base64::prelude::BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(device.as_str()))
}
