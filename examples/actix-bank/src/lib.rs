//! The example bank on actix-web: [`routes`] is all there is to see, [`serve`] runs it.

mod host;
mod pages;
mod problem;
mod recognise;
mod routes;
mod serve;
mod short;

pub use self::host::Sessions;
pub use self::routes::routes;
pub use self::serve::serve;
