use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use biometry_client::PlatformSession;

use super::key::corrupt;
use super::skew::Skew;
use super::{RecordId, Records, StoreKey, Tag, Write};
use crate::clock::{Clock, SystemClock};
use crate::consent::{Consent, Receipt};
use crate::decision::Decision;
use crate::entropy::{Entropy, OsEntropy};
use crate::id::{ClaimId, DecisionId, IntentId, ReturnHandle, SessionId};
use crate::intent::{IntentDigest, PendingIntent};
use crate::ledger::{
    Begun, Ledger, Limited, Limits, NotBegun, Refused, ReturnTarget, Settled, Settlement, SideOutcome,
    SideSettled, SideUpload, Upload,
};
use crate::policy::Policy;
use crate::principal::{Principal, SubjectKey};
use crate::session::{NewSession, Session};
use crate::store::{DecisionStore, Revocation, SessionView, StoreError, StoreErrorKind, StoreScope};

/// The store of many replicas, over a database of [`Records`]. Clones are the same store.
///
/// See the [module](super) for what it does with the database, and what the database learns.
#[derive(Clone)]
pub struct SharedStore {
    records: Arc<dyn Records>,
    key: StoreKey,
    entropy: Arc<dyn Entropy>,
    clock: Arc<dyn Clock>,
    /// Whether the clock's time counts instead of the database's.
    is_on_clock: bool,
}

/// A subject's ledger as it was loaded.
struct Loaded {
    ledger: Ledger,
    /// The write it is of, and what that write said; `None` where there was nothing.
    seen: Option<(Tag, Vec<u8>)>,
    at: Moment,
}

/// When something was loaded.
#[derive(Clone, Copy)]
struct Moment {
    now: SystemTime,
    skew: Skew,
}

impl SharedStore {
    /// A store over this database, with the host's secret. Time is the database's.
    pub fn new(records: impl Records, key: StoreKey) -> Self {
        Self {
            records: Arc::new(records),
            key,
            entropy: Arc::new(OsEntropy),
            clock: Arc::new(SystemClock),
            is_on_clock: false,
        }
    }

    /// Takes the time from this clock instead of the database: for tests, whose clocks move when told to. Replicas in
    /// production have the database's time in common, and nothing else.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        (self.clock, self.is_on_clock) = (clock, true);
        self
    }

    /// Where the record of `subject` lies in the database.
    pub fn locate(&self, subject: &SubjectKey) -> RecordId {
        self.key.locate(subject)
    }

    /// Applies one transition to a subject's ledger, and keeps the result only where nobody has written meanwhile.
    async fn change<T>(
        &self,
        subject: &SubjectKey,
        transition: impl Fn(&mut Ledger, Moment) -> T,
    ) -> Result<T, StoreError> {
        let id = self.key.locate(subject);
        for attempt in 0..MAX_ATTEMPTS {
            self.pause_before(attempt).await;
            let Loaded { mut ledger, seen, at } = self.load(&id).await?;
            ledger.prune(at.now);
            let outcome = transition(&mut ledger, at);
            let Some(write) = self.write_of(&id, &ledger, seen.as_ref(), at.now)? else { return Ok(outcome) };
            if self.records.swap(&id, seen.as_ref().map(|(tag, _)| tag), write).await? {
                return Ok(outcome);
            }
        }
        Err(StoreError::new(StoreErrorKind::Contended))
    }

    /// Looks at a subject's ledger; at an empty one where there is none.
    async fn look<T>(
        &self,
        subject: &SubjectKey,
        look: impl FnOnce(&Ledger, Moment) -> T,
    ) -> Result<T, StoreError> {
        let loaded = self.load(&self.key.locate(subject)).await?;
        Ok(look(&loaded.ledger, loaded.at))
    }

    async fn load(&self, id: &RecordId) -> Result<Loaded, StoreError> {
        let asked = self.clock.now();
        let snapshot = self.records.load(id).await?;
        let answered = self.clock.now();
        let at = if self.is_on_clock {
            Moment { now: answered, skew: Skew::None }
        } else {
            Moment { now: snapshot.now, skew: Skew::between(snapshot.now, asked, answered) }
        };
        let Some(record) = snapshot.record else {
            return Ok(Loaded { ledger: Ledger::default(), seen: None, at });
        };
        let plain = self.key.open(id, &record)?;
        let ledger =
            serde_json::from_slice(&plain).map_err(|_| corrupt("it is no ledger of this version"))?;
        Ok(Loaded { ledger, seen: Some((*record.tag(), plain)), at })
    }

    /// What has to be written for the ledger to be kept; `None` where that is there already.
    fn write_of(
        &self,
        id: &RecordId,
        ledger: &Ledger,
        seen: Option<&(Tag, Vec<u8>)>,
        now: SystemTime,
    ) -> Result<Option<Write>, StoreError> {
        if ledger.is_forgettable(now) {
            return Ok(seen.map(|_| Write::Remove));
        }
        let plain = serde_json::to_vec(ledger)
            .map_err(|_| StoreError::new(StoreErrorKind::Full).with_source("a ledger cannot be written"))?;
        if seen.is_some_and(|(_, before)| *before == plain) {
            return Ok(None);
        }
        let record = self.key.seal(id, self.new_tag()?, &plain)?;
        let keep = ledger.matters_until(now).map(|until| time_to_live(until, now));
        Ok(Some(Write::Put { record, keep }))
    }

    fn new_tag(&self) -> Result<Tag, StoreError> {
        let mut bytes = [0; Tag::LEN];
        let filled = self.entropy.fill(&mut bytes);
        filled.map_err(|error| StoreError::new(StoreErrorKind::Unavailable).with_source(error))?;
        Ok(Tag::new(bytes))
    }

    /// Waits a random while before trying again, so that those who collided do not collide again.
    async fn pause_before(&self, attempt: u32) {
        if attempt == 0 {
            return;
        }
        let mut byte = [0];
        // Without randomness the pause is the longest one, and the next tag fails anyhow.
        let part = if self.entropy.fill(&mut byte).is_ok() { u32::from(byte[0]) } else { 255 };
        let most = FIRST_PAUSE.saturating_mul(1 << (attempt - 1).min(LONGEST_PAUSE_AT));
        tokio::time::sleep(most * part / 255).await;
    }
}

