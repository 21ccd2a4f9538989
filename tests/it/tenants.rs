//! Tenants with projects of their own: each one's key, policies and records are its own.

use biometry_client::{ApiKey, BaseUrl, Client};
use biometry_gate::BiometryGate;
use biometry_gate::gate::Project;
use biometry_gate::policy::{Policy, Threshold};
use biometry_gate::principal::{FromExtensions, HostSession, IdentifyError, Principal, Tenant};
use biometry_gate_testkit::{Answer, AuditLog, Form, media};
use biometry_sandbox::{Operation, Sandbox};
use bytes::Bytes;
use http::request::{Builder, Parts};
use http::{Method, Request, Response};
use http_body_util::{BodyExt as _, Full};
use serde_json::json;
use tower::{Layer as _, ServiceExt as _, service_fn};

/// A gate of two tenants besides the default one, each with a platform of its own to see who asked there.
struct Landlord {
    gate: BiometryGate,
    acme: Sandbox,
    zeta: Sandbox,
    shared: Sandbox,
}

impl Landlord {
    async fn open() -> Self {
        let (acme, zeta, shared) = (sandbox().await, sandbox().await, sandbox().await);
        let lenient = |name| Policy::for_session(name, Threshold::vendor_verdict_only());
        let strict = |name| Policy::for_session(name, Threshold::percent(99.9).expect("a threshold"));
        let gate = BiometryGate::builder(client(&shared), FromExtensions)
            .policy(lenient("vault"))
            .policy(lenient("login"))
            .tenant(
                tenant("acme"),
                Project::new(client(&acme))
                    .policy(lenient("vault"))
                    .policy(lenient("login"))
                    .login_mode("login"),
            )
            .tenant(
                tenant("zeta"),
                Project::new(client(&zeta)).policy(strict("vault")).policy(lenient("login")),
            )
            .login(|login| login.tenants(by_host))
            .audit(|audit| audit.sink(AuditLog::default()))
            .build()
            .expect("a gate");
        Self { gate, acme, zeta, shared }
    }

    async fn ask(&self, request: Request<Full<Bytes>>) -> Answer {
        read(self.gate.routes().oneshot(request).await.expect("an answer")).await
    }

    async fn verify(&self, owner: &Principal) -> Answer {
        let as_owner = |path| Request::builder().method(Method::POST).uri(path).extension(owner.clone());
        self.ask(with_json(as_owner("/consent"), json!({ "authorization": true }))).await.granted();
        self.ask(with_json(as_owner("/session/start"), json!({ "policy": "vault" }))).await.granted();
        self.ask(capture(as_owner("/verify"))).await
    }

    async fn enter(&self, owner: &Principal) -> Answer {
        let layer = self.gate.require("vault").expect("a policy");
        let inside = service_fn(async |_: Request<Full<Bytes>>| {
            Ok::<_, std::convert::Infallible>(Response::new(Full::<Bytes>::from("inside")))
        });
        let request = Request::builder().uri("/vault").extension(owner.clone()).body(Full::default());
        read(layer.layer(inside).oneshot(request.expect("a request")).await.expect("an answer")).await
    }
}

#[tokio::test]
async fn each_tenant_is_verified_with_its_own_key_and_opens_its_own_door() {
    let landlord = Landlord::open().await;
    let [acme, zeta] = ["acme", "zeta"].map(member);
    landlord.verify(&acme).await.granted();
    assert_eq!(landlord.enter(&acme).await.text(), "inside");
    landlord.enter(&zeta).await.problem("step-up-required");
    landlord
        .enter(
            &Principal::new("pass@example.com", HostSession::parse("s-1").expect("a key"))
                .expect("a principal"),
        )
        .await
        .problem("step-up-required");
    let captures = [&landlord.acme, &landlord.zeta, &landlord.shared].map(captures);
    assert_eq!(captures, [1, 0, 0]);
}

#[tokio::test]
async fn a_tenants_own_threshold_is_what_counts() {
    let landlord = Landlord::open().await;
    landlord.verify(&member("zeta")).await.problem("verification-failed");
    assert_eq!(captures(&landlord.zeta), 1);
    landlord.enter(&member("zeta")).await.problem("step-up-required");
}

#[tokio::test]
async fn a_tenant_without_a_project_is_served_by_no_other() {
    let landlord = Landlord::open().await;
    let stranger = member("other");
    let start = Request::builder().method(Method::POST).uri("/session/start").extension(stranger.clone());
    assert_eq!(landlord.ask(with_json(start, json!({}))).await.status, 503);
    let consent = Request::builder().method(Method::POST).uri("/consent").extension(stranger.clone());
    assert_eq!(landlord.ask(with_json(consent, json!({ "authorization": true }))).await.status, 503);
    assert_eq!(landlord.enter(&stranger).await.status, 503);
    let seen = [&landlord.acme, &landlord.zeta, &landlord.shared].map(|sandbox| sandbox.journal().len());
    assert_eq!(seen, [0, 0, 0]);
}

