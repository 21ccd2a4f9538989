use std::net::SocketAddr;

use actix_bank::Sessions;
use axum_bank::Cookies;
use bank::{Bank, Config, EndedLogins};
use biometry_gate::BiometryGate;
use biometry_gate::gate::Builder;
use biometry_gate::principal::FromExtensions;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// A bank on a web framework.
pub(crate) trait Host {
    /// Where the program is.
    const PROGRAM: &str;

    /// Serves the bank on a free port of this machine, in this process.
    fn serve(config: Config, ended: Option<EndedLogins>, adjust: Adjust) -> impl Future<Output = Served>;
}

/// A test's last word on how the gate is built.
pub(crate) type Adjust = Box<dyn FnOnce(Builder) -> Builder + Send>;

/// A bank that is being served. Dropped, it is gone.
#[derive(Debug)]
pub(crate) struct Served {
    pub(crate) address: SocketAddr,
    pub(crate) gate: BiometryGate,
    server: JoinHandle<()>,
}

impl Drop for Served {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// The bank on axum.
#[derive(Debug)]
pub(crate) enum Axum {}

impl Host for Axum {
    const PROGRAM: &str = env!("CARGO_BIN_EXE_axum-bank-under-test");

    async fn serve(config: Config, ended: Option<EndedLogins>, adjust: Adjust) -> Served {
        let host = Cookies::new(config.session_secret.as_ref()).expect("a cookie key");
        let listener = TcpListener::bind(config.listen).await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let bank = open(config, ended, adjust).await;
        let (gate, connections) = (bank.gate.clone(), bank.connections);
        let app = axum_bank::app(bank, host).expect("an app");
        let server = tokio::spawn(async move {
            axum_bank::serve(listener, app, connections).await.expect("the bank serves");
        });
        Served { address, gate, server }
    }
}

/// The bank on actix-web.
#[derive(Debug)]
pub(crate) enum Actix {}

impl Host for Actix {
    const PROGRAM: &str = env!("CARGO_BIN_EXE_actix-bank-under-test");

    async fn serve(config: Config, ended: Option<EndedLogins>, adjust: Adjust) -> Served {
        let sessions = Sessions::new(config.session_secret.as_ref()).expect("a cookie key");
        let listener = TcpListener::bind(config.listen).await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let bank = open(config, ended, adjust).await;
        let gate = bank.gate.clone();
        let server = tokio::spawn(async move {
            actix_bank::serve(listener, bank, sessions).await.expect("the bank serves");
        });
        Served { address, gate, server }
    }
}

async fn open(config: Config, ended: Option<EndedLogins>, adjust: Adjust) -> Bank {
    let mut bank = Bank::open_with(config, FromExtensions, adjust).await.expect("a bank");
    if let Some(ended) = ended {
        bank.ended_logins = ended;
    }
    bank
}

/// Makes each behaviour of a module one test per web framework. What is not listed is dead code, and so an error.
macro_rules! on_every_host {
    ($($behaviour:ident,)*) => {
        mod axum {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $behaviour() {
                    super::$behaviour::<crate::harness::Axum>().await;
                }
            )*
        }

        mod actix {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $behaviour() {
                    super::$behaviour::<crate::harness::Actix>().await;
                }
            )*
        }
    };
}
