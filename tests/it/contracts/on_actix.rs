use std::net::TcpListener;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use actix_http::BoxedPayloadStream;
use actix_web::dev::{Payload, Server};
use actix_web::error::{InternalError, PayloadError};
use actix_web::http::StatusCode;
use actix_web::http::header::HeaderValue;
use actix_web::web::{self, Bytes, Data, ServiceConfig};
use actix_web::{App, FromRequest, HttpRequest, HttpResponse, test};
use biometry_gate::{BiometryGate, ConfigError};
use biometry_gate_actix::{
    Approved, Head, Refusal, Resolver, Verified, approved, require, require_for, require_for_form,
    require_for_json, strict_http,
};
use biometry_gate_testkit::cadence_contract::{InProcess, SlicedBody};
use biometry_gate_testkit::host::{self, HostHarness, Payment, Serving};
use futures_core::Stream;
use http_body_util::{BodyDataStream, BodyExt as _};

struct OnActix;

impl HostHarness for OnActix {
    async fn serve(app: host::App) -> Serving {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let routes = routes_of(app).expect("policies");
        let server = Server::build().workers(2).disable_signals();
        let server = strict_http::listen(server, listener, move || App::new().configure(routes.clone()));
        let server = server.expect("a listener").run();
        Serving::new(address, tokio::spawn(async move { server.await.expect("it serves") }))
    }
}

pub(crate) fn routes_of(
    app: host::App,
) -> Result<impl FnOnce(&mut ServiceConfig) + Clone + Send + 'static, ConfigError> {
    let reusable = require(app.gate(), "reusable")?;
    let once = require(app.gate(), "once")?;
    let operation = require_for(app.gate(), "operation", host::App::read_operation)?;
    let parameters = require_for(app.gate(), "operation", host::App::read_parameters)?;
    let json = require_for_json::<Payment>(app.gate(), "operation")?;
    let form = require_for_form::<Payment>(app.gate(), "operation")?;
    Ok(move |config: &mut ServiceConfig| {
        let pay = web::resource("/pay").route(web::route().to(enter));
        let refund = web::resource("/refund").route(web::route().to(enter));
        let account = web::scope("/{id}").service(pay).service(refund);
        let nested = web::scope("/gated/nested").service(account).wrap(parameters.clone());
        let service =
            web::resource(["", "/{rest:.*}"]).route(web::route().to(enter)).wrap(parameters.clone());
        config
            .app_data(resolver(app.clone()))
            .app_data(Data::new(app.clone()))
            .route("/gated/reusable", web::route().to(enter).wrap(reusable))
            .route("/gated/once", web::route().to(enter).wrap(once))
            .route("/gated/operation", web::route().to(enter).wrap(operation))
            .route("/gated/typed/untaken", web::route().to(enter).wrap(json.clone()))
            .route("/gated/typed/json", web::route().to(approved(make_payment)).wrap(json))
            .route("/gated/typed/form", web::route().to(approved(make_payment)).wrap(form))
            .service(nested)
            .route("/gated/files/{name:.*}", web::route().to(enter).wrap(parameters))
            .service(web::scope("/gated/service").service(service))
            .route("/open", web::get().to(async || "open"))
            .route("/login/face", web::post().to(log_in_by_face))
            .service(web::scope("/biometry").configure(biometry_gate_actix::routes(app.gate())));
    })
}

fn resolver(app: host::App) -> Resolver {
    Resolver::new(move |request: &HttpRequest| {
        app.caller(request.headers().get_all("cookie").map(HeaderValue::as_bytes))
    })
}

/// An app that is asked without a socket.
struct ActixInProcess(Box<dyn Fn(actix_http::Request) -> Answering>);

type Answering = Pin<Box<dyn Future<Output = http::Response<Bytes>>>>;

