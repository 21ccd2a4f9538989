use std::io;

use http::StatusCode;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use super::courier::Manner;
use super::parcel::Parcel;

/// Sends an event once, and answers what the listener says to it. Redirects are answers like others.
pub(super) async fn post(parcel: &Parcel, manner: &Manner) -> io::Result<StatusCode> {
    let url = parcel.url();
    let host = url.host().unwrap_or_default().trim_matches(['[', ']']);
    let stream = TcpStream::connect((host, url.port_u16().unwrap_or(80))).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(io::Error::other)?;
    let exchange = async { sender.send_request(parcel.request(manner)).await.map(|answer| answer.status()) };
    tokio::pin!(exchange);
    // The connection ends with the exchange: it is not reused.
    tokio::select! {
        status = &mut exchange => status.map_err(io::Error::other),
        ended = connection => {
            ended.map_err(io::Error::other)?;
            exchange.await.map_err(io::Error::other)
        }
    }
}
