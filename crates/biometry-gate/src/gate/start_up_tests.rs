//! What a gate refuses to be built from.

use std::time::Duration;

use super::tests::{SERVICES, client, percent};
use super::{BiometryGate, Builder};
use crate::Limits;
use crate::policy::Policy;
use crate::principal::{FromExtensions, Tenant};

#[test]
fn what_could_not_work_is_refused_at_start_up() {
    let face = || Policy::for_session("p", percent(70.0));
    let build = |services: &[&str], adjust: &dyn Fn(Builder) -> Builder| {
        let builder = BiometryGate::builder(client(services), FromExtensions);
        adjust(builder).build().map(drop).map_err(|error| error.to_string())
    };
    assert!(build(&SERVICES, &|builder| builder.policy(face())).is_ok());
    let lacking = build(&SERVICES[..2], &|builder| builder.policy(face())).unwrap_err();
    assert!(lacking.contains("Visual Speech Recognition"), "{lacking}");
    let faceless = [SERVICES[0], SERVICES[2]];
    let login = || Policy::for_session("login", percent(70.0));
    let lacking = build(&faceless, &|builder| builder.policy(login()).login(|login| login.policy("login")))
        .unwrap_err();
    assert!(
        lacking.contains("the policy login requires Face Recognition")
            && lacking.contains("select the service")
    );
    let of_tenant = |builder: Builder| {
        let project =
            super::Project::new(client(&faceless)).policy(login()).policy(face()).login_mode("login");
        builder.policy(face()).policy(login()).tenant(Tenant::parse("acme").unwrap(), project)
    };
    assert!(build(&SERVICES, &of_tenant).unwrap_err().contains("login requires Face Recognition"));
    let day = Duration::from_secs(24 * 3600);
    let starts = |window| {
        build(&SERVICES, &|builder| builder.policy(face()).limits(Limits::default().starts(99, window)))
    };
    assert!(starts(day).is_ok());
    let forgotten = starts(day + Duration::from_secs(1)).unwrap_err();
    assert!(forgotten.contains("a day") && forgotten.contains("shorten"), "{forgotten}");
    type Adjust = fn(Builder, Policy) -> Builder;
    let mistakes: [(&str, Adjust); 20] = [
        ("no policy", |builder, _| builder),
        ("same name", |builder, policy| builder.policy(policy.clone()).policy(policy)),
        ("no policy named q", |builder, policy| builder.policy(policy).default_policy("q")),
        ("no policy named q", |builder, policy| builder.policy(policy).login(|login| login.policy("q"))),
        ("share", |builder, policy| builder.policy(policy).replicas(2)),
        ("challenge scheme", |builder, policy| {
            builder.policy(policy).refusing(|refusing| refusing.scheme("Basic"))
        }),
        ("step-up page", |builder, policy| {
            builder.policy(policy).refusing(|refusing| refusing.step_up_page("//evil.example"))
        }),
        ("at least one upload", |builder, policy| {
            builder.policy(policy).platform(|platform| platform.max_uploads(0))
        }),
        ("`challenge_ttl` has to last", |builder, policy| {
            builder.policy(policy).challenge_ttl(Duration::ZERO)
        }),
        ("budget", |builder, policy| {
            builder.policy(policy).platform(|platform| platform.budget(0, Duration::from_secs(1)))
        }),
        ("failed verification", |builder, policy| {
            builder.policy(policy).limits(Limits::default().failures(0, Duration::from_secs(1)))
        }),
        ("file limit", |builder, policy| {
            builder.policy(policy).capture_limits(crate::CaptureLimits::default().with_file(52_428_801))
        }),
        ("idle limit", |builder, policy| {
            let limits = crate::CaptureLimits::default().with_idle(Duration::from_secs(301));
            builder.policy(policy).capture_limits(limits)
        }),
        ("first byte", |builder, policy| {
            let limits = crate::CaptureLimits::default().with_first_byte(Duration::from_secs(301));
            builder.policy(policy).capture_limits(limits)
        }),
        ("at least one start", |builder, policy| {
            builder.policy(policy).limits(Limits::default().starts(0, Duration::from_secs(1)))
        }),
        ("a cool-down has to last", |builder, policy| {
            builder.policy(policy).limits(Limits::default().failures(5, Duration::ZERO))
        }),
        ("raise `Limits::per_day`", |builder, policy| {
            builder.policy(policy).limits(Limits::default().per_day(4))
        }),
        ("first lock-out or later", |builder, policy| {
            builder.policy(policy).limits(Limits::default().block_at(0))
        }),
        ("visible ascii", |builder, _| builder.policy(Policy::for_session("a b", percent(70.0)))),
        ("approves operations", |builder, _| {
            let policy = Policy::for_operation("p", percent(70.0));
            builder.policy(policy).login(|login| login.policy("p"))
        }),
    ];
    for (says, mistake) in mistakes {
        let message = build(&SERVICES, &|builder| mistake(builder, face())).expect_err(says);
        assert!(message.contains(says), "{message}");
    }
    let gate = BiometryGate::builder(client(&SERVICES), FromExtensions).policy(face()).build().unwrap();
    assert!(gate.require("q").is_err() && gate.require("p").is_ok());
}

