use ::tonic::client::Grpc;
use ::tonic::{Code, Request, Status};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use tonic_prost::ProstCodec;

use crate::harness::{Served, platform};
use crate::recipes::tonic::statements::{Question, Statement};
use crate::recipes::tonic::{app, gate};

async fn show(served: &Served, path: &'static str, token: Option<&str>) -> Result<String, Status> {
    let client = Client::builder(TokioExecutor::new()).http2_only(true).build_http::<::tonic::body::Body>();
    let origin = format!("http://{}", served.address()).parse().expect("an origin");
    let mut client = Grpc::with_origin(client, origin);
    client.ready().await.expect("a client");
    let mut request = Request::new(Question { month: "May".to_owned() });
    if let Some(token) = token {
        request.metadata_mut().insert("authorization", format!("Bearer {token}").parse().expect("text"));
    }
    let codec = ProstCodec::<Question, Statement>::default();
    let answer = client.unary(request, http::uri::PathAndQuery::from_static(path), codec).await?;
    Ok(answer.into_inner().text)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_is_refused_with_a_status_until_its_caller_has_stepped_up() {
    let (client, _sandbox) = platform().await;
    let served = Served::open(app(&gate(client).expect("a gate")).expect("an app")).await;
    let stranger = show(&served, SHOW, None).await.unwrap_err();
    assert_eq!((stranger.code(), stranger.message()), (Code::Unauthenticated, "log in first"));

    let refused = show(&served, SHOW, Some("token-of-ana")).await.unwrap_err();
    let problem =
        refused.metadata().get_bin("biometry-problem-bin").expect("a problem").to_bytes().expect("bytes");
    let problem: serde_json::Value = serde_json::from_slice(&problem).expect("json");
    assert_eq!((refused.code(), &problem["reason"]), (Code::Unauthenticated, &"absent".into()));

    // The step-up is plain HTTP, on the same listener and with the same token.
    let policy = problem["step_up"]["policy"].as_str().expect("a policy");
    served.visitor().with_token("token-of-ana").verify(policy).await.granted();
    assert_eq!(show(&served, SHOW, Some("token-of-ana")).await.unwrap(), "the statement of May");
    assert_eq!(show(&served, SHOW, None).await.unwrap_err().code(), Code::Unauthenticated);
    let unknown = show(&served, "/bank.Statements/Other", Some("token-of-ana")).await.unwrap_err();
    assert_eq!(unknown.code(), Code::Unimplemented);
}

const SHOW: &str = "/bank.Statements/Show";
