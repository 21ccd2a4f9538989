//! Whether a server is fit to keep records: asked when the host starts, and whenever it wants to know.

use redis::RedisError;
use tokio::time::timeout;

use crate::address::Address;
use crate::advice::{CLUSTER_NODE, REPLICA, advice};
use crate::builder::Wait;
use crate::error::ConnectError;
use crate::records::RedisRecords;

pub(crate) async fn check(records: &RedisRecords) -> Result<(), ConnectError> {
    let place = records.address().to_string();
    let looking = async {
        for primary in records.link().info().await? {
            judge(&primary, records.address(), records.settings().wait).map_err(ConnectError::unfit)?;
            warn_of_forgetting(&primary, &place);
        }
        records.try_to_read().await.map_err(|error| unfit_for_scripts(&error))?;
        records.try_to_write().await.map_err(|error| unfit_for_scripts(&error))
    };
    let looked = timeout(records.settings().time_limit, looking).await;
    looked.unwrap_or_else(|_| Err(ConnectError::too_late())).map_err(|error| error.about(&place))
}

/// What an answer to `INFO` has against keeping records there.
fn judge(info: &str, address: &Address, wait: Option<Wait>) -> Result<(), String> {
    if field(info, "redis_mode") == Some("sentinel") {
        return Err(
            "it is a sentinel: the address is redis+sentinel://host:port/name-of-the-primary".to_owned()
        );
    }
    if let Some(version) = field(info, "redis_version").filter(|version| is_too_old(version)) {
        return Err(format!("it is version {version}: Redis 7.0 or newer is needed, or Valkey"));
    }
    let is_asked_as_cluster = matches!(address, Address::Cluster(_));
    if field(info, "cluster_enabled") == Some("1") && !is_asked_as_cluster {
        return Err(CLUSTER_NODE.to_owned());
    }
    if let Some(policy) = field(info, "maxmemory_policy").filter(|policy| *policy != "noeviction") {
        return Err(format!(
            "maxmemory-policy is {policy}, which throws away consents and lock-outs when memory is short: set it to \
             noeviction, by `CONFIG SET maxmemory-policy noeviction` and in the server's configuration, or in the parameter \
             group of a managed server"
        ));
    }
    if field(info, "role") != Some("master") {
        return Err(REPLICA.to_owned());
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

fn is_too_old(version: &str) -> bool {
    let major = version.split('.').next().and_then(|major| major.parse::<u32>().ok());
    major.is_none_or(|major| major < 7)
}

/// A server that keeps no log of what it has acknowledged may have used decisions used again after a crash.
fn warn_of_forgetting(info: &str, place: &str) {
    if field(info, "aof_enabled") == Some("0") {
        tracing::warn!(
            server = place,
            "Redis keeps no append-only file: after a crash it knows its last snapshot, and decisions that were used or \
             revoked since then stand again; set appendonly to yes, or keep decisions that matter in PostgreSQL"
        );
    }
}

fn unfit_for_scripts(error: &RedisError) -> ConnectError {
    if error.is_io_error() || error.code().is_none() || error.code() == Some("NOAUTH") {
        return error.clone().into();
    }
    ConnectError::unfit(advice(error))
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

    fn judge(info: &str, wait: Option<Wait>) -> Result<(), String> {
        super::judge(info, &Address::parse("redis://localhost").unwrap(), wait)
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
        let with = |line: &str| judge(&format!("{INFO}{line}\r\n"), None).unwrap_err();
        assert!(with("redis_mode:sentinel").contains("redis+sentinel"));
        assert!(with("redis_version:6.2.14").contains("7.0"));
        assert!(with("cluster_enabled:1").contains("redis+cluster"));
    }
}
