//! What the platform delivers: believed when it is signed, handed to the host once, and no proof of anything.

use std::time::Duration;

use async_trait::async_trait;
use biometry_client::{ApiKey, BaseUrl, Client, NewWebhook};
use biometry_gate::audit::EventKind;
use biometry_gate::clock::Clock as _;
use biometry_gate::webhook::{Delivery, DeliveryKind, HandleDelivery, Receiver, Scheme, Secret};
use biometry_gate_testkit::{Answer, PATIENCE, WebhookSigner, media};
use http::HeaderName;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::harness::{Host, Setup, World};

on_every_host! {
    a_signed_delivery_reaches_the_host_once,
    a_delivery_without_a_valid_signature_is_refused_and_reaches_no_handler,
    both_secrets_count_while_one_is_replaced,
    of_parallel_deliveries_one_reaches_the_host,
    a_host_that_is_busy_has_it_delivered_again,
    a_store_that_is_down_has_it_delivered_again,
    a_delivery_opens_nothing,
    without_a_receiver_there_is_no_such_route,
    a_body_that_is_too_long_is_refused,
    what_the_platform_has_to_tell_reaches_the_host,
}

const BODY: &str = r#"{"event":"docauth.completed","data":{"first_name":"ANNA-THE-HOLDER"}}"#;

/// Hands deliveries on to the test, and is slow where the test asks for it.
struct Desk(mpsc::Sender<Delivery>);

#[async_trait]
impl HandleDelivery for Desk {
    async fn handle(&self, delivery: Delivery) {
        // A test that takes nothing keeps its deliveries waiting.
        let _ = self.0.send(delivery).await;
    }
}

fn secret(text: &str) -> Secret {
    Secret::raw(text).expect("a secret")
}

fn platform() -> WebhookSigner {
    WebhookSigner::new(Scheme::standard_webhooks(), secret("a fake secret of the platform"))
}

fn with_receiver(setup: Setup) -> (Setup, mpsc::Receiver<Delivery>) {
    let (desk, deliveries) = mpsc::channel(1);
    let receiver =
        Receiver::new(Scheme::standard_webhooks(), secret("a fake secret of the platform"), Desk(desk));
    let receiver = receiver.also(secret("a fake secret that is new"));
    (setup.gate(move |gate| gate.webhook(receiver)), deliveries)
}

async fn deliver(world: &World, signer: &WebhookSigner, id: &str) -> Answer {
    signer.deliver(&world.browser(), "/biometry/webhook", id, world.clock.now(), BODY).send().await
}

async fn a_signed_delivery_reaches_the_host_once<H: Host>() {
    let (setup, mut deliveries) = with_receiver(Setup::new());
    let world = setup.open::<H>().await;
    assert_eq!(deliver(&world, &platform(), "msg_1").await.granted()["message"], "delivered");
    let delivery = deliveries.recv().await.expect("a delivery");
    assert_eq!((delivery.id(), delivery.kind()), ("msg_1", &DeliveryKind::DocumentChecked));
    assert_eq!(delivery.body(), BODY);
    for _ in 0..3 {
        assert_eq!(deliver(&world, &platform(), "msg_1").await.granted()["message"], "delivered before");
    }
    deliver(&world, &platform(), "msg_2").await.granted();
    assert_eq!(deliveries.recv().await.expect("another one").id(), "msg_2");
    let seen = [EventKind::WebhookAccepted, EventKind::WebhookDuplicate].map(|kind| world.audit.count(kind));
    assert_eq!(seen, [2, 3]);
    assert!(!format!("{:?} {delivery:?}", world.audit.events()).contains("ANNA-THE-HOLDER"));
}

