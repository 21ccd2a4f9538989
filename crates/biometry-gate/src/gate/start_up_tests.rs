//! What a gate refuses to be built from.

use std::time::Duration;

use biometry_client::{DocumentProvider, Service};

use super::tests::{SERVICES, client, percent};
use super::{BiometryGate, Builder};
use crate::capture::CaptureLimits;
use crate::consent::{ConsentText, Purpose};
use crate::document::Documents;
use crate::policy::Policy;
use crate::principal::{FromExtensions, Tenant};
use crate::record::Limits;

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
fn a_policy_speaks_its_operations_for_all_tenants_or_for_none() {
    let operation = || Policy::for_operation("p", percent(70.0));
    let gate = |ours: Policy, theirs: Policy| {
        let acmes = super::Project::new(client(&SERVICES)).policy(theirs);
        BiometryGate::builder(client(&SERVICES), FromExtensions)
            .policy(ours)
            .tenant(acme(), acmes)
            .build()
            .unwrap()
    };
    let read = |_: &http::request::Parts, _: &bytes::Bytes| {
        Ok::<_, crate::gate::IntentError>(crate::intent::Intent::new("transfer"))
    };
    let shortened = gate(operation().speak_operation(), operation().speak_operation_shortened());
    assert!(shortened.require_for("p", "/transfer", read).is_ok());
    for (ours, theirs) in
        [(operation(), operation().speak_operation()), (operation().speak_operation(), operation())]
    {
        let error = gate(ours, theirs).require_for("p", "/transfer", read).unwrap_err().to_string();
        assert!(error.contains("`Policy::speak_operation`"), "{error}");
    }
}

