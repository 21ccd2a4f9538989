//! What a newer version has written into a record, kept by an older one.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

/// What a newer version of this crate has written beside the members that this version knows.
///
/// It is kept as it is, so that versions can run side by side on one store. It never has a say: what an older version
/// would have to heed has a format of its own.
#[derive(Clone, Default, PartialEq, Eq)]
#[expect(
    clippy::box_collection,
    reason = "hardly any record has one, and each of them would be larger for it"
)]
pub(crate) struct ForwardCompat(Option<Box<BTreeMap<String, Value>>>);

impl Serialize for ForwardCompat {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.as_deref().into_iter().flatten())
    }
}

impl<'de> Deserialize<'de> for ForwardCompat {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let members = BTreeMap::deserialize(deserializer)?;
        Ok(Self((!members.is_empty()).then(|| Box::new(members))))
    }
}

impl fmt::Debug for ForwardCompat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} unknown", self.0.as_ref().map_or(0, |members| members.len()))
    }
}
