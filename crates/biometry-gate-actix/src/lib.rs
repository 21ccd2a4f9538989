//! BiometryGate for actix-web: gate routes behind proof that the right living person is there.
//!
//! The gate as middleware, the mounted routes, extractors, refusals as responses, and a listener. [`getting_started`]
//! goes through it step by step.
//!
//! # A whole application
//!
//! It names the caller, gates a route, mounts the routes that the browser talks to, and takes the proof into a
//! handler's signature:
//!
//! ```
//! use actix_web::{App, HttpRequest, HttpServer, web};
//! use biometry_gate::BiometryGate;
//! use biometry_gate::principal::{HostSession, IdentifyError, Principal};
//! use biometry_gate_actix::{Refusal, Resolver, Verified, require, routes};
//!
//! /// The gate is built once, outside of what runs for each worker; it has the policy `export`.
//! async fn serve(gate: BiometryGate) -> Result<(), Box<dyn std::error::Error>> {
//!     let exports = require(&gate, "export")?;
//!     let app = move || {
//!         App::new()
//!             .app_data(Resolver::new(who_is_calling))
//!             // The gate around the route, so that other methods stay 405 instead of asking for a face.
//!             .route("/export", web::get().to(export).wrap(exports.clone()))
//!             .service(web::scope("/biometry").configure(routes(&gate)))
//!     };
//!     Ok(HttpServer::new(app).bind("127.0.0.1:3000")?.run().await?)
//! }
//!
//! /// Stands for your own session middleware: it reads what that has validated, and nothing else.
//! fn who_is_calling(request: &HttpRequest) -> Result<Option<Principal>, IdentifyError> {
//!     if request.headers().get("cookie").is_none_or(|cookie| cookie != "session=b6f1d2") {
//!         return Ok(None);
//!     }
//!     let session = HostSession::parse("b6f1d2").and_then(|session| Principal::new("ana", session));
//!     session.map(Some).map_err(|_| IdentifyError::new("the session holds no principal"))
//! }
//!
//! /// Runs only for a caller whose policy is satisfied.
//! async fn export(Verified(permit): Verified) -> Result<String, Refusal> {
//!     permit.expect_policy("export")?;
//!     Ok(format!("the data of {}", permit.subject().as_str()))
//! }
//! # let _ = serve;
//! ```
//!
//! # What is here
//!
//! | to | use |
//! |---|---|
//! | say who is calling | [`Resolver`] |
//! | mount the routes | [`routes`] |
//! | gate a route | [`require`] |
//! | gate an operation | [`require_for_json`], [`require_for_form`], [`require_for_value`], [`require_for`] |
//! | get the permit, the approved value | [`Verified`], [`Approved`] in a handler made with [`approved`] |
//! | get the caller's session or consent | [`BiometrySession`], [`BiometryConsent`], [`Consented`], [`ConsentedToStorage`] |
//! | refuse in the same form | [`Refusal`] |
//! | ask the core with an actix request | [`Head`] |
//! | refuse other sites on own routes | [`cross_site`] |
//! | refuse requests that two readers could frame differently | [`strict_http::listen`] |
//!
//! # Who is calling
//!
//! [`Resolver`] takes the place of the gate's own [`Identify`]: it reads actix's request, so that nothing has to be
//! converted for a check. A gate whose `Identify` reads the types of `http` 1.x works as well without one, for the
//! price of a converted head for each check.
//!
//! Order matters in actix: what was wrapped last runs first. The host's session middleware has to run before the gate,
//! so it goes around the whole app, or at least after the gate.
//!
//! # What is different from axum
//!
//! - actix's `Option<T>` takes every error for an absence, an outage, too: [`Checked`] keeps them apart.
//! - A payload in actix stays on its thread. The mounted routes read it there and hand it on through a channel of two
//!   chunks: a slow platform slows the client down, and an upload that breaks off breaks off at the platform.
//! - actix's limits on bodies (`PayloadConfig` and others) belong to its extractors and do not touch the mounted
//!   routes.
//!
//! [`strict_http::listen`] is for servers that face the world, or a proxy that does not frame requests anew: what it
//! does must be done before actix does it.
//!
//! [`recipes`] has ready-made ways for actix-session, actix-identity and tokens, and how to stop a server.
//!
//! [`Identify`]: biometry_gate::principal::Identify

mod approved;
mod checked;
mod convert;
mod expiring;
mod extract;
#[doc = include_str!("docs/getting-started.md")]
pub mod getting_started {}
mod middleware;
mod payload;
mod permit;
pub mod recipes;
mod resolver;
mod respond;
mod routes;
#[cfg(feature = "strict-http")]
pub mod strict_http;

pub use self::approved::{ApprovedHandler, InOrder, approved};
pub use self::checked::Checked;
pub use self::convert::Head;
pub use self::expiring::ExpiringBody;
pub use self::extract::{
    Approved, BiometryConsent, BiometrySession, Consented, ConsentedToStorage, Verified,
};
#[cfg(feature = "forms")]
pub use self::middleware::require_for_form;
pub use self::middleware::{
    RefuseCrossSite, RefuseCrossSiteService, Require, RequireService, ResponseFuture, RestoreOn,
    RestoreOnService, cross_site, require, require_for, require_for_json, require_for_value, restore_on,
};
pub use self::resolver::Resolver;
pub use self::respond::Refusal;
pub use self::routes::routes;

#[doc(no_inline)]
pub use biometry_gate::BiometryGate;
