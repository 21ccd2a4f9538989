//! The dashboard for Grafana asks for metrics and labels that there are, and shows every one.

use std::collections::BTreeSet;

use biometry_gate::metrics::Metric;
use serde_json::Value;

use super::exposition::names_of;

#[test]
fn every_query_names_metrics_and_labels_that_there_are() {
    for query in queries() {
        let metrics = metrics_in(&query);
        assert!(!metrics.is_empty(), "{query} asks for nothing of ours");
        for word in words(&query).filter(|word| !metrics.iter().any(|metric| names_of(metric).contains(word)))
        {
            let of_a_metric =
                metrics.iter().flat_map(|metric| metric.labels()).any(|label| label.name() == word);
            let is_known = of_a_metric || KNOWN.contains(&&*word);
            assert!(is_known, "{query}: {word} is neither a metric nor one of its labels");
        }
    }
}

#[test]
fn every_metric_is_shown() {
    let shown: BTreeSet<_> = queries().iter().flat_map(|query| metrics_in(query)).map(Metric::name).collect();
    for metric in Metric::ALL {
        assert!(shown.contains(metric.name()), "{} is on no panel", metric.name());
    }
}

#[test]
fn a_label_is_asked_for_by_a_value_that_it_can_have() {
    for query in queries() {
        for metric in metrics_in(&query) {
            for label in metric.labels() {
                let equals = format!("{}=\"", label.name());
                let asked = query.split(&equals).skip(1);
                for value in asked.filter_map(|rest| rest.split('"').next()) {
                    assert!(label.values().is_some_and(|values| values.contains(&value)), "{query}: {value}");
                }
            }
        }
    }
}

/// Every query of the dashboard, those of its variables included.
fn queries() -> Vec<String> {
    let dashboard: Value =
        serde_json::from_str(include_str!("../../../examples/bank/grafana.json")).expect("it is JSON");
    let panels = dashboard["panels"].as_array().expect("panels").iter();
    let targets = panels.flat_map(|panel| panel["targets"].as_array().expect("queries"));
    let of_panels = targets.map(|target| &target["expr"]);
    let variables = dashboard["templating"]["list"].as_array().expect("variables").iter();
    let of_variables =
        variables.map(|variable| &variable["query"]["query"]).filter(|query| query.is_string());
    of_panels.chain(of_variables).map(|query| query.as_str().expect("a query").to_owned()).collect()
}

fn metrics_in(query: &str) -> Vec<&'static Metric> {
    let words: BTreeSet<_> = words(query).collect();
    Metric::ALL.iter().filter(|metric| names_of(metric).iter().any(|name| words.contains(name))).collect()
}

/// The words of a query, without what stands in quotes and brackets.
fn words(query: &str) -> impl Iterator<Item = String> {
    let mut outside = String::new();
    let mut is_inside = false;
    for character in query.chars() {
        match character {
            '"' => is_inside = !is_inside,
            '[' => is_inside = true,
            ']' => is_inside = false,
            _ if is_inside => {}
            _ => outside.push(character),
        }
    }
    let words = outside.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).map(str::to_owned);
    words
        .filter(|word| word.starts_with(|first: char| first.is_ascii_alphabetic()))
        .collect::<Vec<_>>()
        .into_iter()
}

/// What the query language and Prometheus itself bring.
const KNOWN: &[&str] =
    &["sum", "by", "rate", "increase", "histogram_quantile", "label_values", "le", "instance"];
