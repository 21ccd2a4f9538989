//! `biometry-gate doctor`.

use std::process::ExitCode;

fn main() -> ExitCode {
    biometry_gate_doctor::main()
}
