//! Callers who are named by a token of an identity provider, which `PyJWT` signs here.

use std::path::Path;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use biometry_gate_forward::Config;
use biometry_gate_testkit::host::Person;
use biometry_gate_testkit::{Answer, Browser};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::server::{SECRET, Server, configure};
use crate::receipts::{Provider, provider};

/// A forward server whose callers bring tokens, and tokens of its provider.
struct Bearers {
    server: Server,
    provider: Provider,
}

impl Bearers {
    async fn open() -> Self {
        let provider = provider(&wishes()).await;
        let keys = provider.keys.to_string();
        let server = Server::start_with(|folder, text| {
            std::fs::write(folder.join("keys.json"), &keys).expect("a file");
            text.replace(HEADERS, TOKEN).replace(RECEIPTS, WITH_SUBJECT)
        })
        .await;
        Self { server, provider }
    }

    /// A person whose browser sends this token with everything, through a proxy.
    fn with(&self, token: &str) -> Person {
        self.with_text(self.provider.token(token))
    }

    fn with_text(&self, token: &str) -> Person {
        let browser = Browser::new(self.server.address)
            .with_header("x-forward-secret", SECRET)
            .with_header("authorization", &format!("Bearer {token}"));
        Person { browser, subject: "pass@example.com".to_owned() }
    }
}

