//! What is promised on every framework and over every transport, of those that there are.

mod cadence;
mod on_actix;
mod on_axum;
mod on_hyper;
mod sign_ins;
mod transports;

pub(crate) use self::on_actix::routes_of as routes_on_actix;
pub(crate) use self::on_axum::OnAxum;
