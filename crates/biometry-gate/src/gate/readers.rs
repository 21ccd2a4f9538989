//! Gates that read operations as values of the host's own types.

use std::marker::PhantomData;

use bytes::Bytes;
#[cfg(feature = "forms")]
use http::HeaderMap;
#[cfg(feature = "forms")]
use http::header::CONTENT_TYPE;
use http::request::Parts;
use serde::de::DeserializeOwned;

use super::BiometryGate;
use super::ask::{FindRoute, ForOperation, IntentError, ReadIntent};
use super::layer::BiometryGateLayer;
use super::operation::{Operation, Reading};
use crate::denial::Denial;
use crate::engine::ConfigError;

impl BiometryGate {
    /// [`require_for`](Self::require_for) for operations that are JSON objects. The gate parses the body into `T`, the
    /// person approves what `T` [describes](Operation::describe), and the handler gets that very value from the
    /// extractor `Approved` of its adapter.
    ///
    /// No extractor behind the approval reads the body, which is empty by then, so none can refuse it and waste the
    /// approval: more than 64 KiB is 413, and what is no `T` is 422, both before the person is asked. The content type
    /// decides nothing. The gate answers for a handler that does not take the value with 500.
    ///
    /// ```
    /// use biometry_gate::gate::Operation;
    /// use biometry_gate::Intent;
    ///
    /// #[derive(serde::Deserialize)]
    /// struct Transfer { to: String, amount: String }
    ///
    /// impl Operation for Transfer {
    ///     fn describe(&self) -> Intent {
    ///         Intent::new("transfer").line("Payee", &self.to).line("Amount", &self.amount)
    ///     }
    /// }
    /// # fn layer(gate: &biometry_gate::BiometryGate) -> Result<(), biometry_gate::ConfigError> {
    /// let layer = gate.require_for_json::<Transfer>("transfer", "/transfer")?;
    /// # let _ = layer; Ok(()) }
    /// # let _ = layer;
    /// ```
    ///
    /// # Errors
    /// As [`require_for`](Self::require_for).
    pub fn require_for_json<T: Operation + DeserializeOwned>(
        &self,
        policy: &str,
        route: impl FindRoute,
    ) -> Result<BiometryGateLayer<ForOperation>, ConfigError> {
        self.require_for(policy, route, json::<T>())
    }

    /// [`require_for_json`](Self::require_for_json) for operations that are forms. A body that is not labelled
    /// `application/x-www-form-urlencoded` is refused with 415, and one that names a field twice with 422.
    ///
    /// # Errors
    /// As [`require_for`](Self::require_for).
    #[cfg(feature = "forms")]
    pub fn require_for_form<T: Operation + DeserializeOwned>(
        &self,
        policy: &str,
        route: impl FindRoute,
    ) -> Result<BiometryGateLayer<ForOperation>, ConfigError> {
        self.require_for(policy, route, form::<T>())
    }

    /// [`require_for_json`](Self::require_for_json) for operations that the host reads in its own way, from the path's
    /// [parameters](super::PathParams) for example.
    ///
    /// ```
    /// use biometry_gate::gate::{IntentError, Operation, PathParams};
    /// use biometry_gate::Intent;
    ///
    /// struct Close { account: String }
    ///
    /// impl Operation for Close {
    ///     fn describe(&self) -> Intent {
    ///         Intent::new("close account").line("Account", &self.account)
    ///     }
    /// }
    /// # fn layer(gate: &biometry_gate::BiometryGate) -> Result<(), biometry_gate::ConfigError> {
    /// let read = |head: &http::request::Parts, _: &bytes::Bytes| {
    ///     let account = PathParams::of(head).get("id").ok_or(IntentError)?.to_owned();
    ///     Ok(Close { account })
    /// };
    /// let layer = gate.require_for_value("close", "/accounts/{id}/close", read)?;
    /// # let _ = layer; Ok(()) }
    /// # let _ = layer;
    /// ```
    ///
    /// # Errors
    /// As [`require_for`](Self::require_for).
    pub fn require_for_value<T: Operation>(
        &self,
        policy: &str,
        route: impl FindRoute,
        read: impl Fn(&Parts, &Bytes) -> Result<T, IntentError> + Send + Sync + 'static,
    ) -> Result<BiometryGateLayer<ForOperation>, ConfigError> {
        self.require_for(policy, route, value(read))
    }
}

/// Reads a JSON object into `T`, for [`require_for`](BiometryGate::require_for) and for adapters: a body that is not exactly
/// one such object is refused with 422. Its content type decides nothing.
pub fn json<T: Operation + DeserializeOwned>() -> impl ReadIntent {
    Json::<T>(PhantomData)
}

/// Reads a form (`application/x-www-form-urlencoded`) into `T`, for [`require_for`](BiometryGate::require_for) and for
/// adapters. A body with another content type is refused with 415, a form that names a field twice with 422.
#[cfg(feature = "forms")]
pub fn form<T: Operation + DeserializeOwned>() -> impl ReadIntent {
    Form::<T>(PhantomData)
}