#[async_trait]
impl DecisionStore for SharedStore {
    async fn reserve_start(
        &self,
        owner: &Principal,
        limits: &Limits,
    ) -> Result<Result<(), Limited>, StoreError> {
        self.change(owner.key(), |ledger, at| ledger.reserve_start(limits, at.now)).await
    }

    async fn open_session(
        &self,
        owner: &Principal,
        new: NewSession,
    ) -> Result<Vec<PlatformSession>, StoreError> {
        self.change(owner.key(), |ledger, at| ledger.open_session(owner.host_session(), new.clone(), at.now))
            .await
    }

    async fn session(
        &self,
        owner: &Principal,
        id: Option<&SessionId>,
        limits: &Limits,
    ) -> Result<Option<SessionView>, StoreError> {
        self.look(owner.key(), |ledger, at| {
            let mut view = ledger.view(owner.host_session(), id, limits, at.now)?;
            view.session.expires_at = at.skew.to_process(view.session.expires_at);
            Some(view)
        })
        .await
    }

    async fn begin_upload(
        &self,
        owner: &Principal,
        upload: &Upload,
        limits: &Limits,
    ) -> Result<Result<Begun, NotBegun>, StoreError> {
        self.change(owner.key(), |ledger, at| {
            ledger.begin_upload(owner.host_session(), upload, limits, at.now)
        })
        .await
    }

    async fn release_upload(&self, owner: &Principal, upload: &Upload) -> Result<(), StoreError> {
        self.change(owner.key(), |ledger, _| ledger.release_upload(owner.host_session(), upload)).await
    }

    async fn settle(
        &self,
        owner: &Principal,
        upload: &Upload,
        settlement: Settlement,
        limits: &Limits,
    ) -> Result<Settled, StoreError> {
        self.change(owner.key(), |ledger, at| {
            let settlement = on_the_databases_clock(settlement.clone(), at.skew);
            match ledger.settle(owner.host_session(), upload, settlement, limits, at.now) {
                Settled::Retry { attempts_left, expires_at } => {
                    Settled::Retry { attempts_left, expires_at: at.skew.to_process(expires_at) }
                }
                settled => settled,
            }
        })
        .await
    }

    async fn begin_side_upload(
        &self,
        owner: &Principal,
        upload: &SideUpload,
        limits: &Limits,
    ) -> Result<Result<Option<Session>, NotBegun>, StoreError> {
        self.change(owner.key(), |ledger, at| {
            let begun = ledger.begin_side_upload(owner.host_session(), upload, limits, at.now)?;
            Ok(begun.map(|mut session| {
                session.expires_at = at.skew.to_process(session.expires_at);
                session
            }))
        })
        .await
    }

    async fn settle_side_upload(
        &self,
        owner: &Principal,
        claim: &ClaimId,
        outcome: SideOutcome,
        limits: &Limits,
    ) -> Result<SideSettled, StoreError> {
        self.change(owner.key(), |ledger, at| {
            ledger.settle_side_upload(owner.host_session(), claim, outcome.clone(), limits, at.now)
        })
        .await
    }

    async fn end_session(
        &self,
        owner: &Principal,
        id: &SessionId,
    ) -> Result<Result<PlatformSession, NotBegun>, StoreError> {
        self.change(owner.key(), |ledger, _| ledger.end_session(owner.host_session(), id)).await
    }

    async fn claim_decision(
        &self,
        owner: &Principal,
        policy: &Policy,
        intent: Option<&IntentDigest>,
    ) -> Result<Result<Arc<Decision>, Refused>, StoreError> {
        self.change(owner.key(), |ledger, at| {
            let claimed = ledger.claim_decision(owner.host_session(), policy, intent, at.now);
            claimed.map(|decision| on_this_clock(decision, at.skew))
        })
        .await
    }

