//! Prints the description of all mounted routes.

#![expect(clippy::print_stdout, reason = "that is what it is for")]

fn main() {
    println!("{}", biometry_gate::routes::openapi("/biometry"));
}