async fn a_delivery_without_a_valid_signature_is_refused_and_reaches_no_handler<H: Host>() {
    let (setup, mut deliveries) = with_receiver(Setup::new());
    let world = setup.open::<H>().await;
    let forger = WebhookSigner::new(Scheme::standard_webhooks(), secret("a secret of no webhook"));
    deliver(&world, &forger, "msg_1").await.problem_as(403, "invalid-request");
    let unsigned = world.browser().post("/biometry/webhook").body(BODY.to_owned()).send().await;
    unsigned.problem_as(403, "invalid-request");
    let (sender, now) = (world.browser(), world.clock.now());
    for at in [now - Duration::from_secs(301), now + Duration::from_secs(301)] {
        let untimely = platform().deliver(&sender, "/biometry/webhook", "msg_1", at, BODY).send().await;
        untimely.problem_as(403, "invalid-request");
    }
    let ana = world.log_in("pass@example.com").await;
    let logged_in = ana.browser.post("/biometry/webhook").body(BODY.to_owned()).send().await;
    logged_in.problem_as(403, "invalid-request");
    assert_eq!(world.audit.count(EventKind::WebhookRejected), 5);
    // None of them was remembered: what is signed comes through under the same id.
    deliver(&world, &platform(), "msg_1").await.granted();
    assert_eq!(deliveries.recv().await.expect("a delivery").id(), "msg_1");
}

async fn both_secrets_count_while_one_is_replaced<H: Host>() {
    let (setup, mut deliveries) = with_receiver(Setup::new());
    let world = setup.open::<H>().await;
    let renewed = WebhookSigner::new(Scheme::standard_webhooks(), secret("a fake secret that is new"));
    for (signer, id) in [(platform(), "msg_1"), (renewed, "msg_2")] {
        deliver(&world, &signer, id).await.granted();
        assert_eq!(deliveries.recv().await.expect("a delivery").id(), id);
    }
}

async fn of_parallel_deliveries_one_reaches_the_host<H: Host>() {
    let (setup, mut deliveries) = with_receiver(Setup::new());
    let world = setup.open::<H>().await;
    let mut senders = JoinSet::new();
    for _ in 0..20 {
        let delivery =
            platform().deliver(&world.browser(), "/biometry/webhook", "msg_1", world.clock.now(), BODY);
        senders.spawn(async move { delivery.send().await.granted()["message"].clone() });
    }
    let answers = senders.join_all().await;
    assert_eq!(answers.iter().filter(|message| **message == "delivered").count(), 1);
    assert_eq!(deliveries.recv().await.expect("a delivery").id(), "msg_1");
    assert!(deliveries.try_recv().is_err());
}

async fn a_host_that_is_busy_has_it_delivered_again<H: Host>() {
    let (setup, mut deliveries) = with_receiver(Setup::new());
    let world = setup.open::<H>().await;
    // One waits in the channel, and 64 wait to put theirs there.
    let mut taken = 0;
    let refused = loop {
        let answer = deliver(&world, &platform(), &format!("msg_{taken}")).await;
        if answer.status != 200 {
            break answer;
        }
        taken += 1;
        assert!(taken <= 65, "there is a bound");
    };
    refused.problem("overloaded");
    assert!(refused.retry_after().is_some());
    for _ in 0..taken {
        deliveries.recv().await.expect("a delivery");
    }
    let last = format!("msg_{taken}");
    crate::harness::eventually("there is a place again", async || {
        deliver(&world, &platform(), &last).await.status == 200
    })
    .await;
    assert_eq!(deliveries.recv().await.expect("the one that was refused").id(), last);
}

async fn a_store_that_is_down_has_it_delivered_again<H: Host>() {
    let (setup, store) = Setup::new().with_faulty_store();
    let (setup, mut deliveries) = with_receiver(setup);
    let world = setup.open::<H>().await;
    store.fail_everything();
    deliver(&world, &platform(), "msg_1").await.problem("store-unavailable");
    store.mend();
    deliver(&world, &platform(), "msg_1").await.granted();
    assert_eq!(deliveries.recv().await.expect("a delivery").id(), "msg_1");
}

