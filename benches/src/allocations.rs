//! Counts what this thread takes from the heap.
#![expect(unsafe_code, reason = "an allocator is an unsafe trait; this one hands every call on unchanged")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

/// The system's allocator with a tally per thread.
#[derive(Debug)]
pub struct Counting;

/// Taken from the heap, and given back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Calls that took memory, growing included.
    pub allocations: u64,
    /// Bytes that are still held; negative where more was given back than taken.
    pub live_bytes: i64,
}

/// What `work` takes from the heap on this thread.
pub fn during<T>(work: impl FnOnce() -> T) -> (T, Tally) {
    let before = TALLY.get();
    let outcome = work();
    let after = TALLY.get();
    let tally = Tally {
        allocations: after.allocations - before.allocations,
        live_bytes: after.live_bytes - before.live_bytes,
    };
    (outcome, tally)
}

/// What this thread has taken and not given back so far.
pub fn live_bytes() -> i64 {
    TALLY.get().live_bytes
}

fn count(allocations: u64, bytes: i64) {
    // A thread that is ending has no tally any more.
    let _ = TALLY.try_with(|tally| {
        let mut sum = tally.get();
        sum.allocations += allocations;
        sum.live_bytes += bytes;
        tally.set(sum);
    });
}

fn signed(bytes: usize) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}

// SAFETY: every call goes to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(1, signed(layout.size()));
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(1, signed(layout.size()));
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        count(0, -signed(layout.size()));
        unsafe { System.dealloc(memory, layout) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(1, signed(size) - signed(layout.size()));
        unsafe { System.realloc(memory, layout, size) }
    }
}

thread_local! {
    static TALLY: Cell<Tally> = const { Cell::new(Tally { allocations: 0, live_bytes: 0 }) };
}
