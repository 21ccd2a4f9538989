use std::sync::Arc;
use std::time::Duration;

use biometry_client::UserFullname;

use crate::audit::EventKind;
use crate::challenge::{Code, Problem};
use crate::consent::{Actor, Consent, ConsentContext, Purpose, Receipt, TextHash, is_version, purpose_name};
use crate::denial::consent_required;
use crate::engine::{Engine, PlatformFailure, ask};
use crate::principal::Principal;
use crate::store::StoreError;
use crate::store::operations::Revocation;

/// What a subject says about their consent, all at once.
pub(crate) struct Change {
    pub(crate) statements: Vec<Statement>,
    /// The version of the text that was shown, as the page says.
    pub(crate) text_version: Option<Arc<str>>,
    pub(crate) actor: Actor,
    pub(crate) context: ConsentContext,
}

/// Yes or no to one purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Statement {
    pub(crate) purpose: Purpose,
    pub(crate) given: bool,
}

/// Does what was said, withdrawals first; answers what counts from now on.
///
/// A withdrawal takes effect here before the platform hears of it; what is given counts here only after the platform has
/// taken it.
pub(crate) async fn change(
    engine: &Arc<Engine>,
    owner: &Principal,
    change: &Change,
) -> Result<Consent, Problem> {
    let statements = in_order(&change.statements);
    let shown = change.shown(engine, &statements)?;
    let before = engine.store(engine.store.consent(owner.key())).await?.under(&engine.consents.texts);
    let may_store = |after: &[Statement]| {
        let said = after.iter().find(|statement| statement.purpose == Purpose::Authorization);
        said.map_or(before.is_given(Purpose::Authorization), |statement| statement.given)
    };
    if statements.contains(&yes(Purpose::Storage)) && !may_store(&statements) {
        return Err(consent_required(&[Purpose::Authorization]));
    }
    for (statement, (version, hash)) in statements.iter().zip(shown) {
        let receipt = Receipt::new(statement.purpose, statement.given, engine.now())
            .text(version, hash)
            .by(change.actor)
            .within(change.context.clone());
        if statement.given {
            give(engine, owner, receipt).await?;
        } else {
            withdraw(engine, owner, receipt).await?;
        }
    }
    Ok(engine.store(engine.store.consent(owner.key())).await?.under(&engine.consents.texts))
}

/// Withdraws on the host's account.
pub(crate) async fn withdraw_for(
    engine: &Arc<Engine>,
    owner: &Principal,
    purposes: &[Purpose],
) -> Result<(), StoreError> {
    let said: Vec<_> = purposes.iter().copied().map(no).collect();
    for statement in in_order(&said) {
        let receipt = Receipt::new(statement.purpose, false, engine.now()).by(Actor::Host);
        withdraw(engine, owner, receipt).await?;
    }
    Ok(())
}

/// Withdrawals come first. A template without authorization has no use, so a withdrawn authorization takes storage along.
fn in_order(said: &[Statement]) -> Vec<Statement> {
    let mut statements = said.to_vec();
    let speaks_of_storage = said.iter().any(|statement| statement.purpose == Purpose::Storage);
    if said.contains(&no(Purpose::Authorization)) && !speaks_of_storage {
        statements.push(no(Purpose::Storage));
    }
    // Storage is withdrawn before authorization, and given after it.
    statements.sort_by_key(|statement| {
        (statement.given, (statement.purpose == Purpose::Storage) == statement.given)
    });
    statements
}

fn yes(purpose: Purpose) -> Statement {
    Statement { purpose, given: true }
}

fn no(purpose: Purpose) -> Statement {
    Statement { purpose, given: false }
}

type Shown = (Option<Arc<str>>, Option<TextHash>);

impl Change {
    /// Which text each statement is about. A text that is named has to be one of the host's, where it has registered any;
    /// and a subject who agrees must have seen one that still suffices.
    fn shown(&self, engine: &Engine, statements: &[Statement]) -> Result<Vec<Shown>, Problem> {
        if self.text_version.as_deref().is_some_and(|version| !is_version(version)) {
            return Err(invalid("a text version has 1 to 128 bytes"));
        }
        statements.iter().map(|statement| self.shown_for(engine, *statement)).collect()
    }

