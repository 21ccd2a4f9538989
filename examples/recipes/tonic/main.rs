//! A gRPC service behind a gate, with tonic. What tonic-build makes of a `.proto` is written out here, in `mod statements`.

use std::error::Error;

use axum::Router;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use biometry_client::{ApiKey, BaseUrl, Client};
use biometry_gate::cross_site::CrossSite;
use biometry_gate::gate::GrpcStatus;
use biometry_gate::principal::{HostSession, IdentifyError, Principal};
use biometry_gate::{BiometryGate, ConfigError, Permit, Policy, Threshold};
use biometry_gate_axum::routes;
use biometry_sandbox::Sandbox;
use tonic::service::{LayerExt as _, Routes};
use tonic::{Request, Response, Status};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let sandbox = Sandbox::start().await?;
    let client = Client::connect(BaseUrl::parse(&sandbox.base_url())?, ApiKey::parse(&sandbox.mint_key())?)?;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
    println!("listening on http://{}", listener.local_addr()?);
    Ok(axum::serve(listener, app(&gate(client)?)?).await?)
}

/// One verification opens the statements for five minutes.
pub fn gate(client: Client) -> Result<BiometryGate, Box<dyn Error>> {
    let gate = BiometryGate::builder(client, by_token).cross_site(CrossSite::new().allow_tokens());
    Ok(gate.policy(Policy::for_session("statement", Threshold::percent(70.0)?)).build()?)
}

/// Both on one listener: calls over HTTP/2, and the routes that a step-up takes over either version.
pub fn app(gate: &BiometryGate) -> Result<Router, ConfigError> {
    // Refusals are statuses, with the problem in the metadata `biometry-problem-bin`.
    let gated = gate.require("statement")?.render(GrpcStatus).any_body();
    let calls = Routes::new(gated.named_layer(statements::Server));
    Ok(calls.into_axum_router().nest_service("/biometry", routes(gate)))
}

/// The permit is the proof.
async fn show(request: Request<statements::Question>) -> Result<Response<statements::Statement>, Status> {
    Permit::of(request.extensions()).ok_or_else(|| Status::internal("no gate"))?;
    let text = format!("the statement of {}", request.get_ref().month);
    Ok(Response::new(statements::Statement { text }))
}

/// Stands for your login. Metadata are the request's header fields.
fn by_token(head: &Parts) -> Result<Option<Principal>, IdentifyError> {
    let is_ana = head.headers.get(AUTHORIZATION).is_some_and(|value| value == "Bearer token-of-ana");
    let ana = || Ok(Principal::new("pass+ana@example.com", HostSession::parse("session-of-ana")?)?);
    is_ana.then(ana).transpose()
}

/// `service Statements { rpc Show(Question) returns (Statement); }` in the package `bank`.
pub mod statements {
    use std::convert::Infallible;
    use std::task::{Context, Poll};

    use axum::http;
    use tonic::body::Body;
    use tonic::codegen::{BoxFuture, Service};
    use tonic_prost::ProstCodec;

    #[derive(Clone, PartialEq, prost::Message)]
    pub struct Question {
        #[prost(string, tag = "1")]
        pub month: String,
    }

    #[derive(Clone, PartialEq, prost::Message)]
    pub struct Statement {
        #[prost(string, tag = "1")]
        pub text: String,
    }

    #[derive(Clone)]
    pub struct Server;

    impl tonic::server::NamedService for Server {
        const NAME: &'static str = "bank.Statements";
    }

    impl Service<http::Request<Body>> for Server {
        type Response = http::Response<Body>;
        type Error = Infallible;
        type Future = BoxFuture<Self::Response, Infallible>;

        fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
            Poll::Ready(Ok(()))
        }

        fn call(&mut self, request: http::Request<Body>) -> Self::Future {
            Box::pin(async move {
                if request.uri().path() != "/bank.Statements/Show" {
                    return Ok(tonic::Status::unimplemented("there is no such method").into_http());
                }
                let show = tower::service_fn(super::show);
                Ok(tonic::server::Grpc::new(ProstCodec::default()).unary(show, request).await)
            })
        }
    }
}
