//! Operations with a body, which nginx hands over: the server reads the request itself, and hands it on by
//! `X-Accel-Redirect`.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use biometry_gate::gate::Screening;
use biometry_gate::intent::Route;
use http::request::Parts;
use http::{HeaderName, HeaderValue};

use crate::answers::{Proxy, Verdict};
use crate::asked::handed_over;
use crate::forward::{Shared, no_rule, target};
use crate::rules::{Ask, InBody, Rule};

/// Judges a request that came itself, with its body.
pub(crate) async fn hand_over(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let head = match handed_over(&head) {
        Ok(head) => head,
        Err(unclear) => return shared.refuse_unclear(unclear).map(Body::from),
    };
    let verdict = match shared.rules.find(&head) {
        Some(rule @ Rule { ask: Ask::Body(read), .. }) => judge(&shared, rule, read, &head, body).await,
        _ => Verdict::Refused(no_rule()),
    };
    let is_refused = matches!(verdict, Verdict::Refused(_));
    let mut answer = verdict.answer(Proxy::Any);
    if !is_refused {
        let place = shared.handover.as_deref().and_then(|place| HeaderValue::from_str(place).ok());
        match place {
            Some(place) => drop(answer.headers_mut().insert(X_ACCEL_REDIRECT, place)),
            None => answer = shared.misconfigured(NO_PLACE),
        }
    }
    answer.map(Body::from)
}

async fn judge(shared: &Shared, rule: &Rule, read: &InBody, head: &Parts, body: Body) -> Verdict {
    let caller = match rule.enforcer.screen(head) {
        Screening::Preflight => return Verdict::Preflight,
        Screening::Refused(denial) => return Verdict::Refused(rule.enforcer.refuse(denial, None, None)),
        Screening::Caller(caller) => caller,
    };
    let route = Route::new(head.method.as_str(), &rule.path).at(target(head));
    match rule.enforcer.check_intent(&caller, read, Some(route), head, body).await {
        Ok((permit, _, _)) => shared.allow(&permit).await,
        Err(denial) => Verdict::Refused(rule.enforcer.refuse(denial, Some(caller.principal()), None)),
    }
}

const NO_PLACE: &str = "`handover` does not name where nginx hands a request over to";
const X_ACCEL_REDIRECT: HeaderName = HeaderName::from_static("x-accel-redirect");
