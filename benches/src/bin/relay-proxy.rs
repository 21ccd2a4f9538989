//! `relay-proxy WORD UPSTREAM`: one of the proxies that are written in Rust. Prints where it listens.

use std::process::ExitCode;

use biometry_gate_benches::relay::proxies::router;
use tokio::net::TcpSocket;

#[tokio::main]
async fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let (Some(word), Some(Ok(upstream))) = (arguments.next(), arguments.next().map(|text| text.parse()))
    else {
        eprintln!("usage: relay-proxy WORD UPSTREAM");
        return ExitCode::from(2);
    };
    // The peers' clients ask for one, though nothing here is encrypted.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let Some(router) = router(&word, upstream) else {
        eprintln!("there is no proxy {word}");
        return ExitCode::from(2);
    };
    match serve(router).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("relay-proxy: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(router: axum::Router) -> std::io::Result<()> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(([127, 0, 0, 1], 0).into())?;
    let listener = socket.listen(4_096)?;
    println!("{}", listener.local_addr()?);
    axum::serve(listener, router).await
}
