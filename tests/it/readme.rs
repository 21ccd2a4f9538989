//! The README's walk with curl, run line by line as it stands there.

use std::process::Stdio;

use biometry_gate_testkit::PATIENCE;
use tokio::process::Command;
use tokio::time::timeout;

use crate::harness::{Host, Program};

on_every_host! {
    the_walk_with_curl_works_as_it_is_written,
}

async fn the_walk_with_curl_works_as_it_is_written<H: Host>() {
    let program = Program::start::<H>(&[]).await;
    let folder = tempfile::tempdir().expect("a folder");
    let walk = walk().replace("127.0.0.1:3000", &program.address().to_string());
    let mut shell = Command::new("bash");
    shell.args(["-euo", "pipefail", "-c", &walk]).current_dir(&folder);
    shell.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let output = timeout(PATIENCE, shell.output()).await.expect("the walk ends").expect("bash starts");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    let order = [
        "\"step-up-required\"",
        "\"reason\":\"absent\"",
        "\"phrase\"",
        "\"scoring_result\":\"pass\"",
        "\"status\":\"done\"",
        "\"reason\":\"consumed\"",
    ];
    let mut rest = &*said;
    for expected in order {
        let found = rest.find(expected);
        rest = &rest[found.unwrap_or_else(|| panic!("no {expected} in the rest of {said}"))..];
    }
}

/// All shell blocks of the section.
fn walk() -> String {
    let section = README.split("\n## ").find(|section| section.starts_with("Ten minutes with curl"));
    let blocks = section.expect("the section").split("```sh\n").skip(1);
    blocks.filter_map(|block| block.split_once("```")).map(|(block, _)| block).collect()
}

const README: &str = include_str!("../../README.md");
