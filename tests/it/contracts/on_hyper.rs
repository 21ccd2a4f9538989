use biometry_client::Body;
use biometry_gate::Permit;
use biometry_gate_testkit::host::{App, HostHarness, Serving};
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use tokio::net::TcpListener;
use tower::{BoxError, Layer as _, ServiceExt as _};

struct OnHyper;

type Answer = Result<Response<Full<Bytes>>, BoxError>;

impl HostHarness for OnHyper {
    async fn serve(app: App) -> Serving {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let server = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let app = app.clone();
                let answer = service_fn(move |request| answer(app.clone(), request));
                tokio::spawn(async move {
                    let server = auto::Builder::new(TokioExecutor::new());
                    let _ = server.serve_connection(TokioIo::new(stream), answer).await;
                });
            }
        });
        Serving::new(address, server)
    }
}

async fn answer(app: App, request: Request<Incoming>) -> Answer {
    let gate = app.gate().clone();
    // A body that a gate can put back once it has read it for the operation.
    let request = request.map(Body::new);
    let path = request.uri().path().to_owned();
    let inside = tower::service_fn(move |request| enter(app.clone(), request));
    match path.as_str() {
        "/gated/reusable" => gate.require("reusable")?.layer(inside).oneshot(request).await,
        "/gated/once" => gate.require("once")?.layer(inside).oneshot(request).await,
        "/gated/operation" => {
            let operation = gate.require_for("operation", "/gated/operation", App::read_operation)?;
            operation.layer(inside).oneshot(request).await
        }
        "/open" => Ok(Response::new("open".into())),
        "/login/face" => match gate.redeem_login(&request.into_parts().0).await {
            Ok(subject) => Ok(Response::new(subject.as_str().to_owned().into())),
            Err(denial) => Ok(gate.refuse(denial).into_response()),
        },
        path if path == "/biometry" || path.starts_with("/biometry/") => {
            Ok(gate.routes().under("/biometry").oneshot(request).await?)
        }
        _ => Ok(empty(StatusCode::NOT_FOUND)),
    }
}

async fn enter(app: App, request: Request<Body>) -> Answer {
    let (head, body) = request.into_parts();
    let Some(permit) = Permit::of(&head.extensions) else {
        return Ok(empty(StatusCode::INTERNAL_SERVER_ERROR));
    };
    let body = body.collect().await?.to_bytes();
    Ok(Response::new(app.enter(&permit, &body).into()))
}

fn empty(status: StatusCode) -> Response<Full<Bytes>> {
    let mut answer = Response::new(Full::default());
    *answer.status_mut() = status;
    answer
}

mod gate {
    biometry_gate_testkit::gate_contract!(super::OnHyper);
}

mod routes {
    biometry_gate_testkit::routes_contract!(super::OnHyper);
}

mod routes_over_http2 {
    biometry_gate_testkit::routes_over_http2_contract!(super::OnHyper);
}

mod consent {
    biometry_gate_testkit::consent_contract!(super::OnHyper);
}

mod limits {
    biometry_gate_testkit::limits_contract!(super::OnHyper);
}

mod login {
    biometry_gate_testkit::login_contract!(super::OnHyper);
}

mod outcomes {
    biometry_gate_testkit::outcomes_contract!(super::OnHyper);
}

mod platform {
    biometry_gate_testkit::platform_contract!(super::OnHyper);
}

mod audit {
    biometry_gate_testkit::audit_contract!(super::OnHyper);
}