async fn ask(person: &Person) -> Answer {
    let question = person.browser.get("/forward/check");
    question.header("x-forwarded-method", "GET").header("x-forwarded-uri", "/statement").send().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_of_the_provider_names_the_caller_and_their_session() {
    let bearers = Bearers::open().await;
    for algorithm in ["rs256", "es256", "eddsa"] {
        let ana = bearers.with(algorithm);
        ask(&ana).await.problem("step-up-required");
        ana.consent().await;
        ana.pass("statement").await;
        let answer = ask(&ana).await;
        let receipt = answer.header("biometry-receipt").unwrap_or_else(|| panic!("{algorithm}: {answer:?}"));
        let claims = BASE64_URL_SAFE_NO_PAD.decode(split(receipt).1).expect("claims");
        let claims: Value = serde_json::from_slice(&claims).expect("claims");
        assert_eq!(claims["sub"], "pass@example.com", "the application learns for whom it acts");
    }
    // The same session in a token that was renewed; another session; another user.
    assert!(ask(&bearers.with("renewed")).await.header("biometry-receipt").is_some());
    ask(&bearers.with("elsewhere")).await.problem("step-up-required");
    ask(&bearers.with("bob")).await.problem("step-up-required");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_is_not_valid_names_no_caller() {
    let bearers = Bearers::open().await;
    for token in [
        "expired",
        "early",
        "of another issuer",
        "for another app",
        "of a stranger",
        "symmetric",
        "unknown key",
        "key of another algorithm",
        "without an end",
        "of a logout",
        "with an extension",
    ] {
        ask(&bearers.with(token)).await.problem("authentication-required");
    }
    let good = bearers.provider.token("rs256");
    let (head, claims, signature) = split(good);
    let unsigned = "eyJhbGciOiJub25lIn0";
    for token in [
        format!("{head}.{claims}."),
        format!("{head}.{claims}"),
        format!("{unsigned}.{claims}."),
        format!("{unsigned}.{claims}.{signature}"),
        format!("{head}.{}.{signature}", split(bearers.provider.token("bob")).1),
        "A".repeat(20_000),
    ] {
        ask(&bearers.with_text(&token)).await.problem("authentication-required");
    }
    // Without a session a proof would outlive the login.
    ask(&bearers.with("without a session")).await.problem("identity-unavailable");
}

#[test]
fn a_caller_is_named_in_one_way_and_a_token_by_known_keys() {
    let folder = TempDir::new().expect("a folder");
    let complaint = |caller: &str| complaint(folder.path(), caller);
    for (caller, words) in [
        (format!("{HEADERS}\n{TOKEN_TABLE}keys_file = \"keys.json\""), "said in one way"),
        (format!("[caller]\n{TOKEN_TABLE}"), "`keys_url` or `keys_file`"),
        (
            format!("[caller]\n{TOKEN_TABLE}keys_file = \"a\"\nkeys_url = \"https://login.example\""),
            "`keys_url` or `keys_file`",
        ),
        (
            format!("[caller]\n{TOKEN_TABLE}keys_file = \"a\"\nsession_claim = \"sub\""),
            "`session_claim` names one",
        ),
        (format!("[caller]\n{TOKEN_TABLE}keys_file = \"a\"\nheader = \"\""), "a setting is empty"),
        ("[caller]".to_owned(), "or `token`"),
        (TOKEN.to_owned(), "with_subject"),
    ] {
        let found = complaint(&caller);
        assert!(found.contains(words), "{caller}: {found}");
    }
}

#[test]
fn an_amount_that_no_policy_could_have_spoken_is_an_error_at_the_start() {
    let folder = TempDir::new().expect("a folder");
    let found = complaint_of(folder.path(), |text| text.replace("decimals = 2", "decimals = 4"));
    assert!(found.contains("three `decimals`"), "{found}");
}

fn complaint(folder: &Path, caller: &str) -> String {
    complaint_of(folder, |text| text.replace(HEADERS, caller))
}

fn complaint_of(folder: &Path, change: impl FnOnce(String) -> String) -> String {
    let platform = "https://platform.example";
    let file = configure(folder, "a-fake-key", platform, |_, text| change(text));
    Config::read(&file).map(drop).expect_err("a configuration that could not work").to_string()
}

fn split(token: &str) -> (&str, &str, &str) {
    let mut parts = token.split('.');
    let mut next = || parts.next().expect("a part");
    (next(), next(), next())
}

/// What the provider is to sign.
fn wishes() -> Value {
    let claims = |changes: Value| {
        let mut claims = json!({
            "iss": "https://login.example", "aud": ["bank", "mail"], "sub": "pass@example.com", "sid": "session-of-a-test",
            "exp": 300,
        });
        let all = claims.as_object_mut().expect("an object");
        for (name, value) in changes.as_object().expect("an object") {
            all.insert(name.clone(), value.clone());
        }
        all.retain(|_, value| !value.is_null());
        claims
    };
    let rs256 = |changes: Value| json!({ "algorithm": "RS256", "claims": claims(changes) });
    let with = |mut wish: Value, name: &str, value: Value| {
        wish[name] = value;
        wish
    };
    let plain = || rs256(json!({}));
    json!({
        "rs256": plain(),
        "es256": { "algorithm": "ES256", "claims": claims(json!({ "sid": "second" })) },
        "eddsa": { "algorithm": "EdDSA", "claims": claims(json!({ "sid": "third" })) },
        "renewed": rs256(json!({ "exp": 900 })),
        "elsewhere": rs256(json!({ "sid": "fourth" })),
        "bob": rs256(json!({ "sub": "bob@example.com" })),
        "expired": rs256(json!({ "exp": -120 })),
        "early": rs256(json!({ "nbf": 4_000_000_000_u64 })),
        "of another issuer": rs256(json!({ "iss": "https://login.example/" })),
        "for another app": rs256(json!({ "aud": "mail" })),
        "of a stranger": with(plain(), "stranger", json!(true)),
        "symmetric": with(with(plain(), "algorithm", json!("HS256")), "headers", json!({ "kid": "RS256" })),
        "unknown key": with(plain(), "headers", json!({ "kid": "another" })),
        "key of another algorithm": with(plain(), "headers", json!({ "kid": "ES256" })),
        "without an end": with(plain(), "endless", json!(true)),
        "of a logout": with(plain(), "headers", json!({ "typ": "logout+jwt" })),
        "with an extension": with(plain(), "headers", json!({ "crit": ["b64"], "b64": true })),
        "without a session": rs256(json!({ "sid": null })),
    })
}

const HEADERS: &str = "[caller]\nuser_header = \"x-forwarded-user\"\nsession_header = \"x-forwarded-session\"  # or: session_cookie = \"_oauth2_proxy\"";
const RECEIPTS: &str = "key_file = \"receipts.pem\"";
const WITH_SUBJECT: &str = "key_file = \"receipts.pem\"\nwith_subject = true";
const TOKEN: &str =
    "[caller.token]\nissuer = \"https://login.example\"\naudience = \"bank\"\nkeys_file = \"keys.json\"";
const TOKEN_TABLE: &str = "[caller.token]\nissuer = \"https://login.example\"\naudience = \"bank\"\n";
