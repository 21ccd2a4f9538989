//! The route that an approval is for.

use std::borrow::Cow;
use std::fmt;

use percent_encoding::percent_decode_str;

/// A request's way into the host: its method, the template of the route that takes it, and the path and query that the
/// client sends.
///
/// [`BiometryGate::register_intent`](crate::BiometryGate::register_intent) takes one, to have an operation approved
/// before its route is called. `Debug` hides the path and query, which may name people.
///
/// ```
/// use biometry_gate::intent::Route;
///
/// let payout = Route::new("POST", "/accounts/{id}/payout").at("/accounts/7/payout?currency=EUR");
/// // A template without parameters is a path as well.
/// let transfer = Route::new("POST", "/transfer");
/// # let _ = (payout, transfer);
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Route<'a> {
    method: &'a str,
    template: &'a str,
    target: &'a str,
}

impl<'a> Route<'a> {
    /// The route that takes `method`, `POST` for example, at `template`, spelled as the host's router has it. The
    /// client asks for the template itself, unless [`at`](Self::at) says for what.
    pub fn new(method: &'a str, template: &'a str) -> Self {
        Self { method, template, target: template }
    }

    /// The path and query, byte for byte as the client sends them: with every prefix that a router strips, and without
    /// decoding anything.
    #[must_use]
    pub fn at(self, path_and_query: &'a str) -> Self {
        Self { target: path_and_query, ..self }
    }

    pub(super) fn method(&self) -> &'a str {
        self.method
    }

    pub(crate) fn template(&self) -> &'a str {
        self.template
    }

    pub(crate) fn target(&self) -> &'a str {
        self.target
    }

    /// Whether this can be a method at all: their letters count, and all that are in use are capitals.
    pub(crate) fn has_plausible_method(&self) -> bool {
        let is_plausible = |byte: u8| byte.is_ascii_graphic() && !byte.is_ascii_lowercase();
        !self.method.is_empty() && self.method.bytes().all(is_plausible)
    }

    /// Whether a router could match the path to the template. Where a template holds more than names in braces it could.
    pub(crate) fn is_consistent(&self) -> bool {
        let path = self.target.split('?').next().unwrap_or_default();
        let (mut wanted, mut found) = (self.template.split('/'), path.split('/'));
        if self.template.contains("{{") {
            return true;
        }
        loop {
            match (wanted.next(), found.next()) {
                (None, None) => return true,
                (Some(wanted), _) if takes_the_rest(wanted) => return true,
                (Some(wanted), Some(found)) if matches(wanted, found) => {}
                _ => return false,
            }
        }
    }
}

/// `{*rest}`, `{rest}*` and `{rest:.*}`.
fn takes_the_rest(segment: &str) -> bool {
    segment.contains("{*") || segment.ends_with("}*") || (segment.contains('{') && segment.contains(':'))
}

fn matches(wanted: &str, found: &str) -> bool {
    if wanted.contains('{') {
        return !found.is_empty() && !found.contains('{');
    }
    wanted == found
        || percent_decode_str(found).decode_utf8().is_ok_and(|found| found == Cow::Borrowed(wanted))
}

impl fmt::Debug for Route<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The path and query may name people.
        f.debug_struct("Route")
            .field("method", &self.method)
            .field("template", &self.template)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_that_no_router_matches_to_the_template_is_inconsistent() {
        let is_consistent = |template, target| Route::new("POST", template).at(target).is_consistent();
        for (template, target) in [
            ("/transfer", "/transfer"),
            ("/transfer", "/transfer?to=zoe"),
            ("/accounts/{id}/pay", "/accounts/7/pay"),
            ("/accounts/{id}/pay", "/accounts/a%2Fb/pay?x"),
            ("/files/{*rest}", "/files/a/b"),
            ("/files/{rest:.*}", "/files/a/b"),
            ("/files/{rest}*", "/files/a/b"),
            ("/pay now", "/pay%20now"),
        ] {
            assert!(is_consistent(template, target), "{template} {target}");
        }
        for (template, target) in [
            ("/transfer", "/transfer/"),
            ("/transfer", "/api/transfer"),
            ("/accounts/{id}/pay", "/accounts/{id}/pay"),
            ("/accounts/{id}/pay", "/accounts//pay"),
            ("/accounts/{id}/pay", "/accounts/7/refund"),
            ("/accounts/{id}", "/accounts/7/pay"),
        ] {
            assert!(!is_consistent(template, target), "{template} {target}");
        }
    }

    #[test]
    fn methods_are_written_in_capitals() {
        for (method, plausible) in
            [("POST", true), ("M-SEARCH", true), ("post", false), ("", false), ("PO ST", false)]
        {
            assert_eq!(Route::new(method, "/").has_plausible_method(), plausible, "{method}");
        }
    }

    #[test]
    fn debug_does_not_show_the_path() {
        assert!(!format!("{:?}", Route::new("POST", "/{id}").at("/zoe")).contains("zoe"));
    }
}
