//! Administration: calls for support staff, jobs and health pages of the host, which handlers of users do not make.

use super::BiometryGate;
use crate::audit::EventKind;
use crate::consent::{PURPOSES, Purpose, Receipt};
use crate::consents;
use crate::engine::{ConfigError, check_keys};
use crate::id::DecisionId;
use crate::principal::{Principal, Tenant};
use crate::record::Revoked;
use crate::store::operations::Revocation;
use crate::store::{StoreError, StoreErrorKind};

/// What only the host's own staff and jobs do: revoking, unlocking, consent on record, export and erasure, checks. Made
/// by [`BiometryGate::admin`].
///
/// The gate does not check who calls it: put the host's own access control in front. Every change is an event in the
/// audit trail.
///
/// ```
/// use biometry_gate::{BiometryGate, Principal};
///
/// /// Support confirms by telephone that the account was taken over.
/// async fn account_taken_over(gate: &BiometryGate, user: &Principal) -> Result<(), Box<dyn std::error::Error>> {
///     let admin = gate.admin();
///     admin.revoke_subject(user).await?;
///     admin.unlock(user).await?;
///     Ok(())
/// }
/// # let _ = account_taken_over;
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Admin<'a>(pub(super) &'a BiometryGate);

impl BiometryGate {
    /// Administration: revoking, unlocking, consent on record, checks and chores.
    pub fn admin(&self) -> Admin<'_> {
        Admin(self)
    }
}

