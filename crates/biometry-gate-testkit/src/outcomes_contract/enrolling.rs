use crate::host::{HostHarness, Stage};

pub async fn the_first_attempt_enrolls_and_the_second_one_verifies<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    let ana = stage.log_in("ana@example.com");
    ana.consent_to_all().await;
    let challenge = ana.start("reusable").await;
    let enrolled = ana.verify(&challenge).await.problem("enrolled-not-verified");
    assert!(stage.sandbox.enrolled("ana@example.com"));
    assert_eq!(ana.enter().await.problem("step-up-required")["reason"], "absent");
    ana.verify(&challenge.renewed(&enrolled)).await.granted();
    ana.enters().await;
}

pub async fn an_enrollment_is_never_a_pass_however_often_it_happens<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    let member = stage.log_in("enroll-again@example.com");
    member.consent_to_all().await;
    let mut challenge = member.start("reusable").await;
    for _ in 0..3 {
        let enrolled = member.verify(&challenge).await.problem("enrolled-not-verified");
        challenge = challenge.renewed(&enrolled);
    }
    member.enter().await.problem("step-up-required");
}
