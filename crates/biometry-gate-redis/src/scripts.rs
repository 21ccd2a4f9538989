//! The two things that a server is asked to do: to read, and to compare and write in one atomic step.

use redis::{Pipeline, Script, ScriptInvocation};

use biometry_gate::store::shared::{Tag, Write};

// Without the flag `no-writes` a script runs on a primary only, and only while that may take writes: a replica, or a
// primary that was cut off, might not have heard of a revocation. Reading needs no memory, so it goes on when there is
// none left.
const LOAD: &str = "#!lua flags=allow-oom
local now = redis.call('TIME')
return {now[1], now[2], redis.call('GET', KEYS[1])}";

// A write that finds itself there already is written once more: the connection that it comes over may be a new one, and
// only what went over a connection makes `WAIT` wait.
const SWAP: &str = "#!lua
local there = redis.call('GET', KEYS[1])
local tag = there and string.sub(there, 1, 24) or ''
local own = string.sub(ARGV[2], 1, 24)
if tag ~= ARGV[1] and (own == '' or tag ~= own) then return 0 end
if own == '' then
  redis.call('DEL', KEYS[1])
elseif ARGV[3] == '' then
  redis.call('SET', KEYS[1], ARGV[2])
else
  redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
end
return 1";

/// The scripts, with their hashes.
pub(crate) struct Scripts {
    load: Script,
    swap: Script,
}

/// What a swap hands to its script.
pub(crate) struct Swap {
    /// The tag that has to be there; empty where nothing may be there.
    seen: Vec<u8>,
    /// The record with its tag in front; empty to remove what is there.
    record: Vec<u8>,
    /// Milliseconds to keep it; empty for good.
    keep: String,
}

impl Scripts {
    pub(crate) fn new() -> Self {
        Self { load: Script::new(LOAD), swap: Script::new(SWAP) }
    }

    /// For a cluster, whose client follows a record that has moved for single commands only. Answers with seconds,
    /// microseconds and the record, where there is one.
    pub(crate) fn load(&self, key: &str) -> ScriptInvocation<'_> {
        self.load.key(key)
    }

    /// For one server, which answers these commands in a fraction of the time that a script takes. Answers with what lies
    /// under each key, and with seconds and microseconds. `GETEX` without a time to live changes nothing, yet is a write for
    /// the server: like the script, it runs on a primary only, and only while that may take writes. The time comes last, so
    /// that what has expired by then does not count.
    pub(crate) fn reads(keys: &[&str]) -> Pipeline {
        let mut commands = Pipeline::with_capacity(keys.len() + 1);
        for key in keys {
            commands.cmd("GETEX").arg(key);
        }
        commands.cmd("TIME");
        commands
    }

    /// Answers with 1 where it has written, and with 0 where something else is there.
    pub(crate) fn swap(&self, key: &str, swap: &Swap) -> ScriptInvocation<'_> {
        let mut invocation = self.swap.key(key);
        invocation.arg(swap.seen.as_slice()).arg(swap.record.as_slice()).arg(&swap.keep);
        invocation
    }

    /// [`swap`](Self::swap) by its text, for where its hash may be unknown and there is only one try.
    pub(crate) fn swap_by_text(key: &str, swap: &Swap) -> redis::Cmd {
        let mut command = redis::cmd("EVAL");
        command.arg(SWAP).arg(1).arg(key);
        command.arg(swap.seen.as_slice()).arg(swap.record.as_slice()).arg(&swap.keep);
        command
    }
}

impl Swap {
    pub(crate) fn new(seen: Option<&Tag>, write: &Write) -> Self {
        let seen = seen.map(|tag| tag.as_bytes().to_vec()).unwrap_or_default();
        match write {
            Write::Put { record, keep } => {
                let keep = keep.map(|keep| keep.as_millis().max(1).to_string()).unwrap_or_default();
                Self { seen, record: record.join(), keep }
            }
            Write::Remove => Self { seen, record: Vec::new(), keep: String::new() },
        }
    }
}
