//! What a host's own code and its support staff ask of the gate: each call does what it says, and is on record.

use std::sync::{Mutex, PoisonError};

use super::*;
use crate::audit::EventKind;
use crate::consent::{Purpose, Receipt};
use crate::session::Standing;

/// Keeps the kinds and reasons of events.
#[derive(Clone, Debug, Default)]
struct Trail(Arc<Mutex<Vec<(EventKind, String)>>>);

impl AuditSink for Trail {
    fn record(&self, event: &Event) -> Result<(), EventLost> {
        let entry = (event.kind(), event.reason_text().to_owned());
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(entry);
        Ok(())
    }
}

impl Trail {
    fn last(&self) -> (EventKind, String) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).last().expect("an event").clone()
    }
}

fn world() -> (World, Trail) {
    let trail = Trail::default();
    let sink = trail.clone();
    (World::with(|builder| builder.audit(|audit| audit.sink(sink))), trail)
}

/// Whether the owner's proof opens the route.
async fn opens(world: &World, principal: &Principal) -> bool {
    let mut request = world.request(Method::GET);
    request.extensions_mut().insert(principal.clone());
    let service = world.gate.require("reusable").unwrap().layer(Handler::default());
    service.oneshot(request).await.unwrap().status() == StatusCode::OK
}

fn session(subject: &str, key: &str) -> Principal {
    Principal::new(subject, HostSession::parse(key).unwrap()).unwrap()
}

async fn consent(world: &World, purpose: Purpose, given: bool) {
    let receipt = Receipt::new(purpose, given, world.clock.now());
    world.store.record_consent(&world.owner.logged_in_key(), vec![receipt]).await.unwrap();
}

#[tokio::test]
async fn a_proof_goes_along_with_a_session_that_goes_on_under_another_key() {
    let (world, _) = world();
    world.verify("reusable", None).await;
    let renewed = session("ana@example.com", "host-2");
    assert!(!opens(&world, &renewed).await);
    world.gate.rotate_session(&world.owner, &renewed).await.unwrap();
    assert!(opens(&world, &renewed).await && !opens(&world, &world.owner).await);

    let other = session("ben@example.com", "host-3");
    world.gate.rotate_session(&renewed, &other).await.unwrap();
    assert!(!opens(&world, &renewed).await, "another subject is a logout");
    assert!(!opens(&world, &other).await);
}

#[tokio::test]
async fn the_newest_session_is_found_while_there_is_one() {
    let (world, _) = world();
    assert!(world.gate.session_of(&world.owner).await.unwrap().is_none());
    world.verify("reusable", None).await;
    let found = world.gate.session_of(&world.owner).await.unwrap().expect("a session");
    assert_eq!(found.standing, Standing::Passed);
}

#[tokio::test]
async fn whatever_is_revoked_opens_nothing_afterwards() {
    let (world, trail) = world();
    let admin = world.gate.admin();
    let tenant = Tenant::default();
    let decision = async || {
        world.verify("reusable", None).await;
        assert!(opens(&world, &world.owner).await);
        let head = world.request(Method::GET).into_parts().0;
        let project = world.gate.0.projects.of(&Tenant::default()).unwrap();
        let policy = Policy::clone(project.policy("reusable").unwrap());
        world.gate.check(&policy, &head).await.unwrap().decision().id().clone()
    };
    let shut = async |reason: &str| {
        assert!(!opens(&world, &world.owner).await, "{reason}");
    };

    decision().await;
    admin.revoke_subject(&world.owner).await.unwrap();
    assert_eq!(trail.last(), (EventKind::Revoked, "subject".to_owned()));
    shut("subject").await;

    let id = decision().await;
    admin.revoke_decision(&world.owner, &id).await.unwrap();
    assert_eq!(trail.last(), (EventKind::Revoked, "decision".to_owned()));
    shut("decision").await;

    for (version, reason) in [(None, "policy(reusable)"), (Some(1), "policy(reusable up to 1)")] {
        decision().await;
        world.clock.advance(Duration::from_secs(1));
        admin.revoke_policy(&tenant, "once", None).await.unwrap();
        assert!(opens(&world, &world.owner).await, "another policy");
        admin.revoke_policy(&tenant, "reusable", version).await.unwrap();
        assert_eq!(trail.last(), (EventKind::Revoked, reason.to_owned()));
        shut(reason).await;
        world.clock.advance(Duration::from_secs(1));
    }

    decision().await;
    world.clock.advance(Duration::from_secs(1));
    admin.revoke_tenant(&tenant).await.unwrap();
    assert_eq!(trail.last(), (EventKind::Revoked, "tenant".to_owned()));
    shut("tenant").await;
}

