//! What consents allow, and which names are recognised.

use super::*;

#[test]
fn a_claimed_name_is_recognised_only_by_a_pass_while_storage_is_agreed_to() {
    use SignInStanding::{Barred, NothingStored, Recognised};
    let (mut world, here) = (World::new(), host("h1"));
    let say = |world: &mut World, purpose, given| {
        world.record.record_consent(Receipt::new(purpose, given, world.now));
        world.record.sign_in_standing()
    };
    let pass = |world: &mut World| {
        let session = world.open(&here);
        let (upload, _) = world.begin(&here, &session).unwrap();
        world.pass(&here, &upload);
        world.record.sign_in_standing()
    };
    assert_eq!(world.record.sign_in_standing(), Barred);
    assert_eq!(say(&mut world, Purpose::Authorization, true), NothingStored, "it is for the platform to say");
    assert_eq!(pass(&mut world), NothingStored, "it has left no template");
    assert_eq!(say(&mut world, Purpose::Storage, true), Barred, "it would enroll the next person");
    assert_eq!(pass(&mut world), Recognised);
    assert_eq!(say(&mut world, Purpose::Storage, false), Barred, "the platform may not know or may refuse");
    assert_eq!(pass(&mut world), Barred, "the platform may store what it should not");
    assert_eq!(say(&mut world, Purpose::Storage, true), Barred, "the template may be gone");
}

#[test]
fn a_withdrawal_that_is_owed_counts_as_stored_though_storage_was_never_agreed_to() {
    let mut world = World::new();
    world.record.record_consent(Receipt::new(Purpose::Storage, false, world.now));
    world.record.record_consent(Receipt::new(Purpose::Authorization, true, world.now));
    assert_eq!(world.record.sign_in_standing(), SignInStanding::Barred);
    let owed = world.record.take_due_tasks(world.now).withdrawals.remove(0);
    world.record.ack_withdrawal(&owed);
    assert_eq!(world.record.sign_in_standing(), SignInStanding::NothingStored);
}

#[test]
fn a_subject_closed_to_sign_ins_is_opened_by_their_own_pass_or_by_the_host() {
    let (mut world, here) = (World::new(), host("h1"));
    for purpose in [Purpose::Authorization, Purpose::Storage] {
        world.record.record_consent(Receipt::new(purpose, true, world.now));
    }
    world.record.close_to_sign_ins();
    world.record.record_consent(Receipt::new(Purpose::Storage, true, world.now));
    assert_eq!(world.record.sign_in_standing(), SignInStanding::Closed);
    let session = world.open(&here);
    let (upload, _) = world.begin(&here, &session).unwrap();
    world.pass(&here, &upload);
    assert_eq!(world.record.sign_in_standing(), SignInStanding::Recognised);
    world.record.close_to_sign_ins();
    world.record.open_to_sign_ins();
    assert_eq!(
        world.record.sign_in_standing(),
        SignInStanding::Barred,
        "what was recognised before counts no longer"
    );
}

#[test]
fn no_change_pushes_out_the_proof_of_consent_and_no_user_is_kept_from_agreeing() {
    let mut world = World::new();
    world.record.record_consent(Receipt::new(Purpose::Authorization, true, world.now));
    world.wait(30 * 24 * 3600);
    for _ in 0..500 {
        for given in [true, false] {
            world.wait(1);
            world.record.record_consent(Receipt::new(Purpose::Storage, given, world.now));
            assert_eq!(world.record.consent().is_given(Purpose::Storage), given);
            assert!(world.record.receipts().len() <= 200);
        }
    }
    world.wait(24 * 3600);
    let now = world.now;
    world.record.record_consent(Receipt::new(Purpose::Storage, true, now));
    let receipts = world.record.receipts();
    assert_eq!((receipts[0].purpose(), receipts[0].folded()), (Purpose::Authorization, None));
    let last = receipts.last().unwrap();
    assert_eq!((last.at(), last.is_given(), last.folded()), (now, true, None));
    let changes: usize =
        receipts.iter().map(|receipt| 1 + receipt.folded().map_or(0, |(n, _)| n as usize)).sum();
    assert_eq!(changes, 1_002, "each is counted");
}

#[test]
fn a_withdrawal_that_is_repeated_is_one_entry() {
    let mut world = World::new();
    world.record.record_consent(Receipt::new(Purpose::Storage, true, world.now));
    for _ in 0..3 {
        world.record.record_consent(Receipt::new(Purpose::Storage, false, world.now));
    }
    assert_eq!(world.record.receipts().len(), 2);
}
