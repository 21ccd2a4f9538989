//! What the place of a decision costs over HTTP: in this process, on Redis, behind a near cache, on PostgreSQL and in a file;
//! beside what sessions cost that lie in the same places, and beside an earlier build of the gate.

mod contenders;
mod load;
mod process;
mod report;
mod serve;

pub use self::contenders::{Contender, Databases, Place, contenders};
pub use self::load::{Load, Sample};
pub use self::process::Server;
pub use self::report::{Measured, print, print_ratios};
pub use self::serve::serve;
