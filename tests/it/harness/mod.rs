//! A bank on a free port, a sandbox behind it, people in front of it.

#[macro_use]
mod hosts;
pub(crate) mod ffmpeg;
mod log;
mod member;
mod memory;
mod program;
mod ready;
mod world;

pub(crate) use biometry_gate_testkit::host::{Challenge, at_once, capture, eventually};

pub(crate) use self::ffmpeg::sha256;
pub(crate) use self::hosts::{Actix, Axum, Host};
pub(crate) use self::log::Log;
pub(crate) use self::member::Member;
pub(crate) use self::memory::Memory;
pub(crate) use self::program::{Program, run_to_its_end};
pub(crate) use self::ready::{ready, still_good};
pub(crate) use self::world::{Setup, World};
