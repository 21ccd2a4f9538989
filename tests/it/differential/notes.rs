use std::collections::{BTreeMap, BTreeSet};

use biometry_gate_testkit::Answer;
use serde_json::Value;

/// What a bank said in a conversation, in order.
#[derive(Debug, Default)]
pub(super) struct Notes(Vec<Note>);

#[derive(Debug)]
struct Note {
    step: String,
    said: Said,
}

/// What came back for one step: how it ended and, in detail, what was said.
#[derive(Debug, PartialEq, Eq)]
struct Said {
    outcome: String,
    details: BTreeMap<String, String>,
}

/// One way in which two banks are apart.
#[derive(Debug)]
pub(super) struct Difference {
    pub(super) step: String,
    /// `outcome`, `header …` or `body`.
    pub(super) aspect: String,
    pub(super) axum: Option<String>,
    pub(super) actix: Option<String>,
}

impl Notes {
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Notes an answer, and hands it on.
    pub(super) fn answer(&mut self, step: &str, answer: Answer) -> Answer {
        let said = Said { outcome: outcome(&answer), details: details("", &answer) };
        self.0.push(Note { step: step.to_owned(), said });
        answer
    }

    /// Notes a status that comes before anything else is said.
    pub(super) fn status(&mut self, step: &str, status: u16) {
        let said = Said { outcome: status.to_string(), details: BTreeMap::new() };
        self.0.push(Note { step: step.to_owned(), said });
    }

    /// Notes all that was said on a connection until it ended.
    pub(super) fn connection(&mut self, step: &str, answers: &[Answer]) {
        let outcome = match answers {
            [] => "closed without a word".to_owned(),
            answers => answers.iter().map(outcome).collect::<Vec<_>>().join(", then "),
        };
        let each = answers.iter().enumerate();
        let details = each.flat_map(|(place, answer)| details(&format!("{} ", place + 1), answer)).collect();
        self.0.push(Note { step: step.to_owned(), said: Said { outcome, details } });
    }
}

/// Where two banks are apart. Of answers with different outcomes it says no more than that.
pub(super) fn compare(axum: &Notes, actix: &Notes) -> Vec<Difference> {
    assert_eq!(axum.len(), actix.len(), "both conversations are equally long");
    let mut found = Vec::new();
    for (one, other) in axum.0.iter().zip(&actix.0) {
        assert_eq!(one.step, other.step);
        let mut differ = |aspect: &str, axum: Option<String>, actix: Option<String>| {
            let (step, aspect) = (one.step.clone(), aspect.to_owned());
            found.push(Difference { step, aspect, axum, actix });
        };
        if one.said.outcome != other.said.outcome {
            differ("outcome", Some(one.said.outcome.clone()), Some(other.said.outcome.clone()));
            continue;
        }
        let aspects: BTreeSet<_> = one.said.details.keys().chain(other.said.details.keys()).collect();
        for aspect in aspects {
            let (axum, actix) = (one.said.details.get(aspect), other.said.details.get(aspect));
            if axum != actix {
                differ(aspect, axum.cloned(), actix.cloned());
            }
        }
    }
    found
}

fn outcome(answer: &Answer) -> String {
    let what = match answer.code() {
        Some(code) => code,
        None if answer.body.is_empty() => "nothing".to_owned(),
        None => "something".to_owned(),
    };
    format!("{} {what}", answer.status.as_u16())
}

fn details(prefix: &str, answer: &Answer) -> BTreeMap<String, String> {
    let mut details = BTreeMap::new();
    for name in answer.headers.keys().filter(|name| *name != "date") {
        let values = answer.headers.get_all(name).iter().map(|value| field(name.as_str(), value));
        let mut values: Vec<_> = values.collect();
        if name == "set-cookie" {
            // Cookies of different names have no order.
            values.sort();
        }
        details.insert(format!("{prefix}header {name}"), values.join(" and "));
    }
    details.insert(format!("{prefix}body"), body(answer));
    details
}

fn field(name: &str, value: &http::HeaderValue) -> String {
    let text = String::from_utf8_lossy(value.as_bytes()).into_owned();
    match name {
        "x-request-id" => "an id".to_owned(),
        // Handles and phrases differ in length.
        "content-length" if text != "0" => "a length".to_owned(),
        "set-cookie" => {
            let mut words: Vec<_> = text.split("; ").map(str::to_owned).collect();
            if let Some((name, value)) = words[0].clone().split_once('=') {
                words[0] = format!("{name}={}", if value.is_empty() { "nothing" } else { "a value" });
            }
            words[1..].sort();
            for word in words.iter_mut().filter(|word| word.starts_with("Expires=")) {
                "Expires=a time".clone_into(word);
            }
            words.join("; ")
        }
        _ => mask(&text),
    }
}

fn body(answer: &Answer) -> String {
    match serde_json::from_slice::<Value>(&answer.body) {
        Ok(mut value) => {
            settle(&mut value);
            value.to_string()
        }
        Err(_) => mask(&answer.text()),
    }
}

/// Replaces what is drawn by lot, and the time of day.
fn settle(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                match (name.as_str(), &member) {
                    ("phrase" | "request_id" | "at", Value::String(_)) => {
                        *member = format!("a {name}").into();
                    }
                    _ => settle(member),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(settle),
        Value::String(text) => *text = mask(text),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Replaces handles.
fn mask(text: &str) -> String {
    let mut masked = text.to_owned();
    for kind in ["sess_", "dec_", "int_", "ret_"] {
        while let Some(at) = masked.find(kind).filter(|at| masked.len() >= at + kind.len() + HANDLE) {
            masked.replace_range(at..at + kind.len() + HANDLE, &format!("<{}>", kind.trim_end_matches('_')));
        }
    }
    masked
}

/// Letters of a handle behind its kind.
const HANDLE: usize = 32;
