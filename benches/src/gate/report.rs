/// What was measured of one contender.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its name.
    pub name: String,
    /// The median of the rounds, and the median of what it took more than the bare router in the same round.
    pub nanoseconds: Option<(f64, f64)>,
    /// Of one request, and more than the bare router.
    pub instructions: Option<(f64, f64)>,
    /// Of one request, and more than the bare router.
    pub allocations: Option<(f64, f64)>,
    /// What is kept of one caller with a decision.
    pub bytes: Option<usize>,
}

/// Prints a table in Markdown.
pub fn print(rows: &[Row]) {
    println!(
        "| one request through | ns | added | instructions | added | allocations added | bytes a decision |"
    );
    println!("|---|--:|--:|--:|--:|--:|--:|");
    for row in rows {
        let (ns, more_ns) = cells(row.nanoseconds, 0);
        let (instructions, more_instructions) = cells(row.instructions, 0);
        let (_, more_allocations) = cells(row.allocations, 1);
        let bytes = row.bytes.map(|bytes| bytes.to_string()).unwrap_or_default();
        println!(
            "| {} | {ns} | {more_ns} | {instructions} | {more_instructions} | {more_allocations} | {bytes} |",
            row.name
        );
    }
}

fn cells(measured: Option<(f64, f64)>, digits: usize) -> (String, String) {
    match measured {
        Some((whole, more)) => (format!("{whole:.digits$}"), format!("{more:.digits$}")),
        None => ("–".to_owned(), "–".to_owned()),
    }
}
