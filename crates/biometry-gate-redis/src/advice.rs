//! What Redis' errors mean, and what to do about them.

use redis::{ErrorKind, RedisError};

/// What an error comes to, in words that hold no key, no record, no user and no password: a server's own words may quote
/// what was sent, so they are compared with known ones and not repeated.
pub(crate) fn advice(error: &RedisError) -> String {
    let said = error.detail().unwrap_or_default();
    match (error.code(), error.kind()) {
        (Some(code), _) => match of_code(code, said) {
            Some(words) => format!("it answers {code}: {words}"),
            None => format!("it answers {code}"),
        },
        (None, ErrorKind::Io) => of_connection(error),
        (None, ErrorKind::AuthenticationFailed) => PASSWORD.to_owned(),
        (None, ErrorKind::RESP3NotSupported) => UNKNOWN_COMMAND.to_owned(),
        (None, ErrorKind::MasterNameNotFoundBySentinel) => {
            "no sentinel knows a primary by this name: the address ends with the name of SENTINEL MONITOR"
                .to_owned()
        }
        (None, ErrorKind::InvalidClientConfig | ErrorKind::EmptySentinelList) => {
            "the address is not one of a server of this kind: see the forms of addresses in the documentation"
                .to_owned()
        }
        (None, ErrorKind::ClusterConnectionNotFound) => {
            "the cluster has no node for this record: see whether all of its slots are served".to_owned()
        }
        (None, _) => error.category().to_owned(),
    }
}

fn of_code(code: &str, said: &str) -> Option<&'static str> {
    Some(match code {
        "NOAUTH" => "it asks for a password and has got none: redis://user:password@host",
        "WRONGPASS" => PASSWORD,
        "NOPERM" => RIGHTS,
        "READONLY" => REPLICA,
        "MOVED" | "ASK" | "CROSSSLOT" => CLUSTER_NODE,
        "CLUSTERDOWN" => "the cluster does not serve all of its slots",
        "LOADING" => "it is still reading its disk",
        "OOM" => "its memory is full: raise maxmemory",
        "MISCONF" => "it cannot write to its disk and takes no writes until it can: see its log",
        "NOREPLICAS" => "it lacks replicas (min-replicas-to-write) and takes no writes",
        "MASTERDOWN" => "it has lost its primary",
        "WRONGTYPE" => {
            "another program has written under a key of the store: give the store a prefix of its own"
        }
        "ERR" if said.contains("max number of clients") => {
            "it has no connection left: each replica needs one for each processor, 8 at most, and one for the near cache; raise \
             maxclients"
        }
        "ERR" if said.contains("DB index") => {
            "it has fewer databases than the number behind the address' last /"
        }
        "ERR" if said.contains("cluster support disabled") => {
            "it is a single server: the address is redis:// and not redis+cluster://"
        }
        "ERR" if said.contains("invalid password") || said.contains("AUTH") => PASSWORD,
        "ERR" if said.contains("can't run this command") || said.contains("can't access at least one") => {
            RIGHTS
        }
        "ERR" if said.to_ascii_lowercase().contains("unknown command") => UNKNOWN_COMMAND,
        _ => return None,
    })
}

/// The operating system and the TLS library say what is wrong with a connection, and quote nothing.
fn of_connection(error: &RedisError) -> String {
    let said = error.to_string();
    let words = match said.as_str() {
        _ if error.is_timeout() => "it has not answered in time",
        _ if error.is_connection_refusal() => {
            "nothing listens there: see whether the server runs, and whether host and port are right"
        }
        said if said.contains("lookup address") => "the host's name is not known",
        said if said.contains("UnknownIssuer") => {
            "its certificate is not from an authority that is trusted: name the authority's file with cacert"
        }
        said if said.contains("NotValidForName") || said.contains("not valid for name") => {
            "its certificate is for another name: the host of the address has to be a name in the certificate"
        }
        said if said.contains("CertificateRequired") || said.contains("HandshakeFailure") => {
            "it wants a certificate of the client: name it with cert and key"
        }
        said if said.contains("InvalidContentType") || said.contains("corrupt message") => {
            "it does not speak TLS: the address is redis:// and not rediss://, or the port is another one"
        }
        _ if error.is_connection_dropped() || said.contains("closed") || said.contains("terminated") => {
            "it has closed the connection: see whether it expects TLS (rediss://), whether it has connections left \
             (maxclients), and whether a proxy in between knows all commands"
        }
        other => return format!("the connection failed: {other}"),
    };
    words.to_owned()
}

const PASSWORD: &str = "the password is wrong, or the user does not exist";
pub(crate) const RIGHTS: &str = "\
the user lacks a right: ACL SETUSER gives it the commands and keys that the documentation of biometry-gate-redis lists";
pub(crate) const REPLICA: &str = "\
it is a replica, which may not have heard of a revocation: give the address of the primary, or of its sentinels";
pub(crate) const CLUSTER_NODE: &str = "\
it is a node of a cluster: the address is redis+cluster:// with some of its nodes";
const UNKNOWN_COMMAND: &str = "\
it does not know a command that the store needs: Redis 7.0 or newer or Valkey is needed, EVALSHA, SCRIPT, GETEX, INFO, TIME, HELLO \
and CLIENT may not be renamed, and a proxy in between has to pass them on; a sentinel is no server";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_server_says_is_understood_and_not_repeated() {
        for (code, said, word) in [
            ("NOAUTH", "", "password"),
            ("ERR", "unknown command 'HELLO', with args beginning with: 'hunter2'", "HELLO and CLIENT"),
            ("ERR", "DB index is out of range", "fewer databases"),
            ("ERR", "max number of clients reached", "maxclients"),
            ("ERR", "This instance has cluster support disabled", "redis://"),
            ("MOVED", "1 10.0.0.1:7000", "redis+cluster"),
        ] {
            let words = of_code(code, said).unwrap();
            assert!(words.contains(word) && !words.contains("hunter2"), "{code} {said}: {words}");
        }
        assert_eq!(of_code("ERR", "hunter2"), None);
    }
}
