//! What only its owner may see: in no log at any level, and in no answer to a browser.

use biometry_gate_testkit::{Answer, Browser, File, Form, media};
use biometry_sandbox::{Fault, Operation, Sandbox, Shape};
use serde_json::{Value, json};

use crate::harness::{Challenge, Host, Member, Program, Setup, World};

on_every_host! {
    the_log_at_trace_shows_nothing_of_a_flow_with_all_its_failures,
    no_answer_shows_a_browser_what_the_platform_said,
    no_answer_shows_a_browser_the_platforms_error,
}

async fn the_log_at_trace_shows_nothing_of_a_flow_with_all_its_failures<H: Host>() {
    let sandbox = Sandbox::start().await.expect("a sandbox");
    let (key, base) = (sandbox.mint_key(), sandbox.base_url());
    let secret = "the-cookie-secret-0123456789-abcdef";
    let program = Program::start::<H>(&[
        ("BIOMETRY_API_KEY", &key),
        ("BIOMETRY_BASE_URL", &base),
        ("SESSION_SECRET", secret),
        ("RUST_LOG", "trace"),
        ("MAX_FAILURES", "3"),
        ("MAX_STARTS", "100"),
    ])
    .await;
    let mut secrets = vec![key.clone(), secret.to_owned(), MARK.to_owned(), "Zoe Payee".to_owned()];
    secrets.extend(key.split('.').map(str::to_owned));
    for browser in [program.browser(), program.browser().over_http2()] {
        walk(&sandbox, browser, &mut secrets).await;
    }
    sandbox.revoke_key(&key);
    let rejected = program.log_in("pass+rejected@example.com").await;
    rejected.try_start(json!({})).await.problem("platform-unavailable");
    secrets.push(rejected.email);
    for entry in sandbox.journal() {
        secrets.extend(entry.session.clone());
        secrets.extend(entry.field("phrase").map(str::to_owned));
    }

    program.terminate();
    let (status, output) = program.end().await;
    assert!(status.success(), "{output}");
    for word in ["verify.passed", "verify.failed", "upload.rejected", "lock.entered", "key.rejected", "TRACE"]
    {
        assert!(output.contains(word), "the log is one: no {word} in {output}");
    }
    secrets.sort();
    secrets.dedup();
    assert!(secrets.len() > 60, "{}", secrets.len());
    for secret in secrets.iter().filter(|secret| secret.len() > 3) {
        let line = output.lines().find(|line| line.contains(secret.as_str()));
        assert_eq!(line, None, "{secret}");
    }
    for score in ["92.5", "71.25"] {
        assert_eq!(output.lines().find(|line| holds_number(line, score)), None, "{score}");
    }
}

/// Whether the number stands there by itself: durations have many digits, and any of them.
fn holds_number(line: &str, number: &str) -> bool {
    line.match_indices(number).any(|(place, _)| {
        let before = line[..place].chars().next_back();
        let after = line[place + number.len()..].chars().next();
        ![before, after].into_iter().flatten().any(|c| c.is_ascii_digit())
    })
}

