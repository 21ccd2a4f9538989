//! Spans, and which trace a call to the platform belongs to.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::{Arc, Mutex, PoisonError};

use biometry_client::TraceContext;
use biometry_gate::audit::TracingSink;
use biometry_sandbox::{Entry, Operation};
use tracing::Subscriber;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{Context, SubscriberExt as _};
use tracing_subscriber::registry::LookupSpan;

use crate::harness::{Axum, Host, Log, Setup, World, capture};

on_every_host! {
    the_trace_of_a_request_is_passed_on,
    without_a_valid_trace_there_is_none,
    the_host_says_which_trace_it_is,
}

const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

async fn the_trace_of_a_request_is_passed_on<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    let start = ana.browser.post("/biometry/session/start").header("traceparent", PARENT);
    start.header("tracestate", "vendor=1").send().await.granted();
    let upload = ana.browser.post("/biometry/verify").header("traceparent", PARENT).form(&capture());
    upload.send().await.granted();
    let traces = |operation| traces(&world.seen(operation));
    assert_eq!(traces(Operation::StartSession), [Some((PARENT.to_owned(), Some("vendor=1".to_owned())))]);
    assert_eq!(traces(Operation::ProcessVideo), [Some((PARENT.to_owned(), None))]);
}

async fn without_a_valid_trace_there_is_none<H: Host>() {
    let world = Setup::new().var("MAX_STARTS", 100).open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    let start = || ana.browser.post("/biometry/session/start");
    start().send().await.granted();
    start().header("tracestate", "vendor=1").send().await.granted();
    start().header("traceparent", &PARENT.to_uppercase()).send().await.granted();
    start().header("traceparent", PARENT).header("traceparent", PARENT).send().await.granted();
    assert!(traces(&world.seen(Operation::StartSession)).iter().all(Option::is_none));
    let long = format!("a={},b={}", "x".repeat(256), "x".repeat(256));
    start().header("traceparent", PARENT).header("tracestate", &long).send().await.granted();
    let last = traces(&world.seen(Operation::StartSession)).pop();
    assert_eq!(last, Some(Some((PARENT.to_owned(), None))), "a state without bound stays here");
}

async fn the_host_says_which_trace_it_is<H: Host>() {
    const OWN: &str = "00-11111111111111111111111111111111-2222222222222222-00";
    let setup = Setup::new()
        .gate(|gate| gate.platform(|platform| platform.trace_context(|| TraceContext::parse(OWN))));
    let world = setup.open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    ana.browser.post("/biometry/session/start").header("traceparent", PARENT).send().await.granted();
    assert_eq!(traces(&world.seen(Operation::StartSession)), [Some((OWN.to_owned(), None))]);
}

fn traces(entries: &[Entry]) -> Vec<Option<(String, Option<String>)>> {
    let trace = |entry: &Entry| {
        let state = entry.headers.get("tracestate").cloned();
        assert!(state.is_none() || entry.headers.contains_key("traceparent"));
        entry.headers.get("traceparent").map(|parent| (parent.clone(), state))
    };
    entries.iter().map(trace).collect()
}

/// On one thread, where a subscriber of the test's own sees everything.
#[tokio::test]
async fn spans_have_the_names_of_the_manual_and_no_secret() {
    let spans = Spans::default();
    let _listening = tracing::subscriber::set_default(tracing_subscriber::registry().with(spans.clone()));
    let (setup, _store) = Setup::new().with_faulty_store();
    let world = setup.open::<Axum>().await;
    let ana = world.consented("pass@example.com").await;
    ana.pass("statement").await;
    ana.statement().await.ok();
    let seen = spans.seen();
    let manual = include_str!("../../crates/biometry-gate/src/docs/running.md");
    let expected = [
        ("biometry_gate.route", vec!["operation", "request_id"]),
        ("biometry_gate.platform", vec!["asking"]),
        ("biometry_gate.check", vec!["policy"]),
    ];
    for (name, fields) in expected {
        let span = seen.iter().find(|span| span.name == name).unwrap_or_else(|| panic!("no span {name}"));
        assert_eq!(span.fields.keys().map(String::as_str).collect::<Vec<_>>(), fields, "{name}");
    }
    for span in &seen {
        assert!(manual.contains(&format!("| `{}` |", span.name)), "the chapter has no span {}", span.name);
        let text = format!("{:?}", span.fields);
        assert!(!text.contains("pass@example.com") && !text.contains(&world.key), "{text}");
    }
    let nested = seen
        .iter()
        .any(|span| span.name == "biometry_gate.platform" && span.parents.contains(&"biometry_gate.route"));
    assert!(nested, "a call to the platform is within the request that it is made for: {seen:?}");
}

#[tokio::test]
async fn no_trace_is_logged() {
    let log = Log::listen();
    let setup = Setup::new().gate(|gate| gate.audit(|audit| audit.sink(TracingSink)));
    let world = setup.open::<Axum>().await;
    let ana = world.consented("pass@example.com").await;
    let start = ana.browser.post("/biometry/session/start").header("traceparent", PARENT);
    start.header("tracestate", "vendor=1").send().await.granted();
    assert!(log.count("challenge.issued") > 0, "{}", log.text());
    assert!(!log.text().contains("4bf92f3577b34da6") && !log.text().contains("vendor=1"), "{}", log.text());
}

/// Collects the spans that are opened.
#[derive(Clone, Default)]
struct Spans(Arc<Mutex<Vec<Seen>>>);

#[derive(Clone, Debug)]
struct Seen {
    name: &'static str,
    fields: BTreeMap<String, String>,
    parents: Vec<&'static str>,
}

impl Spans {
    fn seen(&self) -> Vec<Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Spans {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        if !attributes.metadata().target().starts_with("biometry_gate") {
            return;
        }
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        let parents = context.span_scope(id).into_iter().flatten().skip(1).map(|span| span.name()).collect();
        let seen = Seen { name: attributes.metadata().name(), fields: fields.0, parents };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(seen);
    }
}

#[derive(Default)]
struct Fields(BTreeMap<String, String>);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.insert(field.name().to_owned(), format!("{value:?}"));
    }
}
