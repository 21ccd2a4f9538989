//! The one way in which a shared record is changed, and the one in which it is looked at.

use std::time::{Duration, SystemTime};

use tokio::sync::{Mutex, MutexGuard};

use super::content::Content;
use super::key::{Opened, corrupt};
use super::{RecordId, SharedStore, Tag, Write};
use crate::principal::{Authentication, SubjectKey, Tenant};
use crate::record::Revocations;
use crate::store::backend::{Look, Transition};
use crate::store::moment::{Moment, Skew};
use crate::store::{StoreError, StoreErrorKind};

/// A record as it was loaded.
struct Loaded {
    content: Content,
    /// What was there, where there was something.
    seen: Option<Seen>,
    revocations: Revocations,
    at: Moment,
}

/// The write that was there.
struct Seen {
    tag: Tag,
    opened: Opened,
}

/// Whose turn it is to write, among those in this process who have collided, or have come while others were waiting: a
/// crowd on one subject then is a queue, and collides with other replicas only.
pub(super) struct Turns(Vec<Mutex<()>>);

impl SharedStore {
    /// Applies one transition to a subject's record, and keeps the result only if no other write came between.
    pub(super) async fn apply(
        &self,
        subject: &SubjectKey,
        transition: &mut Transition<'_>,
    ) -> Result<(), StoreError> {
        let id = self.key.locate(subject);
        self.change_record(&id, subject.tenant(), subject.authentication(), |content, revocations, at| {
            content.change(subject, at.now, |record| {
                record.catch_up(revocations);
                transition(record, at);
            });
        })
        .await
    }

    /// Changes what a record says, be it of a subject or of claimed names.
    pub(super) async fn change_record(
        &self,
        id: &RecordId,
        tenant: &Tenant,
        authentication: Authentication,
        mut change: impl FnMut(&mut Content, &Revocations, Moment) + Send,
    ) -> Result<(), StoreError> {
        let mut attempts = self.attempts(id);
        loop {
            attempts.begin().await?;
            let Loaded { mut content, seen, revocations, at } = self.load(id, tenant, authentication).await?;
            change(&mut content, &revocations, at);
            let Some(write) = self.write_of(id, &content, seen.as_ref(), at.now)? else {
                return Ok(());
            };
            if self.records.swap(id, seen.as_ref().map(|seen| &seen.tag), write).await? {
                if let Some(seen) = &seen {
                    self.lately.replace(seen.tag, self.clock.now());
                }
                return Ok(());
            }
        }
    }

    /// Attempts to write to this record.
    pub(super) fn attempts<'a>(&'a self, id: &'a RecordId) -> Attempts<'a> {
        Attempts { store: self, id, begun: 0, turn: None }
    }

    /// Looks at a subject's record; at an empty one where there is none.
    pub(super) async fn read(&self, subject: &SubjectKey, look: &mut Look<'_>) -> Result<(), StoreError> {
        let id = self.key.locate(subject);
        let Loaded { content, revocations, at, .. } =
            self.load(&id, subject.tenant(), subject.authentication()).await?;
        content.look(subject, |record| look(&record.caught_up(&revocations), at));
        Ok(())
    }

    /// A record, and what was revoked of everybody of its tenant.
    async fn load(
        &self,
        id: &RecordId,
        tenant: &Tenant,
        authentication: Authentication,
    ) -> Result<Loaded, StoreError> {
        let beside = self.key.locate_revocations(tenant);
        let (asked, replacements) = (self.clock.now(), self.lately.count());
        let [snapshot, revoked] = self.records.load_both(id, &beside).await?;
        if snapshot.record.as_ref().is_some_and(|record| self.lately.had_replaced(record.tag(), replacements))
        {
            return Err(corrupt("this process has replaced it: it was put back"));
        }
        let answered = self.clock.now();
        let revocations = self.read_revocations(&beside, revoked)?;
        let at = if self.is_on_clock {
            Moment::of_one_clock(answered)
        } else {
            Moment { now: snapshot.now, skew: Skew::between(snapshot.now, asked, answered) }
        };
        let Some(record) = snapshot.record else {
            return Ok(Loaded { content: Content::empty(authentication), seen: None, revocations, at });
        };
        let opened = self.key.open(id, &record)?;
        let content = Content::parse(authentication, &opened.plain)?;
        Ok(Loaded { content, seen: Some(Seen { tag: *record.tag(), opened }), revocations, at })
    }

