//! `biometry-gate doctor`: what it says of good and of bad surroundings, and with what status it ends.

use std::process::Stdio;

use biometry_client::Service;
use biometry_gate_testkit::{PATIENCE, RedisServer};
use biometry_sandbox::Sandbox;
use serde_json::Value;
use tokio::process::Command;
use tokio::time::timeout;

#[tokio::test]
async fn with_everything_in_order_there_is_no_fault() {
    let (sandbox, redis) = (Sandbox::start().await.expect("a sandbox"), RedisServer::start().await);
    let (key, base, store) = (sandbox.mint_key(), sandbox.base_url(), redis.url());
    let environment = [("BIOMETRY_API_KEY", &*key), ("BIOMETRY_BASE_URL", &*base), ("STORE_URL", &*store)];
    let said = doctor(&environment, &["--policy", "transfer=voice", "--store-timeout-ms", "15000"]).await;
    assert_eq!(said.status, Some(0), "{}", said.text);
    for check in ["dns", "tcp", "clock", "key", "services", "policies", "store", "ready"] {
        assert!(said.has("fine", check), "{check}: {}", said.text);
    }
    assert!(said.has("note", "tls") && said.text.ends_with("no fault\n"), "{}", said.text);
    assert!(Service::ALL.iter().all(|service| said.text.contains(service.as_str())), "{}", said.text);
}

#[tokio::test]
async fn a_key_without_a_service_cannot_meet_a_policy_that_requires_it() {
    let sandbox = Sandbox::start().await.expect("a sandbox");
    let key = sandbox.mint_key_with(&["Face Liveness Detection", "Face Recognition"]);
    let said = doctor(&at(&sandbox, &key), &["--policy", "transfer"]).await;
    assert_eq!(said.status, Some(1), "{}", said.text);
    assert!(said.has("fine", "key") && said.has("fault", "policies"), "{}", said.text);
    assert!(said.text.contains("the policy transfer requires Visual Speech Recognition"), "{}", said.text);
}

#[tokio::test]
async fn a_key_that_is_not_taken_is_a_fault_and_never_printed() {
    let sandbox = Sandbox::start().await.expect("a sandbox");
    let key = sandbox.mint_key();
    sandbox.revoke_key(&key);
    for json in [&[][..], &["--json"]] {
        let said = doctor(&at(&sandbox, &key), json).await;
        assert_eq!(said.status, Some(1), "{}", said.text);
        assert!(said.text.contains("the platform does not take the key"), "{}", said.text);
    }
    let said = doctor(&at(&sandbox, "not-a-key-at-all"), &[]).await;
    assert!(said.status == Some(1) && said.has("fault", "key"), "{}", said.text);
    assert!(said.has("skipped", "policies"), "{}", said.text);
}

#[tokio::test]
async fn each_step_to_the_platform_is_at_fault_by_its_own_name() {
    let sandbox = Sandbox::start().await.expect("a sandbox");
    let (key, base) = (sandbox.mint_key(), sandbox.base_url());
    let tls = base.replace("http://", "https://");
    for (address, check) in
        [("https://no-such-host.invalid", "dns"), ("https://127.0.0.1:1", "tcp"), (&*tls, "tls")]
    {
        let environment = [("BIOMETRY_API_KEY", &*key), ("BIOMETRY_BASE_URL", address)];
        let said = doctor(&environment, &[]).await;
        assert_eq!(said.status, Some(1), "{address}: {}", said.text);
        assert!(said.has("fault", check), "{address}: {}", said.text);
        assert!(said.has("skipped", "ready"), "{address}: {}", said.text);
    }
}

