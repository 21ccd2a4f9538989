//! `relay-sink`: the upstream of the relay's measurements. Prints where it listens.

use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?);
    biometry_gate_benches::relay::sink::serve(listener).await
}
