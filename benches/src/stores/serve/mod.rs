//! The servers.

mod on_actix;
mod ours;
mod sessions;

use axum::Router;
use axum::routing::get;
use tokio::net::TcpListener;

/// Serves one kind on one place until `end`; says on standard output where, and how its callers name themselves.
///
/// # Panics
/// When there is no such kind, or the place cannot be used.
pub async fn serve<E: Future<Output = ()>>(kind: &str, place: &str, uses: usize, end: impl FnOnce() -> E) {
    if kind.starts_with("actix") {
        return on_actix::serve(kind, place, end).await;
    }
    let (router, callers) = match kind {
        "bare" => (Router::new().route("/statement", get(statement)), numbered(CALLERS)),
        "tower-sessions" | "axum-login" => sessions::router(kind, place).await,
        _ => ours::router(kind, place, uses).await,
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("it listens");
    tokio::spawn(async move { axum::serve(listener, router).await });
    announce(address, &callers);
    end().await;
}

fn announce(address: std::net::SocketAddr, callers: &[String]) {
    println!("{address}\n{}\n", callers.join("\n"));
}

async fn statement() -> &'static str {
    "statement"
}

/// Callers whose header is a number.
fn numbered(callers: usize) -> Vec<String> {
    (0..callers).map(|caller| format!("x-caller: {caller}")).collect()
}

const CALLERS: usize = 64;
/// For a machine that is busy measuring.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(10);
