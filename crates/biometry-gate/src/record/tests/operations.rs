//! Operations that were shown, and what opens them.

use super::*;

#[test]
fn an_intent_opens_its_own_operation() {
    let (mut world, here) = passed();
    let owner = Principal::new("ana", HostSession::parse("h1").unwrap()).unwrap();
    let policy = Policy::for_operation("p", Threshold::percent(70.0).unwrap());
    let route = Route::new("POST", "/transfer");
    let digest = |amount: &str| {
        Intent::new("transfer").line("Amount", amount).digest(owner.key(), &policy, route).unwrap()
    };
    let session = world.open(&here);
    let (upload, _) = world.begin(&here, &session).unwrap();
    let decision =
        Decision { intent: Some(digest("12.50")), action: Action::Confirmation, ..decision(world.now) };
    world.record.settle(&here, &upload, Settlement::Passed(decision), &world.limits, world.now);
    let mut claim =
        |amount: &str| world.record.claim_decision(&here, &policy, Some(&digest(amount)), world.now);
    assert_eq!(claim("1250").unwrap_err(), Refused::OtherIntent);
    assert!(claim("12.50").is_ok());
    assert_eq!(claim("12.50").unwrap_err(), Refused::Consumed);
    assert_eq!(world.record.claim_decision(&here, &policy, None, world.now).unwrap_err(), Refused::Absent);
}

#[test]
fn the_same_operation_keeps_its_id_and_a_stranger_cannot_fetch_it() {
    let (mut world, here) = (World::new(), host("h1"));
    let owner = Principal::new("ana", HostSession::parse("h1").unwrap()).unwrap();
    let pending = |world: &World| PendingIntent {
        id: IntentId::random(&OsEntropy).unwrap(),
        policy: "p".into(),
        digest: Intent::new("transfer")
            .digest(owner.key(), &policy(), Route::new("POST", "/transfer"))
            .unwrap(),
        display: Vec::new(),
        spoken: Vec::new(),
        expires_at: world.now + Duration::from_secs(600),
        unknown: crate::forward_compat::ForwardCompat::default(),
    };
    let first = {
        let intent = pending(&world);
        world.record.put_intent(&here, intent, world.now)
    };
    let second = {
        let intent = pending(&world);
        world.record.put_intent(&here, intent, world.now)
    };
    assert_eq!(first, second);
    assert!(world.record.intent(&here, "p", &first, world.now).is_some());
    assert!(world.record.intent(&here, "q", &first, world.now).is_none());
    assert!(world.record.intent(&host("h2"), "p", &first, world.now).is_none());
    world.wait(600);
    assert!(world.record.intent(&here, "p", &first, world.now).is_none());
}
