//! Two live keys: one can be revoked while people verify.

use biometry_client::{ApiKey, BaseUrl, Client};
use biometry_gate::BiometryGate;
use biometry_gate::audit::EventKind;
use biometry_gate::policy::{Policy, Threshold};
use biometry_gate::principal::{FromExtensions, HostSession, Principal};
use biometry_gate_testkit::{Answer, AuditLog, Form, media};
use biometry_sandbox::Sandbox;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use serde_json::{Value, json};
use tower::ServiceExt as _;

struct World {
    sandbox: Sandbox,
    old: String,
    new: String,
    audit: AuditLog,
    gate: BiometryGate,
}

impl World {
    async fn open() -> Self {
        let sandbox = Sandbox::start().await.expect("a sandbox");
        let (old, new) = (sandbox.mint_key(), sandbox.mint_key());
        let base = BaseUrl::parse(&sandbox.base_url()).expect("an address");
        let key = |text: &str| ApiKey::parse(text).expect("a key");
        let client = Client::builder(base, key(&old)).spare_key(key(&new)).connect().expect("a client");
        let audit = AuditLog::default();
        let gate = BiometryGate::builder(client, FromExtensions)
            .policy(Policy::for_session("vault", Threshold::vendor_verdict_only()))
            .audit(|auditing| auditing.sink(audit.clone()))
            .build()
            .expect("a gate");
        Self { sandbox, old, new, audit, gate }
    }

    async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(path, "application/json", body.to_string().into()).await
    }

    async fn verify(&self) -> Answer {
        let form = Form::new().file("video", media::webm(10_000));
        self.send("/verify", &form.content_type(), form.bytes()).await
    }

    async fn send(&self, path: &str, content_type: &str, body: bytes::Bytes) -> Answer {
        let ana =
            Principal::new("pass@example.com", HostSession::parse("a-session-of-the-host").expect("a key"))
                .expect("a principal");
        let request = Request::post(path).extension(ana).header("content-type", content_type);
        let request = request.body(Full::from(body)).expect("a request");
        let response: Response<Full<_>> = self.gate.routes().oneshot(request).await.expect("an answer");
        let (head, body) = response.into_parts();
        Answer {
            status: head.status,
            headers: head.headers,
            body: body.collect().await.expect("a body").to_bytes(),
        }
    }
}

#[tokio::test]
async fn no_call_fails_when_the_old_key_is_revoked_between_calls() {
    let world = World::open().await;
    world.post("/consent", json!({ "authorization": true })).await.granted();
    world.sandbox.revoke_key(&world.old);
    world.post("/session/start", json!({})).await.granted();
    assert_eq!(world.verify().await.granted()["scoring_result"], "pass");
}

#[tokio::test]
async fn an_upload_that_meets_a_revoked_key_costs_nothing_but_another_try() {
    let world = World::open().await;
    world.post("/consent", json!({ "authorization": true })).await.granted();
    world.post("/session/start", json!({})).await.granted();
    world.sandbox.revoke_key(&world.old);
    world.verify().await.problem("platform-unavailable");
    let rejected = world.audit.events().pop().expect("an event");
    let key = |text: &str| ApiKey::parse(text).expect("a key");
    assert_eq!((rejected.kind(), rejected.key_id()), (EventKind::KeyRejected, key(&world.old).claims().id()));
    assert_eq!(world.verify().await.granted()["scoring_result"], "pass");
    let created = world.audit.events().pop().expect("an event");
    assert_eq!(
        (created.kind(), created.key_id()),
        (EventKind::DecisionCreated, key(&world.new).claims().id())
    );
}

#[tokio::test]
async fn the_platform_is_asked_about_each_key() {
    let world = World::open().await;
    world.gate.admin().check_platform().await.expect("both are good");
    world.sandbox.revoke_key(&world.new);
    world.gate.admin().check_platform().await.expect_err("one is not");
}

#[tokio::test]
async fn a_spare_key_of_another_project_is_refused_at_start_up() {
    let world = World::open().await;
    let stranger = "eyJhbGciOiJIUzI1NiJ9.eyJpZCI6ImstMSIsInByb2plY3RfaWQiOiJhbm90aGVyIn0.c2ln";
    let base = BaseUrl::parse(&world.sandbox.base_url()).expect("an address");
    let key = |text: &str| ApiKey::parse(text).expect("a key");
    let client = Client::builder(base, key(&world.new)).spare_key(key(stranger)).connect().expect("a client");
    let vault = Policy::for_session("vault", Threshold::vendor_verdict_only());
    let error = BiometryGate::builder(client, FromExtensions).policy(vault).build().expect_err("no gate");
    assert!(error.to_string().contains("another project"), "{error}");
}
