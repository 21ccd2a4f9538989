use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use super::process::{Running, free_address};
use super::upload::Target;
use super::wire::{Identity, Wire};

/// One way to get an upload from the client to the platform.
#[derive(Clone, Copy, Debug)]
pub struct Contender {
    /// What the tables call it.
    pub name: &'static str,
    kind: Kind,
    /// Whether it is left out of what would take the machine's memory.
    pub holds_uploads: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// No proxy at all.
    Direct,
    /// A word that `relay-proxy` takes.
    Rust(&'static str),
    /// A word that the `relay-proxy` of the earlier build takes.
    Earlier(&'static str),
    Nginx {
        buffer: &'static str,
    },
    Haproxy {
        splice: bool,
    },
}

/// A contender that runs, or the sink itself for none.
#[derive(Debug)]
pub struct Started {
    /// The process, where there is one.
    pub running: Option<Running>,
    /// Where uploads go.
    pub target: Target,
}

/// Everybody.
pub const CONTENDERS: &[Contender] = &[
    Contender::new("direct", Kind::Direct),
    Contender::new("our routes", Kind::Rust("ours")),
    Contender::new("our routes on actix-web", Kind::Rust("ours-on-actix")),
    Contender::new("our routes, earlier build", Kind::Earlier("ours")),
    Contender::new("our routes on actix-web, earlier build", Kind::Earlier("ours-on-actix")),
    Contender::new("axum body → hyper, raw", Kind::Rust("raw")),
    Contender::new("actix-web body → hyper, raw", Kind::Rust("raw-on-actix")),
    Contender::new("axum `Multipart`, streamed", Kind::Rust("streamed")),
    Contender {
        name: "axum `Multipart` → bytes → reqwest", kind: Kind::Rust("naive"), holds_uploads: true
    },
    Contender::new("axum reads and drops", Kind::Rust("drop")),
    Contender::new("actix-web reads and drops", Kind::Rust("drop-on-actix")),
    Contender::new("nginx, buffering off, 16 KiB", Kind::Nginx { buffer: "16k" }),
    Contender::new("nginx, buffering off, 256 KiB", Kind::Nginx { buffer: "256k" }),
    Contender::new("haproxy", Kind::Haproxy { splice: false }),
    Contender::new("haproxy, splice", Kind::Haproxy { splice: true }),
];

impl Contender {
    const fn new(name: &'static str, kind: Kind) -> Self {
        Self { name, kind, holds_uploads: false }
    }

    /// Whether what it is sent arrives anywhere.
    pub fn delivers(&self) -> bool {
        !matches!(self.kind, Kind::Rust("drop" | "drop-on-actix"))
    }

    /// Whether there is a process to be measured.
    pub fn is_proxy(&self) -> bool {
        self.kind != Kind::Direct
    }

    /// Whether it is of the earlier build.
    pub fn is_earlier(&self) -> bool {
        matches!(self.kind, Kind::Earlier(_))
    }

    /// Whether it is measured on other wires than plain HTTP/1.1, too.
    pub fn has_wires(&self) -> bool {
        let ours = matches!(self.kind, Kind::Rust("ours" | "ours-on-actix" | "raw"));
        ours || matches!(self.kind, Kind::Earlier(_))
            || matches!(self.kind, Kind::Nginx { buffer: "256k" } | Kind::Haproxy { splice: false })
    }

    /// Starts it in front of `upstream`, to be spoken to by `wire`. `earlier` is the proxy of the earlier build.
    ///
    /// # Errors
    /// When it does not start.
    pub fn start(
        &self,
        upstream: SocketAddr,
        wire: Wire,
        identity: &Arc<Identity>,
        earlier: &Path,
    ) -> io::Result<Started> {
        let running = match self.kind {
            Kind::Direct => return Ok(Started { running: None, target: Target::plain(upstream) }),
            Kind::Rust(word) | Kind::Earlier(word) => {
                let mut command =
                    if self.is_earlier() { Command::new(earlier) } else { sibling("relay-proxy")? };
                command.args([word, &upstream.to_string(), wire.as_str()]).arg(identity.folder());
                Running::announced(&mut command)?
            }
            Kind::Nginx { buffer } => nginx(upstream, buffer, wire, identity)?,
            Kind::Haproxy { splice } => haproxy(upstream, splice, wire, identity)?,
        };
        let has_sessions = matches!(self.kind, Kind::Rust("ours" | "ours-on-actix") | Kind::Earlier(_));
        let identity = Some(Arc::clone(identity));
        let target = Target { address: running.address, has_sessions, wire, identity };
        Ok(Started { running: Some(running), target })
    }
}

/// Starts the upstream.
///
/// # Errors
/// When it does not start.
pub fn start_sink() -> io::Result<Running> {
    Running::announced(&mut sibling("relay-sink")?)
}

fn sibling(name: &str) -> io::Result<Command> {
    Ok(Command::new(std::env::current_exe()?.with_file_name(name)))
}

fn nginx(upstream: SocketAddr, buffer: &str, wire: Wire, identity: &Identity) -> io::Result<Running> {
    let (address, folder) = (free_address()?, tempfile::tempdir()?);
    let root = folder.path().display().to_string();
    let config = include_str!("../../peers/nginx.conf")
        .replace("@FOLDER@", &root)
        .replace("@LISTEN@", &address.to_string())
        .replace("@UPSTREAM@", &upstream.to_string())
        .replace(
            "@WIRE@",
            match wire {
                Wire::Http1 => "",
                Wire::Http2 => "http2",
                Wire::Tls => "ssl",
            },
        )
        .replace("@CERTIFICATE@", &identity.both().display().to_string())
        .replace("@BUFFER@", buffer);
    let path = folder.path().join("nginx.conf");
    fs::write(&path, config)?;
    let errors = folder.path().join("error.log");
    let mut command = Command::new("nginx");
    command.arg("-e").arg(errors).arg("-p").arg(folder.path()).arg("-c").arg(&path);
    Running::told(&mut command, address, folder)
}

fn haproxy(upstream: SocketAddr, splice: bool, wire: Wire, identity: &Identity) -> io::Result<Running> {
    let (address, folder) = (free_address()?, tempfile::tempdir()?);
    let config = include_str!("../../peers/haproxy.cfg")
        .replace("@LISTEN@", &address.to_string())
        .replace("@UPSTREAM@", &upstream.to_string())
        .replace(
            "@WIRE@",
            &match wire {
                Wire::Http1 => String::new(),
                Wire::Http2 => "proto h2".to_owned(),
                Wire::Tls => format!("ssl crt {}", identity.both().display()),
            },
        )
        .replace("@SPLICE@", if splice { "option splice-request" } else { "no option splice-request" });
    let path = folder.path().join("haproxy.cfg");
    fs::write(&path, config)?;
    let mut command = Command::new("haproxy");
    command.args(["-q", "-db", "-f"]).arg(&path);
    Running::told(&mut command, address, folder)
}
