use super::{ONCE, REUSABLE, approve, inside, reason, run, visit};
use crate::answer::Answer;
use crate::host::{HostHarness, Setup, Stage, at_once};

pub async fn of_parallel_requests_on_one_use_one_is_let_in<H: HostHarness>() {
    // Once with a store that answers at once, and once with one that has to be waited for.
    for setup in [Setup::new(), Setup::new().with_faulty_store().0] {
        let stage = setup.open::<H>().await;
        let ana = stage.consented("pass@example.com").await;
        ana.pass("once").await;
        let answers = at_once(50, || {
            let ana = ana.clone();
            async move { visit(&ana, ONCE).await }
        })
        .await;
        one_is_let_in(&answers);
        assert_eq!(stage.app.runs(), 1);
    }
}

pub async fn of_parallel_runs_of_one_operation_one_is_let_in<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    let ana = stage.consented("pass@example.com").await;
    approve(&ana, "12.50 for Zoe").await;
    let answers = at_once(100, || {
        let ana = ana.clone();
        async move { run(&ana, "12.50 for Zoe").await }
    })
    .await;
    one_is_let_in(&answers);
    assert_eq!(stage.app.runs(), 1);
}

pub async fn a_reusable_decision_opens_any_number_of_times_at_once<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    let ana = stage.consented("pass@example.com").await;
    ana.pass("reusable").await;
    let answers = at_once(50, || {
        let ana = ana.clone();
        async move { visit(&ana, REUSABLE).await }
    })
    .await;
    answers.iter().for_each(|answer| drop(inside(answer)));
    assert_eq!(stage.app.runs(), 50);
}

#[track_caller]
fn one_is_let_in(answers: &[Answer]) {
    let (let_in, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
    assert_eq!(let_in.len(), 1);
    refused.into_iter().for_each(|answer| assert_eq!(reason(answer), "consumed"));
}
