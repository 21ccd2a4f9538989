//! Tasks at the platform for a subject, after something is over here.

use std::time::SystemTime;

use biometry_client::PlatformSession;
use serde::{Deserialize, Serialize};

use super::{Holder, SubjectRecord};
use crate::consent::OwedWithdrawal;
use crate::forward_compat::ForwardCompat;
use crate::id::{ClaimId, SessionId};
use crate::principal::HostSession;
use crate::session::{Phase, Session, Standing};

/// Tasks at the platform that are due now, and when to look again. Each is handed out once, to the caller that runs it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DueTasks {
    /// Sessions of the platform that are of no more use.
    pub ended: Vec<PlatformSession>,
    /// Those of our sessions among them whose time was over before they came to anything.
    pub expired: Vec<SessionId>,
    /// Withdrawals that the platform does not know of. They are handed out again, later and later, until they are
    /// acknowledged.
    pub withdrawals: Vec<OwedWithdrawal>,
    /// When there is more to do, as far as it is known now.
    pub next: Option<SystemTime>,
}

/// A session of the platform that is of no more use here.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Over {
    #[serde(with = "crate::session::as_text")]
    session: PlatformSession,
    /// What it is called here.
    id: SessionId,
    /// The upload that was under way in it. The platform is left to judge it: its verdict may be a failure that counts.
    busy: Option<ClaimId>,
    /// Whether its time was over before it came to anything.
    #[serde(default)]
    is_expired: bool,
    /// How long it waits to be ended at the platform: as long as its owner can see its outcome.
    pub(super) until: SystemTime,
    #[serde(flatten)]
    unknown: ForwardCompat,
}

impl SubjectRecord {
    /// Hands out what is to be done at the platform now.
    pub(crate) fn take_due_tasks(&mut self, now: SystemTime) -> DueTasks {
        self.prune(now);
        let over = std::mem::take(&mut self.over);
        let (busy, ended): (Vec<_>, Vec<_>) = over.into_iter().partition(|over| self.is_busy(over));
        self.over = busy;
        let withdrawals = self.consent.claim_owed(now);
        let expired = ended.iter().filter(|over| over.is_expired).map(|over| over.id.clone()).collect();
        let ended = ended.into_iter().map(|over| over.session).collect();
        DueTasks { ended, expired, withdrawals, next: self.next_task() }
    }

    /// Lets the platform end a session of which nothing more is needed there: the match that it was kept for is done.
    pub(super) fn let_go_of(&mut self, host_session: &HostSession, id: &SessionId) {
        let session = self.holder_mut(host_session).and_then(|holder| holder.session_mut(id));
        let over = session.and_then(Session::let_go);
        self.keep_over(over);
    }

    fn is_busy(&self, over: &Over) -> bool {
        let is_judged = self.in_flight.iter().any(|upload| over.busy.as_ref() == Some(&upload.claim));
        is_judged || self.auxiliary_uploads.iter().any(|upload| upload.session.as_ref() == Some(&over.id))
    }

    pub(super) fn keep_over(&mut self, over: impl IntoIterator<Item = Over>) {
        self.over.extend(over);
        let surplus = self.over.len().saturating_sub(MAX_OVER);
        self.over.drain(..surplus);
    }

    /// Collects sessions that ran out, and forgets those that have waited for their end for too long.
    pub(super) fn prune_over(&mut self, now: SystemTime) {
        let mut run_out = Vec::new();
        for holder in &mut self.holders {
            for session in &mut holder.sessions {
                if session.is_over(now) {
                    let is_expired = session.standing(now) == Standing::Expired;
                    run_out.extend(session.let_go().map(|over| Over { is_expired, ..over }));
                }
            }
        }
        self.keep_over(run_out);
        self.over.retain(|over| now < over.until);
    }

    fn next_task(&self) -> Option<SystemTime> {
        let sessions = self.holders.iter().flat_map(|holder| &holder.sessions);
        let open = sessions.filter(|session| !session.is_let_go).map(Session::over_at);
        let uploads = self.in_flight.iter().map(|upload| upload.until);
        let uploads = uploads.chain(self.auxiliary_uploads.iter().map(|upload| upload.until));
        let busy = uploads.filter(|_| !self.over.is_empty());
        open.chain(busy).chain(self.consent.next_try()).min()
    }
}

impl Holder {
    /// Releases the platform's sessions of those that `which` is true for.
    pub(super) fn let_go(&mut self, which: impl Fn(&Session) -> bool) -> Vec<Over> {
        self.sessions.iter_mut().filter(|session| which(session)).filter_map(Session::let_go).collect()
    }
}

impl Session {
    /// Releases the platform's session, once. To be called before the phase is changed.
    pub(super) fn let_go(&mut self) -> Option<Over> {
        if std::mem::replace(&mut self.is_let_go, true) {
            return None;
        }
        let busy = match &self.phase {
            Phase::Uploading { claim, .. } => Some(claim.clone()),
            _ => None,
        };
        let (session, id) = (self.platform_session.clone(), self.id.clone());
        Some(Over {
            session,
            id,
            busy,
            is_expired: false,
            until: self.matters_until(),
            unknown: ForwardCompat::default(),
        })
    }

    /// Whether nothing more can come of it.
    fn is_over(&self, now: SystemTime) -> bool {
        now >= self.over_at()
    }

    fn over_at(&self) -> SystemTime {
        match &self.phase {
            Phase::Uploading { until, .. } => self.expires_at.max(*until),
            _ => self.expires_at,
        }
    }
}

const MAX_OVER: usize = 64;
