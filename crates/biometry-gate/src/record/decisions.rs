//! Decisions in the record: the read path, single use, operations and revocation.

use std::sync::Arc;
use std::time::SystemTime;

use super::{Holder, Kept, MAX_INTENTS, Over, SubjectRecord, push_bounded};
use crate::decision::{Decision, NotAdmitted};
use crate::id::{DecisionId, IntentId};
use crate::intent::{IntentDigest, PendingIntent};
use crate::policy::Policy;
use crate::principal::HostSession;
use crate::session::{Phase, Session, Standing};

/// Why no decision opens the route: the member `reason` of a step-up refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// `absent`: there is none for this caller, host session, policy and operation.
    Absent,
    /// `absent`: there is one, for another operation. Outside it looks like none; the audit trail has
    /// `intent.mismatch`.
    OtherIntent,
    /// `stale`: there is one, too old by now.
    Stale,
    /// `level`: there is one, with less evidence than the policy asks for by now.
    Level,
    /// `consumed`: there was one, and it was used.
    Consumed,
    /// `pending`: a verification for this policy is being judged. The client asks again in a moment.
    Pending,
}

/// Where the decision that opens a route lies, and whether opening it uses it up.
#[derive(Debug)]
pub(crate) struct Claimed<'a> {
    pub(crate) decision: &'a Arc<Decision>,
    pub(crate) uses_up: bool,
}

impl SubjectRecord {
    /// The decision that opens a route asking for `policy` (and `intent`), without using it up.
    ///
    /// # Errors
    /// Why there is none.
    pub(crate) fn find_decision(
        &self,
        host_session: &HostSession,
        policy: &Policy,
        intent: Option<&IntentDigest>,
        now: SystemTime,
    ) -> Result<Claimed<'_>, Refused> {
        let holder = self.holder(host_session).ok_or(Refused::Absent)?;
        let mut worst = NotAdmitted::Absent;
        for kept in holder.decisions.iter().rev() {
            match kept.admits(policy, intent, now) {
                Ok(()) => {
                    let uses_up = policy.is_single_use() || kept.decision.single_use;
                    return Ok(Claimed { decision: &kept.decision, uses_up });
                }
                Err(refusal) => worst = worst.max(refusal),
            }
        }
        Err(holder.refused(worst, policy, now))
    }

    /// Finds the decision and, where the policy or the decision allows one use only, uses it up: in one step.
    ///
    /// # Errors
    /// Why there is none.
    pub(crate) fn claim_decision(
        &mut self,
        host_session: &HostSession,
        policy: &Policy,
        intent: Option<&IntentDigest>,
        now: SystemTime,
    ) -> Result<Arc<Decision>, Refused> {
        let claimed = self.find_decision(host_session, policy, intent, now)?;
        let (decision, uses_up) = (Arc::clone(claimed.decision), claimed.uses_up);
        if uses_up {
            let holder = self.holder_mut(host_session).ok_or(Refused::Absent)?;
            holder.decision_mut(&decision.id).ok_or(Refused::Absent)?.consumed = true;
        }
        Ok(decision)
    }

    /// Whether a decision is still there and its time not over; being used up does not matter.
    pub(crate) fn is_valid(&self, host_session: &HostSession, id: &DecisionId, now: SystemTime) -> bool {
        let decisions =
            self.holder(host_session).map(|holder| holder.decisions.as_slice()).unwrap_or_default();
        decisions.iter().any(|kept| kept.decision.id == *id && now < kept.decision.expires_at)
    }

    /// Gives the use back for which `claimed` was handed out, while the decision's time is not over. A call that comes late
    /// or again finds another use, and leaves that one alone.
    pub(crate) fn restore_decision(
        &mut self,
        host_session: &HostSession,
        claimed: &Decision,
        now: SystemTime,
    ) {
        let holder = self.holder_mut(host_session);
        let Some(kept) = holder.and_then(|holder| holder.decision_mut(&claimed.id)) else { return };
        let is_that_use = kept.consumed && kept.decision.given_back == claimed.given_back;
        if is_that_use && now < kept.decision.expires_at {
            kept.consumed = false;
            let decision = Arc::make_mut(&mut kept.decision);
            decision.given_back = decision.given_back.saturating_add(1);
        }
    }

    /// Keeps an operation that waits for approval, and says under which id: the same operation keeps its id.
    pub(crate) fn put_intent(
        &mut self,
        host_session: &HostSession,
        intent: PendingIntent,
        now: SystemTime,
    ) -> IntentId {
        let holder = self.holder_or_new(host_session);
        holder.intents.retain(|kept| now < kept.expires_at);
        if let Some(kept) = holder.intents.iter_mut().find(|kept| kept.digest == intent.digest) {
            kept.expires_at = intent.expires_at;
            return kept.id.clone();
        }
        let id = intent.id.clone();
        push_bounded(&mut holder.intents, intent, MAX_INTENTS);
        id
    }

    /// The operation that waits under `id` for approval by `policy`.
    pub(crate) fn intent(
        &self,
        host_session: &HostSession,
        policy: &str,
        id: &IntentId,
        now: SystemTime,
    ) -> Option<&PendingIntent> {
        let intents = &self.holder(host_session)?.intents;
        intents.iter().find(|kept| kept.id == *id && *kept.policy == *policy && now < kept.expires_at)
    }

    /// Voids what one host session holds, and passes on their way to it: logout.
    pub(crate) fn revoke_host_session(&mut self, host_session: &HostSession) {
        let Some(place) = self.holders.iter().position(|holder| holder.host_session == *host_session) else {
            return;
        };
        let over = self.holders.remove(place).let_go(|_| true);
        self.keep_over(over);
    }

    /// Moves what one host session holds to its successor: the host has rotated its session's key.
    pub(crate) fn rotate_host_session(&mut self, from: &HostSession, to: HostSession) {
        self.revoke_host_session(&to);
        if let Some(holder) = self.holder_mut(from) {
            holder.host_session = to;
        }
    }

    /// Voids every decision of the subject, and every pass on its way. Limits and consents stay.
    pub(crate) fn revoke_all(&mut self) {
        let mut over = Vec::new();
        for holder in &mut self.holders {
            holder.decisions.clear();
            over.extend(holder.let_go(|_| true));
            for session in &mut holder.sessions {
                if matches!(session.phase, Phase::Uploading { .. } | Phase::Issued) {
                    session.close(Phase::Ended);
                }
            }
        }
        self.keep_over(over);
    }

    /// Voids one decision.
    pub(crate) fn revoke_decision(&mut self, host_session: &HostSession, id: &DecisionId) {
        let Some(holder) = self.holder_mut(host_session) else { return };
        let over = holder.void(|decision| decision.id == *id);
        self.keep_over(over);
    }

    /// Voids the subject's decisions for versions of a policy, and every pass for it on its way: the version that a pass
    /// would be for is not known before it comes.
    pub(super) fn revoke_policy(&mut self, policy: &str, up_to_version: u32) {
        let is_under_way = |session: &Session| {
            *session.policy == *policy && matches!(session.phase, Phase::Uploading { .. } | Phase::Issued)
        };
        let mut over = Vec::new();
        for holder in &mut self.holders {
            over.extend(
                holder
                    .void(|decision| *decision.policy == *policy && decision.policy_version <= up_to_version),
            );
            over.extend(holder.let_go(is_under_way));
            let under_way = holder.sessions.iter_mut().filter(|session| is_under_way(session));
            under_way.for_each(|session| session.close(Phase::Ended));
        }
        self.keep_over(over);
    }

    /// Lifts a lock-out and forgets failures.
    pub(crate) fn unlock(&mut self) {
        self.tally.unlock();
    }
}

