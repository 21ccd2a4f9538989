//! One library of Python and one of Node, neither of which knows more of receipts than the manual says.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use biometry_gate_testkit::{PATIENCE, eddsa_key, es256_key};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;
use tokio::time::timeout;

use super::{Bank, ISSUER, LEDGER};
use crate::contracts::OnAxum;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pyjwt_verifies_receipts_and_nothing_that_was_changed() {
    both_algorithms(|| python("verify.py")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn jose_verifies_receipts_and_nothing_that_was_changed() {
    both_algorithms(|| {
        let mut node = Command::new("node");
        node.arg(at("tests/receipts/verify.mjs"));
        node
    })
    .await;
}

#[test]
fn the_manual_shows_the_hash_as_the_other_languages_compute_it() {
    for (file, begin) in [
        (include_str!("../../receipts/verify.py"), "def display_hash"),
        (include_str!("../../receipts/verify.mjs"), "function displayHash"),
    ] {
        let (_, function) = file.split_once(begin).expect("the function");
        let end = ["\n\n\n", "\n}\n"].iter().filter_map(|end| function.find(end)).min().expect("its end");
        assert!(CHAPTER.contains(&function[..end]), "{begin}");
    }
}

/// Verifies the receipts of operations and of sessions, by keys of both kinds.
async fn both_algorithms(library: impl Fn() -> Command) {
    for key in [eddsa_key(), es256_key()] {
        let bank: Bank<OnAxum> = Bank::open(&key).await;
        let operation = "12.50 for Zo\u{eb}";
        let approved = (bank.receipt(operation).await, json!([["What", operation]]));
        for (receipt, lines) in [approved, (bank.reusable_receipt().await, Value::Null)] {
            let given = json!({
                "keys": bank.keys().await, "issuer": ISSUER, "audience": LEDGER, "receipt": receipt, "lines": lines,
            });
            let found = run(library(), &given).await;
            let is_operation = !lines.is_null();
            assert_eq!(found["claims"]["single_use"], is_operation);
            assert_eq!(found["claims"]["policy"], if is_operation { "operation" } else { "reusable" });
            assert!(found["tries"].as_u64().expect("a number") > receipt.len() as u64 - 4);
        }
    }
}

/// An identity provider that is written with `PyJWT`.
pub(crate) struct Provider {
    /// What it publishes.
    pub(crate) keys: Value,
    tokens: Value,
}

impl Provider {
    /// A token by the name that the test has given it.
    pub(crate) fn token(&self, name: &str) -> &str {
        self.tokens[name].as_str().unwrap_or_else(|| panic!("no token {name}"))
    }
}

/// Has new keys made, and tokens signed: `provider.py` says what of a wish.
pub(crate) async fn provider(wishes: &Value) -> Provider {
    let made = run(python("provider.py"), wishes).await;
    Provider { keys: made["keys"].clone(), tokens: made["tokens"].clone() }
}

fn python(program: &str) -> Command {
    let mut python = Command::new(at("target/receipts/venv/bin/python"));
    python.arg(at("tests/receipts").join(program));
    python
}

async fn run(mut program: Command, given: &Value) -> Value {
    program.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let mut process = program.spawn().unwrap_or_else(|error| {
        panic!("{program:?} cannot be started, `cargo xtask test` brings it: {error}");
    });
    let mut input = process.stdin.take().expect("a pipe");
    input.write_all(given.to_string().as_bytes()).await.expect("it reads");
    drop(input);
    let output = timeout(PATIENCE * 2, process.wait_with_output()).await.expect("it ends").expect("output");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

fn at(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

const CHAPTER: &str = include_str!("../../../crates/biometry-gate/src/docs/receipts.md");
