use std::collections::{HashMap, VecDeque};

/// Values by name, in the order in which they came. When there are too many, the oldest one makes room.
#[derive(Debug, Clone)]
pub(crate) struct Newest<V, const MOST: usize> {
    values: HashMap<String, V>,
    names: VecDeque<String>,
}

impl<V, const MOST: usize> Newest<V, MOST> {
    pub(crate) fn insert(&mut self, name: String, value: V) {
        if self.values.insert(name.clone(), value).is_none() {
            self.came(name);
        }
    }

    pub(crate) fn get(&self, name: &str) -> Option<&V> {
        self.values.get(name)
    }

    pub(crate) fn get_mut(&mut self, name: &str) -> Option<&mut V> {
        self.values.get_mut(name)
    }

    pub(crate) fn get_or_insert_with(&mut self, name: &str, make: impl FnOnce() -> V) -> &mut V {
        if !self.values.contains_key(name) {
            self.came(name.to_owned());
        }
        self.values.entry(name.to_owned()).or_insert_with(make)
    }

    /// All of them, the oldest one first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &V)> {
        self.names.iter().filter_map(|name| self.values.get(name).map(|value| (name.as_str(), value)))
    }

    fn came(&mut self, name: String) {
        if self.names.len() >= MOST
            && let Some(oldest) = self.names.pop_front()
        {
            self.values.remove(&oldest);
        }
        self.names.push_back(name);
    }
}

impl<V, const MOST: usize> Default for Newest<V, MOST> {
    fn default() -> Self {
        Self { values: HashMap::new(), names: VecDeque::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_one_makes_room() {
        let mut newest = Newest::<u32, 3>::default();
        for (number, name) in (1..).zip(["a", "b", "c", "a", "d"]) {
            newest.insert(name.to_owned(), number);
        }
        assert_eq!(newest.iter().collect::<Vec<_>>(), [("b", &2), ("c", &3), ("d", &5)]);
        assert_eq!((newest.get("a"), newest.get("c")), (None, Some(&3)));
        assert_eq!(*newest.get_or_insert_with("b", || 9), 2);
        assert_eq!(*newest.get_or_insert_with("e", || 9), 9);
        assert!(newest.get_mut("b").is_none() && newest.values.len() == 3);
    }
}
