//! actix-session, alone and under actix-identity: the key is a name that each login draws and keeps in its session.

use std::collections::HashMap;
use std::net::TcpListener;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use actix_identity::error::GetIdentityError;
use actix_identity::{Identity, IdentityExt as _, IdentityMiddleware};
use actix_session::storage::{
    CookieSessionStore, LoadError, SaveError, SessionKey, SessionStore, UpdateError, generate_session_key,
};
use actix_session::{Session, SessionExt as _, SessionMiddleware};
use actix_web::cookie::{Key, time};
use actix_web::web::{self, Data};
use actix_web::{App, HttpMessage as _, HttpRequest, HttpServer};
use biometry_gate::BiometryGate;
use biometry_gate::entropy::{Entropy as _, OsEntropy};
use biometry_gate::principal::{FromExtensions, HostSession, IdentifyError, Principal};
use biometry_gate_actix::{Head, Refusal, Resolver, require, routes};

use crate::harness::{Copies, Served, gate, sessions_hold_decisions};

/// Which of the two crates says who is logged in.
#[derive(Clone, Copy)]
enum Way {
    Session,
    Identity,
}

impl Way {
    fn log_in(self, request: &HttpRequest, session: &Session, user: &str) -> actix_web::Result<()> {
        match self {
            Self::Session => session.insert("user", user)?,
            Self::Identity => drop(Identity::login(&request.extensions(), user.to_owned())?),
        }
        Ok(())
    }

    /// A session that cannot be read is an outage, not a stranger.
    fn user(self, request: &HttpRequest) -> Result<Option<String>, IdentifyError> {
        match self {
            Self::Session => request.get_session().get("user").map_err(|_| unreadable()),
            Self::Identity => match request.get_identity().and_then(|identity| identity.id()) {
                Ok(user) => Ok(Some(user)),
                Err(GetIdentityError::MissingIdentityError(_) | GetIdentityError::SessionExpiryError(_)) => {
                    Ok(None)
                }
                Err(_) => Err(unreadable()),
            },
        }
    }

    fn principal(self, request: &HttpRequest) -> Result<Option<Principal>, IdentifyError> {
        let name = request.get_session().get::<String>(NAME).map_err(|_| unreadable())?;
        let (Some(user), Some(name)) = (self.user(request)?, name) else { return Ok(None) };
        Ok(Some(Principal::new(&user, HostSession::parse(&name)?)?))
    }
}

/// First the former login ends, then the session gets a new key and a new name, then the login begins.
async fn log_in(
    gate: Data<BiometryGate>,
    way: Data<Way>,
    request: HttpRequest,
    session: Session,
    user: web::Path<String>,
) -> actix_web::Result<&'static str> {
    end(&gate, &request).await?;
    session.clear();
    session.renew();
    session.insert(NAME, new_name()?)?;
    way.log_in(&request, &session, &user)?;
    Ok("")
}

/// A logout that cannot void what was proved has failed.
async fn log_out(
    gate: Data<BiometryGate>,
    request: HttpRequest,
    session: Session,
) -> actix_web::Result<&'static str> {
    end(&gate, &request).await?;
    session.purge();
    Ok("")
}

async fn end(gate: &BiometryGate, request: &HttpRequest) -> Result<(), Refusal> {
    let head = Head::of(request);
    if let Some(owner) = gate.principal(&head).map_err(|denial| gate.refuse_request(&head, denial))? {
        let ended = gate.log_out(&owner).await;
        ended.map_err(|error| gate.refuse_request(&head, error.into()))?;
    }
    Ok(())
}

/// A session that goes on under a new key. Its name is what the gate knows it by, so that changes, too.
async fn rotate(
    gate: Data<BiometryGate>,
    request: HttpRequest,
    session: Session,
) -> actix_web::Result<&'static str> {
    let head = Head::of(&request);
    let caller = || gate.logged_in(&head).map_err(|denial| Refusal(gate.refuse_request(&head, denial)));
    let from = caller()?;
    session.insert(NAME, new_name()?)?;
    session.renew();
    let rotated = gate.rotate_session(&from, &caller()?).await;
    rotated.map_err(|error| Refusal(gate.refuse_request(&head, error.into())))?;
    Ok("")
}

/// 128 random bits, in hexadecimal.
fn new_name() -> actix_web::Result<String> {
    let mut bytes = [0; 16];
    OsEntropy.fill(&mut bytes).map_err(actix_web::error::ErrorServiceUnavailable)?;
    Ok(format!("{:032x}", u128::from_ne_bytes(bytes)))
}

/// The reason goes to the log: no names, no keys.
fn unreadable() -> IdentifyError {
    IdentifyError::new("the session cannot be read")
}

pub(crate) async fn a_decision_belongs_to_the_login_of_actix_session() {
    let sessions = Sessions::default();
    let served = serve(Way::Session, move || sessions.clone()).await;
    sessions_hold_decisions(&served, Copies::NameNoLogin).await;
}

pub(crate) async fn a_decision_belongs_to_the_login_of_actix_identity() {
    let sessions = Sessions::default();
    let served = serve(Way::Identity, move || sessions.clone()).await;
    sessions_hold_decisions(&served, Copies::NameNoLogin).await;
}

pub(crate) async fn a_decision_ends_at_logout_though_the_cookie_is_the_session() {
    for way in [Way::Session, Way::Identity] {
        sessions_hold_decisions(&serve(way, CookieSessionStore::default).await, Copies::NameTheLogin).await;
    }
}

/// `store` makes a handle on the sessions for each worker. The gate is made once, for all of them.
async fn serve<S: SessionStore + 'static>(
    way: Way,
    store: impl Fn() -> S + Clone + Send + 'static,
) -> Served {
    let (gate, sandbox) = gate(FromExtensions).await;
    let statements = require(&gate, "statement").expect("a policy");
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address");
    let app = move || {
        let sessions = SessionMiddleware::builder(store(), Key::from(&[7; 64])).cookie_secure(false);
        App::new()
            .app_data(Resolver::new(move |request| way.principal(request)))
            .app_data(Data::new(gate.clone()))
            .app_data(Data::new(way))
            .route("/statement", web::get().to(async || "the statement").wrap(statements.clone()))
            .route("/login/{name}", web::post().to(log_in))
            .route("/logout", web::post().to(log_out))
            .route("/rotate", web::post().to(rotate))
            .service(web::scope("/biometry").configure(routes(&gate)))
            .wrap(IdentityMiddleware::default())
            .wrap(sessions.build())
    };
    let server =
        HttpServer::new(app).workers(2).disable_signals().listen(listener).expect("a listener").run();
    Served::at(address, tokio::spawn(async move { drop(server.await) }), sandbox)
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

const NAME: &str = "session-name";
