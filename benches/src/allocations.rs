//! What is taken from the heap, in a process whose allocator counts.

use std::alloc::System;

use stats_alloc::{INSTRUMENTED_SYSTEM, Region, Stats, StatsAlloc};

/// The system's allocator, counting. Only in a program that makes it its global allocator does anything else here count.
pub static COUNTING: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// How often `work` takes memory, growing included, by all threads of the process.
pub fn during<T>(work: impl FnOnce() -> T) -> (T, usize) {
    let region = Region::new(COUNTING);
    let outcome = work();
    let change = region.change();
    (outcome, change.allocations + change.reallocations)
}

/// Bytes that the process has taken and not given back so far.
pub fn live_bytes() -> i64 {
    let Stats { bytes_allocated, bytes_deallocated, .. } = COUNTING.stats();
    bytes_allocated as i64 - bytes_deallocated as i64
}
