//! `stores-server KIND PLACE USES`: one contender of `stores`, in a process of its own. It says where it listens and how its
//! callers name themselves, and ends with its standard input.

use std::io::Read as _;

use biometry_gate_benches::stores::serve;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let mut next = || arguments.next().expect("KIND PLACE USES");
    let (kind, place, uses) = (next(), next(), next().parse().expect("a number of uses"));
    if kind.contains("actix") {
        return actix_web::rt::System::new().block_on(serve(&kind, &place, uses, wait));
    }
    tokio::runtime::Runtime::new().expect("a runtime").block_on(serve(&kind, &place, uses, wait));
}

/// Until the program that started this one ends, or closes its input.
async fn wait() {
    let end = tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new()));
    let _ = end.await;
}
