//! Whose connections are whose.

use std::collections::VecDeque;
use std::sync::{PoisonError, RwLock};

use hyper_util::client::legacy::Client;
use tokio::runtime::{self, Handle, RuntimeFlavor};

use super::builder::Recipe;
use super::connector::Connector;
use super::request::Watched;

/// The connections of a transport: those that any thread of a runtime of many threads may use, and those of each runtime
/// of a single thread.
///
/// A connection is a task of the runtime that has opened it. Between runtimes of a single thread, which actix-web's
/// workers are, a shared one would wake another thread for each piece of an upload, stand still while that thread is
/// busy, and be gone when that runtime ends.
pub(super) struct Connections {
    recipe: Recipe,
    shared: Clients,
    of_single_threads: RwLock<VecDeque<(runtime::Id, Clients)>>,
}

/// Clones share their connections.
pub(super) type HttpClient = Client<Connector, Watched>;

/// Clones share their connections.
#[derive(Clone)]
pub(super) struct Clients {
    /// For everything but loopback; may go through the system's proxy.
    pub(super) outward: HttpClient,
    /// For loopback, where no proxy may come between.
    pub(super) loopback: HttpClient,
}

impl Connections {
    pub(super) fn new(recipe: Recipe) -> Self {
        Self { shared: recipe.clients(), recipe, of_single_threads: RwLock::default() }
    }

    /// Those of the runtime that asks.
    pub(super) fn here(&self) -> Clients {
        match Handle::try_current() {
            Ok(here) if here.runtime_flavor() == RuntimeFlavor::CurrentThread => {
                self.of_single_thread(here.id())
            }
            _ => self.shared.clone(),
        }
    }

    fn of_single_thread(&self, runtime: runtime::Id) -> Clients {
        let known = self.of_single_threads.read().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, clients)) = known.iter().find(|(id, _)| *id == runtime) {
            return clients.clone();
        }
        drop(known);
        let clients = self.recipe.clients();
        let mut known = self.of_single_threads.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST_RUNTIMES {
            known.pop_front();
        }
        known.push_back((runtime, clients.clone()));
        clients
    }
}

/// Runtimes come and go without a word: the one that was seen first is forgotten first, and has to connect anew.
const MOST_RUNTIMES: usize = 256;
