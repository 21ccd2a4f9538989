//! Uploads that come to nothing leave their place to others.

use biometry_gate_testkit::{Form, media};

use crate::harness::{Host, Setup, ready, still_good};

on_every_host! {
    every_upload_gives_its_place_back,
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