    fn shown_for(&self, engine: &Engine, statement: Statement) -> Result<Shown, Problem> {
        let texts = &engine.consents.texts;
        let Some(current) = texts.current(statement.purpose) else {
            return Ok((self.text_version.clone(), None));
        };
        let text = match &self.text_version {
            None => current,
            Some(version) => texts
                .find(statement.purpose, version)
                .ok_or_else(|| invalid("there is no such version of the text"))?,
        };
        if statement.given && texts.is_outdated(text) {
            return Err(invalid("the text has changed: show the new one"));
        }
        Ok((Some(text.shared_version()), Some(text.hash())))
    }
}

async fn give(engine: &Arc<Engine>, owner: &Principal, receipt: Receipt) -> Result<(), Problem> {
    give_upstream(engine, owner, receipt.purpose()).await?;
    let purpose = receipt.purpose();
    let before = engine.store(engine.store.consent(owner.key())).await?;
    let stands = before.grant(purpose);
    let is_said_again = stands.is_given()
        && stands.text_version() == receipt.text_version()
        && stands.text_hash() == receipt.text_hash();
    engine.consents.histories.purge(owner.key());
    if is_said_again {
        return Ok(());
    }
    engine.store(engine.store.record_consent(owner.key(), vec![receipt])).await?;
    tell(engine, owner, EventKind::ConsentGiven, purpose);
    Ok(())
}

async fn withdraw(engine: &Arc<Engine>, owner: &Principal, receipt: Receipt) -> Result<(), StoreError> {
    let purpose = receipt.purpose();
    engine.store(engine.store.record_consent(owner.key(), vec![receipt])).await?;
    engine.consents.histories.purge(owner.key());
    tell(engine, owner, EventKind::ConsentWithdrawn, purpose);
    for claims in owner.key().signing_in() {
        engine.store(engine.store.revoke(Revocation::Subject(&claims))).await?;
        engine.flush_soon(&claims);
    }
    // In the background after a short while: the platform's answer changes nothing here.
    if let Some(reported) = engine.flush_soon(owner.key()) {
        let _ = tokio::time::timeout(TELLING, reported).await;
    }
    Ok(())
}

fn tell(engine: &Engine, owner: &Principal, kind: EventKind, purpose: Purpose) {
    engine.audit.note(&engine.audit.event(kind, owner).reason(purpose_name(purpose)));
}

async fn give_upstream(engine: &Engine, owner: &Principal, purpose: Purpose) -> Result<(), Problem> {
    let user = UserFullname::parse(&owner.subject().platform_name())
        .map_err(|_| invalid("the subject cannot be named to the platform"))?;
    let given = ask(engine, owner, async |client| client.give_consent(&user, purpose).await).await?;
    // The platform answered, and did not say that consent is given now.
    if given.value().is_given() { Ok(()) } else { Err(PlatformFailure::Nonsense.into()) }
}

fn invalid(detail: &'static str) -> Problem {
    Problem::new(Code::InvalidRequest, detail)
}

const TELLING: Duration = Duration::from_secs(2);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn withdrawals_come_first_and_authorization_takes_storage_along() {
        use Purpose::{Authorization, Storage};
        for (said, done) in [
            (vec![yes(Storage), yes(Authorization)], vec![yes(Authorization), yes(Storage)]),
            (vec![yes(Authorization), no(Storage)], vec![no(Storage), yes(Authorization)]),
            (vec![no(Authorization)], vec![no(Storage), no(Authorization)]),
            (vec![no(Authorization), no(Storage)], vec![no(Storage), no(Authorization)]),
            (vec![no(Storage)], vec![no(Storage)]),
            (vec![no(Authorization), yes(Storage)], vec![no(Authorization), yes(Storage)]),
        ] {
            assert_eq!(in_order(&said), done);
        }
    }
}
