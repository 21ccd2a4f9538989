//! The same check through an actix-web app, in process: what the middleware adds to one request.

use std::hint::black_box;
use std::pin::Pin;
use std::rc::Rc;
use std::time::{Duration, Instant};

use actix_web::body::MessageBody;
use actix_web::dev::{Service, ServiceResponse};
use actix_web::middleware::{Next, from_fn};
use actix_web::test::{TestRequest, init_service};
use actix_web::web::{self, ServiceConfig};
use actix_web::{App, Error, HttpRequest};
use biometry_gate::principal::{IdentifyError, Principal};
use biometry_gate_actix::{Resolver, Verified, require};

use super::decisions::{CALLER, Decisions, caller};
use super::instructions::run_measured_futures;
use crate::rounds::{Dice, median};

/// What was measured of one contender.
#[derive(Clone, Debug)]
pub struct ActixRow {
    /// Its name.
    pub name: &'static str,
    /// The median of the rounds, and the median of what it took more than the bare app.
    pub nanoseconds: (f64, f64),
    /// Of one request, where they could be counted.
    pub instructions: Option<f64>,
}

type Answer = Pin<Box<dyn Future<Output = u16>>>;

struct Contender {
    name: &'static str,
    /// The caller of the requests: the number of a user with a decision, of one without, or no user.
    caller: Option<usize>,
    expected: u16,
    app: Rc<dyn Fn(actix_http::Request) -> Answer>,
}

/// Measures in rounds of `each`, interleaved. Has to run on a thread that takes local tasks.
pub async fn actix(rounds: usize, each: Duration) -> Vec<ActixRow> {
    let contenders = contenders().await;
    let mut dice = Dice::new();
    let mut times = vec![Vec::with_capacity(rounds); contenders.len()];
    for round in 0..=rounds {
        for place in dice.order(contenders.len()) {
            let taken = time(&contenders[place], each).await;
            // The first round only warms up.
            if round > 0 {
                times[place].push(taken);
            }
        }
    }
    let row = |(contender, own): (&Contender, &Vec<f64>)| {
        let added = own.iter().zip(&times[0]).map(|(own, bare)| own - bare);
        let nanoseconds = (median(own.iter().copied()), median(added));
        ActixRow { name: contender.name, nanoseconds, instructions: None }
    };
    contenders.iter().zip(&times).map(row).collect()
}

/// Runs the requests of one contender for callgrind. Has to run on a thread that takes local tasks.
pub async fn run_measured_actix(name: &str) {
    let contenders = contenders().await;
    let contender = contenders.iter().find(|contender| contender.name == name).expect("no such contender");
    run_measured_futures(|| contender.request(), |request| (contender.app)(request));
}

async fn time(contender: &Contender, each: Duration) -> f64 {
    let (mut taken, mut answered) = (Duration::ZERO, 0_u32);
    while taken < each {
        let requests: Vec<_> = (0..BATCH).map(|_| contender.request()).collect();
        let begun = Instant::now();
        for request in requests {
            assert_eq!(black_box((contender.app)(request).await), contender.expected, "{}", contender.name);
        }
        taken += begun.elapsed();
        answered += BATCH;
    }
    taken.as_nanos() as f64 / f64::from(answered)
}

impl Contender {
    fn request(&self) -> actix_http::Request {
        let request = TestRequest::get().uri("/statement").insert_header(("accept", "application/json"));
        match self.caller {
            Some(number) => request.insert_header((CALLER.as_str(), number.to_string())).to_request(),
            None => request.to_request(),
        }
    }
}

async fn contenders() -> Vec<Contender> {
    let store = Decisions::fill(1).await;
    let gated = || require(&store.gate, store.policy.name()).expect("the policy is the gate's");
    let callers: Rc<[Principal]> = (0..=1).map(caller).collect();
    let with = |route: actix_web::Route| {
        let callers: Vec<_> = callers.to_vec();
        move |app: &mut ServiceConfig| {
            app.app_data(Resolver::new(move |request| identify(&callers, request)))
                .route("/statement", route);
        }
    };
    vec![
        contender("bare actix-web app", Some(0), 200, with(web::get().to(statement))).await,
        contender(
            "`from_fn` on actix-web that does nothing",
            Some(0),
            200,
            with(web::get().to(statement).wrap(from_fn(pass_on))),
        )
        .await,
        contender(
            "our middleware on actix-web, one caller",
            Some(0),
            200,
            with(web::get().to(statement).wrap(gated())),
        )
        .await,
        contender(
            "our middleware on actix-web and the extractor `Verified`",
            Some(0),
            200,
            with(web::get().to(verified).wrap(gated())),
        )
        .await,
        contender(
            "our middleware on actix-web refusing: no decision",
            Some(1),
            401,
            with(web::get().to(statement).wrap(gated())),
        )
        .await,
        contender(
            "our middleware on actix-web refusing: nobody logged in",
            None,
            401,
            with(web::get().to(statement).wrap(gated())),
        )
        .await,
    ]
}

async fn contender(
    name: &'static str,
    caller: Option<usize>,
    expected: u16,
    configure: impl FnOnce(&mut ServiceConfig),
) -> Contender {
    let app = Rc::new(init_service(App::new().configure(configure)).await);
    let app = move |request| -> Answer {
        let answer = app.call(request);
        Box::pin(async move { answer.await.map_or(0, |answer| answer.status().as_u16()) })
    };
    Contender { name, caller, expected, app: Rc::new(app) }
}

fn identify(callers: &[Principal], request: &HttpRequest) -> Result<Option<Principal>, IdentifyError> {
    let number =
        request.headers().get(CALLER.as_str()).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    Ok(number.and_then(|number| callers.get(number).cloned()))
}

async fn statement() -> &'static str {
    "statement"
}

async fn verified(Verified(permit): Verified) -> &'static str {
    black_box(&permit);
    statement().await
}

async fn pass_on(
    request: actix_web::dev::ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    next.call(request).await
}

const BATCH: u32 = 64;
