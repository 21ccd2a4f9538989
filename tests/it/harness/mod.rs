//! A bank on a free port, a sandbox behind it, people in front of it.

#[macro_use]
mod hosts;
mod member;
mod world;

pub(crate) use self::hosts::{Axum, Host};
pub(crate) use self::member::{Challenge, Member, capture};
pub(crate) use self::world::{Setup, World};
