//! What a refusal looks like on the wire: `application/problem+json` (RFC 9457) and the step-up challenge (RFC 9470).
//!
//! Everything that this crate refuses, at a gate or on a mounted route, is a [`Problem`] with one [`Code`]. The code
//! decides the status; the members are the same everywhere:
//!
//! | member | says |
//! |---|---|
//! | `type` | `urn:biometry-gate:problem:` and the code |
//! | `title`, `status` | the code's title, and the status of the answer |
//! | `detail`, `error` | what is wrong, for people; twice, because the official SDK shows `error` |
//! | `code` | what programs match on, `step-up-required` for example |
//! | `request_id` | the id that the audit trail and the header `X-Request-Id` have, too |
//!
//! Some codes bring members of their own, such as `purposes` or `attempts_left`. A gate's step-up refusal also carries
//! `WWW-Authenticate: Bearer error="insufficient_user_authentication", …`.
//!
//! A host refuses in the same form on its own routes:
//!
//! ```
//! use biometry_gate::challenge::{Code, Problem};
//! use bytes::Bytes;
//!
//! let problem = Problem::new(Code::InvalidRequest, "the amount is no number").request_id("req-7");
//! let response: http::Response<Bytes> = problem.into_response();
//!
//! assert_eq!(response.status(), 422);
//! assert_eq!(response.headers()["content-type"], "application/problem+json");
//! assert_eq!(response.headers()["x-request-id"], "req-7");
//! ```

mod problem;
mod www_authenticate;

pub(crate) use self::problem::NOSNIFF;
pub use self::problem::{Code, Problem};
pub(crate) use self::www_authenticate::{ChallengeParams, Scheme};
