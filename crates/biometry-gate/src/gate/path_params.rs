//! What the host's router has found in a path.

use std::fmt;

use http::request::Parts;

/// The parameters that the host's router has found in a request's path, percent-decoded, for readers of operations.
///
/// Adapters put them into the head that a reader gets. A host without a router that knows them puts them into the
/// request's extensions itself, outside of the gate.
///
/// ```
/// use biometry_gate::gate::{IntentError, PathParams};
/// use biometry_gate::intent::Intent;
///
/// // For the route `/accounts/{id}/close`.
/// fn read(head: &http::request::Parts, _: &bytes::Bytes) -> Result<Intent, IntentError> {
///     let account = PathParams::of(head).get("id").ok_or(IntentError)?;
///     Ok(Intent::new("close account").line("Account", account))
/// }
/// # let _ = read;
/// ```
#[derive(Clone, Default)]
pub struct PathParams(Vec<(Box<str>, Box<str>)>);

impl PathParams {
    /// The parameters of a request; none where the router has found none.
    pub fn of(head: &Parts) -> &Self {
        static NONE: PathParams = PathParams(Vec::new());
        head.extensions.get().unwrap_or(&NONE)
    }

    /// The value of a parameter, by the name that it has in the template; `None` where the template has none of that
    /// name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter().find_map(|(known, value)| (known == name).then_some(value))
    }

    /// All parameters as pairs of name and value, in the router's order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (&**name, &**value))
    }
}

impl<N: Into<Box<str>>, V: Into<Box<str>>> FromIterator<(N, V)> for PathParams {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Self {
        Self(pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

impl fmt::Debug for PathParams {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter().map(|(name, _)| name)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_found_by_name_and_kept_out_of_debug() {
        let (mut head, ()) = http::Request::new(()).into_parts();
        assert_eq!(PathParams::of(&head).get("id"), None);
        head.extensions.insert(PathParams::from_iter([("id", "zoe")]));
        assert_eq!(PathParams::of(&head).get("id"), Some("zoe"));
        assert_eq!(format!("{:?}", PathParams::of(&head)), r#"{"id"}"#);
    }
}
