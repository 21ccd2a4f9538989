//! Runs one test again in a process of its own, where the environment can be changed without pulling
//! it from under other tests.

use std::process::{Command, Stdio};

/// What the parent asked for, if this is the child.
pub(crate) fn mode() -> Option<String> {
    std::env::var(MODE).ok()
}

/// Runs the test of this path again with this mode and these variables; answers whether it passed.
pub(crate) async fn passes(test: &'static str, mode: &str, variables: &[(&str, &str)]) -> bool {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", test]).env_remove("NO_PROXY").env_remove("no_proxy").stdout(Stdio::null());
    child.env(MODE, mode).envs(variables.iter().copied());
    let status = tokio::task::spawn_blocking(move || child.status()).await.unwrap();
    status.unwrap().success()
}

const MODE: &str = "BIOMETRY_CLIENT_TEST_MODE";