/// A mistake in the settings, and what its message names.
type Mistake = (&'static str, fn(Builder) -> Builder);

#[test]
fn a_mistaken_policy_or_project_is_named_by_its_method() {
    assert_named([
        ("`Policy::for_session`", |builder| builder.policy(Policy::for_session("", percent(70.0)))),
        ("each `policy` its own", |builder| builder.policy(Policy::for_session("p", percent(70.0)))),
        ("named q", |builder| builder.default_policy("q")),
        ("named q", |builder| builder.login(|login| login.policy("q"))),
        ("`Policy::max_age`", |builder| builder.policy(other().max_age(NEVER))),
        ("`Policy::acr`", |builder| builder.policy(other().acr(""))),
        ("`Policy::acr`", |builder| builder.policy(other().acr("a b"))),
        ("`Policy::require_at_least`", |builder| {
            builder.policy(other().require_at_least(Service::FaceRecognition, f64::NAN))
        }),
        ("`Policy::require_at_least`", |builder| {
            builder.policy(other().require_at_least(Service::FaceRecognition, 0.0))
        }),
        ("drop `Policy::speak_operation`", |builder| builder.policy(other().speak_operation())),
        ("in `tenant`", |builder| builder.tenant(Tenant::default(), project())),
        ("one with `tenant`", |builder| builder.tenant(acme(), project()).tenant(acme(), project())),
    ]);
}

#[test]
fn a_mistaken_number_is_named_by_its_method() {
    assert_named([
        ("`challenge_ttl`", |builder| builder.challenge_ttl(NEVER)),
        ("`challenge_ttl`", |builder| builder.challenge_ttl(Duration::ZERO)),
        ("`store_timeout`", |builder| builder.store_timeout(Duration::ZERO)),
        ("`replicas`", |builder| builder.replicas(0)),
        ("`shared_store`", |builder| builder.replicas(2)),
        ("`Limits::starts`", |builder| builder.limits(Limits::default().starts(0, MINUTE))),
        ("`Limits::starts`", |builder| builder.limits(Limits::default().starts(9, NEVER))),
        ("`Limits::failures`", |builder| builder.limits(Limits::default().failures(0, MINUTE))),
        ("`Limits::failures`", |builder| builder.limits(Limits::default().failures(3, Duration::ZERO))),
        ("`Limits::block_at`", |builder| builder.limits(Limits::default().failures(3, NEVER))),
        ("`Limits::block_at`", |builder| builder.limits(Limits::default().block_at(0))),
        ("`Limits::per_day`", |builder| builder.limits(Limits::default().per_day(0))),
        ("`Documents::max_age`", |builder| builder.documents(Documents::new().max_age(NEVER))),
        ("`Documents::max_age`", |builder| builder.documents(Documents::new().max_age(Duration::ZERO))),
        ("`Documents::validate_mrz`", |builder| {
            builder.documents(Documents::new().provider(DocumentProvider::IdScan).validate_mrz())
        }),
    ]);
}

#[test]
fn a_mistaken_limit_of_uploads_is_named_by_its_method() {
    assert_named([
        ("`CaptureLimits::with_file`", |builder| builder.capture_limits(uploads().with_file(0))),
        ("`CaptureLimits::with_parts`", |builder| builder.capture_limits(uploads().with_parts(0))),
        ("`with_text`", |builder| builder.capture_limits(uploads().with_text(0))),
        ("`with_envelope`", |builder| builder.capture_limits(uploads().with_envelope(0))),
        ("`with_total`", |builder| builder.capture_limits(uploads().with_total(NEVER))),
        ("`with_rate_window`", |builder| builder.capture_limits(uploads().with_rate_window(Duration::ZERO))),
        ("`CaptureLimits::with_idle`", |builder| {
            builder.capture_limits(uploads().with_total(MINUTE).with_idle(2 * MINUTE))
        }),
        ("`CaptureLimits::with_first_byte`", |builder| {
            builder.capture_limits(uploads().with_total(MINUTE).with_first_byte(2 * MINUTE))
        }),
    ]);
}

#[test]
fn a_mistake_about_the_platform_or_signing_in_is_named_by_its_method() {
    assert_named([
        ("`Platform::timeout`", |builder| builder.platform(|platform| platform.timeout(NEVER))),
        ("`Platform::budget`", |builder| builder.platform(|platform| platform.budget(1, NEVER))),
        ("`Platform::budget`", |builder| builder.platform(|platform| platform.budget(0, MINUTE))),
        ("`Platform::circuit_breaker`", |builder| {
            builder.platform(|platform| platform.circuit_breaker(1, NEVER))
        }),
        ("`Platform::circuit_breaker`", |builder| {
            builder.platform(|platform| platform.circuit_breaker(0, MINUTE))
        }),
        ("`Platform::max_uploads`", |builder| builder.platform(|platform| platform.max_uploads(0))),
        ("`Platform::max_uploads`", |builder| builder.platform(|platform| platform.max_uploads(usize::MAX))),
        ("`Login::starts`", |builder| builder.login(|login| login.starts(0, MINUTE))),
        ("`Login::starts`", |builder| builder.login(|login| login.starts(9, NEVER))),
        ("`budget`", |builder| builder.login(|login| login.budget(0))),
        ("`max_uploads`", |builder| builder.login(|login| login.max_uploads(0))),
        ("`Login::max_uploads`", |builder| builder.login(|login| login.max_uploads(usize::MAX))),
    ]);
}

#[test]
fn a_mistaken_text_is_named_by_its_method() {
    assert_named([
        ("`Auditing::key`", |builder| builder.audit(|audit| audit.key([0; 32]))),
        ("`Auditing::replica_name`", |builder| builder.audit(|audit| audit.replica_name(""))),
        ("`Refusing::scheme`", |builder| builder.refusing(|refusing| refusing.scheme("Basic"))),
        ("`Refusing::realm`", |builder| builder.refusing(|refusing| refusing.realm(""))),
        ("`Refusing::realm`", |builder| builder.refusing(|refusing| refusing.realm("\u{9280}"))),
        ("`Refusing::realm`", |builder| builder.refusing(|refusing| refusing.realm("a\nb"))),
        ("`Refusing::step_up_page`", |builder| builder.refusing(|refusing| refusing.step_up_page("step-up"))),
        ("`Refusing::mounted_at`", |builder| builder.refusing(|refusing| refusing.mounted_at("/biometry/"))),
        ("`Refusing::alternative`", |builder| builder.refusing(|refusing| refusing.alternative(""))),
        ("`Refusing::alternative`", |builder| builder.refusing(|refusing| refusing.alternative("mfa"))),
        ("`Refusing::alternative`", |builder| {
            builder.refusing(|refusing| refusing.alternative("javascript://%0aalert(1)"))
        }),
        ("`ConsentText::new`", |builder| builder.consent(|consent| consent.text(text("")))),
        ("`ConsentText::new`", |builder| builder.consent(|consent| consent.text(text("1")).text(text("1")))),
    ]);
    for href in ["/mfa", "/mfa?from=face#code", "https://help.example/mfa", "bank-app://mfa"] {
        let builder = face_gate().refusing(|refusing| refusing.alternative(href));
        assert!(builder.build().is_ok(), "{href}");
    }
}

fn assert_named<const N: usize>(mistakes: [Mistake; N]) {
    for (method, adjust) in mistakes {
        let refused = adjust(face_gate()).build().expect_err(method);
        assert!(refused.to_string().contains(method), "{refused}");
        assert_eq!(format!("{refused:?}"), refused.to_string(), "a program that ends with it says the same");
    }
}

fn face_gate() -> Builder {
    BiometryGate::builder(client(&SERVICES), FromExtensions).policy(Policy::for_session("p", percent(70.0)))
}

fn other() -> Policy {
    Policy::for_session("other", percent(70.0))
}

fn acme() -> Tenant {
    Tenant::parse("acme").unwrap()
}

fn project() -> super::Project {
    super::Project::new(client(&SERVICES)).policy(Policy::for_session("p", percent(70.0)))
}

fn uploads() -> CaptureLimits {
    CaptureLimits::default()
}

fn text(version: &str) -> ConsentText {
    ConsentText::new(Purpose::Authorization, version, "I agree")
}

const MINUTE: Duration = Duration::from_secs(60);
const NEVER: Duration = Duration::MAX;
