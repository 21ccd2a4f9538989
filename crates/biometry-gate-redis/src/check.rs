//! Whether a server is fit to keep records: asked when the host starts, and whenever it wants to know.

use redis::{RedisError, ServerErrorKind};
use tokio::time::timeout;

use crate::builder::Wait;
use crate::error::ConnectError;
use crate::records::RedisRecords;

pub(crate) async fn check(records: &RedisRecords) -> Result<(), ConnectError> {
    let looking = async {
        // Runs everywhere or nowhere: the one thing that no setting tells.
        records.read(&records.probe()).await.map_err(|error| unfit_for_scripts(&error))?;
        for primary in records.link().info().await? {
            judge(&primary, records.settings().wait).map_err(ConnectError::unfit)?;
        }
        Ok(())
    };
    timeout(records.settings().time_limit, looking).await.unwrap_or_else(|_| Err(ConnectError::too_late()))
}

/// What an answer to `INFO` has against keeping records there.
fn judge(info: &str, wait: Option<Wait>) -> Result<(), String> {
    if let Some(policy) = field(info, "maxmemory_policy").filter(|policy| *policy != "noeviction") {
        return Err(format!(
            "maxmemory-policy is {policy}, which throws away consents and lock-outs when memory is short: set it to \
             noeviction, by `CONFIG SET maxmemory-policy noeviction` and in the server's configuration"
        ));
    }
    if field(info, "role") != Some("master") {
        return Err(
            "the server is a replica, which may not have heard of a revocation: give the address of the \
                    primary, or of its sentinels"
                .to_owned(),
        );
    }
    let Some(Wait { replicas, .. }) = wait else { return Ok(()) };
    let connected = field(info, "connected_slaves").and_then(|count| count.parse::<u32>().ok()).unwrap_or(0);
    if connected < replicas {
        return Err(format!(
            "{replicas} replicas have to confirm every write and the server has {connected}: add replicas, or wait \
             for fewer"
        ));
    }
    Ok(())
}

fn field<'a>(info: &'a str, name: &str) -> Option<&'a str> {
    info.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map(str::trim_end)
}

fn unfit_for_scripts(error: &RedisError) -> ConnectError {
    match error.code() {
        Some("NOPERM") => ConnectError::unfit(
            "the user may not run scripts: allow it what the documentation of biometry-gate-redis lists",
        ),
        Some("READONLY") => ConnectError::unfit(
            "the server is a replica, which may not have heard of a revocation: give the address of the primary, or of \
             its sentinels",
        ),
        Some("NOREPLICAS" | "MISCONF") => ConnectError::unfit(
            "the server takes no writes: it lacks replicas (min-replicas-to-write) or cannot write to its disk",
        ),
        _ if error.kind() == ServerErrorKind::ResponseError.into() => ConnectError::unfit(
            "the server does not run the store's scripts: Redis 7.0 or newer is needed, or Valkey",
        ),
        _ => error.clone().into(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const INFO: &str = "# Memory\r\nmaxmemory:0\r\nmaxmemory_human:0B\r\nmaxmemory_policy:noeviction\r\n\
                        # Replication\r\nrole:master\r\nconnected_slaves:1\r\n";

    fn wait(replicas: u32) -> Option<Wait> {
        Some(Wait { replicas, time: Duration::from_millis(10) })
    }

    #[test]
    fn a_primary_that_does_not_evict_is_fit() {
        assert_eq!(judge(INFO, None), Ok(()));
        assert_eq!(judge(INFO, wait(1)), Ok(()));
    }

    #[test]
    fn what_is_wrong_is_named() {
        let evicting = INFO.replace("noeviction", "allkeys-lru");
        assert!(judge(&evicting, None).unwrap_err().contains("CONFIG SET maxmemory-policy noeviction"));
        assert!(judge(&INFO.replace("master", "slave"), None).unwrap_err().contains("primary"));
        assert!(judge("", None).is_err(), "a server that says nothing of itself");
        assert!(judge(INFO, wait(2)).unwrap_err().contains("add replicas"));
    }
}
