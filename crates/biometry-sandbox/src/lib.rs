//! The Biometry platform's API on loopback, both versions, for development and tests.
//!
//! A customer's backend talks to the platform; its tests should not. This crate is a stand-in that listens on
//! `127.0.0.1`, enforces what the platform enforces and answers as it answers: as a library for tests, as the program
//! `biometry-sandbox` for work at a desk. It looks at no video. What a verification yields is decided by the subject's
//! name, as a payment provider's test card numbers decide what a payment yields.
//!
//! ```
//! use biometry_sandbox::Sandbox;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let sandbox = Sandbox::start().await?;
//! sandbox.give_consents("fail+liveness@example.com");
//!
//! let video = reqwest::multipart::Part::bytes(&b"any bytes will do"[..]).file_name("capture.webm");
//! let reply: serde_json::Value = reqwest::Client::new()
//!     .post(format!("{}/api-gateway/process-video", sandbox.base_url()))
//!     .bearer_auth(sandbox.mint_key())
//!     .header("X-User-Fullname", "fail+liveness@example.com")
//!     .multipart(reqwest::multipart::Form::new().text("phrase", "one two three").part("video", video))
//!     .send()
//!     .await?
//!     .json()
//!     .await?;
//!
//! assert_eq!(reply["scoring_result"], "fail");
//! assert_eq!(reply["data"]["Face Liveness Detection"]["result"], false);
//! assert_eq!(sandbox.journal()[0].field("phrase"), Some("one two three"));
//! # Ok(())
//! # }
//! ```
//!
//! # Personas
//!
//! A subject is a persona where the first word before its `@` stands in this table; words are separated by `+`, and case
//! does not matter. In names that must not have a `+`, as in version 2, `:` does the same. Words combine (`slow+250ms+fail+liveness@…`), and of two that contradict each other the later one wins.
//! Further words that mean nothing are labels: `pass+ana@…` and `pass+ben@…` are two people who pass. Personas other than
//! `new@…` count as enrolled from the start, so that a demonstration works on the first try. Consent is needed from everyone.
//!
#![doc = include_str!("docs/personas.md")]
//!
#![doc = include_str!("docs/fidelity.md")]
//!
//! # Tests
//!
//! Every request is in the [journal](Sandbox::journal), with its fields and, for each file, length and SHA-256: enough to
//! prove that a relay passes on every byte, that it does so while they arrive ([`Entry::body_bytes`]) and that an aborted
//! upload never counts as whole ([`Entry::complete`]). [`Fault`]s make single operations misbehave: slow, silent, cut off,
//! early, broken. Nothing uses fixed ports, and dropping a [`Sandbox`] stops it.

mod api;
mod clock;
mod edge;
mod ending;
mod fault;
mod form;
mod id;
mod journal;
mod multipart;
mod operation;
mod persona;
mod phrase;
mod query;
mod reply;
mod server;
mod service;
mod settings;
mod shape;
mod state;
mod text;
mod verification;
mod webhook;

pub use fault::Fault;
pub use journal::{Entry, FileSeen, JournalTimeout};
pub use operation::{Operation, Version};
pub use persona::TABLE as PERSONAS;
pub use server::{Consents, Sandbox, SandboxBuilder, SessionSeen};
pub use settings::NameStrictness;
pub use shape::{ScoreScale, Shape};
pub use verification::FirstRun;
pub use webhook::WebhookDelivery;
