//! A server on axum with one route.

use axum::Router;
use axum::routing::get;

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let app = Router::new().route("/export", get(async || "everything"));
    axum::serve(tokio::net::TcpListener::bind("127.0.0.1:0").await?, app).await
}