#[test]
fn a_policy_is_refused_for_what_it_was_not_made_for() {
    let gate = BiometryGate::builder(client(&SERVICES), FromExtensions)
        .policy(Policy::for_session("statement", percent(70.0)))
        .policy(Policy::for_operation("transfer", percent(70.0)))
        .build()
        .unwrap();
    let read = |_: &http::request::Parts, _: &bytes::Bytes| {
        Ok::<_, crate::gate::IntentError>(crate::intent::Intent::new("transfer"))
    };
    let session = gate.require("transfer").unwrap_err().to_string();
    assert!(session.contains("`require_for_json`") && session.contains("`Policy::for_session`"), "{session}");
    let operation = gate.require_for("statement", "/statement", read).unwrap_err().to_string();
    assert!(operation.contains("`Policy::for_operation`"), "{operation}");
}

#[test]
fn a_value_that_can_only_be_a_mistake_is_named_by_its_method() {
    type Adjust = fn(Builder) -> Builder;
    const NEVER: Duration = Duration::MAX;
    let mistakes: [(&str, Adjust); 12] = [
        ("`challenge_ttl`", |builder| builder.challenge_ttl(NEVER)),
        ("`Platform::timeout`", |builder| builder.platform(|platform| platform.timeout(NEVER))),
        ("`store_timeout`", |builder| builder.store_timeout(Duration::ZERO)),
        ("`Platform::budget`", |builder| builder.platform(|platform| platform.budget(1, NEVER))),
        ("`Platform::budget`", |builder| {
            builder.platform(|platform| platform.budget(0, Duration::from_secs(1)))
        }),
        ("`Platform::circuit_breaker`", |builder| {
            builder.platform(|platform| platform.circuit_breaker(1, NEVER))
        }),
        ("`Platform::circuit_breaker`", |builder| {
            builder.platform(|platform| platform.circuit_breaker(0, Duration::from_secs(1)))
        }),
        ("`Platform::max_uploads`", |builder| builder.platform(|platform| platform.max_uploads(0))),
        ("`Limits::block_at`", |builder| builder.limits(Limits::default().failures(3, NEVER))),
        ("`Policy::max_age`", |builder| {
            builder.policy(Policy::for_session("forever", percent(70.0)).max_age(NEVER))
        }),
        ("`Policy::require_at_least`", |builder| {
            let service = biometry_client::Service::FaceRecognition;
            builder.policy(Policy::for_session("nan", percent(70.0)).require_at_least(service, f64::NAN))
        }),
        ("`Documents::max_age`", |builder| {
            builder.documents(crate::document::Documents::new().max_age(NEVER))
        }),
    ];
    for (method, adjust) in mistakes {
        let builder = BiometryGate::builder(client(&SERVICES), FromExtensions);
        let refused = adjust(builder.policy(Policy::for_session("p", percent(70.0)))).build().unwrap_err();
        assert!(refused.to_string().contains(method), "{refused}");
        assert_eq!(format!("{refused:?}"), refused.to_string(), "a program that ends with it says the same");
    }
}
