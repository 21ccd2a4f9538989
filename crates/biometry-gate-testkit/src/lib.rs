//! What tests of a host with BiometryGate are made of. Everything here speaks over real sockets, waits in bounded
//! time and panics with a message when a host does not keep the contract.
//!
//! - [`TestGate`] is what tests of your own application begin with: a gate with a sandbox, a clock and an audit trail, and
//!   people who have proved themselves without a video.
//! - [`Browser`] sends requests as a browser or `curl` would, keeps cookies, and gives every request a deadline;
//!   [`Upload`] is a request whose body is under way, to be finished or broken off.
//! - [`Answer`] is what came back. [`Answer::problem`] and [`Answer::granted`] check all that the contract says of
//!   such an answer, not only its status.
//! - [`Form`] and [`media`] make uploads; [`Wire`] is a bare socket, for requests that no client library would send.
//! - [`mod@gate_contract`] and [`mod@routes_contract`] have what a gate and its routes promise on every framework, ready
//!   to be run against one that a [`host`] harness describes in a few lines; [`mod@consent_contract`],
//!   [`mod@limits_contract`], [`mod@login_contract`], [`mod@outcomes_contract`],
//!   [`mod@platform_contract`] and [`mod@audit_contract`] have the same for consent, limits, signing in, verdicts, outages
//!   and the audit trail.
//! - [`mod@cadence_contract`] has what is promised of the time that a sign-in takes which comes to nothing.
//! - [`mod@sign_in_contract`] plays any sequence of what people, strangers and the platform do around sign-ins.
//! - [`mod@spoken_contract`] has what is promised of operations whose amounts are spoken.
//! - [`mod@store_contract`] has what every store promises, [`mod@transport_contract`] what every way to the platform does.
//! - [`WebhookSigner`] sends deliveries as the platform would.
//! - [`RoughNetwork`] lies between two programs and breaks on demand.
//! - [`FaultyStore`] fails or hangs on demand, and so do [`MemoryRecords`] below a store that replicas share;
//!   [`AuditLog`] keeps audit events for a test to look at.
//! - [`PostgresServer`] is a real database of a test's own, to be killed, paused and started again; a [`Pooler`] stands in
//!   front of it.
//!
//! ```
//! use biometry_gate_testkit::{Browser, Form, media};
//! # async fn example(address: std::net::SocketAddr) {
//! let ana = Browser::new(address);
//! ana.post("/login").json(serde_json::json!({ "email": "ana@example.com" })).send().await.ok();
//! let refused = ana.get("/api/statement").send().await;
//! assert_eq!(refused.problem("step-up-required")["reason"], "absent");
//!
//! let capture = Form::new().file("video", media::webm(100_000));
//! ana.post("/biometry/verify").form(&capture).send().await.problem("session-unknown");
//! # }
//! ```

mod answer;
pub mod audit_contract;
mod audit_log;
mod browser;
pub mod cadence_contract;
pub mod consent_contract;
mod cookies;
mod faulty_store;
mod form;
pub mod gate_contract;
pub mod host;
pub mod limits_contract;
pub mod login_contract;
pub mod media;
mod memory_records;
pub mod outcomes_contract;
pub mod peer;
pub mod platform_contract;
mod pooler;
mod postgres_server;
mod receipt_keys;
pub mod receipts_contract;
mod redis_server;
mod request;
mod rough_network;
pub mod routes_contract;
pub mod sign_in_contract;
pub mod spoken_contract;
pub mod store_contract;
mod test_gate;
pub mod transport_contract;
mod upload;
mod webhook_signer;
mod wire;

pub use self::answer::Answer;
pub use self::audit_log::AuditLog;
pub use self::browser::Browser;
pub use self::cookies::Cookie;
pub use biometry_gate::store::operations::StoreOperation;

pub use self::faulty_store::FaultyStore;
pub use self::form::{File, Form};
pub use self::memory_records::MemoryRecords;
pub use self::pooler::Pooler;
pub use self::postgres_server::PostgresServer;
pub use self::receipt_keys::{eddsa_key, es256_key};
pub use self::redis_server::{MovingSlot, RedisCluster, RedisServer};
pub use self::request::{Request, SendError};
pub use self::rough_network::{RoughNetwork, Weather};
pub use self::test_gate::TestGate;
pub use self::upload::Upload;
pub use self::webhook_signer::WebhookSigner;
pub use self::wire::Wire;

/// How long anything may take before a test gives up on it.
pub const PATIENCE: std::time::Duration = std::time::Duration::from_secs(60);

/// Makes one test of each promise of a contract for a harness.
#[doc(hidden)]
#[macro_export]
macro_rules! promises {
    ($contract:ident, $harness:ty: $($promise:ident,)*) => {
        $(
            #[::tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $promise() {
                $crate::$contract::$promise::<$harness>().await;
            }
        )*
    };
}

/// Makes one test of each promise that is about times: its runtime has its clock paused, and room for work that stays on its
/// thread.
#[doc(hidden)]
#[macro_export]
macro_rules! promises_in_simulated_time {
    ($contract:ident, $app:ty: $($promise:ident,)*) => {
        $(
            #[::tokio::test(start_paused = true)]
            async fn $promise() {
                let here = ::tokio::task::LocalSet::new();
                here.run_until($crate::$contract::$promise::<$app>()).await;
            }
        )*
    };
}
