//! The example bank on axum: [`app`] is all there is to see, [`serve`] runs it.

mod host;
mod pages;
mod problem;
mod recognise;
mod routes;
mod serve;
mod short;

pub use self::host::Cookies;
pub use self::routes::app;
pub use self::serve::serve;