#[tokio::test]
async fn a_sign_in_is_at_the_tenant_that_the_host_names() {
    let landlord = Landlord::open().await;
    // A user whom the platform has recognised while logged in.
    let acme = member("acme");
    landlord.verify(&acme).await.granted();

    let at = |host: &str, path: &str| {
        Request::builder().method(Method::POST).uri(path).header("x-host", host.to_owned())
    };
    let claim = json!({ "policy": "login", "subject": "pass@example.com" });
    landlord
        .ask(with_json(at("zeta", "/session/start"), claim.clone()))
        .await
        .problem("authentication-required");
    assert_eq!(landlord.ask(with_json(at("unknown", "/session/start"), claim.clone())).await.status, 503);

    let started = landlord.ask(with_json(at("acme", "/session/start"), claim)).await;
    let cookie = |answer: &Answer| {
        answer.headers["set-cookie"].to_str().expect("text").split(';').next().expect("a pair").to_owned()
    };
    let key = cookie(&started);
    started.granted();
    let verified = landlord.ask(capture(at("acme", "/verify").header("cookie", &key))).await;
    let key = cookie(&verified);
    assert_eq!(verified.granted()["scoring_result"], "pass");

    let head = || Request::builder().uri("/").header("cookie", &key).body(()).expect("a head").into_parts().0;
    for elsewhere in ["zeta", "default"] {
        assert!(landlord.gate.redeem_login_of(&tenant(elsewhere), &head()).await.is_err(), "{elsewhere}");
    }
    assert!(landlord.gate.redeem_login(&head()).await.is_err());
    let signed_in = landlord.gate.redeem_login_of(&tenant("acme"), &head()).await.expect("a sign-in");
    assert_eq!(signed_in.subject().as_str(), "pass@example.com");
    assert!(landlord.gate.redeem_login_of(&tenant("acme"), &head()).await.is_err(), "it is handed out once");
}

#[tokio::test]
async fn projects_that_do_not_fit_together_are_no_gate() {
    let shared = sandbox().await;
    let project = || Project::new(client(&shared));
    let lenient = |name| Policy::for_session(name, Threshold::vendor_verdict_only());
    let build = |tenants: Vec<(&str, Project)>| {
        let gate = BiometryGate::builder(client(&shared), FromExtensions).policy(lenient("vault"));
        let gate = tenants.into_iter().fold(gate, |gate, (name, project)| gate.tenant(tenant(name), project));
        gate.build().map_err(|error| error.to_string())
    };
    let policy = || lenient("vault");
    let says = |tenants, wanted: &str| {
        let message = build(tenants).expect_err("no gate");
        assert!(message.contains(wanted), "{message}");
    };
    says(vec![("acme", project())], "no policy");
    says(vec![("default", project().policy(policy()))], "default tenant");
    says(vec![("acme", project().policy(policy())), ("acme", project().policy(policy()))], "two projects");

    let apart = build(vec![("acme", project().policy(lenient("other")))]).expect("a gate");
    assert!(apart.require("vault").expect_err("no layer").to_string().contains("vault"));
    let unlike = build(vec![(
        "acme",
        project().policy(Policy::for_operation("vault", Threshold::vendor_verdict_only())),
    )])
    .expect("a gate");
    assert!(
        unlike
            .require("vault")
            .expect_err("no layer")
            .to_string()
            .contains("approves operations for one tenant")
    );
}

fn by_host(head: &Parts) -> Result<Tenant, IdentifyError> {
    let name = head.headers.get("x-host").and_then(|name| name.to_str().ok()).ok_or_else(unknown)?;
    if name == "unknown" { Err(unknown()) } else { Ok(Tenant::parse(name)?) }
}

async fn sandbox() -> Sandbox {
    Sandbox::start().await.expect("a sandbox")
}

fn client(sandbox: &Sandbox) -> Client {
    let base = BaseUrl::parse(&sandbox.base_url()).expect("an address");
    Client::connect(base, ApiKey::parse(&sandbox.mint_key()).expect("a key")).expect("a client")
}

fn tenant(name: &str) -> Tenant {
    Tenant::parse(name).expect("a tenant")
}

/// The same name at every tenant, with the same key of the host's session.
fn member(name: &str) -> Principal {
    Principal::of_tenant(tenant(name), "pass@example.com", HostSession::parse("s-1").expect("a key"))
        .expect("a principal")
}

fn captures(sandbox: &Sandbox) -> usize {
    let journal = sandbox.journal();
    journal.iter().filter(|entry| entry.operation == Some(Operation::ProcessVideo)).count()
}

fn with_json(request: Builder, body: serde_json::Value) -> Request<Full<Bytes>> {
    request.header("content-type", "application/json").body(Full::from(body.to_string())).expect("a request")
}

fn capture(request: Builder) -> Request<Full<Bytes>> {
    let form = Form::new().file("video", media::webm(10_000));
    request.header("content-type", form.content_type()).body(Full::from(form.bytes())).expect("a request")
}

async fn read(response: Response<Full<Bytes>>) -> Answer {
    let (head, body) = response.into_parts();
    Answer {
        status: head.status,
        headers: head.headers,
        body: body.collect().await.expect("a body").to_bytes(),
    }
}

fn unknown() -> IdentifyError {
    IdentifyError::new("no tenant goes by that name")
}
