//! The gate itself: what its builder says, what the platform says of its policies, and whether it could serve.

use biometry_client::Client;
use biometry_gate::policy::Policy;
use biometry_gate::principal::FromExtensions;
use biometry_gate::{BiometryGate, Builder};

use crate::arguments::Ask;
use crate::findings::{Check, Findings};
use crate::store::Store;

pub(crate) async fn look(ask: &Ask, client: Client, store: Store, is_reached: bool, findings: &mut Findings) {
    let builder =
        ask.policies.iter().cloned().fold(BiometryGate::builder(client, FromExtensions), Builder::policy);
    let is_usable = !matches!(store, Store::Unusable);
    let builder = match store {
        Store::Open(store) => builder.store(store).replicas(ask.replicas),
        Store::Memory => builder.replicas(ask.replicas),
        // Found at fault already: the rest is looked at all the same.
        Store::Unusable => builder,
    };
    let gate = match builder.store_timeout(ask.store_timeout).build() {
        Ok(gate) => gate,
        Err(error) => return findings.fault(Check::Policies, error.to_string()),
    };
    look_at_policies(ask, &gate, is_reached, findings).await;
    if !is_usable || !is_reached {
        return findings.skip(Check::Ready, "not looked at, because of what is at fault above");
    }
    match gate.ready().await {
        Ok(()) => findings.fine(Check::Ready, "a gate with all this can serve"),
        Err(why) => findings.fault(Check::Ready, why.to_string()),
    }
}

async fn look_at_policies(ask: &Ask, gate: &BiometryGate, is_reached: bool, findings: &mut Findings) {
    let names: Vec<_> = ask.policies.iter().map(Policy::name).collect();
    let names = names.join(", ");
    if !is_reached {
        findings.fine(Check::Policies, format!("the key says that {names} can be met"));
    } else if let Err(error) = gate.admin().check_platform().await {
        return findings.fault(Check::Policies, error.to_string());
    } else {
        findings.fine(Check::Policies, format!("{names} can be met"));
    }
    for lint in gate.lints() {
        let of = lint.policy().map(|policy| format!("{policy}: ")).unwrap_or_default();
        findings.note(Check::Policies, format!("{of}{}", lint.advice()));
    }
}