    /// What has to be written for this to be kept; `None` where that is there already.
    fn write_of(
        &self,
        id: &RecordId,
        content: &Content,
        seen: Option<&Seen>,
        now: SystemTime,
    ) -> Result<Option<Write>, StoreError> {
        if content.is_forgettable(now) {
            return Ok(seen.map(|_| Write::Remove));
        }
        let plain = content.write()?;
        // What an earlier secret has sealed is sealed anew, changed or not.
        if seen.is_some_and(|Seen { opened, .. }| opened.is_current && opened.plain == plain) {
            return Ok(None);
        }
        let record = self.key.seal(id, self.new_tag()?, &plain)?;
        let keep = content.matters_until(now).map(|until| time_to_live(until, now));
        Ok(Some(Write::Put { record, keep }))
    }

    pub(super) fn new_tag(&self) -> Result<Tag, StoreError> {
        let mut bytes = [0; Tag::LEN];
        let filled = self.entropy.fill(&mut bytes);
        filled.map_err(|error| StoreError::new(StoreErrorKind::Unavailable).with_source(error))?;
        Ok(Tag::new(bytes))
    }

    /// Waits a random while, so that replicas that collided do not collide again.
    async fn pause(&self, attempt: u32) {
        let mut byte = [0];
        // Without randomness the pause is the longest one, and the next tag fails anyhow.
        let part = if self.entropy.fill(&mut byte).is_ok() { u32::from(byte[0]) } else { 255 };
        let most = FIRST_PAUSE.saturating_mul(1 << attempt.saturating_sub(2).min(LONGEST_PAUSE_AT));
        tokio::time::sleep(most * part / 255).await;
    }
}

/// Attempts to write to one record, one of which comes before everybody else's.
pub(super) struct Attempts<'a> {
    store: &'a SharedStore,
    id: &'a RecordId,
    begun: u32,
    turn: Option<MutexGuard<'a, ()>>,
}

impl Attempts<'_> {
    /// Waits until the next attempt may begin: the first one for nothing, unless others are waiting already, the second one
    /// for a turn, and those after that for a random while.
    ///
    /// # Errors
    /// When there were enough.
    pub(super) async fn begin(&mut self) -> Result<(), StoreError> {
        match self.begun {
            0 if self.store.turns.is_free(self.id) => {}
            0 | 1 if self.turn.is_none() => self.turn = Some(self.store.turns.wait(self.id).await),
            MAX_ATTEMPTS => return Err(StoreError::new(StoreErrorKind::Contended)),
            begun => self.store.pause(begun).await,
        }
        self.begun += 1;
        Ok(())
    }
}

impl Turns {
    /// Waits for a turn on this record; some others share it.
    async fn wait(&self, id: &RecordId) -> MutexGuard<'_, ()> {
        self.of(id).lock().await
    }

    fn is_free(&self, id: &RecordId) -> bool {
        self.of(id).try_lock().is_ok()
    }

    fn of(&self, id: &RecordId) -> &Mutex<()> {
        let [first, second, ..] = *id.as_bytes();
        &self.0[usize::from(u16::from_be_bytes([first, second])) % TURNS]
    }
}

impl Default for Turns {
    fn default() -> Self {
        Self((0..TURNS).map(|_| Mutex::default()).collect())
    }
}

/// A database may take what is kept for less than this for what is not kept at all.
fn time_to_live(until: SystemTime, now: SystemTime) -> Duration {
    until.duration_since(now).unwrap_or_default().max(SHORTEST_TIME_TO_LIVE)
}

/// Against two replicas that write as often, 16 in a row are lost once in 650 times; 64 never are. What ends the attempts
/// sooner is the gate's limit for an answer of the store.
const MAX_ATTEMPTS: u32 = 64;
const FIRST_PAUSE: Duration = Duration::from_millis(1);
/// Short, lest those who have tried often lose to those who have only come.
const LONGEST_PAUSE_AT: u32 = 3;
const SHORTEST_TIME_TO_LIVE: Duration = Duration::from_secs(1);
const TURNS: usize = 1024;