/// Reads `T` in the host's own way, for [`require_for`](BiometryGate::require_for) and for adapters.
pub fn value<T: Operation>(
    read: impl Fn(&Parts, &Bytes) -> Result<T, IntentError> + Send + Sync + 'static,
) -> impl ReadIntent {
    Value(move |head: &Parts, body: &Bytes| read(head, body).map(Reading::typed))
}

struct Json<T>(PhantomData<fn() -> T>);

#[cfg(feature = "forms")]
struct Form<T>(PhantomData<fn() -> T>);

struct Value<F>(F);

impl<T: Operation + DeserializeOwned> ReadIntent for Json<T> {
    fn read(&self, _: &Parts, body: &Bytes) -> Result<Reading, Denial> {
        // Serde takes an array for an object, its items for the members in their order.
        if !body.trim_ascii_start().starts_with(b"{") {
            return Err(Denial::IntentUnreadable);
        }
        serde_json::from_slice::<T>(body).map(Reading::typed).map_err(|_| Denial::IntentUnreadable)
    }
}

#[cfg(feature = "forms")]
impl<T: Operation + DeserializeOwned> ReadIntent for Form<T> {
    fn read(&self, head: &Parts, body: &Bytes) -> Result<Reading, Denial> {
        if !is_form(&head.headers) {
            return Err(Denial::UnsupportedMedia);
        }
        let fields: Vec<(String, String)> =
            serde_urlencoded::from_bytes(body).map_err(|_| Denial::IntentUnreadable)?;
        let mut names: Vec<_> = fields.iter().map(|(name, _)| name).collect();
        names.sort_unstable();
        if names.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(Denial::IntentUnreadable);
        }
        serde_urlencoded::from_bytes::<T>(body).map(Reading::typed).map_err(|_| Denial::IntentUnreadable)
    }
}

impl<F> ReadIntent for Value<F>
where
    F: Fn(&Parts, &Bytes) -> Result<Reading, IntentError> + Send + Sync + 'static,
{
    fn read(&self, head: &Parts, body: &Bytes) -> Result<Reading, Denial> {
        (self.0)(head, body).map_err(|_| Denial::IntentUnreadable)
    }
}

/// Unlike JSON, a form does not show what it is: every text is one.
#[cfg(feature = "forms")]
fn is_form(headers: &HeaderMap) -> bool {
    let mut values = headers.get_all(CONTENT_TYPE).iter();
    let (Some(value), None) = (values.next(), values.next()) else { return false };
    let essence = value.to_str().unwrap_or_default().split(';').next().unwrap_or_default();
    essence.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intent::Intent;

    #[derive(serde::Deserialize)]
    struct Pay {
        to: String,
    }

    impl Operation for Pay {
        fn describe(&self) -> Intent {
            Intent::new("pay").line("Payee", &self.to)
        }
    }

    fn outcome(reader: &impl ReadIntent, content_type: &str, body: &'static str) -> &'static str {
        let head =
            http::Request::post("/").header(CONTENT_TYPE, content_type).body(()).unwrap().into_parts().0;
        match reader.read(&head, &Bytes::from_static(body.as_bytes())) {
            Ok(reading) => {
                let value = reading.into_value().unwrap();
                assert_eq!(value.downcast::<Pay>().unwrap().to, "zoe");
                "read"
            }
            Err(denial) => denial.reason(),
        }
    }

    #[test]
    fn json_is_read_strictly_whatever_its_label_says() {
        let json = json::<Pay>();
        for content_type in ["application/json", "text/plain; charset=utf-8", "", FORM] {
            assert_eq!(outcome(&json, content_type, r#" {"to":"zoe"}"#), "read", "{content_type}");
        }
        for body in
            ["", "null", r#"["zoe"]"#, r#"{"to":"zoe"}{}"#, r#"{"to":1}"#, r#"{"to":"zoe","to":"max"}"#]
        {
            assert_eq!(outcome(&json, "application/json", body), "intent-unreadable", "{body}");
        }
    }

    #[test]
    fn a_form_is_read_strictly_where_it_is_labelled_as_one() {
        let form = form::<Pay>();
        for body in ["to=zoe", "to=%7Aoe", "to=zoe&note=x"] {
            assert_eq!(outcome(&form, FORM, body), "read", "{body}");
        }
        assert_eq!(outcome(&form, "Application/X-WWW-Form-Urlencoded; charset=utf-8", "to=zoe"), "read");
        for body in ["", "payee=zoe", "to=zoe&to=max", "to=zoe&note=1&note=2"] {
            assert_eq!(outcome(&form, FORM, body), "intent-unreadable", "{body}");
        }
        for other in ["", "application/json", "multipart/form-data; boundary=x"] {
            assert_eq!(outcome(&form, other, "to=zoe"), "unsupported-media", "{other}");
        }
    }

    const FORM: &str = "application/x-www-form-urlencoded";
}
