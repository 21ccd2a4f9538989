//! Where a person was going when a gate stopped them.

use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use super::{MAX_RETURNS, SubjectRecord, push_bounded};
use crate::forward_compat::ForwardCompat;
use crate::id::ReturnHandle;
use crate::principal::HostSession;

/// A page of the host to return to, known to the browser by its handle only.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ReturnTarget {
    pub(crate) handle: ReturnHandle,
    /// A path and query of the host itself, as its router saw them.
    pub(crate) target: String,
    pub(crate) expires_at: SystemTime,
    #[serde(flatten)]
    pub(crate) unknown: ForwardCompat,
}

impl SubjectRecord {
    /// Keeps a place to return to; the oldest one makes room.
    pub(crate) fn put_return(&mut self, host_session: &HostSession, target: ReturnTarget) {
        push_bounded(&mut self.holder_or_new(host_session).returns, target, MAX_RETURNS);
    }

    /// Takes the place to return to out: a handle works once, for its owner, while it lasts.
    pub(crate) fn take_return(
        &mut self,
        host_session: &HostSession,
        handle: &ReturnHandle,
        now: SystemTime,
    ) -> Option<String> {
        let returns = &mut self.holder_mut(host_session)?.returns;
        let place = returns.iter().position(|kept| kept.handle == *handle)?;
        let taken = returns.remove(place);
        (now < taken.expires_at).then_some(taken.target)
    }
}
