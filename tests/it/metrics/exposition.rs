//! The text format of Prometheus, as far as a test reads it.

use std::collections::BTreeMap;

use biometry_gate::metrics::{Kind, Metric};

/// What one scrape has brought.
pub(super) struct Exposition(Vec<Series>);

struct Series {
    name: String,
    labels: BTreeMap<String, String>,
    value: f64,
}

impl Exposition {
    pub(super) fn parse(text: &str) -> Self {
        let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        Self(lines.map(Series::parse).collect())
    }

    /// The value of the series with exactly these labels.
    pub(super) fn get(&self, name: &str, labels: &[(&str, &str)]) -> Option<f64> {
        let labels: BTreeMap<_, _> =
            labels.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        self.0.iter().find(|series| series.name == name && series.labels == labels).map(|series| series.value)
    }

    /// Every series is one that the table of metrics knows, and every metric but the near cache's is there.
    pub(super) fn hold_to_the_table(&self) {
        for series in &self.0 {
            let metric = Metric::ALL.iter().find(|metric| names_of(metric).contains(&series.name));
            series.hold_to(metric.unwrap_or_else(|| panic!("{} is in no table", series.name)));
        }
        for metric in Metric::ALL.iter().filter(|metric| !metric.name().contains("near_cache")) {
            let is_there = self.0.iter().any(|series| names_of(metric).contains(&series.name));
            assert!(is_there, "{} is not there", metric.name());
        }
    }
}

impl Series {
    fn parse(line: &str) -> Self {
        let (series, value) = line.rsplit_once(' ').expect("a value");
        let (name, labels) = series.split_once('{').unwrap_or((series, "}"));
        let labels = labels.strip_suffix('}').expect("the end of the labels");
        let pairs = labels.split(',').filter(|pair| !pair.is_empty()).map(|pair| {
            let (name, value) = pair.split_once('=').expect("a label");
            (name.to_owned(), value.trim_matches('"').to_owned())
        });
        Self { name: name.to_owned(), labels: pairs.collect(), value: value.parse().expect("a number") }
    }

    fn hold_to(&self, metric: &Metric) {
        let of_buckets = self.labels.len() - usize::from(self.labels.contains_key("le"));
        assert_eq!(of_buckets, metric.labels().len(), "{}: {:?}", self.name, self.labels);
        for label in metric.labels() {
            let value = &*self.labels[label.name()];
            let is_known = match label.values() {
                Some(values) => values.contains(&value),
                None => ["statement", "transfer", "login", "limits"].contains(&value),
            };
            assert!(is_known, "{}: {}={value}", self.name, label.name());
        }
    }
}

/// The names of the series that a metric has.
pub(super) fn names_of(metric: &Metric) -> Vec<String> {
    match metric.kind() {
        Kind::Histogram => ["bucket", "sum", "count"].map(|part| format!("{}_{part}", metric.name())).into(),
        _ => vec![metric.name().to_owned()],
    }
}
