//! On actix-web: nothing, actix-session with Redis, and the gate.

use actix_session::storage::RedisSessionStore;
use actix_session::{Session, SessionMiddleware};
use actix_web::cookie::Key;
use actix_web::http::header::SET_COOKIE;
use actix_web::test::{TestRequest, call_service, init_service};
use actix_web::web::{self, ServiceConfig};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use biometry_gate::BiometryGate;
use biometry_gate_actix::{Resolver, require};

use super::{CALLERS, announce, numbered, ours, statement};
use crate::gate::caller;

pub(super) async fn serve<E: Future<Output = ()>>(kind: &str, place: &str, end: impl FnOnce() -> E) {
    match kind {
        "actix-bare" => {
            let configure = |app: &mut ServiceConfig| {
                app.route("/statement", web::get().to(statement));
            };
            listen(configure, &numbered(CALLERS), end).await;
        }
        "actix-ours" => {
            let gate = ours::decisions("ours", place, 0).await.gate;
            listen(move |app: &mut ServiceConfig| gated(app, &gate), &numbered(CALLERS), end).await;
        }
        "actix-session" => {
            let store = RedisSessionStore::new(place).await.expect("a server");
            let cookies = log_in_all(&sessions(&store)).await;
            let configure = move |app: &mut ServiceConfig| {
                let scope = web::resource("/statement").route(web::get().to(read));
                app.service(scope.wrap(sessions(&store)));
            };
            listen(configure, &cookies, end).await;
        }
        other => panic!("there is no contender {other}"),
    }
}

async fn listen<E: Future<Output = ()>>(
    configure: impl Fn(&mut ServiceConfig) + Clone + Send + 'static,
    callers: &[String],
    end: impl FnOnce() -> E,
) {
    let server = HttpServer::new(move || App::new().configure(configure.clone()));
    let server = server.bind("127.0.0.1:0").expect("a port");
    let address = server.addrs()[0];
    actix_web::rt::spawn(server.disable_signals().run());
    announce(address, callers);
    end().await;
}

fn gated(app: &mut ServiceConfig, gate: &BiometryGate) {
    let callers: Vec<_> = (0..CALLERS).map(caller).collect();
    let identify = move |request: &HttpRequest| {
        let number = request.headers().get("x-caller").and_then(|value| value.to_str().ok());
        let number = number.and_then(|number| number.parse::<usize>().ok());
        Ok(number.and_then(|number| callers.get(number).cloned()))
    };
    let gate = require(gate, "statement").expect("the policy is the gate's");
    app.app_data(Resolver::new(identify)).route("/statement", web::get().to(statement).wrap(gate));
}

fn sessions(store: &RedisSessionStore) -> SessionMiddleware<RedisSessionStore> {
    SessionMiddleware::builder(store.clone(), Key::from(&[7; 64])).cookie_secure(false).build()
}

async fn read(session: Session) -> HttpResponse {
    match session.get::<String>("user") {
        Ok(Some(user)) => {
            std::hint::black_box(&user);
            HttpResponse::Ok().body("statement")
        }
        _ => HttpResponse::Unauthorized().finish(),
    }
}

async fn log_in(session: Session) -> HttpResponse {
    match session.insert("user", "ana@example.com") {
        Ok(()) => HttpResponse::Ok().finish(),
        Err(_) => HttpResponse::InternalServerError().finish(),
    }
}

async fn log_in_all(sessions: &SessionMiddleware<RedisSessionStore>) -> Vec<String> {
    let app = App::new().route("/login", web::get().to(log_in)).wrap(sessions.clone());
    let enter = init_service(app).await;
    let mut cookies = Vec::new();
    for _ in 0..CALLERS {
        let response = call_service(&enter, TestRequest::get().uri("/login").to_request()).await;
        let cookie = response.headers().get(SET_COOKIE).and_then(|cookie| cookie.to_str().ok());
        let cookie = cookie.and_then(|cookie| cookie.split(';').next()).expect("a readable cookie");
        cookies.push(format!("cookie: {cookie}"));
    }
    cookies
}
