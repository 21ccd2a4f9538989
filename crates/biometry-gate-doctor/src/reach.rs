//! Whether the platform is reached: by name, by address, by TLS, by HTTP; and what time it is there.

use std::error::Error as _;
use std::io;
use std::net::SocketAddr;
use std::time::{Duration, SystemTime};

use biometry_client::{BaseUrl, Body, HyperTransport, Transport as _, TransportError, TransportErrorKind};
use biometry_gate::clock::{Clock as _, SystemClock};
use http::header::DATE;
use http::{Request, Response, Uri};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;

use crate::findings::{Check, Findings};

/// Looks at each step on its own; answers whether the platform speaks HTTP with this machine.
pub(crate) async fn look(base: &BaseUrl, findings: &mut Findings) -> bool {
    let Ok(uri) = base.to_string().parse::<Uri>() else { return false };
    let Some(host) = uri.host().map(str::to_owned) else { return false };
    let default = if uri.scheme_str() == Some("https") { 443 } else { 80 };
    let port = uri.port_u16().unwrap_or(default);
    let Some(addresses) = resolve(&host, port, findings).await else { return false };
    if !connect(&host, port, &addresses, findings).await {
        return false;
    }
    exchange(&uri, &host, findings).await
}

async fn resolve(host: &str, port: u16, findings: &mut Findings) -> Option<Vec<SocketAddr>> {
    let name = host.trim_start_matches('[').trim_end_matches(']');
    let found = timeout(PATIENCE, lookup_host((name, port))).await.unwrap_or_else(|_| Err(too_late()));
    match found.map(Iterator::collect::<Vec<_>>) {
        Ok(addresses) if !addresses.is_empty() => {
            findings
                .fine(Check::Dns, format!("{host} has {}", count(addresses.len(), "address", "addresses")));
            Some(addresses)
        }
        Ok(_) => {
            findings.fault(Check::Dns, format!("{host} has no address"));
            None
        }
        Err(error) => {
            let advice = "see whether the name is right and this machine's name server answers";
            findings.fault(Check::Dns, format!("{host} is not known ({error}): {advice}"));
            None
        }
    }
}

async fn connect(host: &str, port: u16, addresses: &[SocketAddr], findings: &mut Findings) -> bool {
    let mut failures = Vec::new();
    for address in addresses.iter().take(MOST_ADDRESSES) {
        match timeout(PATIENCE, TcpStream::connect(address)).await.unwrap_or_else(|_| Err(too_late())) {
            Ok(_) => {
                findings.fine(Check::Tcp, format!("{host} takes connections at port {port}"));
                failures.into_iter().for_each(|failure| findings.note(Check::Tcp, failure));
                return true;
            }
            Err(error) => failures.push(format!("{address} takes no connection: {}", error.kind())),
        }
    }
    let advice = "see whether a firewall lets this machine out, and whether the port is right";
    findings.fault(Check::Tcp, format!("{}: {advice}", failures.join("; ")));
    false
}

/// Asks for the root, without a key: any answer will do.
async fn exchange(uri: &Uri, host: &str, findings: &mut Findings) -> bool {
    let before = SystemClock.now();
    let answer = match ask(uri).await {
        Ok(answer) => answer,
        Err(error) => {
            let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
            let check = if error.kind() == TransportErrorKind::Tls { Check::Tls } else { Check::Http };
            findings.fault(check, format!("{error}{cause}"));
            return false;
        }
    };
    match uri.scheme_str() {
        Some("https") => findings.fine(Check::Tls, format!("the certificate of {host} is trusted here")),
        _ => findings.note(Check::Tls, "none: plain http, which is for the loopback interface"),
    }
    let date =
        answer.headers().get(DATE).and_then(|date| httpdate::parse_http_date(date.to_str().ok()?).ok());
    match date {
        Some(there) => tell_skew(before, there, SystemClock.now(), findings),
        None => findings.skip(Check::Clock, "not looked at: the answer has no date"),
    }
    true
}

async fn ask(uri: &Uri) -> Result<Response<Body>, TransportError> {
    let transport = HyperTransport::builder().total_limit(PATIENCE * 3).build()?;
    let request = Request::get(uri.clone()).body(Body::empty());
    transport.send(request.map_err(|_| TransportError::not_sent(TransportErrorKind::Address))?).await
}

/// The platform's date lies between the two moments, and is given in whole seconds.
fn tell_skew(before: SystemTime, there: SystemTime, after: SystemTime, findings: &mut Findings) {
    let (behind, ahead) = (between(after, there), between(there + Duration::from_secs(1), before));
    let (skew, way) = if behind > ahead { (behind, "behind") } else { (ahead, "ahead of") };
    let seconds = skew.as_secs();
    let advice = "freshness, expiry and signatures go by this machine's clock: mend its time service";
    match seconds {
        0..=5 => findings.fine(Check::Clock, "this machine's clock and the platform's agree"),
        6..=60 => {
            findings.note(Check::Clock, format!("this machine is {seconds} s {way} the platform: {advice}"));
        }
        _ => {
            findings.fault(Check::Clock, format!("this machine is {seconds} s {way} the platform: {advice}"));
        }
    }
}

fn between(earlier: SystemTime, later: SystemTime) -> Duration {
    later.duration_since(earlier).unwrap_or_default()
}

fn too_late() -> io::Error {
    io::ErrorKind::TimedOut.into()
}

fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

const PATIENCE: Duration = Duration::from_secs(5);
const MOST_ADDRESSES: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_off_is_told_by_how_much() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
        let told = |there: SystemTime| {
            let mut findings = Findings::default();
            tell_skew(now, there, now + Duration::from_millis(300), &mut findings);
            findings.to_string()
        };
        assert!(told(now).starts_with("fine"), "the date is cut to whole seconds");
        assert!(told(now - Duration::from_secs(1)).starts_with("fine"));
        assert!(told(now + Duration::from_secs(30)).contains("29 s behind"));
        assert!(told(now + Duration::from_secs(90)).starts_with("fault"));
        let ahead = told(now - Duration::from_secs(91));
        assert!(ahead.starts_with("fault") && ahead.contains("90 s ahead of"), "{ahead}");
    }
}
