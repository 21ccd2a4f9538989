//! The tables.

use super::contenders::Contender;
use super::load::Sample;
use crate::rounds::median;

/// What was measured of one contender: a sample of each round.
#[derive(Clone, Debug)]
pub struct Measured {
    /// Who.
    pub contender: Contender,
    /// How often one request goes to the database and back; `None` where no network lies between.
    pub round_trips: Option<f64>,
    /// The rounds, in their order.
    pub samples: Vec<Sample>,
}

impl Measured {
    fn rate(&self) -> f64 {
        median(self.samples.iter().map(|sample| sample.rate))
    }

    /// The median over rounds of what `of` says of this one, in parts of what it says of the other.
    fn ratio(&self, other: &Self, of: impl Fn(&Sample) -> f64) -> f64 {
        median(self.samples.iter().zip(&other.samples).map(|(own, others)| of(own) / of(others)))
    }
}

/// What each contender came to.
pub fn print(all: &[Measured]) {
    println!(
        "| through | requests/s | bare = 1 | server, µs a request | round trips |\n|---|--:|--:|--:|--:|"
    );
    for own in all {
        let processor = median(own.samples.iter().map(|sample| sample.processor));
        let round_trips = own.round_trips.map_or_else(|| "–".to_owned(), |trips| format!("{trips:.1}"));
        let of_bare = own.ratio(&all[0], |sample| sample.rate);
        println!(
            "| {} | {:.0} | {of_bare:.2} | {processor:.1} | {round_trips} |",
            own.contender.name,
            own.rate()
        );
    }
}

/// What the targets are about: one contender in parts of another one, round by round.
pub fn print_ratios(all: &[Measured]) {
    println!(
        "\n| one in parts of the other | requests/s | server's processor time | we aim at |\n|---|--:|--:|--:|"
    );
    let find = |name: &str| all.iter().find(|measured| measured.contender.name == name);
    for (one, other, target) in TARGETS {
        let (Some(own), Some(others)) = (find(one), find(other)) else { continue };
        let (rate, processor) =
            (own.ratio(others, |sample| sample.rate), own.ratio(others, |sample| sample.processor));
        println!("| {one} / {other} | {rate:.2} | {processor:.2} | {target} |");
    }
}

/// The last column is of requests a second.
const TARGETS: [(&str, &str, &str); 11] = [
    ("reusable, Redis, asked each time", "tower-sessions, Redis, one read", "1"),
    ("reusable, Redis, asked each time", "axum-login `login_required!`, Redis", ""),
    ("reusable, Redis, asked each time", "reusable, Redis, asked each time, earlier", "2.5"),
    ("single use, Redis", "tower-sessions, Redis, one read", "0.6"),
    ("single use, Redis", "single use, Redis, earlier", "2.2"),
    ("reusable, Redis, near cache", "reusable, in this process", "0.97"),
    ("reusable, Redis, asked each time, actix-web", "actix-session, Redis, one read", ""),
    ("reusable, PostgreSQL, asked each time", "tower-sessions, PostgreSQL, one read", ""),
    ("single use, PostgreSQL", "single use, PostgreSQL, earlier", "2"),
    ("reusable, SQLite, asked each time", "tower-sessions, SQLite, one read", ""),
    ("single use, SQLite", "tower-sessions, SQLite, one read", ""),
];