async fn a_delivery_opens_nothing<H: Host>() {
    let (setup, mut deliveries) = with_receiver(Setup::new());
    let world = setup.open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    let challenge = ana.start("statement").await;
    let body = format!(
        r#"{{"event":"session.passed","session":"{}","user":"{}","scoring_result":"pass","score":100}}"#,
        challenge.session, ana.email,
    );
    let now = world.clock.now();
    platform().deliver(&world.browser(), "/biometry/webhook", "msg_1", now, &body).send().await.granted();
    let delivery = deliveries.recv().await.expect("a delivery");
    assert_eq!(delivery.kind(), &DeliveryKind::Other("session.passed".to_owned()));
    ana.statement().await.problem("step-up-required");
    assert_eq!(ana.state(&challenge).await, "issued");
}

async fn without_a_receiver_there_is_no_such_route<H: Host>() {
    let world = World::open::<H>().await;
    assert_eq!(deliver(&world, &platform(), "msg_1").await.status, 404);
    let got = with_receiver(Setup::new()).0.open::<H>().await.browser().get("/biometry/webhook").send().await;
    assert_eq!(got.status, 405);
}

async fn a_body_that_is_too_long_is_refused<H: Host>() {
    let (setup, mut deliveries) = with_receiver(Setup::new());
    let world = setup.open::<H>().await;
    let (sender, now) = (world.browser(), world.clock.now());
    let of_length = |length: usize| format!(r#"{{"event":"long","x":"{}"}}"#, "x".repeat(length - 23));
    let longest = of_length(256 * 1024);
    assert_eq!(longest.len(), 256 * 1024);
    platform().deliver(&sender, "/biometry/webhook", "msg_1", now, &longest).send().await.granted();
    assert_eq!(deliveries.recv().await.expect("a delivery").body().len(), 256 * 1024);
    let longer = of_length(256 * 1024 + 1);
    let refused =
        platform().deliver(&world.browser(), "/biometry/webhook", "msg_2", now, &longer).send().await;
    refused.problem("upload-too-large");
}

async fn what_the_platform_has_to_tell_reaches_the_host<H: Host>() {
    let header = HeaderName::from_static;
    let timed =
        Scheme::hmac_of_body(header("x-signature")).with_time(header("x-time")).with_prefix("sha256=");
    for scheme in [Scheme::standard_webhooks(), timed] {
        let (desk, mut deliveries) = mpsc::channel(1);
        let of_hook = Secret::base64_behind_prefix(SECRET_OF_HOOK).expect("a secret");
        let receiver = Receiver::new(scheme.clone(), of_hook, Desk(desk));
        let setup = Setup::new().gate(move |gate| gate.webhook(receiver));
        let clock = setup.clock();
        let setup = setup.sandbox(move |sandbox| {
            let sandbox = sandbox.clock(move || clock.now()).webhook_secret(SECRET_OF_HOOK);
            sandbox.webhook_signature(WebhookSigner::in_sandbox(scheme))
        });
        let world = setup.open::<H>().await;
        register(&world).await;
        let ana = world.consented("pass@example.com").await;
        ana.show_document(&media::jpeg(5_000)).await.granted();
        let delivery =
            tokio::time::timeout(PATIENCE, deliveries.recv()).await.expect("in time").expect("one");
        assert_eq!(delivery.kind(), &DeliveryKind::DocumentChecked);
        assert!(std::str::from_utf8(delivery.body()).is_ok_and(|body| body.contains("pass@example.com")));
    }
}

/// Has the platform tell this bank of what is done with its key.
async fn register(world: &World) {
    let base = BaseUrl::parse(&world.sandbox.base_url()).expect("an address");
    let key = ApiKey::parse(&world.key).expect("a key");
    let id = key.claims().id().expect("an id").to_owned();
    let client = Client::connect(base, key).expect("a client");
    let hook = NewWebhook::new(id, format!("http://{}/biometry/webhook", world.address()));
    client.create_webhook(hook).await.expect("it is created");
}

const SECRET_OF_HOOK: &str = "whsec_YSBmYWtlIHNlY3JldCBvZiB0aGUgc2FuZGJveA==";
