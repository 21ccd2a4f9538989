//! poem, salvo and hyper alone.

use crate::harness::{Served, Visitor, listener, platform};
use crate::recipes::{plain_hyper, poem, salvo};

/// What a gate has to do on every framework.
async fn gates(served: &Served) {
    served.visitor().statement().await.problem("authentication-required");
    let ana = served.visitor().with_token("token-of-ana");
    let elsewhere = ana.clone().with("sec-fetch-site", "cross-site");
    elsewhere.post("/biometry/consent").send().await.problem("cross-site");
    ana.passes().await;
    served.visitor().statement().await.problem("authentication-required");
    ana.get("/biometry/nothing").send().await.problem("not-found");
    assert_eq!(ana.get("/nothing").send().await.status, 404);
    let preflight = ana.browser.request(http::Method::OPTIONS, "/statement");
    let preflight =
        preflight.header("origin", "https://app.example").header("access-control-request-method", "GET");
    assert_ne!(preflight.send().await.status, 401, "a preflight is none of a gate's business");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gate_fits_salvo() {
    let (client, _sandbox) = platform().await;
    let app = salvo::app(&salvo::gate(client).expect("a gate")).expect("an app");
    let acceptor = ::salvo::conn::TcpListener::new("127.0.0.1:0");
    let acceptor = ::salvo::Listener::try_bind(acceptor).await.expect("a free port");
    let address = acceptor.local_addr().expect("an address");
    gates(&Served::at(address, ::salvo::Server::new(acceptor).serve(app))).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gate_fits_poem() {
    let (client, _sandbox) = platform().await;
    let app = poem::app(&poem::gate(client).expect("a gate")).expect("an app");
    let listener = listener().await.into_std().expect("a socket");
    let address = listener.local_addr().expect("an address");
    let acceptor = ::poem::listener::TcpAcceptor::from_std(listener).expect("a listener");
    let server = ::poem::Server::new_with_acceptor(acceptor);
    gates(&Served::at(address, async move { drop(server.run(app).await) })).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gate_fits_hyper_over_both_versions_of_http() {
    let (client, _sandbox) = platform().await;
    let app = plain_hyper::app(&plain_hyper::gate(client).expect("a gate")).expect("an app");
    let listener = listener().await;
    let address = listener.local_addr().expect("an address");
    let served = Served::at(address, async move { drop(plain_hyper::serve(listener, app).await) });
    gates(&served).await;
    served.visitor().with_token("token-of-ben").verify("statement").await.problem("verification-failed");

    let over_http2 = |visitor: Visitor| Visitor { browser: visitor.browser.over_http2(), ..visitor };
    over_http2(served.visitor()).statement().await.problem("authentication-required");
    over_http2(served.visitor().with_token("token-of-ana")).sees_the_statement().await;
}
