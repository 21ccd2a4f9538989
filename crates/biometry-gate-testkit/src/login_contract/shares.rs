//! What strangers may take of a process: apart from what its members have.

use std::time::Duration;

use super::{signed_in, start, verify};
use crate::host::{Challenge, HostHarness, Person, Setup, capture};
use crate::upload::Upload;

pub async fn strangers_take_no_place_of_a_members_upload<H: HostHarness>() {
    let setup = Setup::new().gate(|gate| gate.platform(|platform| platform.max_uploads(4)));
    let stage = setup.open::<H>().await;
    let member = stage.consented("pass@example.com").await;
    let browser = signed_in(&stage, "pass@example.com").await;
    // One is a quarter of four.
    let stranger = Person { browser: stage.browser(), subject: "nobody@example.com".to_owned() };
    let challenge = Challenge::read(&start(&stranger.browser, &stranger.subject).await.granted());
    let upload = held_open(&stranger, &challenge).await;
    let other = stage.browser();
    let others = Challenge::read(&start(&other, "nobody+2@example.com").await.granted());
    verify(&other, &others).await.problem("overloaded");

    member.pass("reusable").await;
    let own = Challenge::read(&start(&browser, "pass@example.com").await.granted());
    verify(&browser, &own).await.granted();
    drop(upload);
    crate::host::eventually("the place is free again", async || verify(&other, &others).await.status == 403)
        .await;
}

pub async fn captures_of_strangers_are_paid_from_a_budget_of_their_own<H: HostHarness>() {
    let setup = Setup::new().gate(|gate| gate.platform(|platform| platform.budget(4, HOUR)));
    let stage = setup.open::<H>().await;
    let member = stage.consented("fail@example.com").await;
    for n in 0..4 {
        let stranger = stage.browser();
        let name = format!("nobody+{n}@example.com");
        let challenge = Challenge::read(&start(&stranger, &name).await.granted());
        verify(&stranger, &challenge).await.problem("verification-failed");
    }
    // None of these went to the platform. One is a quarter of four.
    let stranger = stage.browser();
    let challenge = Challenge::read(&start(&stranger, "fail@example.com").await.granted());
    verify(&stranger, &challenge).await.problem("verification-failed");
    verify(&stranger, &challenge).await.problem("overloaded");
    let challenge = member.start("reusable").await;
    member.verify(&challenge).await.problem("verification-failed");
}

pub async fn strangers_start_so_many_sign_ins_and_no_more<H: HostHarness>() {
    let setup = Setup::new().gate(|gate| gate.login(|login| login.starts(3, MINUTE)));
    let stage = setup.open::<H>().await;
    let member = stage.consented("pass@example.com").await;
    let browser = signed_in(&stage, "pass@example.com").await;
    for n in 0..2 {
        start(&stage.browser(), &format!("nobody+{n}@example.com")).await.granted();
    }
    let refused = start(&stage.browser(), "nobody@example.com").await;
    refused.problem("overloaded");
    assert_eq!(refused.header("retry-after"), Some("60"));
    member.start("reusable").await;
    start(&browser, "pass@example.com").await.granted();
    stage.clock.advance(MINUTE);
    start(&stage.browser(), "nobody@example.com").await.granted();
}

/// An upload that the host has begun to read, and that does not go on.
async fn held_open(person: &Person, challenge: &Challenge) -> Upload {
    let form = capture();
    let mut upload = person.upload(challenge).header("content-type", &form.content_type()).open();
    let mut bytes = form.bytes();
    let start = bytes.split_to(bytes.len() - 1);
    assert!(upload.send(start).await, "the host reads the upload");
    person_is_uploading(person, challenge).await;
    upload
}

async fn person_is_uploading(person: &Person, challenge: &Challenge) {
    crate::host::eventually("the upload is under way", async || {
        person.state(challenge).await == "processing"
    })
    .await;
}

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3_600);
