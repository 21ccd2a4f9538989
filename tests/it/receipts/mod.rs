//! Receipts beyond the app: libraries of other languages verify them, services take them, and use each once.

mod languages;
mod services;
mod used;

pub(crate) use self::languages::{Provider, provider};
use biometry_gate::receipts::{ReceiptIssuer, ReceiptKey};
use biometry_gate_receipts::{KeySet, ReceiptVerifier};
use biometry_gate_testkit::eddsa_key;
use biometry_gate_testkit::host::{HostHarness, Person, Setup, Stage};
use serde_json::Value;

use crate::contracts::OnAxum;

/// An app that issues receipts, on the system's clock, and a person at it.
struct Bank<H = OnAxum> {
    stage: Stage<H>,
    ana: Person,
}

impl<H: HostHarness> Bank<H> {
    async fn open(key: &str) -> Self {
        let key = ReceiptKey::from_pkcs8_pem(key).expect("a key");
        let clock = std::sync::Arc::new(biometry_gate::clock::SystemClock);
        let setup = Setup::new().issuing(ReceiptIssuer::new(ISSUER, key)).gate(|gate| gate.clock(clock));
        let stage: Stage<H> = setup.open().await;
        let ana = stage.consented("pass@example.com").await;
        Self { stage, ana }
    }

    async fn keys(&self) -> Value {
        self.stage.browser().get("/biometry/jwks.json").send().await.granted()
    }

    async fn verifier(&self) -> ReceiptVerifier {
        let keys = KeySet::parse(self.keys().await.to_string()).expect("keys");
        ReceiptVerifier::new(ISSUER, LEDGER, keys).expect("a verifier")
    }

    /// A receipt for the ledger, for an operation that the person has approved.
    async fn receipt(&self, operation: &str) -> String {
        self.ana.approve(operation).await;
        ledger(&self.ana.operate(operation).await.json())
    }

    /// A receipt for the ledger, for a proof that may be used again.
    async fn reusable_receipt(&self) -> String {
        self.ana.pass("reusable").await;
        ledger(&self.ana.enter().await.json())
    }
}

async fn bank() -> Bank {
    Bank::open(&eddsa_key()).await
}

fn ledger(answer: &Value) -> String {
    answer["receipts"]["ledger"].as_str().expect("a receipt").to_owned()
}

const ISSUER: &str = "https://bank.example";
const LEDGER: &str = "https://ledger.example";