/// A pass, a transfer, a sign-in and everything that can go wrong on the way.
async fn walk(sandbox: &Sandbox, browser: Browser, secrets: &mut Vec<String>) {
    let tag = if sandbox.journal().is_empty() { "one" } else { "two" };
    let ana = Member::log_in(browser.copy(), &format!("pass+{tag}@example.com")).await;
    ana.consent_to_all().await;
    let challenge = ana.start_approval("Zoe Payee", "12.50").await;
    ana.upload(&challenge).form(&marked(&challenge)).send().await.granted();
    ana.transfer("Zoe Payee", "12.50").await.ok();
    ana.transfer("Zoe Payee", "12.50").await.problem("step-up-required");
    let challenge = ana.start("statement").await;
    for form in [
        Form::new().text("phrase", "one two three").file("video", capture()),
        Form::new().text("userFullname", "mallory@example.com").file("video", capture()),
        Form::new().file("video", media::png(5_000)).text("phrase", &challenge.phrase),
        Form::new().file("video", capture()).text(MARK, MARK),
    ] {
        assert!(ana.upload(&challenge).form(&form).send().await.status.is_client_error());
    }
    let mut upload = ana.upload(&challenge).header("content-type", &marked(&challenge).content_type()).open();
    upload.send(marked(&challenge).bytes().slice(..4_000)).await;
    upload.abort().await;
    let wrong = Challenge { session: format!("sess_{}", "Q".repeat(32)), phrase: String::new() };
    ana.verify(&wrong).await.problem("session-unknown");
    people(&ana, secrets).await;
    keep(&ana, secrets);

    for who in [
        "fail",
        "score+71.25+lowscore",
        "malformed",
        "huge",
        "redirect",
        "cut",
        "error+500",
        "key-revoked",
        "locked",
    ] {
        let member = Member::log_in(browser.copy(), &format!("{who}+{tag}@example.com")).await;
        member.consent().await;
        let challenge = member.start("statement").await;
        member.upload(&challenge).form(&marked(&challenge)).send().await;
        keep(&member, secrets);
    }
    let member = Member::log_in(browser.copy(), &format!("fail+locked-out+{tag}@example.com")).await;
    member.consent().await;
    let mut challenge = member.start("statement").await;
    for _ in 0..3 {
        let failed = member.verify(&challenge).await.problem("verification-failed");
        if failed["phrase"].is_string() {
            challenge = challenge.renewed(&failed);
        }
    }
    member.verify(&challenge).await.problem("too-many-attempts");
    keep(&member, secrets);

    sandbox.fault(Fault::on(Operation::StartSession).times(1).cut_before_reply());
    ana.try_start(json!({})).await.problem("platform-unavailable");
    let start = json!({ "policy": "login", "subject": ana.email });
    let challenge =
        Challenge::read(&browser.post("/biometry/session/start").json(start).send().await.granted());
    let upload = browser.post("/biometry/verify").header("x-session-id", &challenge.session);
    upload.form(&marked(&challenge)).send().await.granted();
    browser.post("/login/face").send().await.ok();
    secrets.extend(browser.cookie("__Host-biometry-login").map(|cookie| cookie.value));
    keep(&Member::with(browser, &ana.email), secrets);
    ana.browser.delete("/biometry/consent").send().await.granted();
    ana.log_out().await;
}

/// An enrollment, a document and a match, and what goes wrong with them.
async fn people(ana: &Member, secrets: &mut Vec<String>) {
    let picture = || {
        let file = media::png(6_000);
        let name = format!("{MARK}.png");
        File { name, bytes: [&file.bytes[..], MARK.as_bytes()].concat().into(), ..file }
    };
    let send = async |path: &str, form: Form| ana.browser.post(path).form(&form).send().await;
    let face = Form::new().file("face", picture()).text("is_document", "true");
    send("/biometry/enroll/face", face.clone()).await.granted();
    send("/biometry/enroll/face", face.text(MARK, MARK)).await.problem("invalid-upload");
    let challenge = ana.start("limits").await;
    let voice = Form::new().text("phrase", &challenge.phrase).file("voice", capture());
    send("/biometry/enroll/voice", voice).await.granted();
    let unsaid = Form::new().text("phrase", MARK).file("voice", capture());
    send("/biometry/enroll/voice", unsaid).await.problem("phrase-mismatch");
    ana.show_document(&picture()).await.granted();
    ana.show_document(&capture()).await.problem("unsupported-media");
    ana.verify(&challenge).await.granted();
    let both = Form::new().file("video", capture()).file("image", capture());
    send("/biometry/face/match", both).await.problem("unsupported-media");
    ana.match_face(&picture()).await.granted();
    ana.browser.get("/api/limits").send().await.ok();
    // What the sandbox says of every document.
    for said in ["ERIKSSON", "D23145890", "1974-08-12", "iVBORw0KGgo"] {
        secrets.push(said.to_owned());
    }
}