impl Kept {
    /// What the decision itself says, unless it was used.
    fn admits(
        &self,
        policy: &Policy,
        intent: Option<&IntentDigest>,
        now: SystemTime,
    ) -> Result<(), NotAdmitted> {
        if self.consumed && self.decision.is_for(policy, intent) {
            return Err(NotAdmitted::Consumed);
        }
        match self.decision.admits(policy, intent, now) {
            Err(NotAdmitted::OtherIntent) if self.consumed => Err(NotAdmitted::Absent),
            outcome => outcome,
        }
    }
}

impl Holder {
    fn decision_mut(&mut self, id: &DecisionId) -> Option<&mut Kept> {
        self.decisions.iter_mut().find(|kept| kept.decision.id == *id)
    }

    /// Voids some decisions; answers the sessions of the platform that were kept for them.
    fn void(&mut self, which: impl Fn(&Decision) -> bool) -> Vec<Over> {
        let voided = self.decisions.extract_if(.., |kept| which(&kept.decision));
        let voided: Vec<_> = voided.map(|kept| kept.decision.id.clone()).collect();
        self.let_go(|session| session.decision.as_ref().is_some_and(|id| voided.contains(id)))
    }

    fn refused(&self, worst: NotAdmitted, policy: &Policy, now: SystemTime) -> Refused {
        let judged = |session: &Session| {
            *session.policy == *policy.name() && session.standing(now) == Standing::Processing
        };
        match worst {
            _ if self.sessions.iter().any(judged) => Refused::Pending,
            NotAdmitted::Absent => Refused::Absent,
            NotAdmitted::OtherIntent => Refused::OtherIntent,
            NotAdmitted::Consumed => Refused::Consumed,
            NotAdmitted::Stale => Refused::Stale,
            NotAdmitted::Level => Refused::Level,
        }
    }
}

impl Refused {
    /// The word that a refusal carries as its `reason`.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Absent | Self::OtherIntent => "absent",
            Self::Stale => "stale",
            Self::Level => "level",
            Self::Consumed => "consumed",
            Self::Pending => "pending",
        }
    }
}
