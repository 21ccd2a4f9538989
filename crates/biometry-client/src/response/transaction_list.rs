//! The reply of `POST /api-transactions/transactions`.

use std::fmt;

use super::Unparsable;
use crate::RequestId;
use crate::json::{Json, Object};

/// Transactions, as far as their list can be read.
///
/// The platform does not document what this reply looks like. What is known of transactions elsewhere is
/// read, everything else is there [as it came](Self::raw_json). Personal: `Debug` shows how many.
#[derive(Clone, PartialEq, Eq)]
pub struct TransactionList {
    ids: Vec<RequestId>,
    text: String,
}

impl TransactionList {
    /// The ids of the transactions that the list names by `transaction_id`, in its order. May be shorter than
    /// the list: an empty one does not say that there are none.
    pub fn ids(&self) -> &[RequestId] {
        &self.ids
    }

    /// The whole reply as the platform wrote it: one JSON object, no key of which occurs twice, no longer
    /// than the client's limit on replies. Undocumented, so it may change without notice.
    pub fn raw_json(&self) -> &str {
        &self.text
    }
}

impl fmt::Debug for TransactionList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TransactionList").field("ids", &self.ids.len()).finish_non_exhaustive()
    }
}

/// `{"data": [{"transaction_id", …}]}` by analogy with every other reply; `text` is what `root` was read from.
pub(crate) fn parse_list(root: &Object, text: &[u8]) -> Result<TransactionList, Unparsable> {
    if root.has_error() {
        return Err(Unparsable);
    }
    let items = root.get("data").and_then(Json::as_array).unwrap_or_default();
    let ids = items.iter().filter_map(|item| item.as_object()?.get_str("transaction_id"));
    Ok(TransactionList {
        ids: ids.filter_map(|id| RequestId::parse(id).ok()).collect(),
        text: std::str::from_utf8(text).map_err(|_| Unparsable)?.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::read_object;

    fn read(text: &str) -> Result<TransactionList, Unparsable> {
        parse_list(&read_object(text.as_bytes()).unwrap(), text.as_bytes())
    }

    #[test]
    fn what_is_known_is_typed_and_the_rest_is_as_it_came() {
        let text = r#"{ "data":[{"transaction_id":"t-1","user_fullname":"ana"},{"id":"t-2"},7,{"transaction_id":"t 3"}],"page":1 }"#;
        let list = read(text).unwrap();
        assert_eq!(list.ids().iter().map(RequestId::as_str).collect::<Vec<_>>(), ["t-1"]);
        assert_eq!(list.raw_json(), text);
        assert!(!format!("{list:?}").contains("ana"));
    }

    #[test]
    fn a_list_in_another_place_is_not_guessed_at() {
        for text in ["{}", r#"{"data":{"transactions":[{"transaction_id":"t-1"}]}}"#, r#"{"data":null}"#] {
            let list = read(text).unwrap();
            assert!(list.ids().is_empty(), "{text}");
            assert_eq!(list.raw_json(), text);
        }
        assert_eq!(read(r#"{"data":[],"error":"x"}"#), Err(Unparsable));
    }
}
