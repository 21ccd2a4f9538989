//! Uploads that come to nothing leave their place to others.

use std::time::Duration;

use biometry_gate_testkit::{Form, PATIENCE, Wire, media};
use biometry_sandbox::{Fault, Operation};

use crate::harness::{Host, Setup, ready, still_good};

on_every_host! {
    every_upload_gives_its_place_back,
    a_connection_that_breaks_while_the_platform_checks_loses_nothing,
}

async fn every_upload_gives_its_place_back<H: Host>() {
    let (world, ana, challenge) = ready::<H>(Setup::new().var("MAX_UPLOADS", 1)).await;
    for form in [
        Form::new().file("video", media::png(200_000)),
        Form::new().file("video", media::webm(200_000)).text("note", "hello"),
        Form::new().file("video", media::webm(200_000)).text("phrase", "one"),
    ] {
        let answer = ana.upload(&challenge).form(&form).send().await;
        assert!(
            answer.status.is_client_error() && answer.code().as_deref() != Some("overloaded"),
            "{answer:?}"
        );
    }
    let (upload, _) = world.begin_upload(&ana, &challenge).await;
    upload.abort().await;
    ana.idle(&challenge).await;
    still_good(&world, &ana, &challenge).await;
}

/// Browsers send an upload again by themselves when its connection is reset. The second one meets the first.
async fn a_connection_that_breaks_while_the_platform_checks_loses_nothing<H: Host>() {
    let (world, ana, challenge) = ready::<H>(Setup::new()).await;
    world.sandbox.fault(Fault::on(Operation::ProcessVideo).times(1).delay(Duration::from_secs(1)));
    let form = Form::new().text("phrase", &challenge.phrase).file("video", media::webm(20_000));
    let more = format!("Content-Length: {}", form.bytes().len());
    let mut wire = Wire::connect(ana.browser.address()).await;
    wire.send(ana.upload_head(&challenge, &form.content_type(), &more)).await;
    wire.send(form.bytes()).await;
    let whole = |seen: &[biometry_sandbox::Entry]| {
        seen.iter().any(|entry| entry.operation == Some(Operation::ProcessVideo) && entry.complete)
    };
    world.sandbox.journal_when(whole).await.expect("the platform gets the upload");
    wire.reset();
    assert_eq!(ana.state(&challenge).await, "processing");
    ana.upload(&challenge).form(&form).send().await.problem("session-busy");
    assert!(world.gate().drain(PATIENCE).await, "the work behind the upload ends");
    assert_eq!(ana.state(&challenge).await, "passed");
    ana.upload(&challenge).form(&form).send().await.problem("session-busy");
    assert_eq!(world.seen(Operation::ProcessVideo).len(), 1, "nothing is judged twice");
    ana.statement().await.ok();
}
