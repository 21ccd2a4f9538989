//! A strict reader of JSON: what could be read in two ways is not read at all.
//!
//! `serde_json::Value` keeps the last of two equal keys, so a reply that says both `fail` and `pass`
//! would quietly pass. This reader refuses duplicate keys at any depth, nesting beyond a bound and
//! anything after the first value; lone surrogates and numbers beyond `f64` are refused below us.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt;
use std::sync::LazyLock;

use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

/// A JSON value without any ambiguity left in it.
#[derive(Clone, PartialEq)]
#[cfg_attr(test, derive(Debug))]
pub(crate) enum Json {
    Null,
    Bool(bool),
    /// Always finite.
    Number(f64),
    String(String),
    Array(Vec<Json>),
    Object(Object),
}

impl Json {
    pub(crate) fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(*value),
            _ => None,
        }
    }

    pub(crate) fn as_number(&self) -> Option<f64> {
        match self {
            Self::Number(value) => Some(*value),
            _ => None,
        }
    }

    pub(crate) fn as_array(&self) -> Option<&[Json]> {
        match self {
            Self::Array(items) => Some(items),
            _ => None,
        }
    }

    pub(crate) fn as_object(&self) -> Option<&Object> {
        match self {
            Self::Object(object) => Some(object),
            _ => None,
        }
    }

    /// Whether this value or one inside it, at any depth, is an object that fulfils the condition.
    pub(crate) fn any_object(&self, condition: &impl Fn(&Object) -> bool) -> bool {
        match self {
            Self::Object(object) => object.any_object(condition),
            Self::Array(items) => items.iter().any(|item| item.any_object(condition)),
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::String(_) => false,
        }
    }

    /// Whether this is how an encoder spells "nothing to say": `null`, `""`, `[]`.
    pub(crate) fn is_blank(&self) -> bool {
        match self {
            Self::Null => true,
            Self::String(text) => text.is_empty(),
            Self::Array(items) => items.is_empty(),
            Self::Bool(_) | Self::Number(_) | Self::Object(_) => false,
        }
    }
}

/// The members of a JSON object, each key once.
#[derive(Clone, Default, PartialEq)]
#[cfg_attr(test, derive(Debug))]
pub(crate) struct Object(pub(crate) BTreeMap<String, Json>);

impl Object {
    /// The member of this name; an explicit `null` counts as a member.
    pub(crate) fn get(&self, key: &str) -> Option<&Json> {
        self.0.get(key)
    }

    /// The member of this name unless it is absent or `null`.
    pub(crate) fn get_non_null(&self, key: &str) -> Option<&Json> {
        self.get(key).filter(|value| **value != Json::Null)
    }

    pub(crate) fn get_str(&self, key: &str) -> Option<&str> {
        self.get(key).and_then(Json::as_str)
    }

    /// Whether `error` or `errors` objects to anything: everything but blank counts.
    pub(crate) fn has_error(&self) -> bool {
        ["error", "errors"].into_iter().any(|name| self.get(name).is_some_and(|error| !error.is_blank()))
    }

    /// Whether this object or one inside it, at any depth, fulfils the condition.
    pub(crate) fn any_object(&self, condition: &impl Fn(&Object) -> bool) -> bool {
        condition(self) || self.0.values().any(|value| value.any_object(condition))
    }
}

/// The text is not JSON, or not unambiguous JSON. Says no more, as the text is personal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Malformed;

/// Reads exactly one JSON object.
pub(crate) fn read_object(text: &[u8]) -> Result<Object, Malformed> {
    match read(text)? {
        Json::Object(object) => Ok(object),
        _ => Err(Malformed),
    }
}

/// Reads exactly one JSON value.
pub(crate) fn read(text: &[u8]) -> Result<Json, Malformed> {
    read_value(text, *NUMBERS_AS_MAPS)
}

fn read_value(text: &[u8], numbers_as_maps: bool) -> Result<Json, Malformed> {
    let mut reader = serde_json::Deserializer::from_slice(text);
    let value =
        Reader { depth: MAX_DEPTH, numbers_as_maps }.deserialize(&mut reader).map_err(|_| Malformed)?;
    reader.end().map_err(|_| Malformed)?;
    Ok(value)
}

#[derive(Clone, Copy)]
struct Reader {
    depth: usize,
    numbers_as_maps: bool,
}

