//! BiometryGate for actix-web: the gate as middleware, the mounted routes, extractors, refusals as responses.
//! [`getting_started`] goes through it step by step.
//!
//! ```
//! use actix_web::web::{self, ServiceConfig};
//! use biometry_gate::{BiometryGate, ConfigError};
//! use biometry_gate_actix::{Resolver, Verified, require, routes};
//!
//! // For `App::new().configure(…)`.
//! fn app(gate: BiometryGate) -> Result<impl FnOnce(&mut ServiceConfig) + Clone, ConfigError> {
//!     let statements = require(&gate, "statement")?;
//!     Ok(move |app: &mut ServiceConfig| {
//!         // Who is calling: here, whom the host's own middleware has left in the request's extensions.
//!         app.app_data(Resolver::from_extensions())
//!             // The gate around the route, so that other methods stay 405 instead of asking for a face.
//!             .route("/statement", web::get().to(statement).wrap(statements))
//!             .service(web::scope("/biometry").configure(routes(&gate)));
//!     })
//! }
//!
//! async fn statement(Verified(permit): Verified) -> String {
//!     format!("a live person was here, and that counts until {:?}", permit.decision().expires_at())
//! }
//! # let _ = app;
//! ```
//!
//! # Who is calling
//!
//! [`Resolver`] takes the place of the gate's own [`Identify`]: it reads actix's request, so that nothing has to be
//! converted for a check. A gate whose `Identify` reads the types of `http` 1.x works as well without one, for the price
//! of a converted head for each check.
//!
//! Order matters in actix: what was wrapped last runs first. The host's session middleware has to run before the gate,
//! so it goes around the whole app, or at least after the gate.
//!
//! # What is different from axum
//!
//! - actix's `Option<T>` takes every error for an absence, an outage, too: [`Checked`] tells them apart.
//! - A payload in actix stays on its thread. The mounted routes read it there and hand it on through a channel of two
//!   chunks: a slow platform slows the client down, and an upload that breaks off breaks off at the platform.
//! - actix's limits on bodies (`PayloadConfig` and others) belong to its extractors and do not touch the mounted routes.
//!
//! [`strict_http::listen`] is for servers that face the world, or a proxy that does not frame requests anew: what it does has to
//! be done before actix does it.
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
