//! What people do who mean well.

use biometry_gate_testkit::Form;
use biometry_gate_testkit::host::Challenge;
use biometry_gate_testkit::media;
use http::Method;
use serde_json::{Value, json};

use super::notes::Notes;
use crate::harness::{Member, World, capture};

pub(super) async fn pages_and_logins(world: &World, notes: &mut Notes) {
    let browser = world.browser();
    for path in
        ["/", "/healthz", "/assets/js/app.js", "/assets/base.css", "/assets/icon.svg", "/assets/none.js"]
    {
        notes.answer(path, browser.get(path).send().await);
    }
    for path in [
        "/assets/../Cargo.toml",
        "/assets/",
        "/assets",
        "/nothing",
        "/nothing/at/all",
        "//",
        "/api",
        "/login/",
    ] {
        notes.answer(path, browser.get(path).send().await);
    }
    for (method, path) in [
        (Method::HEAD, "/"),
        (Method::HEAD, "/healthz"),
        (Method::POST, "/"),
        (Method::DELETE, "/healthz"),
        (Method::GET, "/login"),
        (Method::PUT, "/login"),
        (Method::GET, "/logout"),
        (Method::GET, "/login/face"),
        (Method::OPTIONS, "/login"),
        (Method::POST, "/api/whoami"),
    ] {
        let step = format!("{method} {path}");
        notes.answer(&step, browser.request(method, path).send().await);
    }
    notes.answer("whoami", browser.get("/api/whoami").send().await);
    let login = |body: Value| browser.post("/login").json(body);
    notes.answer("a login", login(json!({ "email": "ana@example.com" })).send().await);
    notes.answer("whoami, logged in", browser.get("/api/whoami").send().await);
    notes.answer("HEAD whoami", browser.request(Method::HEAD, "/api/whoami").send().await);
    notes.answer("another login", login(json!({ "email": "ben@example.com" })).send().await);
    notes.answer("a login with too much", login(json!({ "email": "ana@example.com", "x": 1 })).send().await);
    notes.answer("a login without an address", login(json!({ "email": "ana" })).send().await);
    notes.answer("a login of nothing", browser.post("/login").send().await);
    notes.answer("a login as text", browser.post("/login").body("email=ana@example.com").send().await);
    notes.answer("a login far too long", browser.post("/login").body("x".repeat(200_000)).send().await);
    notes.answer("a logout", browser.post("/logout").send().await);
    notes.answer("a logout without a login", browser.post("/logout").send().await);
    notes.answer("whoami, logged out", browser.get("/api/whoami").send().await);
}

pub(super) async fn a_statement_and_a_transfer(world: &World, notes: &mut Notes) {
    let ana = world.log_in("pass@example.com").await;
    let browser = &ana.browser;
    notes.answer("a statement", ana.statement().await);
    notes.answer("consent so far", browser.get("/biometry/consent").send().await);
    notes.answer("a consent", ana.give_consent(json!({ "authorization": true, "text_version": "1" })).await);
    notes.answer("a session so far", browser.get("/biometry/session").send().await);
    let started = notes.answer("a start", ana.try_start(json!({})).await).granted();
    notes.answer("the session", browser.get("/biometry/session").send().await);
    notes.answer("an upload", ana.verify(&Challenge::read(&started)).await);
    notes.answer("the statement", ana.statement().await);
    notes.answer("the statement again", ana.statement().await);
    notes.answer("HEAD of the statement", browser.request(Method::HEAD, "/api/statement").send().await);

    let refusal = notes.answer("a transfer", ana.transfer("Zo\u{eb}", "12.50").await);
    let intent = &refusal.problem("step-up-required")["step_up"]["intent"]["id"];
    let start = json!({ "policy": "transfer", "intent": intent });
    let started = notes.answer("a start for the transfer", ana.try_start(start).await).granted();
    let challenge = Challenge::read(&started);
    let form = Form::new().text("phrase", &challenge.phrase).file("video", media::mp4(200_000));
    notes.answer("an upload for the transfer", ana.upload(&challenge).form(&form).send().await);
    notes.answer("another transfer", ana.transfer("Zo\u{eb}", "12.51").await);
    notes.answer("the transfer", ana.transfer("Zo\u{eb}", "12.50").await);
    notes.answer("the transfer again", ana.transfer("Zo\u{eb}", "12.50").await);
    notes.answer("the statement with it", ana.statement().await);
    notes.answer("an end", browser.post("/biometry/session/end").send().await);
    notes.answer("a withdrawal", browser.delete("/biometry/consent?purpose=authorization").send().await);
    notes.answer("the statement, withdrawn", ana.statement().await);
}

