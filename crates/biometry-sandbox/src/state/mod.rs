//! What the sandbox remembers, all of it in memory: keys and, for each project, people, sessions and transactions, so many
//! of each that a sandbox that runs for weeks does not grow.
//!
//! Plain data with plain transitions: no lock, no clock, no network.

mod consent;
mod keys;
mod newest;
mod person;
mod session;
mod transaction;

use std::collections::HashMap;

use self::newest::Newest;
use crate::webhook::{Parcel, Webhook};

pub(crate) use consent::{ConsentRecord, Purpose};
pub(crate) use keys::{KeyRecord, Keys, Lookup, Trust};
pub(crate) use person::Person;
pub(crate) use session::{NotOpen, Session, Sessions};
pub(crate) use transaction::{Flag, Transaction};

/// Everything.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) keys: Keys,
    /// Events to be delivered.
    pub(crate) outbox: Vec<Parcel>,
    projects: HashMap<String, Project>,
}

/// What belongs to one project: consents and enrollments are per person and project.
#[derive(Debug, Default)]
pub(crate) struct Project {
    pub(crate) sessions: Sessions,
    pub(crate) transactions: Newest<Transaction, KEPT>,
    /// How often each deepfake check was looked at.
    pub(crate) deepfake_checks: Newest<u32, KEPT>,
    pub(crate) webhooks: Vec<Webhook>,
    people: Newest<Person, MOST_PEOPLE>,
}

impl State {
    pub(crate) fn new() -> Self {
        Self { keys: Keys::new(), outbox: Vec::new(), projects: HashMap::new() }
    }

    pub(crate) fn project(&mut self, id: &str) -> &mut Project {
        self.projects.entry(id.to_owned()).or_default()
    }

    /// The project of the keys the sandbox itself minted.
    pub(crate) fn own_project(&mut self) -> &mut Project {
        let id = self.keys.project_id().to_owned();
        self.project(&id)
    }
}

impl Project {
    pub(crate) fn person(&mut self, name: &str) -> &mut Person {
        self.people.get_or_insert_with(name, || Person::named(name))
    }

    /// Whether this person was ever heard of, without making them known.
    pub(crate) fn known_person(&self, name: &str) -> Option<&Person> {
        self.people.get(name)
    }
}

/// Sessions, transactions and deepfake checks of one project: the newest ones.
const KEPT: usize = 10_000;
/// People of one project: those who were seen first make room.
const MOST_PEOPLE: usize = 100_000;
/// Changes of one consent, and approvals of one person.
const MOST_CHANGES: usize = 1_000;
