//! The running sandbox.

mod accept;
mod builder;
mod seen;

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;
use tokio::task::JoinHandle;

pub use builder::SandboxBuilder;
pub use seen::{Consents, SessionSeen};

use crate::fault::{Fault, FaultBook};
use crate::journal::{Entry, Journal, JournalTimeout};
use crate::service::ServiceSet;
use crate::settings::Settings;
use crate::state::{Person, Purpose, State};
use crate::webhook::Courier;

/// A running sandbox on a socket of its own. Dropping it stops it at once; [`stop`](Self::stop) lets what is under way
/// come to its end first.
#[derive(Debug)]
pub struct Sandbox {
    inner: Arc<Inner>,
    addr: SocketAddr,
    server: JoinHandle<()>,
    deliveries: JoinHandle<()>,
    stop: Option<oneshot::Sender<()>>,
}

/// What requests and the [`Sandbox`] share.
#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) settings: Settings,
    pub(crate) journal: Arc<Journal>,
    pub(crate) faults: FaultBook,
    pub(crate) base_url: String,
    pub(crate) courier: Courier,
    state: Mutex<State>,
}

impl Sandbox {
    /// A sandbox with other than the default settings.
    pub fn builder() -> SandboxBuilder {
        SandboxBuilder::default()
    }

    /// A sandbox with default settings on a free port of `127.0.0.1`.
    ///
    /// # Errors
    /// Where no socket can be had.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub async fn start() -> io::Result<Self> {
        Self::builder().start().await
    }

    /// The address it listens on.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The address as a URL without a trailing slash.
    #[must_use]
    pub fn base_url(&self) -> String {
        self.inner.base_url.clone()
    }

    /// Finishes what is under way, for at most five seconds, and stops.
    pub async fn stop(mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
            let _ = (&mut self.server).await;
        }
    }

    /// A new API key with all five services. It may mint further ones.
    #[must_use]
    pub fn mint_key(&self) -> String {
        self.mint(ServiceSet::ALL)
    }

    /// A new API key with the services of these display names; unknown names select nothing.
    #[must_use]
    pub fn mint_key_with(&self, services: &[&str]) -> String {
        self.mint(ServiceSet::from_display_names(services.iter().copied()))
    }

    /// Makes a key inactive from now on. A key that was never known stays unknown.
    pub fn revoke_key(&self, key: &str) {
        let now = self.inner.settings.clock.now();
        self.inner.state().keys.revoke(key, now);
    }

    /// Every request seen so far, in order; the oldest ones are dropped beyond the journal's capacity.
    #[must_use]
    pub fn journal(&self) -> Vec<Entry> {
        self.inner.journal.entries()
    }

    /// Waits until the journal satisfies the predicate, and returns it as it was then.
    ///
    /// # Errors
    /// Where it does not within 10 seconds.
    pub async fn journal_when(
        &self,
        predicate: impl FnMut(&[Entry]) -> bool,
    ) -> Result<Vec<Entry>, JournalTimeout> {
        self.inner.journal.when(predicate).await
    }

    /// Puts a fault in force.
    pub fn fault(&self, fault: Fault) {
        self.inner.faults.add(fault);
    }

    /// Puts all faults out of force. Requests that already hang stay so.
    pub fn clear_faults(&self) {
        self.inner.faults.clear();
    }

    /// Whether face and voice of this user are enrolled, in the project of the sandbox's own keys.
    #[must_use]
    pub fn enrolled(&self, user: &str) -> bool {
        self.read_person(user, Person::is_enrolled)
    }

    /// Enrolls face and voice of this user without any upload.
    pub fn enroll(&self, user: &str) {
        self.inner.state().own_project().person(user).enroll(ServiceSet::ALL);
    }

    /// From now on this is what Visual Speech Recognition reads from the lips of this user, whatever they were asked to say:
    /// their captures are old ones, in which something else is spoken. The service reports success, and the verdict does not
    /// change. `None`: they say what they are asked to say.
    pub fn let_say(&self, user: &str, says: Option<&str>) {
        self.inner.state().own_project().person(user).says = says.map(str::to_owned);
    }

    /// The consents of this user.
    #[must_use]
    pub fn consents(&self, user: &str) -> Consents {
        self.read_person(user, Consents::of)
    }

    /// Records both consents of this user without any request.
    pub fn give_consents(&self, user: &str) {
        let now = self.inner.settings.clock.now();
        let mut state = self.inner.state();
        let person = state.own_project().person(user);
        person.record_consent(Purpose::Authorization, true, now);
        person.record_consent(Purpose::Storage, true, now);
    }

    /// What became of a session; `None` where there is none of that id.
    #[must_use]
    pub fn session(&self, id: &str) -> Option<SessionSeen> {
        let mut state = self.inner.state();
        state.own_project().sessions.find(id).map(|session| SessionSeen::new(id, session))
    }

    /// The newest 10,000 sessions, in the order in which they were started.
    #[must_use]
    pub fn sessions(&self) -> Vec<SessionSeen> {
        let mut state = self.inner.state();
        let sessions = state.own_project().sessions.in_order();
        sessions.map(|(id, session)| SessionSeen::new(id, session)).collect()
    }

    fn mint(&self, services: ServiceSet) -> String {
        let now = self.inner.settings.clock.now();
        let keys = &mut self.inner.state().keys;
        let project = keys.project_id().to_owned();
        keys.mint(&project, services, true, now)
    }

    fn read_person<T>(&self, user: &str, read: impl FnOnce(&Person) -> T) -> T {
        let mut state = self.inner.state();
        match state.own_project().known_person(user) {
            Some(person) => read(person),
            None => read(&Person::named(user)),
        }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.server.abort();
        self.deliveries.abort();
    }
}

impl Inner {
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
