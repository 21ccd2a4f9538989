//! What the key says of itself, and what the platform says of it.

use std::time::Duration;

use biometry_client::{Client, Error, ErrorKind, KeyInfo, Reply, Service};
use tokio::time::timeout;

use crate::findings::{Check, Findings};

pub(crate) async fn look(client: &Client, is_reached: bool, findings: &mut Findings) {
    let claims = client.api_key().claims();
    let name = claims.id().map(|id| format!(" {id}")).unwrap_or_default();
    if claims.selected_services().is_none() {
        findings.note(Check::Key, format!("the key{name} does not say which services it has"));
    }
    if !is_reached {
        findings.skip(Check::Key, "whether the platform takes it is not known: the platform is not reached");
        return tell_services(|service| claims.includes(service), findings);
    }
    match timeout(PATIENCE, client.key_info()).await {
        Ok(answer) => judge(&name, answer, |service| claims.includes(service), findings),
        Err(_) => findings.fault(Check::Key, "the platform does not say in time whether it takes the key"),
    }
}

fn judge(
    name: &str,
    answer: Result<Reply<KeyInfo>, Error>,
    is_claimed: impl Fn(Service) -> bool,
    findings: &mut Findings,
) {
    match answer.map(Reply::into_inner) {
        Ok(info) if info.is_active() => {
            findings.fine(Check::Key, format!("the platform takes the key{name}"));
            tell_services(|service| info.includes(service), findings);
            let differs =
                Service::ALL.into_iter().find(|&service| info.includes(service) != is_claimed(service));
            if let Some(service) = differs {
                let text = format!("the key itself says otherwise of {service}: the gate goes by the key");
                findings.note(Check::Services, text);
            }
        }
        Ok(_) => findings.fault(Check::Key, "the platform says that the key is not active: mint a new one"),
        Err(error) if error.kind() == ErrorKind::KeyRejected => {
            let advice = "see whether it was revoked, and whether it is of this address";
            findings.fault(Check::Key, format!("the platform does not take the key{name}: {advice}"));
        }
        Err(error) => {
            findings.fault(Check::Key, format!("the platform does not say anything of the key: {error}"));
        }
    }
}

fn tell_services(has: impl Fn(Service) -> bool, findings: &mut Findings) {
    let (has, lacks): (Vec<_>, Vec<_>) = Service::ALL.into_iter().partition(|&service| has(service));
    let names = |services: &[Service]| services.iter().map(|it| it.as_str()).collect::<Vec<_>>().join(", ");
    match (has.is_empty(), lacks.is_empty()) {
        (true, _) => {
            findings.fault(Check::Services, "the key has no service: select some in the platform's console");
        }
        (_, true) => findings.fine(Check::Services, format!("the key has all: {}", names(&has))),
        _ => {
            findings
                .fine(Check::Services, format!("the key has {}; it lacks {}", names(&has), names(&lacks)));
        }
    }
}

const PATIENCE: Duration = Duration::from_secs(15);