    async fn put_intent(&self, owner: &Principal, intent: PendingIntent) -> Result<IntentId, StoreError> {
        self.change(owner.key(), |ledger, at| {
            let mut intent = intent.clone();
            intent.expires_at = at.skew.to_database(intent.expires_at);
            ledger.put_intent(owner.host_session(), intent, at.now)
        })
        .await
    }

    async fn intent(
        &self,
        owner: &Principal,
        policy: &str,
        id: &IntentId,
    ) -> Result<Option<PendingIntent>, StoreError> {
        self.look(owner.key(), |ledger, at| {
            let mut intent = ledger.intent(owner.host_session(), policy, id, at.now)?.clone();
            intent.expires_at = at.skew.to_process(intent.expires_at);
            Some(intent)
        })
        .await
    }

    async fn put_return(&self, owner: &Principal, target: ReturnTarget) -> Result<(), StoreError> {
        self.change(owner.key(), |ledger, at| {
            let mut target = target.clone();
            target.expires_at = at.skew.to_database(target.expires_at);
            ledger.put_return(owner.host_session(), target);
        })
        .await
    }

    async fn take_return(
        &self,
        owner: &Principal,
        handle: &ReturnHandle,
    ) -> Result<Option<String>, StoreError> {
        self.change(owner.key(), |ledger, at| ledger.take_return(owner.host_session(), handle, at.now)).await
    }

    async fn stands(&self, owner: &Principal, decision: &DecisionId) -> Result<bool, StoreError> {
        self.look(owner.key(), |ledger, at| ledger.stands(owner.host_session(), decision, at.now)).await
    }

    async fn restore(&self, owner: &Principal, decision: &DecisionId) -> Result<(), StoreError> {
        self.change(owner.key(), |ledger, at| {
            ledger.restore_decision(owner.host_session(), decision, at.now);
        })
        .await
    }

    fn scope(&self) -> StoreScope {
        self.records.scope()
    }

    async fn consent(&self, subject: &SubjectKey) -> Result<Consent, StoreError> {
        self.look(subject, |ledger, _| ledger.consent().clone()).await
    }

    async fn may_sign_in(&self, subject: &SubjectKey) -> Result<bool, StoreError> {
        self.look(subject, |ledger, _| ledger.may_sign_in()).await
    }

    async fn receipts(&self, subject: &SubjectKey) -> Result<Vec<Receipt>, StoreError> {
        self.look(subject, |ledger, _| ledger.receipts().to_vec()).await
    }

    async fn record_consent(
        &self,
        subject: &SubjectKey,
        receipts: Vec<Receipt>,
    ) -> Result<Consent, StoreError> {
        self.change(subject, |ledger, _| {
            receipts.iter().for_each(|receipt| ledger.record_consent(receipt.clone()));
            ledger.consent().clone()
        })
        .await
    }

    async fn revoke(&self, what: Revocation<'_>) -> Result<(), StoreError> {
        match what {
            Revocation::HostSession(owner) => {
                self.change(owner.key(), |ledger, _| ledger.revoke_host_session(owner.host_session())).await
            }
            Revocation::Subject(subject) => self.change(subject, |ledger, _| ledger.revoke_all()).await,
        }
    }

    async fn rotate(&self, from: &Principal, to: &Principal) -> Result<(), StoreError> {
        self.change(from.key(), |ledger, _| {
            ledger.rotate_host_session(from.host_session(), to.host_session().clone());
        })
        .await
    }

    async fn unlock(&self, subject: &SubjectKey) -> Result<(), StoreError> {
        self.change(subject, |ledger, _| ledger.unlock()).await
    }
}

/// A pass was accepted at a moment of this process's clock; what is kept of it is on the database's.
fn on_the_databases_clock(settlement: Settlement, skew: Skew) -> Settlement {
    match settlement {
        Settlement::Passed(mut decision) => {
            decision.auth_time = skew.to_database(decision.auth_time);
            decision.expires_at = skew.to_database(decision.expires_at);
            Settlement::Passed(decision)
        }
        rejected @ Settlement::Rejected { .. } => rejected,
    }
}

fn on_this_clock(mut decision: Arc<Decision>, skew: Skew) -> Arc<Decision> {
    if skew != Skew::None {
        let moved = Arc::make_mut(&mut decision);
        moved.auth_time = skew.to_process(moved.auth_time);
        moved.expires_at = skew.to_process(moved.expires_at);
        if let Some(document) = &mut moved.document {
            document.accepted_at = skew.to_process(document.accepted_at);
            document.matched_at = skew.to_process(document.matched_at);
        }
    }
    decision
}

/// A database may take what is kept for less than this for what is not kept at all.
fn time_to_live(until: SystemTime, now: SystemTime) -> Duration {
    until.duration_since(now).unwrap_or_default().max(SHORTEST_TIME_TO_LIVE)
}

impl fmt::Debug for SharedStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedStore").field("records", &self.records).finish_non_exhaustive()
    }
}

const MAX_ATTEMPTS: u32 = 16;
const FIRST_PAUSE: Duration = Duration::from_millis(2);
const LONGEST_PAUSE_AT: u32 = 4;
const SHORTEST_TIME_TO_LIVE: Duration = Duration::from_secs(1);
