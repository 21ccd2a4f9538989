//! Hostile requests, through a client library.

use biometry_gate_testkit::{Form, media};
use http::Method;
use serde_json::json;

use super::notes::Notes;
use crate::harness::{World, capture};

pub(super) async fn callers_out_of_place(world: &World, notes: &mut Notes) {
    let ana = world.consented("pass@example.com").await;
    let browser = &ana.browser;
    for (method, path) in [
        (Method::GET, "/biometry"),
        (Method::GET, "/biometry/"),
        (Method::POST, "/biometry//"),
        (Method::GET, "/biometry/nothing"),
        (Method::GET, "/biometry/verify"),
        (Method::PUT, "/biometry/consent"),
        (Method::HEAD, "/biometry/session"),
        (Method::OPTIONS, "/biometry/session/start"),
        (Method::TRACE, "/biometry/session"),
        (Method::GET, "/biometry/%73ession"),
        (Method::GET, "/biometry/session/../consent"),
        (Method::GET, "/api/statement/"),
        (Method::POST, "/api/statement"),
        (Method::GET, "/api/transfer"),
        (Method::HEAD, "/api/transfer"),
        (Method::OPTIONS, "/api/transfer"),
        (Method::DELETE, "/api/transfer"),
    ] {
        let step = format!("{method} {path}");
        notes.answer(&step, browser.request(method, path).send().await);
    }
    let preflight = browser.request(Method::OPTIONS, "/api/transfer").header("origin", "https://app.example");
    let preflight = preflight.header("access-control-request-method", "POST");
    notes.answer("a preflight", preflight.send().await);
    for (step, request) in [
        ("another site's start", browser.post("/biometry/session/start")),
        ("another site's consent", browser.delete("/biometry/consent")),
        ("another site's transfer", browser.post("/api/transfer")),
        ("another site's logout", browser.post("/logout")),
        ("another site's sign-in", browser.post("/login/face")),
        ("another site's upload", browser.post("/biometry/verify").form(&capture())),
    ] {
        notes.answer(step, request.header("origin", "https://evil.example").send().await);
    }
    for (step, body) in [
        ("an empty transfer", String::new()),
        ("a transfer twice", r#"{"to":"Zoe","amount":"1","amount":"2"}"#.to_owned()),
        ("a transfer far too long", format!(r#"{{"to":"Zoe","amount":"1"{}}}"#, " ".repeat(80_000))),
    ] {
        notes.answer(step, browser.post("/api/transfer").body(body).send().await);
    }
    let named = browser.get("/biometry/session").header("x-user-fullname", "ben@example.com");
    notes.answer("another name", named.send().await);
    notes.answer("another name in a query", browser.get("/biometry/consent?user_fullname=b").send().await);
    for (step, body) in
        [("an unknown member", json!({ "x": 1 })), ("an unknown policy", json!({ "policy": "x" }))]
    {
        notes.answer(step, ana.try_start(body).await);
    }
    let broken = browser.post("/biometry/consent").header("content-type", "application/json").body("{");
    notes.answer("broken json", broken.send().await);
    let thief = world.browser();
    thief.put_cookie("bank-session", "forged");
    notes.answer("a forged cookie", thief.get("/api/statement").send().await);
}

pub(super) async fn uploads_out_of_order(world: &World, notes: &mut Notes) {
    let ana = world.consented("pass@example.com").await;
    let challenge = ana.start("statement").await;
    let video = || media::webm(20_000);
    for (step, form) in [
        ("no part", Form::new()),
        ("no file", Form::new().text("phrase", &challenge.phrase)),
        ("an empty file", Form::new().file("video", media::webm(0))),
        ("a picture", Form::new().file("video", media::png(20_000))),
        ("two files", Form::new().file("video", video()).file("video", video())),
        ("another field", Form::new().file("video", video()).text("note", "hello")),
        ("another name", Form::new().text("userFullname", "ben@example.com").file("video", video())),
        ("a long field", Form::new().text("vocabulary", &"x".repeat(5_000)).file("video", video())),
    ] {
        notes.answer(step, ana.upload(&challenge).form(&form).send().await);
    }
    let whole = capture().bytes();
    let typed = || ana.upload(&challenge).header("content-type", &capture().content_type());
    notes.answer("half a form", typed().body(whole.slice(..whole.len() - 30)).send().await);
    notes.answer("no form", typed().body("no delimiter at all").send().await);
    notes.answer("no type", ana.upload(&challenge).body("hello").send().await);
    let json = ana.upload(&challenge).json(json!({ "video": "hello" }));
    notes.answer("json", json.send().await);
    let encoded = ana.upload(&challenge).header("content-encoding", "gzip").form(&capture());
    notes.answer("an encoding", encoded.send().await);
    notes.answer("far too long", typed().header("content-length", "99999999").open().answer().await);
    let twice = ana.upload(&challenge).header("x-session-id", "sess_x").form(&capture());
    notes.answer("two sessions", twice.send().await);
    notes.answer("the upload at last", ana.verify(&challenge).await);
}
