//! A host that is counted, not built.

fn main() {}