#[tokio::test]
async fn a_lock_out_is_lifted() {
    let (world, trail) = world();
    let limits = Limits::default().failures(1, Duration::from_secs(3600));
    let start = async || world.store.reserve_start(&world.owner, &limits).await.unwrap().is_ok();
    world.fail("reusable", &limits).await;
    assert!(!start().await);
    world.gate.admin().unlock(&world.owner).await.unwrap();
    assert_eq!(trail.last(), (EventKind::LockCleared, String::new()));
    assert!(start().await);
}

#[tokio::test]
async fn a_name_that_is_closed_to_sign_ins_is_opened() {
    let (world, trail) = world();
    let subject = world.owner.logged_in_key();
    let closed = async || {
        world.store.sign_in_standing(&subject).await.unwrap() == crate::record::SignInStanding::Closed
    };
    world.store.close_to_sign_ins(&subject).await.unwrap();
    assert!(closed().await);
    world.gate.admin().unlock_sign_in(&world.owner).await.unwrap();
    assert_eq!(trail.last(), (EventKind::LockCleared, "sign-in".to_owned()));
    assert!(!closed().await);
}

#[tokio::test]
async fn consent_is_told_demanded_and_remembered() {
    let (world, _) = world();
    let (gate, owner) = (&world.gate, &world.owner);
    let purposes = [Purpose::Authorization];
    assert!(!gate.consent_of(owner).await.unwrap().is_given(Purpose::Authorization));
    let refused = gate.ensure_consent(owner, &purposes).await.unwrap_err();
    assert!(matches!(refused, Denial::ConsentRequired { purposes } if purposes == [Purpose::Authorization]));
    assert!(gate.admin().consent_history(owner).await.unwrap().is_empty());

    consent(&world, Purpose::Authorization, true).await;
    assert!(gate.consent_of(owner).await.unwrap().is_given(Purpose::Authorization));
    assert!(gate.ensure_consent(owner, &purposes).await.unwrap().is_given(Purpose::Authorization));
    let history = gate.admin().consent_history(owner).await.unwrap();
    assert_eq!(
        history.iter().map(|receipt| (receipt.purpose(), receipt.is_given())).collect::<Vec<_>>(),
        [(Purpose::Authorization, true)]
    );
}

#[tokio::test]
async fn all_that_is_kept_of_a_subject_is_told_and_erased() {
    let (world, trail) = world();
    let admin = world.gate.admin();
    world.verify("reusable", None).await;
    let export = admin.export_subject(&world.owner).await.unwrap();
    assert!(export["logged_in"].to_string().contains("reusable"), "{export}");
    assert!(export.get("signing_in").is_some() && export.get("known_browsers").is_some());
    admin.erase_subject(&world.owner).await.unwrap();
    assert_eq!(trail.last().0, EventKind::SubjectErased);
    assert!(!opens(&world, &world.owner).await);
    let export = admin.export_subject(&world.owner).await.unwrap();
    assert!(!export.to_string().contains("reusable"), "{export}");
}

#[tokio::test]
async fn a_lost_event_is_counted() {
    #[derive(Debug)]
    struct Full;
    impl AuditSink for Full {
        fn record(&self, _: &Event) -> Result<(), EventLost> {
            Err(EventLost)
        }
    }
    let world = World::with(|builder| builder.audit(|audit| audit.sink(Full)));
    let before = world.gate.admin().lost_audit_events();
    assert!(!opens(&world, &world.owner).await);
    assert!(world.gate.admin().lost_audit_events() > before);
}

#[tokio::test]
async fn a_gate_is_found_by_its_permit_or_where_the_host_has_put_it() {
    let (world, _) = world();
    let mut extensions = http::Extensions::new();
    assert!(BiometryGate::of(&extensions).is_none());
    extensions.insert(world.gate.clone());
    assert!(BiometryGate::of(&extensions).is_some());

    world.verify("reusable", None).await;
    let (answers, is_there) = (Arc::new(AtomicBool::new(false)), StatusCode::OK);
    let seen = Arc::clone(&answers);
    let handler = tower::service_fn(move |request: Request<Full<Bytes>>| {
        seen.store(BiometryGate::of(request.extensions()).is_some(), Ordering::Relaxed);
        std::future::ready(Ok::<_, Infallible>(Response::new(Full::<Bytes>::default())))
    });
    let service = world.gate.require("reusable").unwrap().layer(handler);
    assert_eq!(service.oneshot(world.request(Method::GET)).await.unwrap().status(), is_there);
    assert!(answers.load(Ordering::Relaxed));
}
