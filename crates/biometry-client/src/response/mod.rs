//! Status, headers and bytes to typed replies: plain functions, no input or output.

pub(crate) mod answer;
pub(crate) mod consent;
pub(crate) mod document;
pub(crate) mod enroll;
pub(crate) mod failure;
pub(crate) mod key;
pub(crate) mod match_faces;
mod names;
pub(crate) mod reply;
pub(crate) mod service_report;
pub(crate) mod service_state;
pub(crate) mod session;
pub(crate) mod transaction;
pub(crate) mod transaction_list;
pub(crate) mod v2;
pub(crate) mod verdict;
pub(crate) mod verification;
pub(crate) mod webhook;

#[cfg(test)]
mod worse;

/// A successful status whose body cannot be understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unparsable;

impl From<crate::json::Malformed> for Unparsable {
    fn from(_: crate::json::Malformed) -> Self {
        Self
    }
}
