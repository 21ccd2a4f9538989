use std::io;

use biometry_gate::strict_http::StrictStream;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use tokio::net::TcpListener;

use crate::app::App;

/// Serves HTTP/1.1 and HTTP/2 with prior knowledge, until the listener fails.
///
/// # Errors
/// When no connection can be accepted any more.
pub async fn serve(listener: TcpListener, app: App) -> io::Result<()> {
    loop {
        let (stream, _) = listener.accept().await?;
        // What is written is whole, so it should not wait for more.
        let _ = stream.set_nodelay(true);
        let app = app.clone();
        tokio::spawn(async move {
            let answer = service_fn(move |request| app.clone().answer(request));
            // A broken connection concerns no other connection.
            let stream = TokioIo::new(StrictStream::new(stream));
            let _ = auto::Builder::new(TokioExecutor::new()).serve_connection(stream, answer).await;
        });
    }
}
