use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use biometry_gate::challenge::Problem;
use biometry_gate::gate::{IntentError, PathParams};
use biometry_gate::intent::{Intent, Spoken};
use biometry_gate::principal::{HostSession, Identify, IdentifyError, Principal};
use biometry_gate::receipts::ReceiptToken;
use biometry_gate::{BiometryGate, Permit};
use bytes::Bytes;
use http::StatusCode;
use http::header::COOKIE;
use http::request::Parts;
use serde_json::{Value, json};

use super::payment::Payment;

/// What a harness serves: a gate, and what its handlers do. Clones are the same app.
#[derive(Clone, Debug)]
pub struct App {
    gate: BiometryGate,
    callers: Callers,
    gives_receipts: bool,
    runs: Arc<AtomicUsize>,
}

/// The caller, as the app's cookie says. Clones share whether the app can answer.
#[derive(Clone, Debug, Default)]
pub(super) struct Callers {
    are_unknown: Arc<AtomicBool>,
}

impl App {
    pub(super) fn new(gate: BiometryGate, callers: Callers, gives_receipts: bool) -> Self {
        Self { gate, callers, gives_receipts, runs: Arc::default() }
    }

    /// What the handler's answer says of a permit: where the stage [issues receipts](super::Setup::issuing), those for the
    /// ledger, twice, and one for the archive that names the person. Where there is none, the code of the problem.
    fn receipts(&self, permit: &Permit) -> Value {
        if !self.gives_receipts {
            return json!({});
        }
        let said = |receipt: Result<ReceiptToken, Problem>| match receipt {
            Ok(receipt) => json!(receipt.as_str()),
            Err(problem) => json!({ "refused": problem.code().as_str() }),
        };
        json!({ "receipts": {
            "ledger": said(permit.receipt(LEDGER)),
            "again": said(permit.receipt(LEDGER)),
            "archive": said(permit.receipt_with_subject(ARCHIVE)),
        } })
    }

    /// The gate.
    #[must_use]
    pub fn gate(&self) -> &BiometryGate {
        &self.gate
    }

    /// What a gated handler answers, with status 200: who was let in by what, and the body it was handed.
    #[must_use]
    pub fn enter(&self, permit: &Permit, body: &[u8]) -> String {
        self.runs.fetch_add(1, Ordering::SeqCst);
        let mut answer = self.receipts(permit);
        let said = json!({
            "subject": permit.subject().as_str(),
            "policy": permit.decision().policy(),
            "spoken": permit.decision().is_operation_spoken(),
            "body": String::from_utf8_lossy(body),
        });
        add(&mut answer, said);
        answer.to_string()
    }

    /// What a handler of `/gated/typed` answers, with status 200: who was let in by what, and the payment it was handed.
    #[must_use]
    pub fn pay(&self, permit: &Permit, payment: &Payment) -> String {
        self.runs.fetch_add(1, Ordering::SeqCst);
        let mut answer = self.receipts(permit);
        let said = json!({
            "subject": permit.subject().as_str(),
            "policy": permit.decision().policy(),
            "to": payment.to,
            "amount": payment.amount,
        });
        add(&mut answer, said);
        answer.to_string()
    }

    /// Reads the operation that a request to `/gated/operation` is about to run: whatever its body says. It shows the
    /// beginning and binds the whole. `say 12.50 to Zoe` has the amount spoken, and `say 12.50 04 to Zoe` an account's last
    /// digits as well.
    ///
    /// # Errors
    /// When it says nothing, or nothing that is text.
    pub fn read_operation(_: &Parts, body: &Bytes) -> Result<Intent, IntentError> {
        let text = std::str::from_utf8(body).map_err(|_| IntentError)?;
        if text.is_empty() {
            return Err(IntentError);
        }
        let beginning: String = text.chars().take(LONGEST_SHOWN).collect();
        let intent = Intent::new("operation").line("What", &beginning).whole_body(body);
        let Some((amount, rest)) = text.strip_prefix("say ").and_then(|said| said.split_once(' ')) else {
            return Ok(intent);
        };
        let minor_units = amount.replace('.', "").parse().map_err(|_| IntentError)?;
        let intent = intent.spoken_line("Amount", amount, Spoken::amount(minor_units, 2));
        let account = rest.split(' ').next().filter(|account| *account != "to");
        Ok(match account {
            Some(account) => intent.spoken_line("Account", account, Spoken::digits(account)),
            None => intent,
        })
    }

    /// Reads the operation that a request below `/gated/nested`, `/gated/files` or `/gated/service` is about to run. It
    /// shows the path's parameter `name`, where there is one, and looks at nothing else: neither at the path nor at the
    /// query, which the gate has to bind by itself.
    ///
    /// # Errors
    /// Never.
    pub fn read_parameters(head: &Parts, _: &Bytes) -> Result<Intent, IntentError> {
        let shown = PathParams::of(head).get("name").unwrap_or("nothing");
        Ok(Intent::new("request").line("Name", shown))
    }

    /// Who is calling, as the values of the request's `Cookie` headers tell.
    ///
    /// # Errors
    /// When the app cannot answer: a test has taken its sessions away.
    pub fn caller<'a>(
        &self,
        cookies: impl IntoIterator<Item = &'a [u8]>,
    ) -> Result<Option<Principal>, IdentifyError> {
        self.callers.find(cookies)
    }

    /// What refuses a request to `/gated/typed/json` in front of its handler: with the status that the request's header
    /// `X-Objection` names, and only after a while, as an extractor that waits for something does.
    pub async fn objection(header: Option<&[u8]>) -> Option<StatusCode> {
        let status = StatusCode::from_bytes(header?).ok()?;
        for _ in 0..PAUSES {
            tokio::task::yield_now().await;
        }
        Some(status)
    }

    /// How often a gated handler ran.
    #[must_use]
    pub fn runs(&self) -> usize {
        self.runs.load(Ordering::SeqCst)
    }

    /// From now on the app can say who is calling, or cannot.
    pub fn lose_callers(&self, are_unknown: bool) {
        self.callers.are_unknown.store(are_unknown, Ordering::SeqCst);
    }
}

/// Adds the members of one object to another.
fn add(answer: &mut Value, members: Value) {
    if let (Value::Object(answer), Value::Object(members)) = (answer, members) {
        answer.extend(members);
    }
}

impl Callers {
    fn find<'a>(
        &self,
        cookies: impl IntoIterator<Item = &'a [u8]>,
    ) -> Result<Option<Principal>, IdentifyError> {
        if self.are_unknown.load(Ordering::SeqCst) {
            return Err(IdentifyError::new("the sessions were taken away"));
        }
        let lines = cookies.into_iter().filter_map(|line| std::str::from_utf8(line).ok());
        let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
        let Some((_, value)) = pairs.find(|(name, _)| *name == CALLER) else { return Ok(None) };
        let (session, subject) =
            value.split_once('.').ok_or_else(|| IdentifyError::new("the cookie is not the kit's"))?;
        Ok(Some(Principal::new(subject, HostSession::parse(session)?)?))
    }
}

impl Identify for Callers {
    fn identify(&self, head: &Parts) -> Result<Option<Principal>, IdentifyError> {
        self.find(head.headers.get_all(COOKIE).iter().map(http::HeaderValue::as_bytes))
    }
}

/// The services that the app's receipts are for.
pub(crate) const LEDGER: &str = "https://ledger.example";
pub(crate) const ARCHIVE: &str = "https://archive.example";
const LONGEST_SHOWN: usize = 64;
const PAUSES: usize = 3;
/// The cookie that names a caller: the host session, a dot, and the subject.
pub(super) const CALLER: &str = "testkit-caller";
