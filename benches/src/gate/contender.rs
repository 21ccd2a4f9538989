use std::fmt;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use biometry_gate::principal::Principal;
use http::{HeaderValue, Request, StatusCode};

use super::decisions::{CALLER, Decisions, caller};
use super::{layers, login, ours, sessions};

/// One way to answer a request: a router, and who calls it.
pub struct Contender {
    /// What the tables call it, but for the number of live decisions or sessions.
    pub name: String,
    /// How many there are.
    pub live: usize,
    pub(super) router: Router,
    pub(super) callers: Callers,
    /// Each caller's own header.
    pub(super) headers: Vec<(http::HeaderName, HeaderValue)>,
    /// The callers, where the host's middleware has left them in the request's extensions.
    pub(super) known: Option<Arc<[Principal]>>,
    /// What it answers; anything else means that something else was measured.
    pub(super) expected: StatusCode,
}

/// Whose requests they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Callers {
    /// One caller, again and again: everything is in the processor's caches.
    One,
    /// Any of them: the caller's records have to come from memory.
    Any,
}

impl Contender {
    pub(super) fn new(name: impl Into<String>, router: Router) -> Self {
        let headers = vec![(CALLER, HeaderValue::from_static("0"))];
        let (callers, expected) = (Callers::One, StatusCode::OK);
        Self { name: name.into(), live: 0, router, callers, headers, known: None, expected }
    }

    /// What the tables call it.
    pub fn label(&self) -> String {
        match self.live {
            0 => self.name.clone(),
            live => format!("{}; {live} live", self.name),
        }
    }

    /// Whether it is the gate that lets requests in, with a known number of decisions.
    pub fn is_ours(&self) -> bool {
        self.live > 0 && self.name.starts_with("our layer")
    }

    pub(super) fn live(mut self, live: usize) -> Self {
        self.live = live;
        self
    }

    pub(super) fn headers(mut self, headers: Vec<(http::HeaderName, HeaderValue)>) -> Self {
        self.headers = headers;
        self
    }

    pub(super) fn callers(mut self, callers: Callers) -> Self {
        self.callers = callers;
        self
    }

    /// The host's middleware has been there before, as it has for the bare router that this one is compared with.
    pub(super) fn known(mut self, callers: &Arc<[Principal]>) -> Self {
        self.known = Some(Arc::clone(callers));
        self
    }

    /// The name of the bare router that it adds something to.
    pub fn base(&self) -> &'static str {
        if self.known.is_some() { BARE_KNOWN } else { BARE }
    }

    pub(super) fn expecting(mut self, expected: StatusCode) -> Self {
        self.expected = expected;
        self
    }

    /// A request of the caller who stands at `place`, which is any number.
    pub(super) fn request(&self, place: usize) -> Request<Body> {
        let crowd = self.known.as_ref().map_or(self.headers.len(), |known| known.len());
        let caller = match self.callers {
            Callers::One => 0,
            Callers::Any => place % crowd,
        };
        let mut request = Request::get("/statement").header("accept", "application/json");
        if let Some(known) = &self.known {
            return request.extension(known[caller].clone()).body(Body::empty()).expect("a request");
        }
        if let Some((name, value)) = self.headers.get(caller) {
            request = request.header(name, value);
        }
        request.body(Body::empty()).expect("a request")
    }
}

/// All contenders, the bare router first. `sizes` are numbers of live decisions. Needs a runtime.
pub async fn contenders(sizes: &[usize], peers: usize) -> (Vec<Contender>, Vec<Decisions>) {
    let mut stores = Vec::new();
    for &size in sizes {
        stores.push(Decisions::fill(size).await);
    }
    let bare = || Router::new().route("/statement", get(statement));
    let nobody: Arc<[Principal]> = Arc::from([caller(0)]);
    let mut all = vec![Contender::new(BARE, bare()), Contender::new(BARE_KNOWN, bare()).known(&nobody)];
    all.extend(layers::contenders());
    for store in &stores {
        all.extend(ours::passes(store));
    }
    all.extend(stores.last().into_iter().flat_map(ours::others));
    all.extend(sessions::contenders(peers).await);
    all.extend(login::contenders(peers).await);
    (all, stores)
}

/// The router that everything else is compared with, and the same with a caller whom the host knows by then.
pub const BARE: &str = "bare router";
const BARE_KNOWN: &str = "bare router, the caller known";

pub(super) async fn statement() -> &'static str {
    "statement"
}

impl fmt::Debug for Contender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Contender").field("name", &self.name).finish_non_exhaustive()
    }
}
