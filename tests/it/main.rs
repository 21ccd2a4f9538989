//! Behaviour of the whole.

mod browser;
