//! Who has which slots of a cluster.

use redis::{ConnectionAddr, ErrorKind, RedisError, Value};

/// What `CLUSTER SLOTS` says of primaries, in an order that is always the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Layout {
    ranges: Vec<Range>,
    primaries: Vec<Node>,
}

/// A node by its address.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Node {
    pub(crate) host: String,
    pub(crate) port: u16,
}

/// The first and the last slot, and who has them.
type Range = (u16, u16, Node);

impl Layout {
    /// Reads what the node `asked` has answered.
    pub(crate) fn read(answer: &Value, asked: &Node) -> Result<Self, RedisError> {
        let Value::Array(ranges) = answer else { return Err(unexpected()) };
        let ranges = ranges.iter().map(|range| read_range(range, asked).ok_or_else(unexpected));
        let mut ranges = ranges.collect::<Result<Vec<_>, _>>()?;
        ranges.sort();
        let mut primaries: Vec<_> = ranges.iter().map(|(_, _, node)| node.clone()).collect();
        primaries.sort();
        primaries.dedup();
        if primaries.is_empty() {
            return Err(unexpected());
        }
        Ok(Self { ranges, primaries })
    }

    /// The nodes that have slots, each once.
    pub(crate) fn primaries(&self) -> &[Node] {
        &self.primaries
    }
}

impl Node {
    /// The node at this address; `None` for what no cluster's node has.
    pub(crate) fn of(address: &ConnectionAddr) -> Option<Self> {
        match address {
            ConnectionAddr::Tcp(host, port) | ConnectionAddr::TcpTls { host, port, .. } => {
                Some(Self { host: host.clone(), port: *port })
            }
            _ => None,
        }
    }
}

fn read_range(range: &Value, asked: &Node) -> Option<Range> {
    let Value::Array(range) = range else { return None };
    // The first node is the primary; others are its replicas.
    let [first, last, primary, ..] = range.as_slice() else { return None };
    let Value::Array(primary) = primary else { return None };
    let [host, port, ..] = primary.as_slice() else { return None };
    let host = match host {
        Value::BulkString(host) => String::from_utf8(host.clone()).ok()?,
        Value::SimpleString(host) => host.clone(),
        // It answers from where it was asked.
        Value::Nil => String::new(),
        _ => return None,
    };
    // The cluster itself does not know this node's name.
    let host = match host.as_str() {
        "" => asked.host.clone(),
        "?" => return None,
        _ => host,
    };
    Some((number(first)?, number(last)?, Node { host, port: number(port)? }))
}

fn number(value: &Value) -> Option<u16> {
    match value {
        Value::Int(number) => u16::try_from(*number).ok(),
        _ => None,
    }
}

fn unexpected() -> RedisError {
    (ErrorKind::UnexpectedReturnType, "the cluster does not say who has its slots").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(first: i64, last: i64, host: Value, port: i64) -> Value {
        let primary = Value::Array(vec![host, Value::Int(port), text("id-of-a-node")]);
        let replica = Value::Array(vec![text("10.0.0.9"), Value::Int(7000), text("id-of-another")]);
        Value::Array(vec![Value::Int(first), Value::Int(last), primary, replica])
    }

    fn text(text: &str) -> Value {
        Value::BulkString(text.as_bytes().to_vec())
    }

    fn asked() -> Node {
        Node { host: "redis.internal".to_owned(), port: 7000 }
    }

    #[test]
    fn primaries_are_found_once_and_in_order() {
        let ranges = [
            range(10, 19, text("10.0.0.2"), 7000),
            range(0, 9, text("10.0.0.1"), 7000),
            range(20, 29, text("10.0.0.1"), 7000),
        ];
        let layout = Layout::read(&Value::Array(ranges.to_vec()), &asked()).unwrap();
        let hosts: Vec<_> = layout.primaries().iter().map(|node| node.host.as_str()).collect();
        assert_eq!(hosts, ["10.0.0.1", "10.0.0.2"]);
        let mut turned = ranges.to_vec();
        turned.reverse();
        assert_eq!(Layout::read(&Value::Array(turned), &asked()).unwrap(), layout);
        let moved = [ranges[0].clone(), ranges[1].clone(), range(20, 29, text("10.0.0.2"), 7000)];
        assert_ne!(Layout::read(&Value::Array(moved.to_vec()), &asked()).unwrap(), layout);
    }

    #[test]
    fn a_node_that_does_not_name_its_host_is_where_it_was_asked() {
        for host in [Value::Nil, text("")] {
            let answer = Value::Array(vec![range(0, 16_383, host, 7001)]);
            let layout = Layout::read(&answer, &asked()).unwrap();
            assert_eq!(layout.primaries(), [Node { host: "redis.internal".to_owned(), port: 7001 }]);
        }
    }

    #[test]
    fn what_names_no_primaries_is_an_error() {
        for answer in [
            Value::Nil,
            Value::Array(Vec::new()),
            Value::Array(vec![Value::Int(7)]),
            Value::Array(vec![range(0, 9, text("?"), 7000)]),
            Value::Array(vec![range(-1, 9, text("a"), 7000)]),
            Value::Array(vec![range(0, 9, text("a"), 70_000)]),
        ] {
            assert!(Layout::read(&answer, &asked()).is_err(), "{answer:?}");
        }
    }
}
