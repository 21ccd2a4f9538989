//! Whatever happens at once, happens once.

use biometry_sandbox::Operation;

use crate::harness::{Host, Setup, World, at_once};

on_every_host! {
    of_parallel_transfers_on_one_approval_one_is_done,
    parallel_attempts_cannot_exceed_the_failures_that_are_left,
    parallel_starts_cannot_exceed_their_limit,
}

async fn of_parallel_transfers_on_one_approval_one_is_done<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    ana.approve("Zoe", "12.50").await;
    let answers = at_once(100, || {
        let ana = ana.clone();
        async move { ana.transfer("Zoe", "12.50").await }
    })
    .await;
    let (done, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
    assert_eq!((done.len(), refused.len()), (1, 99));
    for answer in refused {
        assert_eq!(answer.problem("step-up-required")["reason"], "consumed");
    }
    ana.pass("statement").await;
    assert_eq!(ana.statement().await.ok()["balance"], "9987.50");
}

async fn parallel_attempts_cannot_exceed_the_failures_that_are_left<H: Host>() {
    let world = Setup::new().var("MAX_FAILURES", 3).var("MAX_STARTS", 100).open::<H>().await;
    let mut ready = Vec::new();
    for _ in 0..8 {
        let member = world.consented("fail@example.com").await;
        let challenge = member.start("statement").await;
        ready.push((member, challenge));
    }
    // One browser's upload after another begins, and none comes to its end before all have tried.
    let mut under_way = Vec::new();
    for (member, challenge) in &ready[..3] {
        under_way.push(world.begin_upload(member, challenge).await);
    }
    let mut rest = ready[3..].iter().cloned();
    let refused = at_once(5, || {
        let (member, challenge) = rest.next().expect("one for each");
        async move { member.verify(&challenge).await }
    })
    .await;
    refused.iter().for_each(|answer| drop(answer.problem("session-busy")));
    for (mut upload, last) in under_way {
        upload.send(last).await;
        upload.finish().await.problem("verification-failed");
    }
    assert_eq!(world.captures(), 3);
    for (member, challenge) in &ready {
        member.verify(challenge).await.problem("too-many-attempts");
    }
    assert_eq!(world.captures(), 3);
}

async fn parallel_starts_cannot_exceed_their_limit<H: Host>() {
    let world = Setup::new().var("MAX_STARTS", 4).open::<H>().await;
    let ana = world.log_in("ana@example.com").await;
    let answers = at_once(20, || {
        let ana = ana.clone();
        async move { ana.try_start(serde_json::json!({})).await }
    })
    .await;
    let (granted, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
    assert_eq!((granted.len(), refused.len()), (4, 16));
    refused.iter().for_each(|answer| drop(answer.problem("too-many-attempts")));
    assert_eq!(world.seen(Operation::StartSession).len(), 4);
}
