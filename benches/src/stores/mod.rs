//! What the place of a decision costs in requests per second over HTTP: in this process, on Redis, and on Redis behind a
//! near cache.

mod load;
mod rivals;

pub use self::load::Load;
pub use self::rivals::{Rival, rivals};
