//! The Biometry platform's v1 API on loopback.
#![doc = include_str!("docs/personas.md")]

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

pub use fault::Fault;
pub use journal::{Entry, FileSeen, JournalTimeout};
pub use operation::Operation;
pub use persona::TABLE as PERSONAS;
pub use server::{Consents, Sandbox, SandboxBuilder, SessionSeen};
pub use settings::NameStrictness;
pub use shape::{ScoreScale, Shape};
pub use verification::FirstRun;
