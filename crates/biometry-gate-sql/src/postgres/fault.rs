//! What PostgreSQL's errors mean, and what to do about them.

use std::error::Error as _;
use std::io;

use biometry_gate::store::StoreErrorKind;
use rustls::{AlertDescription, CertificateError};
use tokio_postgres::Error;

use super::address::Address;
use crate::error::{Connection, Fault};

impl Fault {
    /// What an error of the database at `address` comes to.
    pub(super) fn of(error: &Error, address: &Address) -> Self {
        let (kind, connection, words) = match error.as_db_error() {
            Some(answer) => {
                let code = answer.code().code();
                let words = format!("it answers with code {code}: {}", advice(code, answer.message()));
                (kind(code), connection(code), words)
            }
            None => (StoreErrorKind::Unavailable, Connection::Broken, way(error)),
        };
        Self { kind, connection, message: format!("PostgreSQL at {address}: {words}") }
    }

    /// A server that only reads may not have heard of a revocation.
    pub(super) fn standby(address: &Address) -> Self {
        Self {
            kind: StoreErrorKind::Unavailable,
            connection: Connection::Useless,
            message: format!("PostgreSQL at {address}: {}", advice(READ_ONLY, "")),
        }
    }
}

/// What a code of the database's says about the step.
fn kind(code: &str) -> StoreErrorKind {
    match code {
        // Cancelled because of a time limit; a lock that was not free in time.
        "57014" | "55P03" => StoreErrorKind::Timeout,
        "53100" => StoreErrorKind::Full,
        // The server itself finds data damaged.
        "XX001" | "XX002" => StoreErrorKind::Corrupt,
        _ => StoreErrorKind::Unavailable,
    }
}

fn connection(code: &str) -> Connection {
    match code {
        READ_ONLY | "42P05" | "26000" => Connection::Useless,
        // Shut down, crashed, starting; protocol violations; connection exceptions.
        "57P01" | "57P02" | "57P03" | "57P05" => Connection::Broken,
        code if code.starts_with("08") => Connection::Broken,
        _ => Connection::Good,
    }
}

/// What to do about an answer. Its own words are compared with known ones and not repeated.
fn advice(code: &str, words: &str) -> &'static str {
    match code {
        "3D000" => "the address names a database that does not exist: create it, or correct the name",
        "28000" => {
            "the role does not exist, or pg_hba.conf does not let it in from here over this kind of connection"
        }
        "28P01" => "the password is wrong, or the role does not exist",
        "42501" => {
            "the role lacks a right: GRANT SELECT, INSERT, UPDATE, DELETE on biometry_gate_records and SELECT on \
             biometry_gate_schema, and for the first start CREATE on their schema"
        }
        "3F000" => {
            "there is no schema to make the tables in: create the one that search_path names, or name another with \
             options[search_path]"
        }
        "42P01" => {
            "a table is missing: the tables biometry_gate_records and biometry_gate_schema belong together"
        }
        "53300" => {
            "it has no connection left: a replica needs max_connections of PostgresOptions (10) and one more to listen; \
             raise the limit of the role, the server or the pooler, or lower the option"
        }
        "53100" => "its disk is full",
        READ_ONLY => {
            "it only reads: it is a standby, or the role's transactions are read-only; the address has to lead to the \
             primary, with a role that may write"
        }
        "42P05" | "26000" => BY_TRANSACTION,
        "08P01" if words.contains("pooling mode") => BY_TRANSACTION,
        "08P01" if words.contains("startup parameter") => {
            "a pooler does not take a parameter of the address: write options[setting]=value instead of options=-c …"
        }
        "57014" | "55P03" => "the statement did not end within the time limit",
        "57P01" | "57P02" => "it is being shut down",
        "57P03" => "it is starting or stopping and takes no connections yet",
        "42883" | "42601" | "42704" => {
            "it does not know what the store asks for: PostgreSQL 12 or newer is needed"
        }
        _ => "PostgreSQL's documentation lists the codes; the server's log has its words",
    }
}

/// What is wrong with the way to the database.
fn way(error: &Error) -> String {
    let mut cause = error.source();
    let mut deepest = error.to_string();
    while let Some(error) = cause {
        if let Some(problem) = error.downcast_ref::<rustls::Error>() {
            return tls(problem);
        }
        let inner = error.downcast_ref::<io::Error>();
        if let Some(problem) = inner.and_then(io::Error::get_ref).and_then(|inner| inner.downcast_ref()) {
            return tls(problem);
        }
        deepest = inner.map_or_else(|| error.to_string(), network);
        cause = error.source();
    }
    match deepest.as_str() {
        "server does not support TLS" => {
            "it does not speak TLS: turn ssl on there; sslmode=disable is for this machine".to_owned()
        }
        "password missing" => {
            "it asks for a password and the address has none; PGPASSWORD and the password file have none either".to_owned()
        }
        _ if error.is_closed() => "it has closed the connection".to_owned(),
        _ => deepest,
    }
}

/// What went wrong with a connection, from the kind of the operating system's error.
fn network(error: &io::Error) -> String {
    let words = match error.kind() {
        io::ErrorKind::ConnectionRefused => {
            "nothing listens there: see whether the server runs, and whether host and port are right"
        }
        io::ErrorKind::NotFound => "there is no socket in that folder: see whether the server runs",
        io::ErrorKind::PermissionDenied => "this process may not use the socket",
        io::ErrorKind::TimedOut => "it did not answer in time",
        io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe => {
            "it has closed the connection"
        }
        _ if error.to_string().starts_with("failed to lookup address") => "the host's name is not known",
        kind => return format!("the connection failed: {kind}"),
    };
    words.to_owned()
}

fn tls(error: &rustls::Error) -> String {
    let words = match error {
        rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer) => {
            "its certificate is not from an authority that is trusted: name the authority's file with sslrootcert"
        }
        rustls::Error::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
        ) => {
            "its certificate is for another name: the host of the address has to be a name in the certificate"
        }
        rustls::Error::InvalidCertificate(
            CertificateError::Expired | CertificateError::ExpiredContext { .. },
        ) => "its certificate has expired",
        rustls::Error::AlertReceived(
            AlertDescription::CertificateRequired | AlertDescription::HandshakeFailure,
        ) => "it wants a certificate of the client: name it with sslcert and sslkey",
        rustls::Error::AlertReceived(
            AlertDescription::UnknownCA
            | AlertDescription::BadCertificate
            | AlertDescription::CertificateUnknown,
        ) => "it does not take the certificate that sslcert names",
        other => return format!("no TLS connection could be agreed on: {other}"),
    };
    words.to_owned()
}

const READ_ONLY: &str = "25006";

/// The words for poolers that share connections between transactions or statements.
pub(super) const BY_TRANSACTION: &str = "\
a pooler in front of it hands out its connections for single transactions or statements, and the store's settings and \
announcements belong to a connection: give the store a pool with pool_mode = session, or the server's own address";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_say_what_it_is() {
        for (code, kind_of, connection_of) in [
            ("57014", StoreErrorKind::Timeout, Connection::Good),
            ("55P03", StoreErrorKind::Timeout, Connection::Good),
            ("53100", StoreErrorKind::Full, Connection::Good),
            ("57P01", StoreErrorKind::Unavailable, Connection::Broken),
            ("42501", StoreErrorKind::Unavailable, Connection::Good),
            (READ_ONLY, StoreErrorKind::Unavailable, Connection::Useless),
        ] {
            assert_eq!((kind(code), connection(code)), (kind_of, connection_of), "{code}");
        }
    }
}
