//! poem: its requests are types of its own, so that the gate is a small middleware here. The mounted routes fit as they are.

use std::error::Error;

use biometry_client::{ApiKey, BaseUrl, Client};
use biometry_gate::gate::{Enforcer, NO_STORE, Screening};
use biometry_gate::principal::{HostSession, IdentifyError, Principal};
use biometry_gate::{BiometryGate, ConfigError, Denial, Permit, Policy, Threshold};
use biometry_sandbox::Sandbox;
use bytes::Bytes;
use http::header::AUTHORIZATION;
use http::request::Parts;
use poem::endpoint::TowerCompatExt as _;
use poem::listener::TcpListener;
use poem::{Endpoint, EndpointExt as _, IntoResponse, Middleware, Request, Response, ResponseParts};
use poem::{Route, Server, get, handler};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let sandbox = Sandbox::start().await?;
    let client = Client::connect(BaseUrl::parse(&sandbox.base_url())?, ApiKey::parse(&sandbox.mint_key())?)?;
    println!("listening on http://127.0.0.1:3000");
    Ok(Server::new(TcpListener::bind("127.0.0.1:3000")).run(app(&gate(client)?)?).await?)
}

/// One verification opens the statement for five minutes.
pub fn gate(client: Client) -> Result<BiometryGate, Box<dyn Error>> {
    let policy = Policy::for_session("statement", Threshold::percent(70.0)?);
    Ok(BiometryGate::builder(client, by_token).policy(policy).build()?)
}

pub fn app(gate: &BiometryGate) -> Result<Route, ConfigError> {
    Ok(Route::new()
        .at("/statement", get(statement.with(Gate(gate.enforcer("statement")?))))
        .nest("/biometry", gate.routes().compat()))
}

/// Gated: the permit is the proof.
#[handler]
fn statement(request: &Request) -> poem::Result<&'static str> {
    let no_gate = || poem::Error::from_status(poem::http::StatusCode::INTERNAL_SERVER_ERROR);
    Permit::of(request.extensions()).ok_or_else(no_gate)?;
    Ok("the statement")
}

/// Stands for your login.
fn by_token(head: &Parts) -> Result<Option<Principal>, IdentifyError> {
    let is_ana = head.headers.get(AUTHORIZATION).is_some_and(|value| value == "Bearer token-of-ana");
    let ana = || Ok(Principal::new("pass+ana@example.com", HostSession::parse("session-of-ana")?)?);
    is_ana.then(ana).transpose()
}

/// The gate of one policy as a middleware.
pub struct Gate(Enforcer);

pub struct Gated<E>(Enforcer, E);

impl<E: Endpoint> Middleware<E> for Gate {
    type Output = Gated<E>;

    fn transform(&self, inner: E) -> Gated<E> {
        Gated(self.0.clone(), inner)
    }
}

impl<E: Endpoint> Endpoint for Gated<E> {
    type Output = Response;

    async fn call(&self, mut request: Request) -> poem::Result<Response> {
        let Self(enforcer, inner) = self;
        // An outer gate's permit is not this policy's.
        Permit::detach(request.extensions_mut());
        let head = head(&request);
        let refuse = |denial: Denial, caller: Option<&Principal>| {
            let answer = enforcer.refuse::<Bytes>(denial, caller, enforcer.request_id(&head));
            let (http::response::Parts { status, version, headers, extensions, .. }, body) =
                answer.into_parts();
            Ok(Response::from_parts(ResponseParts { status, version, headers, extensions }, body.into()))
        };
        let caller = match enforcer.screen(&head) {
            Screening::Preflight => return Ok(inner.call(request).await?.into_response()),
            Screening::Refused(denial) => return refuse(denial, None),
            Screening::Caller(caller) => caller,
        };
        match enforcer.check(&caller).await {
            Ok(permit) => permit.attach(request.extensions_mut()),
            Err(denial) => return refuse(denial, Some(caller.principal())),
        }
        let mut response = inner.call(request).await?.into_response();
        let (name, value) = NO_STORE;
        response.headers_mut().entry(name).or_insert(value);
        Ok(response)
    }
}

/// What a check reads, with the path as the client sent it.
fn head(request: &Request) -> Parts {
    let (mut head, ()) = http::Request::new(()).into_parts();
    head.method = request.method().clone();
    head.uri = request.original_uri().clone();
    head.headers = request.headers().clone();
    head.extensions = request.extensions().clone();
    head
}
