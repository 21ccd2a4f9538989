//! Where the gate looks consent up.

/// Where the gate looks up whether consent was given; set by
/// [`ConsentRules::source`](crate::gate::ConsentRules::source).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ConsentSource {
    /// The gate's own store, the default. Where the platform knows of a consent and the store does not, the person is
    /// asked again.
    #[default]
    Store,
    /// The store and the platform: only what both know of counts. The store takes over from
    /// the platform a consent that it has lost or never knew; a withdrawal here stays, whatever the platform says.
    ///
    /// The platform's answer is good for 60 seconds, and for shorter where consent is changed here or the platform
    /// leaves services out. While the platform cannot answer, uploads are refused with 503.
    ///
    /// A withdrawal that the platform does not accept is known to the store alone: with such a platform the store has
    /// to outlive the process, so a [`MemoryStore`](crate::MemoryStore) does not do.
    Platform,
}
