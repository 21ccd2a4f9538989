//! Handles of series, and what stands in for them where nothing is counted.

#[cfg(feature = "metrics")]
pub(crate) use self::counting::{Counter, Gauge, Histogram, Stopwatch, describe};
#[cfg(not(feature = "metrics"))]
pub(crate) use self::idle::{Counter, Gauge, Histogram, Stopwatch, describe};

/// One of what a gauge counts, for as long as it exists.
#[derive(Debug)]
pub(crate) struct GaugeUnit(Gauge);

impl Gauge {
    pub(crate) fn enter(&self) -> GaugeUnit {
        self.add(1.0);
        GaugeUnit(self.clone())
    }
}

impl Drop for GaugeUnit {
    fn drop(&mut self) {
        self.0.add(-1.0);
    }
}

#[cfg(feature = "metrics")]
mod counting {
    use std::time::Duration;

    use metrics::{Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};
    use tokio::time::Instant;

    use crate::metrics::{Kind, Metric};

    #[derive(Clone, Debug)]
    pub(crate) struct Counter(metrics::Counter);

    #[derive(Clone, Debug)]
    pub(crate) struct Gauge(metrics::Gauge);

    #[derive(Clone, Debug)]
    pub(crate) struct Histogram(metrics::Histogram);

    /// How long something takes.
    #[derive(Clone, Copy, Debug)]
    pub(crate) struct Stopwatch(Instant);

    impl Counter {
        pub(crate) fn of(metric: &'static Metric, labels: &[&str]) -> Self {
            Self(counter!(metric.name(), labels_of(metric, labels)))
        }

        pub(crate) fn add(&self, count: u64) {
            self.0.increment(count);
        }
    }

    impl Gauge {
        pub(crate) fn of(metric: &'static Metric, labels: &[&str]) -> Self {
            Self(gauge!(metric.name(), labels_of(metric, labels)))
        }

        pub(crate) fn add(&self, difference: f64) {
            self.0.increment(difference);
        }
    }

    impl Histogram {
        pub(crate) fn of(metric: &'static Metric, labels: &[&str]) -> Self {
            Self(histogram!(metric.name(), labels_of(metric, labels)))
        }

        pub(crate) fn record(&self, took: Duration) {
            self.0.record(took);
        }
    }

    impl Stopwatch {
        pub(crate) fn start() -> Self {
            Self(Instant::now())
        }

        pub(crate) fn elapsed(self) -> Duration {
            self.0.elapsed()
        }
    }

    /// Says to the recorder what its metrics mean.
    pub(crate) fn describe(metric: &'static Metric) {
        let unit = match metric.unit() {
            "seconds" => Unit::Seconds,
            "bytes" => Unit::Bytes,
            _ => Unit::Count,
        };
        match metric.kind() {
            Kind::Counter => describe_counter!(metric.name(), unit, metric.meaning()),
            Kind::Gauge => describe_gauge!(metric.name(), unit, metric.meaning()),
            Kind::Histogram => describe_histogram!(metric.name(), unit, metric.meaning()),
        }
    }

    fn labels_of(metric: &Metric, values: &[&str]) -> Vec<metrics::Label> {
        let pairs = metric.labels().iter().zip(values);
        pairs.map(|(label, value)| metrics::Label::new(label.name(), (*value).to_owned())).collect()
    }
}

#[cfg(not(feature = "metrics"))]
mod idle {
    use std::time::Duration;

    use crate::metrics::Metric;

    #[derive(Clone, Debug)]
    pub(crate) struct Counter;

    #[derive(Clone, Debug)]
    pub(crate) struct Gauge;

    #[derive(Clone, Debug)]
    pub(crate) struct Histogram;

    #[derive(Clone, Copy, Debug)]
    pub(crate) struct Stopwatch;

    impl Counter {
        pub(crate) fn of(_: &'static Metric, _: &[&str]) -> Self {
            Self
        }

        pub(crate) fn add(&self, _: u64) {}
    }

    impl Gauge {
        pub(crate) fn of(_: &'static Metric, _: &[&str]) -> Self {
            Self
        }

        pub(crate) fn add(&self, _: f64) {}
    }

    impl Histogram {
        pub(crate) fn of(_: &'static Metric, _: &[&str]) -> Self {
            Self
        }

        pub(crate) fn record(&self, _: Duration) {}
    }

    impl Stopwatch {
        pub(crate) fn start() -> Self {
            Self
        }

        pub(crate) fn elapsed(self) -> Duration {
            Duration::ZERO
        }
    }

    pub(crate) fn describe(_: &'static Metric) {}
}