/// Remembers whatever was handed to this browser.
fn keep(member: &Member, secrets: &mut Vec<String>) {
    secrets.push(member.email.clone());
    secrets.extend(member.browser.cookie("bank-session").map(|cookie| cookie.value));
    for answer in member.browser.answers() {
        let Ok(body) = serde_json::from_slice::<Value>(&answer.body) else { continue };
        for place in ["/data", "/phrase", "/decision/id", "/step_up/intent/id", "/intent/id"] {
            secrets.extend(body.pointer(place).and_then(Value::as_str).map(str::to_owned));
        }
    }
}

/// A capture with a text in it that can be looked for.
fn capture() -> File {
    let file = media::webm(6_000);
    File { name: format!("{MARK}.webm"), bytes: [&file.bytes[..], MARK.as_bytes()].concat().into(), ..file }
}

fn marked(challenge: &Challenge) -> Form {
    Form::new().text("phrase", &challenge.phrase).file("video", capture())
}

async fn no_answer_shows_a_browser_what_the_platform_said<H: Host>() {
    for shape in [Shape::Sdk, Shape::Guide, Shape::Legacy] {
        let world = Setup::new().sandbox(|sandbox| sandbox.shape(shape)).open::<H>().await;
        for who in [
            "pass",
            "fail",
            "fail+face",
            "refer",
            "someone-else",
            "two-people",
            "removed",
            "score+71.25",
            "misread",
        ] {
            let member = world.consented(&format!("{who}@example.com")).await;
            for path in ["/biometry/verify", "/biometry/api-gateway/process-video"] {
                let challenge = member.start("statement").await;
                let upload = member.browser.post(path).header("x-session-id", &challenge.session);
                upload.form(&crate::harness::capture()).send().await;
                member.statement().await;
                member.browser.get("/biometry/session").send().await.granted();
            }
            says_nothing(&world, &member.browser.answers());
        }
    }
}

async fn no_answer_shows_a_browser_the_platforms_error<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    let challenge = ana.start("statement").await;
    let said = "it says so upstream";
    for status in [200, 400, 401, 403, 404, 422, 500, 503] {
        let body = json!({ "error": said, "message": said, "data": { "secret": said } });
        world.sandbox.fault(Fault::on(Operation::ProcessVideo).times(1).status(status, body.clone()));
        let answer = ana.upload(&challenge).form(&crate::harness::capture()).send().await;
        assert!(!answer.text().contains(said), "{answer:?}");
        world.sandbox.fault(Fault::on(Operation::StartSession).times(1).status(status, body));
        let answer = ana.try_start(json!({})).await;
        assert!(!answer.text().contains(said), "{answer:?}");
    }
    says_nothing(&world, &ana.browser.answers());
}

/// Key, scores, the platform's own session, names it found, and anything about single services.
fn says_nothing(world: &World, answers: &[Answer]) {
    let platforms = world.sandbox.journal().into_iter().filter_map(|entry| entry.session).collect::<Vec<_>>();
    assert!(answers.len() > 5);
    // The host's own answer to a log-in holds the e-mail address, which names a persona.
    for answer in answers.iter().filter(|answer| !answer.headers.contains_key("set-cookie")) {
        let everything = format!("{:?}\n{}", answer.headers, answer.text());
        for secret in [
            &*world.key,
            "92.5",
            "71.25",
            "mallory",
            "searchName",
            "Face Recognition",
            "Liveness",
            "liveness",
            "Voice Recognition",
            "Visual Speech",
            "decision_reasons",
            "\"score\"",
            "x-removed-services",
            "x-auto-enroll",
            "log_odds",
        ] {
            assert!(!everything.contains(secret), "{secret}: {everything}");
        }
        for session in &platforms {
            assert!(!everything.contains(session.as_str()), "the platform's session: {everything}");
        }
    }
}

const MARK: &str = "bytes-of-a-face";