#[tokio::test]
async fn a_store_that_is_not_fit_is_named_with_its_remedy() {
    let sandbox = Sandbox::start().await.expect("a sandbox");
    let key = sandbox.mint_key();
    let evicting = RedisServer::start_with(&["--maxmemory-policy", "allkeys-lru"]).await;
    let user = ["acl", "setuser", "reader", "on", ">hunter2", "~*", "+@read", "+info", "+hello", "+client"];
    let guarded = RedisServer::start().await;
    guarded.cli(&user).await;
    let reader = guarded.url().replace("redis://", "redis://reader:hunter2@");
    for (store, word) in [
        (evicting.url(), "noeviction"),
        (reader, "right"),
        ("redis://127.0.0.1:1".to_owned(), "127.0.0.1:1"),
        ("mysql://root:hunter2@db".to_owned(), "the address of the store is none of these"),
    ] {
        let said = doctor(&at(&sandbox, &key), &["--store", &store, "--store-timeout-ms", "15000"]).await;
        assert_eq!(said.status, Some(1), "{store}: {}", said.text);
        assert!(said.has("fault", "store") && said.text.contains(word), "{store}: {}", said.text);
        assert!(!said.text.contains("hunter2"), "{}", said.text);
    }
}

#[tokio::test]
async fn several_replicas_with_a_store_of_one_process_are_a_fault() {
    let sandbox = Sandbox::start().await.expect("a sandbox");
    let said = doctor(&at(&sandbox, &sandbox.mint_key()), &["--replicas", "2"]).await;
    assert!(said.status == Some(1) && said.text.contains("several `replicas` need a store"), "{}", said.text);
}

#[tokio::test]
async fn programs_get_the_same_as_json() {
    let sandbox = Sandbox::start().await.expect("a sandbox");
    let said = doctor(&at(&sandbox, &sandbox.mint_key()), &["--json"]).await;
    let json: Value = serde_json::from_str(&said.text).expect("it is JSON");
    assert_eq!((said.status, &json["faults"]), (Some(0), &Value::from(0)), "{json}");
    let checks = json["findings"].as_array().expect("a list").iter().map(|finding| &finding["check"]);
    assert!(
        checks.clone().any(|check| check == "key") && checks.clone().any(|check| check == "store"),
        "{json}"
    );
}

#[tokio::test]
async fn what_makes_no_sense_ends_with_another_status() {
    for arguments in [&[][..], &["--policy", "a=nose"], &["--through", "nowhere"], &["--colour"]] {
        let said = doctor(&[], arguments).await;
        assert_eq!(said.status, Some(2), "{arguments:?}: {}", said.text);
    }
    assert_eq!(doctor(&[], &["--help"]).await.status, Some(0));
}

/// What the program has said, and how it has ended.
pub(crate) struct Said {
    pub(crate) status: Option<i32>,
    pub(crate) text: String,
}

impl Said {
    /// Whether there is such a finding.
    pub(crate) fn has(&self, level: &str, check: &str) -> bool {
        let mut lines = self.text.lines().map(str::split_whitespace);
        lines.any(|mut words| words.next() == Some(level) && words.next() == Some(check))
    }
}

/// Runs the program with this environment and nothing else of ours.
pub(crate) async fn doctor(environment: &[(&str, &str)], arguments: &[&str]) -> Said {
    let mut command = Command::new(env!("CARGO_BIN_EXE_doctor-under-test"));
    command.arg("doctor").args(arguments).env_clear().envs(environment.iter().copied());
    let output = timeout(PATIENCE, command.stdin(Stdio::null()).output()).await.expect("the program ends");
    let output = output.expect("the program starts");
    let text = String::from_utf8([output.stdout, output.stderr].concat()).expect("its output is text");
    for (name, key) in environment {
        assert!(*name != "BIOMETRY_API_KEY" || !text.contains(key), "the key is printed: {text}");
    }
    Said { status: output.status.code(), text }
}

fn at<'a>(sandbox: &Sandbox, key: &'a str) -> [(&'static str, &'a str); 2] {
    let base: &'static str = String::leak(sandbox.base_url());
    [("BIOMETRY_API_KEY", key), ("BIOMETRY_BASE_URL", base)]
}
