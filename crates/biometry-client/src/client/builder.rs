use std::sync::Arc;

use super::{Client, DEFAULT_RESPONSE_LIMIT, Inner};
#[cfg(feature = "hyper")]
use crate::Error;
use crate::transport::{KeyRing, Turns};
use crate::{ApiKey, ApiVersion, BaseUrl, ConsentTemplates, Transport};

/// Builds a [`Client`]; made by [`Client::builder`].
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until it is given a transport"]
pub struct ClientBuilder {
    base: BaseUrl,
    key: ApiKey,
    spare_keys: Vec<ApiKey>,
    response_limit: usize,
    version: ApiVersion,
    templates: Option<ConsentTemplates>,
}

impl ClientBuilder {
    pub(super) fn new(base: BaseUrl, key: ApiKey) -> Self {
        let (spare_keys, version, templates) = (Vec::new(), ApiVersion::default(), None);
        Self { base, key, spare_keys, response_limit: DEFAULT_RESPONSE_LIMIT, version, templates }
    }

    /// Chooses the version of the API; [`ApiVersion::V1`] by default.
    pub fn version(self, version: ApiVersion) -> Self {
        Self { version, ..self }
    }

    /// Has consents recorded and read as approvals of these templates, as the mobile SDK does. By default version 2
    /// keeps to the consent calls of version 1, as the web SDK does; with version 1 this has no effect.
    pub fn consent_templates(self, templates: ConsentTemplates) -> Self {
        Self { templates: Some(templates), ..self }
    }

    /// Bounds the length of a reply, in bytes; 1 MiB by default. A reply that may carry a document's images
    /// may be sixteen times as long.
    pub fn response_limit(self, bytes: usize) -> Self {
        Self { response_limit: bytes, ..self }
    }

    /// Adds a key of the same project, to be turned to when the platform does not accept the one in use; none by
    /// default.
    ///
    /// That is how keys are rotated without an interruption: run with the new key and the old one, revoke the old one,
    /// and drop it at the next occasion. A call whose body is in memory is made again with the next key at once: a key
    /// that is not accepted kept the platform from doing anything. An upload is not, since its stream is gone; the next
    /// one goes out with the other key.
    pub fn spare_key(mut self, key: ApiKey) -> Self {
        self.spare_keys.push(key);
        self
    }

    /// A client over a transport of your choice.
    pub fn over(self, transport: impl Transport) -> Client {
        let Self { base, key, spare_keys, response_limit, version, templates } = self;
        let bare: Arc<dyn Transport> = Arc::new(transport);
        let turns = Arc::<Turns>::default();
        let keys = std::iter::once(&key).chain(&spare_keys).cloned().collect();
        let transport: Arc<dyn Transport> = if spare_keys.is_empty() {
            Arc::clone(&bare)
        } else {
            Arc::new(KeyRing::new(Arc::clone(&bare), keys, Arc::clone(&turns)))
        };
        let inner =
            Inner { base, key, spare_keys, turns, bare, transport, response_limit, version, templates };
        Client(Arc::new(inner), None)
    }

    /// A client over the bundled transport with its defaults, see
    /// [`HyperTransport`](crate::HyperTransport), that tries again what was not sent, see
    /// [`Retrying`](crate::Retrying).
    ///
    /// # Errors
    /// Of kind [`Setup`](crate::ErrorKind::Setup) when the transport cannot be built.
    #[cfg(feature = "hyper")]
    pub fn connect(self) -> Result<Client, Error> {
        let transport = crate::HyperTransport::builder().build().map_err(Error::from_transport)?;
        Ok(self.over(crate::Retrying::new(transport)))
    }
}
