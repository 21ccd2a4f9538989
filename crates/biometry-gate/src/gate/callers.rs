//! Who is calling, and what becomes of what they have proved when their session at the host changes.

use super::{BiometryGate, Denial, RequestHead};
use crate::audit::EventKind;
use crate::id::ReturnHandle;
use crate::principal::Principal;
use crate::session::SessionView;
use crate::store::StoreError;
use crate::store::operations::Revocation;

impl BiometryGate {
    /// The caller that the host's resolver names; `None` when they are not logged in.
    ///
    /// # Errors
    /// [`Denial::IdentityUnavailable`] when the resolver cannot answer.
    pub fn principal(&self, head: &impl RequestHead) -> Result<Option<Principal>, Denial> {
        self.0.identify(head).map_err(|_| Denial::IdentityUnavailable)
    }

    /// The caller that the host's resolver names, for handlers and extractors that need one.
    ///
    /// # Errors
    /// [`Denial::AuthenticationRequired`] when they are not logged in; [`Denial::IdentityUnavailable`] when the resolver
    /// cannot answer.
    pub fn logged_in(&self, head: &impl RequestHead) -> Result<Principal, Denial> {
        self.principal(head)?.ok_or(Denial::AuthenticationRequired)
    }

    /// The caller's newest biometric session, in whatever state; `None` where they have none that the store remembers.
    ///
    /// # Errors
    /// When the store cannot answer.
    pub async fn session_of(&self, principal: &Principal) -> Result<Option<SessionView>, StoreError> {
        self.0.store(self.0.store.session(principal, None, &self.0.settings.limits)).await
    }

    /// Voids what the caller's host session holds, and passes that are on their way to it. Call it on logout, before
    /// the host ends its own session.
    ///
    /// # Errors
    /// When the store cannot do it: the logout should then fail, too.
    pub async fn log_out(&self, principal: &Principal) -> Result<(), StoreError> {
        self.0.audit.note(&self.0.audit.event(EventKind::Revoked, principal).reason("logout"));
        self.0.store(self.0.store.revoke(Revocation::HostSession(principal))).await?;
        self.0.flush_soon(principal.key());
        Ok(())
    }

    /// Moves what one host session holds to the session that replaces it. Call it when the host rotates the key of a
    /// session that goes on. Where the two are not the same subject, it logs the first one out instead.
    ///
    /// # Errors
    /// When the store cannot do it.
    pub async fn rotate_session(&self, from: &Principal, to: &Principal) -> Result<(), StoreError> {
        if from.key() != to.key() {
            return self.log_out(from).await;
        }
        self.0.store(self.0.store.rotate(from, to)).await?;
        self.0.flush_soon(from.key());
        Ok(())
    }

    /// Takes the page that a browser was on its way to out of the store: a return handle works once, for its principal.
    /// For hosts with a [step-up page](super::Refusing::step_up_page) of their own that do not ask `GET /session?return=…` for
    /// it.
    ///
    /// # Errors
    /// When the store cannot answer.
    pub async fn take_return(
        &self,
        principal: &Principal,
        handle: &ReturnHandle,
    ) -> Result<Option<String>, StoreError> {
        self.0.store(self.0.store.take_return(principal, handle)).await
    }
}
