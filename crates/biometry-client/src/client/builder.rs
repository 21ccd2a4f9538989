use std::sync::Arc;

use super::{Client, DEFAULT_RESPONSE_LIMIT, Inner};
#[cfg(feature = "reqwest")]
use crate::Error;
use crate::{ApiKey, BaseUrl, Transport};

/// Builds a [`Client`]; made by [`Client::builder`].
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until it is given a transport"]
pub struct ClientBuilder {
    base: BaseUrl,
    key: ApiKey,
    response_limit: usize,
}

impl ClientBuilder {
    pub(super) fn new(base: BaseUrl, key: ApiKey) -> Self {
        Self { base, key, response_limit: DEFAULT_RESPONSE_LIMIT }
    }

    /// Bounds the length of a reply, in bytes; 1 MiB by default. A reply that may carry a document's images
    /// may be sixteen times as long.
    pub fn response_limit(self, bytes: usize) -> Self {
        Self { response_limit: bytes, ..self }
    }

    /// A client over a transport of your choice.
    pub fn over(self, transport: impl Transport) -> Client {
        let Self { base, key, response_limit } = self;
        let transport: Arc<dyn Transport> = Arc::new(transport);
        Client(Arc::new(Inner { base, key, transport, response_limit }))
    }

    /// A client over the bundled transport with its defaults, see
    /// [`ReqwestTransport`](crate::ReqwestTransport).
    ///
    /// # Errors
    /// Of kind [`Setup`](crate::ErrorKind::Setup) when the transport cannot be built.
    #[cfg(feature = "reqwest")]
    pub fn connect(self) -> Result<Client, Error> {
        let transport = crate::ReqwestTransport::builder().build().map_err(Error::from_transport)?;
        Ok(self.over(transport))
    }
}
