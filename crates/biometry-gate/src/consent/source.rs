/// Who is asked whether consent was given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ConsentSource {
    /// The gate's own store. What the platform knows of and the store does not, people are asked again.
    #[default]
    Store,
    /// The platform, too: only what both sides know of counts. What the store has lost, or never knew, it takes over from
    /// the platform; what was withdrawn here stays withdrawn, whatever the platform says.
    ///
    /// An answer is good for at most 60 seconds, and for shorter where consent is changed here or the platform leaves
    /// services out. A platform that cannot tell is a refusal.
    ///
    /// A withdrawal that the platform does not take is known to the store alone: with a platform like that, the store has
    /// to outlive the process.
    Platform,
}
