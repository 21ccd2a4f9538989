//! The score that is enough at the bank is what its settings say.

use biometry_sandbox::ScoreScale;

use crate::harness::{Host, Setup};

on_every_host! {
    a_score_counts_on_the_configured_scale,
    the_threshold_is_met_exactly,
}

async fn a_score_counts_on_the_configured_scale<H: Host>() {
    let unit = |sandbox: biometry_sandbox::SandboxBuilder| sandbox.score_scale(ScoreScale::Unit);
    let world =
        Setup::new().sandbox(unit).var("SCORE_SCALE", "unit").var("MIN_SCORE", "0.7").open::<H>().await;
    world.consented("pass@example.com").await.pass("statement").await;
    // 71.5 lies beyond the unit scale, and 0.6 below the threshold.
    for who in ["score+71.5", "score+0.6", "score+1.01", "score+-1"] {
        let member = world.consented(&format!("{who}@example.com")).await;
        let challenge = member.start("statement").await;
        member.verify(&challenge).await.problem("verification-failed");
    }

    let percent_expected = Setup::new().sandbox(unit).open::<H>().await;
    let member = percent_expected.consented("pass@example.com").await;
    let challenge = member.start("statement").await;
    member.verify(&challenge).await.problem("verification-failed");
}

async fn the_threshold_is_met_exactly<H: Host>() {
    let world = Setup::new().var("MIN_SCORE", "71.5").open::<H>().await;
    world.consented("score+71.5@example.com").await.pass("statement").await;
    let member = world.consented("score+71.49@example.com").await;
    let challenge = member.start("statement").await;
    member.verify(&challenge).await.problem("verification-failed");
}
