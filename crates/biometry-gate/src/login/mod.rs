//! Signing in by face: a browser claims a name, and its capture has to prove it.
//!
//! Any stranger can claim any name, so nothing that a browser sees before it has passed may depend on whether the name exists
//! or has agreed. What differs from a caller who is logged in is in this room, in the order of events: a sign-in
//! [starts](claim) with a key of its own and gets its [cookie](set_cookie), its capture is verified and the outcome
//! [concealed](SignInFlow), a pass gets [another key](Passed), and the host
//! [redeems](crate::engine::BiometryGate::redeem_login) it.

mod closing;
mod consent;
mod cookie;
mod passed;
mod redeem;
mod sign_in;
mod start;

pub(crate) use self::cookie::{caller, set_cookie};
pub(crate) use self::passed::Passed;
use self::passed::digest;
pub use self::redeem::SignedIn;
pub(crate) use self::sign_in::{SignInFlow, SignInOutcome};
pub(crate) use self::start::{claim, standing, tenant};
