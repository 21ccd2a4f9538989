use std::collections::BTreeMap;

use http::HeaderMap;
use http::header::SET_COOKIE;

/// A cookie as a server set it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cookie {
    /// The value, which goes back to the server.
    pub value: String,
    /// Its attributes, `HttpOnly` for example, as the server wrote them.
    pub attributes: Vec<String>,
}

impl Cookie {
    /// Whether the cookie has this attribute; letter case does not matter.
    #[must_use]
    pub fn has(&self, attribute: &str) -> bool {
        self.attributes.iter().any(|own| own.eq_ignore_ascii_case(attribute))
    }
}

/// Cookies of one host. Unlike a browser's jar it sends `Secure` ones over plain HTTP, too: that is how tests talk.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cookies(BTreeMap<String, Cookie>);

impl Cookies {
    pub(crate) fn get(&self, name: &str) -> Option<&Cookie> {
        self.0.get(name)
    }

    pub(crate) fn put(&mut self, name: &str, cookie: Cookie) {
        self.0.insert(name.to_owned(), cookie);
    }

    pub(crate) fn remove(&mut self, name: &str) {
        self.0.remove(name);
    }

    /// What goes into the request's header, if there is anything.
    pub(crate) fn header(&self) -> Option<String> {
        let pairs: Vec<_> = self.0.iter().map(|(name, cookie)| format!("{name}={}", cookie.value)).collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }

    /// Takes over what a response sets and removes.
    pub(crate) fn learn(&mut self, headers: &HeaderMap) {
        for line in headers.get_all(SET_COOKIE) {
            let line = line.to_str().expect("a cookie of visible text");
            let mut words = line.split(';').map(str::trim);
            let (name, value) = words.next().and_then(|pair| pair.split_once('=')).expect("name=value");
            let cookie = Cookie { value: value.to_owned(), attributes: words.map(str::to_owned).collect() };
            if cookie.has("Max-Age=0") {
                self.0.remove(name);
            } else {
                self.0.insert(name.to_owned(), cookie);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_set_goes_back_and_what_is_removed_does_not() {
        let mut headers = HeaderMap::new();
        headers.append(SET_COOKIE, "a=1=; Path=/; HttpOnly".parse().unwrap());
        headers.append(SET_COOKIE, "b=2; Secure".parse().unwrap());
        let mut cookies = Cookies::default();
        cookies.learn(&headers);
        assert_eq!(cookies.header().as_deref(), Some("a=1=; b=2"));
        assert!(cookies.get("a").unwrap().has("httponly"));

        let mut headers = HeaderMap::new();
        headers.append(SET_COOKIE, "a=; Max-Age=0".parse().unwrap());
        cookies.learn(&headers);
        assert_eq!(cookies.header().as_deref(), Some("b=2"));
    }
}