pub(super) async fn the_platforms_words(world: &World, notes: &mut Notes) {
    let ana = world.log_in("pass@example.com").await;
    let browser = &ana.browser;
    notes.answer("the history so far", browser.get("/biometry/api-consent/history").send().await);
    for (step, path) in [("a consent", "consent"), ("a consent to storage", "strg-consent")] {
        let body = json!({ "is_consent_given": true, "user_fullname": "pass@example.com" });
        notes.answer(step, browser.post(&format!("/biometry/api-consent/{path}")).json(body).send().await);
    }
    notes.answer("the history", browser.get("/biometry/api-consent/history").send().await);
    let start = browser.post("/biometry/api-gateway/sessions/start?warmup=true").send().await;
    let challenge = Challenge::read(&notes.answer("a start", start).granted());
    let verify =
        browser.post("/biometry/api-gateway/process-video").header("x-session-id", &challenge.session);
    notes.answer("an upload", verify.form(&capture()).send().await);
    let end = browser.post(&format!("/biometry/api-gateway/sessions/end/{}", challenge.session));
    notes.answer("an end", end.json(json!({ "phone_number": "+15550100" })).send().await);
    let body = json!({ "is_consent_given": false });
    notes.answer("a withdrawal", browser.post("/biometry/api-consent/consent").json(body).send().await);
}

pub(super) async fn a_sign_in_by_face(world: &World, notes: &mut Notes) {
    world.consented("pass@example.com").await;
    let browser = world.browser();
    notes.answer("a sign-in without a pass", browser.post("/login/face").send().await);
    let start = json!({ "policy": "login", "subject": "pass@example.com" });
    let started = browser.post("/biometry/session/start").json(start).send().await;
    let challenge = Challenge::read(&notes.answer("a start", started).granted());
    notes.answer("the session", browser.get("/biometry/session").send().await);
    notes.answer("too early", browser.post("/login/face").send().await);
    let upload = browser.post("/biometry/verify").header("x-session-id", &challenge.session);
    notes.answer("an upload", upload.form(&capture()).send().await);
    let copy = browser.copy();
    notes.answer("the sign-in", browser.post("/login/face").send().await);
    notes.answer("the sign-in again", copy.post("/login/face").send().await);
    notes.answer("whoami", browser.get("/api/whoami").send().await);
}

pub(super) async fn everything_over_http2(world: &World, notes: &mut Notes) {
    let ana = Member::log_in(world.browser().over_http2(), "pass@example.com").await;
    let browser = &ana.browser;
    for path in ["/", "/healthz", "/nothing", "/biometry", "/biometry/", "/biometry/verify"] {
        notes.answer(path, browser.get(path).send().await);
    }
    notes.answer("a statement", ana.statement().await);
    notes.answer("a consent", ana.give_consent(json!({ "authorization": true })).await);
    let started = notes.answer("a start", ana.try_start(json!({})).await).granted();
    let challenge = Challenge::read(&started);
    let png = Form::new().file("video", media::png(5_000));
    notes.answer("no video", ana.upload(&challenge).form(&png).send().await);
    let long = ana.upload(&challenge).header("content-type", &capture().content_type());
    notes.answer("a file far too long", long.header("content-length", "99999999").open().answer().await);
    notes.answer("an upload", ana.verify(&challenge).await);
    notes.answer("the statement", ana.statement().await);
    notes.answer("a transfer", ana.transfer("Zoe", "1").await);
    notes.answer("a logout", browser.post("/logout").send().await);
}
