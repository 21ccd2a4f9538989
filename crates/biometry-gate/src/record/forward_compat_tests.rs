//! Members that this version does not know, in every part of a record.

use serde_json::{Value, json};

use super::tests::{World, host};
use super::{Limits, SubjectRecord};
use crate::consent::{Purpose, Receipt};

#[test]
fn members_that_are_not_known_are_kept_in_every_part_of_a_record() {
    let mut world = world();
    let mut written = serde_json::to_value(&world.record).unwrap();
    let marked = mark(&mut written);
    assert!(marked > 12, "{marked} parts: {written}");
    world.record = serde_json::from_value(written.clone()).unwrap();
    assert_eq!(serde_json::to_value(&world.record).unwrap(), written);
    assert!(!format!("{:?}", world.record).contains("newer"));

    world.record.reserve_start(&Limits::default(), world.now).unwrap();
    world.record.record_consent(Receipt::new(Purpose::Storage, true, world.now));
    world.record.unlock();
    world.record.prune(world.now);
    let kept = serde_json::to_string(&world.record).unwrap().matches("newer").count();
    assert_eq!(kept, marked, "after transitions");
}

#[test]
fn a_variant_that_is_not_known_is_no_record() {
    let mut written = serde_json::to_value(&world().record).unwrap();
    *written.pointer_mut("/holders/0/sessions/0/phase").unwrap() = json!("Suspended");
    assert!(serde_json::from_value::<SubjectRecord>(written).is_err());
}

/// A subject with something of everything.
fn world() -> World {
    let (mut world, here) = (World::new(), host("h1"));
    let session = world.open(&here);
    let (upload, _) = world.begin(&here, &session).unwrap();
    world.pass(&here, &upload);
    let next = world.open(&here);
    world.begin(&here, &next).unwrap();
    world.record.record_consent(Receipt::new(Purpose::Authorization, true, world.now));
    world.record.put_intent(
        &here,
        stored(json!({
            "id": format!("int_{:032}", 1), "policy": "p", "digest": vec![7; 32],
            "display": [{ "label": "Payee", "value": "Zoe" }], "expires_at": world.now + LATER,
        })),
        world.now,
    );
    world.record.put_return(
        &here,
        stored(json!({
            "handle": format!("ret_{:032}", 1), "target": "/", "expires_at": world.now + LATER,
        })),
    );
    world
}

fn stored<T: serde::de::DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).unwrap()
}

/// Adds a member to every part that has named members; answers to how many.
fn mark(value: &mut Value) -> usize {
    match value {
        Value::Array(values) => values.iter_mut().map(mark).sum(),
        Value::Object(members) => {
            if MOMENTS_AND_VARIANTS.iter().any(|&other| members.contains_key(other)) {
                return 0;
            }
            let inside: usize = members.values_mut().map(mark).sum();
            members.insert("newer".to_owned(), json!({ "secrets": [1, 2.5, "three"] }));
            inside + 1
        }
        _ => 0,
    }
}

const MOMENTS_AND_VARIANTS: [&str; 3] = ["secs_since_epoch", "Passed", "Uploading"];
const LATER: std::time::Duration = std::time::Duration::from_secs(60);
