use std::fmt;
use std::time::Duration;

/// The memory of a bank and of the sandbox beside it, over what was done.
#[derive(Default)]
pub(super) struct Curve(Vec<Look>);

struct Look {
    at: Duration,
    flows: usize,
    memory: [usize; 2],
}

impl Curve {
    pub(super) fn add(&mut self, at: Duration, flows: usize, memory: [usize; 2]) {
        self.0.push(Look { at, flows, memory });
    }

    /// What each has more at the end than at the beginning, in bytes.
    pub(super) fn grown(&self) -> [usize; 2] {
        let [first, .., last] = &self.0[..] else { return [0; 2] };
        [0, 1].map(|which| last.memory[which].saturating_sub(first.memory[which]))
    }

    /// The slopes by least squares over the last two thirds of the time.
    pub(super) fn bytes_per_flow(&self) -> [f64; 2] {
        let rest = &self.0[self.0.len() / 3..];
        [0, 1].map(|which| {
            let point = |look: &Look| (as_float(look.flows), as_float(look.memory[which]));
            slope(&rest.iter().map(point).collect::<Vec<_>>())
        })
    }
}

fn slope(points: &[(f64, f64)]) -> f64 {
    let count = as_float(points.len());
    let mean_x = points.iter().map(|(x, _)| x).sum::<f64>() / count;
    let mean_y = points.iter().map(|(_, y)| y).sum::<f64>() / count;
    let along = points.iter().map(|(x, y)| (x - mean_x) * (y - mean_y)).sum::<f64>();
    along / points.iter().map(|(x, _)| (x - mean_x).powi(2)).sum::<f64>()
}

#[expect(clippy::cast_precision_loss, reason = "memory and counts are far below 2^52")]
fn as_float(count: usize) -> f64 {
    count as f64
}

/// A table of thirteen lines, and the slopes.
impl fmt::Display for Curve {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| minute | flows | bank MB | sandbox MB |\n|--:|--:|--:|--:|")?;
        for look in self.0.iter().step_by((self.0.len() / 12).max(1)) {
            let [bank, sandbox] = look.memory.map(|bytes| as_float(bytes) / 1e6);
            let minute = look.at.as_secs_f64() / 60.0;
            writeln!(f, "| {minute:.0} | {} | {bank:.1} | {sandbox:.1} |", look.flows)?;
        }
        let [bank, sandbox] = self.bytes_per_flow();
        write!(f, "over the last two thirds: bank {bank:.0}, sandbox {sandbox:.0} bytes per flow")
    }
}

#[test]
fn a_slope_is_that_of_the_last_two_thirds() {
    let mut curve = Curve::default();
    for n in 0..30_usize {
        let sandbox = 500 + 3 * n;
        curve.add(Duration::from_secs(n as u64), n, [if n < 10 { 1_000 * n } else { 9_000 }, sandbox]);
    }
    let [bank, sandbox] = curve.bytes_per_flow();
    assert!(bank.abs() < 1e-6 && (sandbox - 3.0).abs() < 1e-6, "{bank} {sandbox}");
    assert_eq!(curve.grown(), [9_000, 87]);
}
