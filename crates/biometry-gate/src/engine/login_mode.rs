use std::sync::Arc;

use biometry_client::Service;

use super::config_error::ConfigError;
use crate::policy::Policy;

/// The policy that sign-ins are held against.
#[derive(Clone, Debug)]
pub(crate) struct LoginMode {
    policy: Arc<Policy>,
}

impl LoginMode {
    pub(crate) fn new(policy: Arc<Policy>) -> Result<Self, ConfigError> {
        if !policy.required().contains(Service::FaceRecognition) {
            return Err(ConfigError::new(format!(
                "the login policy {} does not require Face Recognition: any live face would log in",
                policy.name(),
            )));
        }
        if policy.is_bound_to_intent() {
            return Err(ConfigError::new(format!(
                "the login policy {} approves operations, and signing in is none: make it with `Policy::for_session`",
                policy.name(),
            )));
        }
        if policy.needs_document_match() {
            return Err(ConfigError::new(format!(
                "the login policy {} asks for a document match, which only a caller who is logged in can make",
                policy.name(),
            )));
        }
        Ok(Self { policy })
    }

    pub(crate) fn policy(&self) -> &Arc<Policy> {
        &self.policy
    }
}
