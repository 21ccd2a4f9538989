//! Failures count, whatever else goes on.

use super::*;

#[test]
fn failures_lock_the_subject_in_every_host_session() {
    let (mut world, here) = (World::new(), host("h1"));
    let session = world.open(&here);
    for left in [2, 1] {
        let (upload, _) = world.begin(&here, &session).unwrap();
        let Settled::Retry { attempts_left, .. } = world.fail(&here, &upload) else { panic!("a retry") };
        assert_eq!(attempts_left, left);
    }
    let (upload, _) = world.begin(&here, &session).unwrap();
    assert!(matches!(world.fail(&here, &upload), Settled::Locked));
    let elsewhere = host("h2");
    let session = world.open(&elsewhere);
    assert!(matches!(world.begin(&elsewhere, &session), Err(NotBegun::Limited(_))));
    assert!(world.record.reserve_start(&world.limits, world.now).is_err());
    world.wait(100);
    assert!(world.begin(&elsewhere, &session).is_ok());
}

#[test]
fn parallel_uploads_cannot_outnumber_the_failures_left() {
    let mut world = World::new();
    let hosts: Vec<_> = (0..5).map(|n| host(&format!("h{n}"))).collect();
    let sessions: Vec<_> = hosts.iter().map(|host| world.open(host)).collect();
    let begun =
        hosts.iter().zip(&sessions).filter(|(host, session)| world.begin(host, session).is_ok()).count();
    assert_eq!(begun, 3);
}

#[test]
fn superseding_a_session_does_not_hide_its_failure() {
    let (mut world, here) = (World::new(), host("h1"));
    let session = world.open(&here);
    let (upload, _) = world.begin(&here, &session).unwrap();
    world.open(&here);
    assert!(matches!(world.fail(&here, &upload), Settled::TooLate));
    assert_eq!(world.record.attempts_left(&world.limits), 2);
}
