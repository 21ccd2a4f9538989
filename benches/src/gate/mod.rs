//! What a check adds to one request through an axum router, in process.

mod actix;
mod contender;
mod contention;
mod decisions;
mod heap;
mod instructions;
mod layers;
mod login;
mod ours;
mod report;
mod sessions;
mod timing;

pub use self::actix::{ActixRow, actix, run_measured_actix};
pub use self::contender::{BARE, Contender, contenders};
pub use self::contention::contention;
pub use self::decisions::Decisions;
pub(crate) use self::decisions::caller;
pub use self::heap::{Heap, count_allocations, heap};
pub use self::instructions::{instructions, run_measured};
pub(crate) use self::login::users_router;
pub use self::report::{Row, print};
pub(crate) use self::sessions::reading_router;
pub use self::timing::nanoseconds;
