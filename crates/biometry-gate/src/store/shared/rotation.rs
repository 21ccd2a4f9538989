//! Another secret for a store that is in use.

use super::StoreKey;

impl StoreKey {
    /// This key, which also opens what replicas have sealed with the `next` one: the first step of a
    /// [change of the secret](super#changing-the-secret).
    #[must_use]
    pub fn accepting(mut self, next: &Self) -> Self {
        self.opens.push(next.seals.clone());
        self
    }

    /// This key in place of an `earlier` one: it seals, both open, and records lie where the earlier one has put them. The
    /// second step of a [change of the secret](super#changing-the-secret).
    #[must_use]
    pub fn succeeding(mut self, earlier: &Self) -> Self {
        self.opens.push(earlier.seals.clone());
        self.opens.extend(earlier.opens.iter().cloned());
        self.locating_as(earlier)
    }

    /// This key, with records where an `earlier` one has put them, and nothing that it has sealed: the last step of a
    /// [change of the secret](super#changing-the-secret).
    #[must_use]
    pub fn locating_as(mut self, earlier: &Self) -> Self {
        (self.locates, self.crowds) = (earlier.locates, earlier.crowds);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::principal::{HostSession, Principal};
    use crate::store::StoreErrorKind;
    use crate::store::shared::{RecordId, Sealed, Tag};

    fn key(byte: u8) -> StoreKey {
        StoreKey::parse(&[byte; 32]).unwrap()
    }

    fn place(key: &StoreKey) -> RecordId {
        key.locate(Principal::new("ana", HostSession::parse("s").unwrap()).unwrap().key())
    }

    fn sealed(key: &StoreKey) -> Sealed {
        key.seal(&place(key), Tag::new([7; 24]), b"{}").unwrap()
    }

    /// Whether `key` opens it, and whether it would seal it the same way.
    fn opens(key: &StoreKey, record: &Sealed) -> Option<bool> {
        match key.open(&place(key), record) {
            Ok(opened) => Some(opened.is_current),
            Err(error) => {
                assert_eq!(error.kind(), StoreErrorKind::Corrupt);
                None
            }
        }
    }

    #[test]
    fn each_step_of_a_change_opens_what_the_steps_beside_it_seal() {
        let (old, new) = (key(1), key(2));
        let steps = [
            old.clone(),
            old.clone().accepting(&new),
            new.clone().succeeding(&old),
            new.clone().locating_as(&old),
        ];
        for step in &steps {
            assert!(place(step) == place(&old), "records stay where they are");
            assert_eq!(opens(step, &sealed(step)), Some(true));
        }
        for (one, other) in [(0, 1), (1, 2), (2, 3)] {
            assert!(opens(&steps[one], &sealed(&steps[other])).is_some());
            assert!(opens(&steps[other], &sealed(&steps[one])).is_some());
        }
        assert_eq!(opens(&steps[2], &sealed(&old)), Some(false), "to be sealed anew");
        assert_eq!(opens(&steps[3], &sealed(&old)), None, "what the earlier one has sealed is over");
        assert_eq!(opens(&old, &sealed(&steps[2])), None, "the second step comes after the first one");
    }

    #[test]
    fn a_secret_can_be_changed_again_and_again() {
        let (first, second, third) = (key(1), key(2), key(3));
        let again = third.succeeding(&second.clone().succeeding(&first));
        assert_eq!(opens(&again, &sealed(&first)), Some(false));
        assert_eq!(opens(&again, &sealed(&second.clone().locating_as(&first))), Some(false));
        let done = key(3).locating_as(&second.locating_as(&first));
        assert_eq!(opens(&done, &sealed(&again)), Some(true));
    }
}
