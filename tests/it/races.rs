//! Whatever happens at once, happens once.

use biometry_gate_testkit::Answer;
use biometry_sandbox::Operation;
use tokio::task::JoinSet;

use crate::harness::{Host, Setup, World};

on_every_host! {
    of_parallel_uploads_on_one_session_one_is_taken,
    of_parallel_transfers_on_one_approval_one_is_done,
    parallel_attempts_cannot_exceed_the_failures_that_are_left,
    parallel_starts_cannot_exceed_their_limit,
    of_parallel_starts_one_session_lives,
    a_statement_may_be_read_any_number_of_times_at_once,
}

async fn of_parallel_uploads_on_one_session_one_is_taken<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    for _ in 0..5 {
        let challenge = ana.start("statement").await;
        let before = world.captures();
        let answers = at_once(12, || {
            let (ana, challenge) = (ana.clone(), challenge.clone());
            async move { ana.verify(&challenge).await }
        })
        .await;
        let (taken, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
        assert_eq!(taken.len(), 1);
        taken[0].granted();
        refused.iter().for_each(|answer| drop(answer.problem("session-busy")));
        assert_eq!(world.captures(), before + 1);
        world.gate().unlock(&principal("pass@example.com")).await.expect("the store works");
    }
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

async fn of_parallel_starts_one_session_lives<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    let answers = at_once(6, || {
        let ana = ana.clone();
        async move { ana.try_start(serde_json::json!({})).await }
    })
    .await;
    let mut alive = Vec::new();
    for answer in answers {
        let challenge = crate::harness::Challenge::read(&answer.granted());
        if ana.state(&challenge).await == "issued" {
            alive.push(challenge);
        }
    }
    assert_eq!(alive.len(), 1);
    ana.verify(&alive[0]).await.granted();
}

async fn a_statement_may_be_read_any_number_of_times_at_once<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    ana.pass("statement").await;
    let answers = at_once(50, || {
        let ana = ana.clone();
        async move { ana.statement().await }
    })
    .await;
    answers.iter().for_each(|answer| drop(answer.ok()));
}

/// Sends that many requests at the same time.
async fn at_once<F>(count: usize, mut request: impl FnMut() -> F) -> Vec<Answer>
where
    F: Future<Output = Answer> + Send + 'static,
{
    let mut requests = JoinSet::new();
    for _ in 0..count {
        requests.spawn(request());
    }
    requests.join_all().await
}

fn principal(email: &str) -> biometry_gate::principal::Principal {
    biometry_gate::principal::Principal::new(email, "any").expect("a principal")
}