impl Admin<'_> {
    /// Voids every decision of the principal's subject in every host session, and every pass on its way: after a
    /// changed password, for a disabled account. Verifications that begin afterwards count.
    ///
    /// # Errors
    /// When the store cannot do it; call it again.
    pub async fn revoke_subject(&self, principal: &Principal) -> Result<(), StoreError> {
        self.0.0.audit.note(&self.0.0.audit.event(EventKind::Revoked, principal.key()).reason("subject"));
        let member = principal.logged_in_key();
        for key in member.signing_in().into_iter().chain([member]) {
            self.0.0.store(self.0.0.store.revoke(Revocation::Subject(&key))).await?;
            self.0.0.flush_soon(&key);
        }
        Ok(())
    }

    /// Voids one decision of a host session. The id is [`Decision::id`](crate::Decision::id), which handlers may keep.
    ///
    /// # Errors
    /// When the store cannot do it.
    pub async fn revoke_decision(
        &self,
        principal: &Principal,
        decision: &DecisionId,
    ) -> Result<(), StoreError> {
        let event = self.0.0.audit.event(EventKind::Revoked, principal).reason("decision");
        self.0.0.audit.note(&event.decided(self.0.0.audit.decision(decision)));
        self.0.0.store(self.0.0.store.revoke(Revocation::Decision { owner: principal, decision })).await?;
        self.0.0.flush_soon(principal.key());
        Ok(())
    }

    /// Voids what all subjects of a tenant hold for a policy, and every pass for it on its way: a policy that was too
    /// lenient, a service that was found to be weak. Verifications that begin afterwards count.
    ///
    /// With `up_to_version` decisions that were made for a newer [version](crate::policy::Policy::version) of the policy stay; `None`
    /// voids them all. Policies are a tenant's: a host with several tenants calls it for each.
    ///
    /// # Errors
    /// When the store cannot do it, or it is not known whether it has: call it again then, which does no harm.
    pub async fn revoke_policy(
        &self,
        tenant: &Tenant,
        policy: &str,
        up_to_version: Option<u32>,
    ) -> Result<(), StoreError> {
        let reason = match up_to_version {
            Some(version) => format!("policy({policy} up to {version})"),
            None => format!("policy({policy})"),
        };
        let up_to_version = up_to_version.unwrap_or(u32::MAX);
        self.revoke_of_tenant(tenant, Revoked::Policy { policy, up_to_version }, reason).await
    }

    /// Voids every decision of every subject of a tenant, sign-ins that were not handed out yet included, and every pass
    /// on its way. Limits and consents stay. Verifications that begin afterwards count.
    ///
    /// # Errors
    /// When the store cannot do it, or it is not known whether it has: call it again then, which does no harm.
    pub async fn revoke_tenant(&self, tenant: &Tenant) -> Result<(), StoreError> {
        self.revoke_of_tenant(tenant, Revoked::Everything, "tenant".to_owned()).await
    }

    async fn revoke_of_tenant(
        &self,
        tenant: &Tenant,
        revoked: Revoked<'_>,
        reason: String,
    ) -> Result<(), StoreError> {
        self.0.0.audit.note(&self.0.0.audit.of_tenant(EventKind::Revoked, tenant).reason(reason));
        self.0.0.store(self.0.0.store.revoke(Revocation::Tenant { tenant, revoked })).await
    }

    /// Lifts the subject's lock-out from stepping up, and forgets their failures. The number of starts and uploads
    /// stays counted.
    ///
    /// # Errors
    /// When the store cannot do it.
    pub async fn unlock(&self, principal: &Principal) -> Result<(), StoreError> {
        self.0.0.store(self.0.0.store.unlock(principal.key())).await?;
        self.0.0.audit.note(&self.0.0.audit.event(EventKind::LockCleared, principal.key()));
        Ok(())
    }

    /// Lets the subject sign in by face again: lifts their lock-out from it, and opens it where it was closed because the
    /// platform had enrolled a stranger. Have the stranger's template deleted at the platform before.
    ///
    /// # Errors
    /// When the store cannot do it.
    pub async fn unlock_sign_in(&self, principal: &Principal) -> Result<(), StoreError> {
        let (engine, owner) = (&self.0.0, principal.logged_in_key());
        for claims in owner.signing_in() {
            engine.store(engine.store.unlock(&claims)).await?;
        }
        engine.store(engine.store.open_to_sign_ins(&owner)).await?;
        #[cfg(feature = "login")]
        engine.sign_ins.closing.remove(&owner);
        engine.audit.note(&engine.audit.event(EventKind::LockCleared, &owner).reason("sign-in"));
        Ok(())
    }

    /// Everything that the subject gave and withdrew, oldest first: with the text, the time, who said so, and what the
    /// host wanted on record of where. The mounted routes show people their own history without the last.
    ///
    /// # Errors
    /// When the store cannot answer.
    pub async fn consent_history(&self, principal: &Principal) -> Result<Vec<Receipt>, StoreError> {
        self.0.0.store(self.0.0.store.receipts(&principal.logged_in_key())).await
    }

    /// All that is kept of the subject, as JSON to be handed to them: consent with its history, limits, sessions, decisions,
    /// operations that wait, and known browsers; of stepping up as `logged_in`, of signing in by face as `signing_in` for
    /// strangers and `known_browsers` for browsers that have signed in before. It holds nothing that opens anything. What
    /// the host's audit sinks keep is theirs, and what the platform keeps is the platform's.
    ///
    /// # Errors
    /// When the store cannot answer.
    pub async fn export_subject(&self, principal: &Principal) -> Result<serde_json::Value, StoreError> {
        let (engine, member) = (&self.0.0, principal.logged_in_key());
        let [strangers, known] = member.signing_in();
        Ok(serde_json::json!({
            "logged_in": engine.store(engine.store.export(&member)).await?,
            "signing_in": engine.store(engine.store.export(&strangers)).await?,
            "known_browsers": engine.store(engine.store.export(&known)).await?,
        }))
    }

    /// Erases all that is kept of the subject, the proof of what they agreed to included: keep that elsewhere before,
    /// where it must be kept ([`export_subject`](Self::export_subject)). Consent is withdrawn first, and reported to
    /// the platform.
    ///
    /// Answers `false` while something is still left: a withdrawal that the platform has yet to take, a lock-out that
    /// lasts, a closure to sign-ins. Call it again later then.
    ///
    /// # Errors
    /// When the store cannot do it.
    pub async fn erase_subject(&self, principal: &Principal) -> Result<bool, StoreError> {
        let (engine, member) = (&self.0.0, principal.logged_in_key());
        let consent = engine.store(engine.store.consent(&member)).await?;
        let spoken_of = |purpose: &Purpose| consent.is_given(*purpose);
        let given: Vec<_> = PURPOSES.into_iter().filter(spoken_of).collect();
        let owner = Principal::in_background(&member)
            .map_err(|error| StoreError::new(StoreErrorKind::Corrupt).with_source(error))?;
        consents::withdraw_for(engine, &owner, &given).await?;
        let mut is_gone = true;
        for key in member.signing_in().into_iter().chain([member.clone()]) {
            engine.store(engine.store.revoke(Revocation::Subject(&key))).await?;
            if let Some(flushed) = engine.flush_soon(&key) {
                let _ = flushed.await;
            }
            is_gone &= engine.store(engine.store.erase(&key)).await?;
        }
        engine.audit.note(&engine.audit.event(EventKind::SubjectErased, &member));
        Ok(is_gone)
    }

    /// Withdraws consent on the host's account: an account is closed, a letter has come in. It takes effect at once,
    /// and the gate reports it to the platform, as when people withdraw themselves. Withdrawing authorization withdraws
    /// storage, too.
    ///
    /// # Errors
    /// When the store cannot do it.
    pub async fn withdraw_consent(
        &self,
        principal: &Principal,
        purposes: &[Purpose],
    ) -> Result<(), StoreError> {
        consents::withdraw_for(&self.0.0, principal, purposes).await
    }

    /// Asks the platform about the configured keys: whether each is active and includes what the policies require. For
    /// the end of a start-up; [`ready`](BiometryGate::ready) asks again while the process runs.
    ///
    /// # Errors
    /// When the platform cannot be reached, does not take the key, or the key lacks a service; the message says which.
    pub async fn check_platform(&self) -> Result<(), ConfigError> {
        check_keys(&self.0.0).await
    }

    /// Does now what the gate does in the background from time to time: ends sessions of the platform that ran out
    /// here, and reports withdrawals that it could not report before. Hosts need not call it.
    pub async fn sweep(&self) {
        self.0.0.sweep().await;
    }

    /// How many events the audit sink has not taken since the gate was built. Worth a metric: it should stay zero.
    pub fn lost_audit_events(&self) -> u64 {
        self.0.0.audit.lost()
    }
}
