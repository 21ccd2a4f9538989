//! Whether browsers that merely claim to be the subject may sign in as them.

use super::SubjectRecord;
use crate::consent::{Purpose, Receipt};

/// How a subject stands towards browsers that merely claim to be them.
///
/// Consent to be verified is not enough: where the platform may store templates and has none, it enrolls the person who is in
/// front of the camera, and the next capture of the same stranger would pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignInStanding {
    /// The platform has enrolled a stranger who signed in as the subject.
    Closed,
    /// The subject has not agreed, or the platform may store a template of theirs and may have none.
    Barred,
    /// The subject has passed while logged in, with storage agreed to: a template exists that is theirs.
    Recognised,
    /// The subject never agreed to storage here. Only the platform knows what was agreed to elsewhere.
    NothingStored,
}

impl SubjectRecord {
    /// How the subject stands towards sign-ins.
    pub(crate) fn sign_in_standing(&self) -> SignInStanding {
        if self.closed_to_sign_ins {
            SignInStanding::Closed
        } else if !self.consent.is_given(Purpose::Authorization) {
            SignInStanding::Barred
        } else if self.recognised && self.consent.is_given(Purpose::Storage) {
            SignInStanding::Recognised
        } else if self.may_be_stored() {
            SignInStanding::Barred
        } else {
            SignInStanding::NothingStored
        }
    }

    /// Keeps sign-ins away: the platform has no template of the subject, or one of another person.
    pub(crate) fn close_to_sign_ins(&mut self) {
        self.recognised = false;
        self.closed_to_sign_ins = true;
    }

    /// Voids what browsers that sign in hold, and passes on their way. None of them gets to see it.
    pub(crate) fn void_sign_ins(&mut self) {
        for holder in &mut self.holders {
            holder.decisions.clear();
            holder.sessions.iter_mut().for_each(|session| session.is_void = true);
        }
    }

    /// Lets sign-ins in again, as far as consent and templates allow.
    pub(crate) fn open_to_sign_ins(&mut self) {
        self.closed_to_sign_ins = false;
    }

    /// The subject has passed while logged in.
    pub(super) fn reopen_by_pass(&mut self) {
        self.closed_to_sign_ins = false;
        self.recognised = self.consent.is_given(Purpose::Storage);
    }

    /// Whether storage was ever agreed to, or the platform has yet to hear of its withdrawal. A withdrawal proves nothing:
    /// the platform may refuse it.
    fn may_be_stored(&self) -> bool {
        let may_have_given = |receipt: &Receipt| receipt.given || receipt.folded().is_some();
        let was_given = self.receipts.iter().any(|receipt| receipt.storage && may_have_given(receipt));
        was_given || self.consent.grant(Purpose::Storage).is_owed()
    }
}
