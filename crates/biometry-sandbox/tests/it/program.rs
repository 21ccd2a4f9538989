//! The program.

use std::process::Stdio;

use reqwest::StatusCode;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;

use crate::client::http_client;

fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_biometry-sandbox"));
    command.kill_on_drop(true).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

#[tokio::test]
async fn it_prints_where_it_listens_and_a_key_and_ends_on_sigterm() {
    let mut child = program().args(["--listen", "127.0.0.1:0"]).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let listening = lines.next_line().await.unwrap().unwrap();
    let url = listening.strip_prefix("listening on ").unwrap();
    let key = lines.next_line().await.unwrap().unwrap();
    let key = key.strip_prefix("key: ").unwrap();

    let start = http_client().post(format!("{url}/api-gateway/sessions/start")).bearer_auth(key);
    assert_eq!(start.send().await.unwrap().status(), StatusCode::OK);

    let id = child.id().unwrap().to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().await.unwrap().success());
    assert_eq!(child.wait().await.unwrap().code(), Some(0));
}

#[tokio::test]
async fn it_refuses_addresses_that_others_reach() {
    let output = program().args(["--listen", "0.0.0.0:0"]).output().await.unwrap();
    assert!(!output.status.success());
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(message.contains("--insecure-listen-anywhere"), "{message}");
}

#[tokio::test]
async fn it_explains_itself() {
    for (argument, expected) in [("--help", "--accept-any-key"), ("--personas", "`fail+liveness@…`")] {
        let output = program().arg(argument).output().await.unwrap();
        assert!(output.status.success());
        assert!(String::from_utf8_lossy(&output.stdout).contains(expected), "{argument}");
    }
}
