//! A request's head, whatever types a framework has for it.

use http::request::Parts;
use http::{HeaderName, HeaderValue, Uri};

use crate::principal::{Identified, Identify, IdentifyError, Principal};

/// What a check reads of a request, whichever types its framework has for it.
///
/// Implemented for the head of an `http` 1.x request, [`http::request::Parts`]. Adapters of frameworks with other types
/// implement it for a borrowed view of theirs, so that nothing has to be converted for a check.
pub trait RequestHead {
    /// The method, `GET` for example.
    fn method(&self) -> &str;

    /// The values of a header, in the order in which they came. A framework that joins or drops repeated headers must
    /// not do so here: checks refuse what is repeated.
    fn values<'a>(&'a self, name: &HeaderName) -> impl Iterator<Item = &'a [u8]>;

    /// Whether there is such a header, whatever it says.
    fn has(&self, name: &HeaderName) -> bool {
        self.values(name).next().is_some()
    }

    /// The authority of the request's target, where it has one: HTTP/2, and proxy requests of HTTP/1.1.
    fn authority(&self) -> Option<&str>;

    /// The path and query that the request came with, in front of any router that strips prefixes; without it, the
    /// browser is not brought back after stepping up.
    fn target(&self) -> Option<&str> {
        None
    }

    /// Who is calling: what `identify` reads in this request, or what the host has found out before.
    ///
    /// # Errors
    /// When the host cannot tell.
    fn caller(&self, identify: &dyn Identify) -> Result<Option<Principal>, IdentifyError>;
}

/// The path and query that a request came with, for gates behind routers that strip prefixes off the request's own URI.
/// Adapters put it into the request's extensions; hosts with another such router do it in front of that.
#[derive(Clone, Debug)]
pub struct RequestTarget(pub Uri);

impl RequestHead for Parts {
    #[inline]
    fn method(&self) -> &str {
        self.method.as_str()
    }

    fn values<'a>(&'a self, name: &HeaderName) -> impl Iterator<Item = &'a [u8]> {
        self.headers.get_all(name).iter().map(HeaderValue::as_bytes)
    }

    fn has(&self, name: &HeaderName) -> bool {
        self.headers.contains_key(name)
    }

    fn authority(&self) -> Option<&str> {
        self.uri.authority().map(http::uri::Authority::as_str)
    }

    fn target(&self) -> Option<&str> {
        let uri = self.extensions.get::<RequestTarget>().map_or(&self.uri, |target| &target.0);
        uri.path_and_query().map(http::uri::PathAndQuery::as_str)
    }

    fn caller(&self, identify: &dyn Identify) -> Result<Option<Principal>, IdentifyError> {
        match self.extensions.get::<Identified>() {
            Some(Identified(caller)) => caller.clone(),
            None => identify.identify(self),
        }
    }
}
