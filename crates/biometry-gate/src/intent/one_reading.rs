//! Bodies that two parsers could read in two ways.

use std::collections::HashSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// Whether `body` is JSON that names a member of an object twice, or is nested so deeply that nobody has to agree on it.
///
/// Parsers keep the first of two equal names, or the last: what was approved and what runs could be two things. What is
/// no JSON, or not only JSON, is for the host to read or refuse.
pub(crate) fn has_two_readings(body: &[u8]) -> bool {
    let mut is_ambiguous = false;
    let value = Value { depth: MAX_DEPTH, is_ambiguous: &mut is_ambiguous };
    // That it is no JSON after all does not unsay what was found before.
    let _ = value.deserialize(&mut serde_json::Deserializer::from_slice(body));
    is_ambiguous
}

/// Any value; stops at the first ambiguity.
struct Value<'a> {
    depth: usize,
    is_ambiguous: &'a mut bool,
}

impl Value<'_> {
    /// What lies one level deeper.
    fn inner(&mut self) -> Value<'_> {
        Value { depth: self.depth.saturating_sub(1), is_ambiguous: self.is_ambiguous }
    }

    fn check_depth<E: Error>(&mut self) -> Result<(), E> {
        if self.depth == 0 { Err(self.found()) } else { Ok(()) }
    }

    fn found<E: Error>(&mut self) -> E {
        *self.is_ambiguous = true;
        E::custom("ambiguous")
    }
}

impl<'de> DeserializeSeed<'de> for Value<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Value<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut members: A) -> Result<(), A::Error> {
        self.check_depth()?;
        let mut names = HashSet::new();
        while let Some(name) = members.next_key::<String>()? {
            if !names.insert(name) {
                return Err(self.found());
            }
            members.next_value_seed(self.inner())?;
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<(), A::Error> {
        self.check_depth()?;
        while items.next_element_seed(self.inner())?.is_some() {}
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}

/// Below the depth at which `serde_json` itself gives up, so that this is always found first.
const MAX_DEPTH: usize = 100;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_comes_twice_is_two_readings() {
        for body in [
            r#"{"a":1,"a":2}"#,
            r#"{"a":1,"\u0061":1}"#,
            r#"{"a":{"b":1,"b":1}}"#,
            r#"[{"a":1},{"a":1,"b":2,"a":3}]"#,
            r#"{"a":1,"a""#,
            r#"{"":1,"":1}"#,
        ] {
            assert!(has_two_readings(body.as_bytes()), "{body}");
        }
        assert!(has_two_readings("[".repeat(101).as_bytes()));
        assert!(has_two_readings(format!("{}1{}", "[".repeat(101), "]".repeat(101)).as_bytes()));
    }

    #[test]
    fn everything_else_is_for_the_host_to_read() {
        for body in [
            "",
            "{}",
            "12.50",
            "12.50 for Zoe",
            "to=a&to=b",
            r#"{"a":{"a":1},"A":[null,true,1.5,-1,"a"]}"#,
            r#"[{"a":1},{"a":1}]"#,
            r#"{"a":1} {"a":1}"#,
            r#"{"a":1,"#,
            "\u{feff}{}",
        ] {
            assert!(!has_two_readings(body.as_bytes()), "{body}");
        }
        assert!(!has_two_readings(format!("{}1{}", "[".repeat(100), "]".repeat(100)).as_bytes()));
        assert!(!has_two_readings(b"\xff"));
    }
}
