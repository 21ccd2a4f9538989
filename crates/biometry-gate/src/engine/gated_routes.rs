use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, PoisonError};

/// Where the host has put gates for operations. An operation can be registered in advance for such a place alone.
#[derive(Debug, Default)]
pub(crate) struct GatedRoutes(Mutex<HashMap<Box<str>, Templates>>);

/// How a policy's gates find the template of a request.
#[derive(Debug, Default)]
struct Templates {
    from_router: bool,
    named: HashSet<Box<str>>,
}

/// What is known of a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Gated {
    /// The host's code names it at a gate.
    ByName,
    /// A gate asks the router, which may have it.
    ByRouter,
    /// There is no gate that it could reach.
    Nowhere,
}

impl GatedRoutes {
    /// A gate of `policy` stands at `template`, or wherever the router says.
    pub(crate) fn add(&self, policy: &str, template: Option<&str>) {
        let mut routes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let templates = routes.entry(policy.into()).or_default();
        match template {
            Some(template) if templates.named.contains(template) => {}
            Some(template) if templates.named.len() < MOST_NAMES => {
                templates.named.insert(template.into());
            }
            Some(_) | None => templates.from_router = true,
        }
    }

    pub(crate) fn find(&self, policy: &str, template: &str) -> Gated {
        let routes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match routes.get(policy) {
            Some(templates) if templates.named.contains(template) => Gated::ByName,
            Some(templates) if templates.from_router => Gated::ByRouter,
            Some(_) | None => Gated::Nowhere,
        }
    }
}

/// A host that makes up names at run time does not fill the memory with them.
const MOST_NAMES: usize = 4096;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_is_gated_by_the_policy_whose_gate_stands_there() {
        let routes = GatedRoutes::default();
        assert_eq!(routes.find("payment", "/pay"), Gated::Nowhere);
        routes.add("payment", Some("/pay"));
        assert_eq!(routes.find("payment", "/pay"), Gated::ByName);
        assert_eq!(routes.find("payment", "/refund"), Gated::Nowhere);
        assert_eq!(routes.find("export", "/pay"), Gated::Nowhere);
        routes.add("payment", None);
        assert_eq!(routes.find("payment", "/refund"), Gated::ByRouter);
    }
}
