use biometry_client::Body;
use biometry_gate::gate::{ApprovedValue, ForOperation, PathParams, RequestTarget};
use biometry_gate::{BiometryGateLayer, ConfigError, Permit};
use biometry_gate_testkit::host::{App, HostHarness, Payment, Serving};
use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use percent_encoding::percent_decode_str;
use tokio::net::TcpListener;
use tower::{BoxError, Layer as _, ServiceExt as _};

struct OnHyper;

type Answer = Result<Response<Full<Bytes>>, BoxError>;

impl HostHarness for OnHyper {
    async fn serve(app: App) -> Serving {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let host = Host::new(app).expect("policies");
        let server = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let host = host.clone();
                let answer = service_fn(move |request| answer(host.clone(), request));
                tokio::spawn(async move {
                    let server = auto::Builder::new(TokioExecutor::new());
                    let _ = server.serve_connection(TokioIo::new(stream), answer).await;
                });
            }
        });
        Serving::new(address, server)
    }
}

/// The app and its gates, which are made once.
#[derive(Clone)]
struct Host {
    app: App,
    reusable: BiometryGateLayer,
    once: BiometryGateLayer,
    operation: BiometryGateLayer<ForOperation>,
    nested: BiometryGateLayer<ForOperation>,
    refund: BiometryGateLayer<ForOperation>,
    files: BiometryGateLayer<ForOperation>,
    service: BiometryGateLayer<ForOperation>,
    json: BiometryGateLayer<ForOperation>,
    form: BiometryGateLayer<ForOperation>,
    untaken: BiometryGateLayer<ForOperation>,
}

impl Host {
    fn new(app: App) -> Result<Self, ConfigError> {
        let gate = app.gate().clone();
        let at = |template: &'static str| gate.require_for("operation", template, App::read_parameters);
        Ok(Self {
            reusable: gate.require("reusable")?,
            once: gate.require("once")?,
            operation: gate.require_for("operation", "/gated/operation", App::read_operation)?,
            nested: at("/gated/nested/{id}/pay")?,
            refund: at("/gated/nested/{id}/refund")?,
            files: at("/gated/files/{name}")?,
            service: at("/gated/service")?,
            json: gate.require_for_json::<Payment>("operation", "/gated/typed/json")?,
            form: gate.require_for_form::<Payment>("operation", "/gated/typed/form")?,
            untaken: gate.require_for_json::<Payment>("operation", "/gated/typed/untaken")?,
            app,
        })
    }
}

async fn answer(host: Host, request: Request<Incoming>) -> Answer {
    let gate = host.app.gate().clone();
    // A body that a gate can put back once it has read it for the operation.
    let mut request = request.map(Body::new);
    let path = request.uri().path().to_owned();
    let app = host.app.clone();
    let inside = tower::service_fn(move |request| enter(app.clone(), request));
    let app = host.app.clone();
    let paying = tower::service_fn(move |request| pay(app.clone(), request));
    match path.as_str() {
        "/gated/reusable" => host.reusable.layer(inside).oneshot(request).await,
        "/gated/once" => host.once.layer(inside).oneshot(request).await,
        "/gated/operation" => host.operation.layer(inside).oneshot(request).await,
        "/gated/typed/json" => host.json.layer(paying).oneshot(request).await,
        "/gated/typed/form" => host.form.layer(paying).oneshot(request).await,
        "/gated/typed/untaken" => host.untaken.layer(inside).oneshot(request).await,
        "/open" => Ok(Response::new("open".into())),
        "/login/face" => match gate.redeem_login(&request.into_parts().0).await {
            Ok(signed_in) => {
                let answer = Response::builder().header("set-cookie", signed_in.set_cookie());
                Ok(answer.body(signed_in.subject().as_str().to_owned().into()).expect("an answer"))
            }
            Err(denial) => Ok(gate.refuse(denial).into_response()),
        },
        path if path == "/biometry" || path.starts_with("/biometry/") => {
            Ok(gate.routes().under("/biometry").oneshot(request).await?)
        }
        path => match path.strip_prefix("/gated/").and_then(|rest| rest.split_once('/')) {
            Some(("nested", rest)) if rest.ends_with("/pay") => {
                host.nested.layer(inside).oneshot(request).await
            }
            Some(("nested", rest)) if rest.ends_with("/refund") => {
                host.refund.layer(inside).oneshot(request).await
            }
            Some(("files", rest)) => {
                let name = percent_decode_str(rest).decode_utf8()?.into_owned();
                request.extensions_mut().insert(PathParams::from_iter([("name", name)]));
                host.files.layer(inside).oneshot(request).await
            }
            Some(("service", rest)) => {
                let sent = request.uri().clone();
                *request.uri_mut() = format!("/{rest}").parse()?;
                request.extensions_mut().insert(RequestTarget(sent));
                host.service.layer(inside).oneshot(request).await
            }
            _ => Ok(empty(StatusCode::NOT_FOUND)),
        },
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

async fn pay(app: App, request: Request<Body>) -> Answer {
    let objection = request.headers().get("x-objection").map(HeaderValue::as_bytes);
    if let Some(status) = App::objection(objection).await {
        return Ok(empty(status));
    }
    let extensions = request.extensions();
    match (Permit::of(extensions), ApprovedValue::take::<Payment>(extensions)) {
        (Some(permit), Some(payment)) => Ok(Response::new(app.pay(&permit, &payment).into())),
        _ => Ok(empty(StatusCode::INTERNAL_SERVER_ERROR)),
    }
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

mod receipts {
    biometry_gate_testkit::receipts_contract!(super::OnHyper);
}

mod audit {
    biometry_gate_testkit::audit_contract!(super::OnHyper);
}

mod spoken {
    biometry_gate_testkit::spoken_contract!(super::OnHyper);
}
