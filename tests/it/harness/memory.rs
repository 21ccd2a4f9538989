use super::program::Program;

/// Resident memory of a process, in bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Memory {
    pub(crate) now: usize,
    pub(crate) peak: usize,
}

impl Memory {
    pub(crate) fn of(program: &Program) -> Self {
        let status =
            std::fs::read_to_string(format!("/proc/{}/status", program.id())).expect("it is running");
        let kibibytes = |name: &str| -> usize {
            let line = status.lines().find_map(|line| line.strip_prefix(name)).expect("a line of that name");
            line.trim().trim_end_matches(" kB").parse().expect("a number")
        };
        Self { now: kibibytes("VmRSS:") * 1_024, peak: kibibytes("VmHWM:") * 1_024 }
    }
}
