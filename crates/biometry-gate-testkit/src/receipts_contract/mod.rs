//! What a gate promises of receipts on every framework, as tests: one per promise, over real sockets.
//!
//! They run against the same harness as the [gate's promises](mod@crate::gate_contract); the essay of
//! [`host`](crate::host) has a whole one.
//!
//! ```
//! use biometry_gate_testkit::host::{App, HostHarness, Serving};
//!
//! struct OurFramework;
//!
//! impl HostHarness for OurFramework {
//!     async fn serve(app: App) -> Serving {
//!         // The app's few routes, put together and served on a free port.
//! #       let _ = app;
//! #       unreachable!("an example")
//!     }
//! }
//!
//! biometry_gate_testkit::receipts_contract!(OurFramework);
//! # fn main() {}
//! ```
//!
//! The tests need the crate that calls the macro to depend on `tokio` with its macros and its multi-threaded runtime.

#![expect(missing_docs, reason = "the names of promises are sentences")]

mod claims;
mod keys;
mod trail;

use std::time::SystemTime;

use biometry_gate::clock::Clock as _;
use biometry_gate::receipts::{ReceiptIssuer, ReceiptKey};
use biometry_gate_receipts::{KeySet, Receipt, ReceiptError, ReceiptVerifier};
use serde_json::Value;

#[doc(hidden)]
pub use self::{claims::*, keys::*, trail::*};
use crate::answer::Answer;
use crate::host::{HostHarness, LEDGER, Setup, Stage};
use crate::receipt_keys::eddsa_key;

/// Makes one test of each promise of [`receipts_contract`](mod@crate::receipts_contract) for a
/// [`HostHarness`](crate::host::HostHarness).
#[macro_export]
macro_rules! receipts_contract {
    ($harness:ty) => {
        $crate::promises! { receipts_contract, $harness:
            a_receipt_says_what_was_proved_and_not_who,
            a_receipt_names_the_person_where_the_app_asks_for_it,
            a_receipt_of_an_operation_is_for_what_was_shown_and_for_one_use,
            a_receipt_ends_with_its_proof,
            a_receipt_is_for_its_issuer_and_audience_in_its_time,
            a_changed_receipt_is_none,
            receipts_of_both_keys_are_verified_while_the_key_changes,
            a_key_that_is_to_come_is_published,
            each_receipt_is_on_record_or_not_handed_out,
            without_an_issuer_there_are_no_keys,
        }
    };
}

const ISSUER: &str = "https://bank.example";

fn key(pem: &str) -> ReceiptKey {
    ReceiptKey::from_pkcs8_pem(pem).expect("a key")
}

async fn open<H: HostHarness>() -> Stage<H> {
    Setup::new().issuing(ReceiptIssuer::new(ISSUER, key(&eddsa_key()))).open().await
}

/// The keys, as anyone gets them.
async fn keys<H: HostHarness>(stage: &Stage<H>) -> Value {
    stage.browser().get("/biometry/jwks.json").send().await.granted()
}

async fn verifier<H: HostHarness>(stage: &Stage<H>, audience: &str) -> ReceiptVerifier {
    let keys = KeySet::parse(keys(stage).await.to_string()).expect("keys");
    ReceiptVerifier::new(ISSUER, audience, keys).expect("a verifier")
}

fn now<H: HostHarness>(stage: &Stage<H>) -> SystemTime {
    stage.clock.now()
}

/// What the ledger makes of a receipt.
async fn verify<H: HostHarness>(stage: &Stage<H>, token: &str) -> Result<Receipt, ReceiptError> {
    verifier(stage, LEDGER).await.verify_at(token, now(stage))
}

fn receipt(answer: &Answer, name: &str) -> String {
    answer.json()["receipts"][name].as_str().expect("a receipt").to_owned()
}
