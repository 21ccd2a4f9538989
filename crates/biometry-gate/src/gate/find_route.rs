use http::request::Parts;

/// Tells to which of the host's routes a request was matched: what was approved for one route opens no other.
///
/// Adapters of frameworks with a router bring one that asks the router. Where there is none the route is named in code:
/// `"/transfer"` is a `FindRoute`. A layer that is told one name takes all that it covers for one route.
pub trait FindRoute: Send + Sync + 'static {
    /// The route's template, `/accounts/{id}/transfer` for example: what the router calls it, not what the client asked
    /// for. Where there is none the request is refused, with 500: the gate stands where no route is known.
    fn find<'a>(&'a self, head: &'a Parts) -> Option<&'a str>;
}

impl FindRoute for &'static str {
    fn find<'a>(&'a self, _: &'a Parts) -> Option<&'a str> {
        Some(self)
    }
}

impl FindRoute for String {
    fn find<'a>(&'a self, _: &'a Parts) -> Option<&'a str> {
        Some(self)
    }
}