impl InProcess for ActixInProcess {
    async fn mount(gate: &BiometryGate) -> Self {
        let app = App::new().configure(biometry_gate_actix::routes(gate));
        let app = Rc::new(test::init_service(app).await);
        Self(Box::new(move |request| {
            let app = Rc::clone(&app);
            Box::pin(async move {
                let answer = test::call_service(&*app, request).await;
                let mut read = http::Response::builder().status(answer.status().as_u16());
                for (name, value) in answer.headers() {
                    read = read.header(name.as_str(), value.as_bytes());
                }
                read.body(test::read_body(answer).await).expect("an answer")
            })
        }))
    }

    async fn answer(&self, request: http::Request<SlicedBody>) -> http::Response<Bytes> {
        let (head, body) = request.into_parts();
        let method = head.method.as_str().parse().expect("a method");
        let mut asked = test::TestRequest::with_uri(&head.uri.to_string()).method(method);
        for (name, value) in &head.headers {
            asked = asked.append_header((name.as_str(), value.as_bytes()));
        }
        let payload: BoxedPayloadStream = Box::pin(Sliced(body.into_data_stream()));
        let (request, _) = asked.to_request().replace_payload(Payload::Stream { payload });
        (self.0)(request).await
    }
}

struct Sliced(BodyDataStream<SlicedBody>);

impl Stream for Sliced {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let slice = ready!(Pin::new(&mut self.0).poll_next(cx));
        Poll::Ready(slice.map(|slice| slice.map_err(|never| match never {})))
    }
}

async fn enter(app: Data<host::App>, Verified(permit): Verified, body: Bytes) -> String {
    app.enter(&permit, &body)
}

/// Refuses beside the handler's other arguments, where the request asks for it.
struct NoObjection;

impl FromRequest for NoObjection {
    type Error = actix_web::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Self::Error>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let header = request.headers().get("x-objection").map(|value| value.as_bytes().to_vec());
        Box::pin(async move {
            match host::App::objection(header.as_deref()).await {
                Some(status) => {
                    let answer =
                        HttpResponse::build(StatusCode::from_u16(status.as_u16()).expect("a status"));
                    Err(InternalError::from_response("an objection", { answer }.finish()).into())
                }
                None => Ok(Self),
            }
        })
    }
}

async fn make_payment(
    app: Data<host::App>,
    _: NoObjection,
    Verified(permit): Verified,
    Approved(payment): Approved<Payment>,
) -> String {
    app.pay(&permit, &payment)
}

async fn log_in_by_face(app: Data<host::App>, request: HttpRequest) -> Result<HttpResponse, Refusal> {
    let signed_in = app.gate().redeem_login(&Head::of(&request)).await;
    let signed_in = signed_in.map_err(|denial| Refusal(app.gate().refuse(denial)))?;
    let cookie = ("set-cookie", signed_in.set_cookie());
    Ok(HttpResponse::Ok().append_header(cookie).body(signed_in.subject().as_str().to_owned()))
}

mod gate {
    biometry_gate_testkit::gate_contract!(super::OnActix);
}

mod routes {
    biometry_gate_testkit::routes_contract!(super::OnActix);
}

mod routes_over_http2 {
    biometry_gate_testkit::routes_over_http2_contract!(super::OnActix);
}

mod consent {
    biometry_gate_testkit::consent_contract!(super::OnActix);
}

mod limits {
    biometry_gate_testkit::limits_contract!(super::OnActix);
}

mod login {
    biometry_gate_testkit::login_contract!(super::OnActix);
}

mod cadence {
    biometry_gate_testkit::cadence_contract!(super::ActixInProcess);
}

mod outcomes {
    biometry_gate_testkit::outcomes_contract!(super::OnActix);
}

mod platform {
    biometry_gate_testkit::platform_contract!(super::OnActix);
}

mod receipts {
    biometry_gate_testkit::receipts_contract!(super::OnActix);
}

mod audit {
    biometry_gate_testkit::audit_contract!(super::OnActix);
}

mod spoken {
    biometry_gate_testkit::spoken_contract!(super::OnActix);
}
