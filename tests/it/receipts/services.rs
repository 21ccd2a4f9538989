//! Services behind the app, on both frameworks, that run nothing without a receipt.

use std::net::SocketAddr;

use actix_web::{App, HttpServer, web};
use axum::Router;
use axum::routing::post;
use biometry_gate_receipts::{
    ReceiptGuard, ReceiptVerifier, RequireReceiptLayer, UsedInMemory, VerifiedReceipt,
};
use biometry_gate_testkit::{Answer, Browser};
use tokio::net::TcpListener;
use tokio::task::AbortHandle;

use super::bank;

/// Makes each behaviour one test per framework.
macro_rules! on_each_service {
    ($($behaviour:ident,)*) => {
        mod axum_service {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $behaviour() {
                    super::$behaviour(super::Service::on_axum).await;
                }
            )*
        }
        mod actix_service {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $behaviour() {
                    super::$behaviour(super::Service::on_actix).await;
                }
            )*
        }
    };
}

on_each_service! {
    a_service_runs_an_operation_once_for_each_receipt,
    a_service_takes_the_receipt_of_a_reusable_proof_again_until_it_is_over,
    a_service_that_remembers_nothing_refuses_what_is_for_one_use,
    a_service_takes_no_receipt_for_another_policy_or_in_another_place,
}

/// A service with one route, `POST /book`. Dropped, it is gone.
struct Service {
    address: SocketAddr,
    server: AbortHandle,
}

impl Service {
    async fn on_axum(guard: Option<ReceiptGuard>) -> Self {
        let mut routes = Router::new().route("/book", post(book));
        if let Some(guard) = guard {
            routes = routes.layer(RequireReceiptLayer::new(guard));
        }
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let server = tokio::spawn(async move { axum::serve(listener, routes).await });
        Self { address, server: server.abort_handle() }
    }

    #[expect(clippy::unused_async, reason = "the other framework waits for its port")]
    async fn on_actix(guard: Option<ReceiptGuard>) -> Self {
        let app = move || {
            let app = App::new().route("/book", web::post().to(book));
            match &guard {
                Some(guard) => app.app_data(guard.clone()),
                None => app,
            }
        };
        let server =
            HttpServer::new(app).workers(1).disable_signals().bind("127.0.0.1:0").expect("a free port");
        let address = server.addrs()[0];
        let server = tokio::spawn(server.run());
        Self { address, server: server.abort_handle() }
    }

    async fn book(&self, receipts: &[&str]) -> Answer {
        let request = Browser::new(self.address).post("/book");
        let named =
            receipts.iter().fold(request, |request, receipt| request.header("biometry-receipt", receipt));
        named.send().await
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn book(VerifiedReceipt(receipt): VerifiedReceipt) -> String {
    receipt.policy().to_owned()
}

fn guard(verifier: ReceiptVerifier, policy: &str) -> Option<ReceiptGuard> {
    Some(ReceiptGuard::new(verifier, policy).once(UsedInMemory::new()))
}

#[track_caller]
fn refused(answer: &Answer, status: u16, code: &str) {
    let problem = answer.json();
    assert_eq!((answer.status.as_u16(), &problem["code"]), (status, &code.into()), "{problem}");
    assert_eq!(answer.header("content-type"), Some("application/problem+json"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("www-authenticate").is_some(), status == 401);
}

async fn a_service_runs_an_operation_once_for_each_receipt(
    serve: impl AsyncFn(Option<ReceiptGuard>) -> Service,
) {
    let bank = bank().await;
    let service = serve(guard(bank.verifier().await, "operation")).await;
    refused(&service.book(&[]).await, 401, "receipt-required");
    for operation in ["one", "two"] {
        let receipt = bank.receipt(operation).await;
        let answer = service.book(&[&receipt]).await;
        assert_eq!((answer.status.as_u16(), &*answer.text()), (200, "operation"));
        refused(&service.book(&[&receipt]).await, 401, "receipt-used");
    }
}

async fn a_service_takes_the_receipt_of_a_reusable_proof_again_until_it_is_over(
    serve: impl AsyncFn(Option<ReceiptGuard>) -> Service,
) {
    let bank = bank().await;
    let service = serve(guard(bank.verifier().await, "reusable")).await;
    let receipt = bank.reusable_receipt().await;
    for _ in 0..2 {
        assert_eq!(service.book(&[&receipt]).await.status.as_u16(), 200);
    }
    refused(&service.book(&[&receipt, &receipt]).await, 401, "receipt-invalid");
    refused(&service.book(&[&receipt[1..]]).await, 401, "receipt-invalid");
}

async fn a_service_that_remembers_nothing_refuses_what_is_for_one_use(
    serve: impl AsyncFn(Option<ReceiptGuard>) -> Service,
) {
    let bank = bank().await;
    let service = serve(Some(ReceiptGuard::new(bank.verifier().await, "operation"))).await;
    refused(&service.book(&[&bank.receipt("one").await]).await, 500, "receipt-unverifiable");
    let service = serve(None).await;
    refused(&service.book(&[&bank.receipt("two").await]).await, 500, "receipt-unverifiable");
}

async fn a_service_takes_no_receipt_for_another_policy_or_in_another_place(
    serve: impl AsyncFn(Option<ReceiptGuard>) -> Service,
) {
    let bank = bank().await;
    let receipt = bank.reusable_receipt().await;
    let service = serve(guard(bank.verifier().await, "operation")).await;
    refused(&service.book(&[&receipt]).await, 403, "receipt-mismatch");
    let bearer = ReceiptGuard::new(bank.verifier().await, "reusable").header("authorization");
    let service = serve(Some(bearer)).await;
    refused(&service.book(&[&receipt]).await, 401, "receipt-required");
    let request = |value: String| Browser::new(service.address).post("/book").header("authorization", &value);
    assert_eq!(request(format!("Bearer {receipt}")).send().await.status.as_u16(), 200);
    refused(&request(receipt.clone()).send().await, 401, "receipt-required");
}
