//! All that is kept of a subject: to be handed out, and to be forgotten.

use std::time::SystemTime;

use serde_json::{Value, json};

use super::{Holder, SubjectRecord};
use crate::clock::timestamp;
use crate::consent::{PURPOSES, Receipt, purpose_name};

impl SubjectRecord {
    /// What is kept, in words, without what opens anything: no handle, no phrase, no key.
    pub(crate) fn export(&self, now: SystemTime) -> Value {
        let owed = |purpose: &_| self.consent.grant(*purpose).is_owed();
        json!({
            "consent": self.receipts.iter().map(receipt).collect::<Vec<_>>(),
            "withdrawals_to_be_told": PURPOSES.iter().filter(|&purpose| owed(purpose)).map(|&purpose| purpose_name(purpose)).collect::<Vec<_>>(),
            "limits": self.tally.export(),
            "passed_with_storage": self.recognised,
            "closed_to_sign_ins": self.closed_to_sign_ins,
            "browsers_known_until": self.browsers.iter().map(|browser| timestamp(browser.until)).collect::<Vec<_>>(),
            "host_sessions": self.holders.iter().map(|holder| holder.export(now)).collect::<Vec<_>>(),
        })
    }

    /// Forgets all of it. A withdrawal that the platform has yet to take is kept until then, and a lock-out and the closure to
    /// sign-ins for as long as they last: they keep strangers away. Answers whether nothing is left.
    pub(crate) fn erase(&mut self, now: SystemTime) -> bool {
        let former = std::mem::take(self);
        self.over = former.over;
        self.revocations_heeded = former.revocations_heeded;
        self.closed_to_sign_ins = former.closed_to_sign_ins;
        if PURPOSES.iter().any(|&purpose| former.consent.grant(purpose).is_owed()) {
            self.consent = former.consent;
        }
        if former.tally.check_lock(now).is_err() {
            self.tally = former.tally;
        }
        let is_settled = PURPOSES.iter().all(|&purpose| !self.consent.grant(purpose).is_owed());
        is_settled && self.is_forgettable(now)
    }
}

impl Holder {
    fn export(&self, now: SystemTime) -> Value {
        let sessions = self.sessions.iter().map(|session| {
            json!({
                "policy": session.policy(),
                "state": session.standing(now).as_str(),
                "expires_at": timestamp(session.expires_at()),
                "failures": session.rejected,
            })
        });
        let decisions = self.decisions.iter().map(|kept| {
            json!({
                "policy": kept.decision.policy(),
                "verified_at": timestamp(kept.decision.auth_time),
                "expires_at": timestamp(kept.decision.expires_at),
                "used": kept.consumed,
            })
        });
        let operations = self.intents.iter().map(|intent| json!({ "shown": intent.display }));
        json!({
            "sessions": sessions.collect::<Vec<_>>(),
            "decisions": decisions.collect::<Vec<_>>(),
            "operations": operations.collect::<Vec<_>>(),
        })
    }
}

fn receipt(receipt: &Receipt) -> Value {
    let context = receipt.context();
    json!({
        "purpose": purpose_name(receipt.purpose()),
        "given": receipt.is_given(),
        "at": timestamp(receipt.at()),
        "text_version": receipt.text_version(),
        "text_hash": receipt.text_hash(),
        "by": receipt.actor().as_str(),
        "address": context.ip(),
        "browser": context.user_agent(),
        "locale": context.locale(),
        "folded": receipt.folded().map(|(count, until)| json!({ "count": count, "until": timestamp(until) })),
    })
}
