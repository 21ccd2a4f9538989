//! Whose upload it is.

use std::sync::Arc;

use biometry_client::{CallContext, Client, DeviceInfo, GeoLocation, UserFullname};

use super::error::UploadError;
use crate::audit::{Event, EventKind};
use crate::engine::{Engine, OpenProject};
use crate::id::SessionId;
use crate::principal::Principal;
use crate::record::NotBegun;
use crate::session::Session;

/// Whose upload it is, the gate that takes it, and what the request says besides its body.
pub(crate) struct Sender {
    pub(crate) engine: Arc<Engine>,
    pub(crate) principal: Principal,
    /// The session that the request names.
    pub(crate) session: Option<SessionId>,
    pub(crate) hints: ClientHints,
}

/// Circumstances of an upload that nothing depends on: the device as the client describes it, the place as the host
/// knows it.
#[derive(Clone, Debug, Default)]
pub(crate) struct ClientHints {
    pub(crate) device_info: Option<DeviceInfo>,
    pub(crate) geo: Option<GeoLocation>,
}

impl Sender {
    /// The caller's project on the platform.
    pub(crate) fn project(&self) -> Result<&OpenProject, UploadError> {
        Ok(self.engine.project(&self.principal)?)
    }

    /// A client of the caller's project, for a call that belongs to the trace of the request.
    pub(crate) fn client(&self) -> Result<Client, UploadError> {
        Ok(self.engine.client_of(self.project()?))
    }

    /// An audit event about the caller.
    pub(crate) fn event(&self, kind: EventKind) -> Event {
        self.engine.audit.event(kind, &self.principal)
    }

    /// The platform's name for the caller.
    pub(super) fn fullname(&self) -> Result<UserFullname, UploadError> {
        UserFullname::parse(&self.principal.subject().platform_name()).map_err(|_| UploadError::Interrupted)
    }

    /// What every call with media says of its circumstances.
    pub(super) fn context(&self) -> CallContext {
        let settings = &self.engine.settings;
        let at_most = settings.capture.total().saturating_add(settings.platform_timeout.saturating_mul(2));
        let mut context = CallContext::default().tags(settings.tags.iter().cloned()).deadline(at_most);
        if let Some(device_info) = self.hints.device_info.clone() {
            context = context.device_info(device_info);
        }
        match self.hints.geo.clone() {
            Some(geo) => context.geo(geo),
            None => context,
        }
    }

    /// [`context`](Self::context) of a call that joins a session, where there is one, and says what that is for.
    pub(super) fn context_in(&self, session: Option<&Session>) -> CallContext {
        let Some(session) = session else { return self.context() };
        let context = self.context().session(session.platform_session.clone());
        match self.project().ok().and_then(|project| project.policy(session.policy())) {
            Some(policy) => context.trigger(policy.purpose().trigger()),
            None => context,
        }
    }

    /// The session that the upload is for.
    pub(crate) async fn session(&self) -> Result<SessionId, UploadError> {
        named_or_newest(&self.engine, &self.principal, self.session.clone()).await
    }
}

/// The session that a request names, or the caller's newest one.
pub(crate) async fn named_or_newest(
    engine: &Engine,
    principal: &Principal,
    named: Option<SessionId>,
) -> Result<SessionId, UploadError> {
    if let Some(id) = named {
        return Ok(id);
    }
    let newest = engine.store(engine.store.session(principal, None, engine.limits(principal))).await?;
    newest.map(|view| view.session.id).ok_or(UploadError::Session(NotBegun::Unknown))
}