impl Reader {
    fn deeper<E: de::Error>(self) -> Result<Self, E> {
        match self.depth.checked_sub(1) {
            Some(depth) => Ok(Self { depth, ..self }),
            None => Err(E::custom("nested too deeply")),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Reader {
    type Value = Json;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reader {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Json, E> {
        self.visit_f64(value as f64)
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Json, E> {
        self.visit_f64(value as f64)
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Json, E> {
        if value.is_finite() { Ok(Json::Number(value)) } else { Err(E::custom("not a finite number")) }
    }

    fn visit_str<E>(self, value: &str) -> Result<Json, E> {
        Ok(Json::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Json, E> {
        Ok(Json::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Json, A::Error> {
        let inner = self.deeper()?;
        let mut items = Vec::new();
        while let Some(item) = access.next_element_seed(inner)? {
            items.push(item);
        }
        Ok(Json::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Json, A::Error> {
        let inner = self.deeper()?;
        let mut members = BTreeMap::new();
        while let Some(key) = access.next_key::<String>()? {
            if self.numbers_as_maps && key == NUMBER_TOKEN {
                return read_number(&access.next_value::<String>()?);
            }
            match members.entry(key) {
                Entry::Vacant(vacant) => vacant.insert(access.next_value_seed(inner)?),
                Entry::Occupied(_) => return Err(de::Error::custom("a key occurs twice")),
            };
        }
        Ok(Json::Object(Object(members)))
    }
}

fn read_number<E: de::Error>(text: &str) -> Result<Json, E> {
    match text.parse::<f64>() {
        Ok(value) if value.is_finite() => Ok(Json::Number(value)),
        _ => Err(E::custom("not a finite number")),
    }
}

/// Whether some crate in the build has switched on `serde_json`'s `arbitrary_precision`, under which a
/// number arrives as a map with one reserved key. Asked of `serde_json` itself, so that a reply which
/// merely spells that key is not mistaken for a number in every other build.
static NUMBERS_AS_MAPS: LazyLock<bool> =
    LazyLock::new(|| matches!(read_value(b"0", false), Ok(Json::Object(_))));

const NUMBER_TOKEN: &str = "$serde_json::private::Number";

/// The deepest reply known nests six levels.
const MAX_DEPTH: usize = 24;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_every_kind_of_value() {
        let object = read_object(br#"{"a":null,"b":true,"c":-1.5,"d":"x","e":[1,2],"f":{"g":0}}"#).unwrap();
        assert_eq!(object.get("a"), Some(&Json::Null));
        assert_eq!(object.get_non_null("a"), None);
        assert_eq!(object.get("b").and_then(Json::as_bool), Some(true));
        assert_eq!(object.get("c").and_then(Json::as_number), Some(-1.5));
        assert_eq!(object.get_str("d"), Some("x"));
        assert_eq!(object.get("e").and_then(Json::as_array).map(<[_]>::len), Some(2));
        let inner = object.get("f").and_then(Json::as_object).unwrap();
        assert_eq!(inner.get("g").and_then(Json::as_number), Some(0.0));
    }

    #[test]
    fn refuses_what_could_be_read_in_two_ways() {
        let cases: &[&[u8]] = &[
            br#"{"a":1,"a":1}"#,
            br#"{"a":{"b":1,"c":2,"b":3}}"#,
            br#"[{"a":1,"\u0061":2}]"#,
            br#"{"a":1}{"a":2}"#,
            br#"{"a":1} x"#,
            br#"{"a":1,}"#,
            br#"{"a":NaN}"#,
            br#"{"a":1e999}"#,
            br#"{"a":01}"#,
            br#"{"a":"\ud800"}"#,
            b"{\"a\":\"\xff\"}",
            b"\xef\xbb\xbf{}",
            b"{'a':1}",
            b"",
            b" ",
        ];
        for case in cases {
            assert_eq!(read(case), Err(Malformed), "{}", String::from_utf8_lossy(case));
        }
    }

    #[test]
    fn refuses_nesting_beyond_the_bound() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(read(nested(MAX_DEPTH).as_bytes()).is_ok());
        assert_eq!(read(nested(MAX_DEPTH + 1).as_bytes()), Err(Malformed));
        assert_eq!(read(nested(100_000).as_bytes()), Err(Malformed));
    }

    #[test]
    fn a_reserved_key_is_no_number() {
        let text = br#"{"score":{"$serde_json::private::Number":"95"}}"#;
        assert!(
            read_object(text).is_ok_and(|object| object.get("score").and_then(Json::as_number).is_none())
        );
    }

    #[test]
    fn only_an_object_is_an_object() {
        for case in ["null", "[]", "1", "\"{}\"", "true"] {
            assert_eq!(read_object(case.as_bytes()).err(), Some(Malformed), "{case}");
        }
    }

    proptest! {
        #[test]
        fn never_panics_and_never_reads_more_than_serde_json(text in proptest::collection::vec(any::<u8>(), 0..64)) {
            if read(&text).is_ok() {
                prop_assert!(serde_json::from_slice::<serde_json::Value>(&text).is_ok());
            }
        }
    }
}
