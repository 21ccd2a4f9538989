//! A bank in this process, and the sandbox it takes for the platform.

use axum_bank::FromCookie;
use bank::{Bank, Config};
use biometry_sandbox::{Entry, Operation, Sandbox};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// A web framework that a bank exists for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Host {
    Axum,
}

/// A bank that serves until it is dropped.
pub(super) struct Running {
    pub(super) url: String,
    sandbox: Sandbox,
    server: JoinHandle<()>,
}

impl Running {
    /// Starts a bank on a free port, with these variables of its environment.
    pub(super) async fn start(host: Host, variables: &[(&str, &str)]) -> Self {
        let sandbox = Sandbox::start().await.expect("the sandbox starts");
        let (base, key) = (sandbox.base_url(), sandbox.mint_key());
        let config = Config::read(|name| match name {
            "BIOMETRY_BASE_URL" => Some(base.clone()),
            "BIOMETRY_API_KEY" => Some(key.clone()),
            _ => variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned()),
        });
        let config = config.expect("the bank takes its environment");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("a bound port"));
        let server = match host {
            Host::Axum => serve_axum(config, listener).await,
        };
        Self { url, sandbox, server }
    }

    /// The uploads that the platform got for somebody, all of them answered.
    pub(super) async fn uploads(&self, user: &str) -> Vec<Entry> {
        let is_upload = |entry: &Entry| {
            entry.operation == Some(Operation::ProcessVideo) && entry.user.as_deref() == Some(user)
        };
        let entries = self
            .sandbox
            .journal_when(|entries| {
                entries.iter().filter(|entry| is_upload(entry)).all(|entry| entry.finished)
            })
            .await
            .expect("every upload is answered");
        entries.into_iter().filter(is_upload).collect()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn serve_axum(config: Config, listener: TcpListener) -> JoinHandle<()> {
    let host = FromCookie::new(config.session_secret.as_ref()).expect("a cookie key");
    let bank = Bank::open(config, host.clone()).await.expect("the bank opens");
    let app = axum_bank::app(bank, host).expect("the bank's policies exist");
    tokio::spawn(async move { axum::serve(listener, app).await.expect("the bank serves") })
}
