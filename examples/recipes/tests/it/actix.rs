//! actix-session, alone and under actix-identity: with a store on the server, and with cookies that are the sessions.

use std::collections::HashMap;
use std::net::TcpListener;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ::actix_identity::IdentityMiddleware;
use ::actix_session::SessionMiddleware;
use ::actix_session::storage::{
    CookieSessionStore, LoadError, SaveError, SessionKey, SessionStore, UpdateError, generate_session_key,
};
use actix_web::cookie::{Key, time};
use actix_web::middleware::Condition;
use actix_web::web::ServiceConfig;
use actix_web::{App, HttpServer};

use crate::harness::{Served, platform};
use crate::recipes::{actix_identity, actix_session};
use crate::sessions::{Copies, hold_decisions};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_decision_belongs_to_the_login_of_actix_session() {
    let sessions = Sessions::default();
    hold_in_actix_session(move || sessions.clone(), Copies::NameNoLogin).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_decision_belongs_to_the_login_of_actix_identity() {
    let sessions = Sessions::default();
    hold_in_actix_identity(move || sessions.clone(), Copies::NameNoLogin).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_decision_ends_at_logout_though_the_cookie_is_the_session() {
    hold_in_actix_session(CookieSessionStore::default, Copies::NameTheLogin).await;
    hold_in_actix_identity(CookieSessionStore::default, Copies::NameTheLogin).await;
}

async fn hold_in_actix_session<S: SessionStore + 'static>(
    store: impl Fn() -> S + Clone + Send + 'static,
    copies: Copies,
) {
    let (client, _sandbox) = platform().await;
    let app = actix_session::app(actix_session::gate(client).expect("a gate")).expect("an app");
    let sessions = move || actix_session::sessions(store(), &key());
    hold_decisions(&serve(app, sessions, false), copies).await;
}

async fn hold_in_actix_identity<S: SessionStore + 'static>(
    store: impl Fn() -> S + Clone + Send + 'static,
    copies: Copies,
) {
    let (client, _sandbox) = platform().await;
    let app = actix_identity::app(actix_identity::gate(client).expect("a gate")).expect("an app");
    let sessions = move || actix_identity::sessions(store(), &key());
    hold_decisions(&serve(app, sessions, true), copies).await;
}

/// `sessions` makes a handle on the sessions for each worker. The gate is made once, for all of them.
fn serve<S: SessionStore + 'static>(
    app: impl FnOnce(&mut ServiceConfig) + Clone + Send + 'static,
    sessions: impl Fn() -> SessionMiddleware<S> + Clone + Send + 'static,
    has_identity: bool,
) -> Served {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address");
    let app = move || {
        let identity = Condition::new(has_identity, IdentityMiddleware::default());
        App::new().configure(app.clone()).wrap(identity).wrap(sessions())
    };
    let server =
        HttpServer::new(app).workers(2).disable_signals().listen(listener).expect("a listener").run();
    Served::at(address, async move { drop(server.await) })
}

fn key() -> Key {
    Key::from(&[7; 64])
}

/// Sessions in this process: what a cookie names is gone with a logout.
#[derive(Clone, Default)]
struct Sessions(Arc<Mutex<HashMap<String, State>>>);

type State = HashMap<String, String>;

impl Sessions {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, State>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SessionStore for Sessions {
    async fn load(&self, key: &SessionKey) -> Result<Option<State>, LoadError> {
        Ok(self.lock().get(key.as_ref()).cloned())
    }

    async fn save(&self, state: State, _: &time::Duration) -> Result<SessionKey, SaveError> {
        let key = generate_session_key();
        self.lock().insert(key.as_ref().to_owned(), state);
        Ok(key)
    }

    async fn update(
        &self,
        key: SessionKey,
        state: State,
        _: &time::Duration,
    ) -> Result<SessionKey, UpdateError> {
        self.lock().insert(key.as_ref().to_owned(), state);
        Ok(key)
    }

    async fn update_ttl(&self, _: &SessionKey, _: &time::Duration) -> Result<(), anyhow::Error> {
        Ok(())
    }

    async fn delete(&self, key: &SessionKey) -> Result<(), anyhow::Error> {
        self.lock().remove(key.as_ref());
        Ok(())
    }
}
