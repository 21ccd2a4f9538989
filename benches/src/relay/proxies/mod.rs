//! The contenders that are written in Rust, each of them as an axum router.

mod dropping;
mod naive;
pub mod on_actix;
mod ours;
mod raw;
mod streamed;
mod tls;

use std::net::SocketAddr;

use axum::Router;

pub use self::tls::TlsListener;

/// The router that goes by this word, in front of `upstream`.
pub fn router(word: &str, upstream: SocketAddr) -> Option<Router> {
    Some(match word {
        "ours" => ours::router(upstream),
        "raw" => raw::router(upstream),
        "naive" => naive::router(upstream),
        "streamed" => streamed::router(upstream),
        "drop" => dropping::router(),
        _ => return None,
    })
}

const UPLOAD: &str = "/api-gateway/process-video";
