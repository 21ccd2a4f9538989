//! What a [`DecisionStore`] promises, as tests: one per promise.
//!
//! A store's author says how to open an empty one, and has all of them with one line:
//!
//! ```
//! use std::sync::Arc;
//!
//! use biometry_gate::clock::ManualClock;
//! use biometry_gate::store::{DecisionStore, MemoryStore};
//! use biometry_gate_testkit::store_contract::{CLAIMED_NAMES, StoreHarness};
//!
//! struct InMemory(Arc<MemoryStore>);
//!
//! impl StoreHarness for InMemory {
//!     async fn open(clock: Arc<ManualClock>) -> Self {
//!         Self(Arc::new(MemoryStore::with_clock(clock).claimed_names(CLAIMED_NAMES)))
//!     }
//!
//!     fn replica(&self) -> DecisionStore {
//!         Arc::clone(&self.0).into()
//!     }
//! }
//!
//! biometry_gate_testkit::store_contract!(InMemory);
//! # fn main() {}
//! ```
//!
//! The tests need the crate that calls the macro to depend on `tokio` with its macros and its multi-threaded runtime.

#![expect(clippy::unwrap_used, reason = "a promise that is not kept is a panic")]
#![expect(missing_docs, reason = "the names of promises are sentences")]

mod auxiliary_uploads;
mod claims;
mod consents;
mod decisions;
mod due_tasks;
mod limits;
mod revocations;
mod sessions;
pub mod values;

use std::sync::Arc;

use biometry_gate::clock::ManualClock;
use biometry_gate::store::DecisionStore;

pub use self::decisions::give_decision;
#[doc(hidden)]
pub use self::{
    auxiliary_uploads::*, claims::*, consents::*, decisions::*, due_tasks::*, limits::*, revocations::*,
    sessions::*,
};

/// A store to be tested.
pub trait StoreHarness: Sized {
    /// Opens a store that is empty, is shared with no other test, takes its time from `clock` and keeps no more than
    /// [`CLAIMED_NAMES`] names that are merely claimed.
    fn open(clock: Arc<ManualClock>) -> impl Future<Output = Self>;

    /// A handle on it, as another replica of the host has one: with a connection of its own, where there is any.
    fn replica(&self) -> DecisionStore;
}

/// How many names that are merely claimed a store under test keeps: few, so that there can be more of them.
pub const CLAIMED_NAMES: usize = 64;

/// Makes one test of each promise of [`store_contract`](mod@crate::store_contract) for a
/// [`StoreHarness`](crate::store_contract::StoreHarness).
#[macro_export]
macro_rules! store_contract {
    ($harness:ty) => {
        $crate::promises! { store_contract, $harness:
            a_session_is_its_owners_alone,
            a_newer_session_supersedes_the_one_before,
            of_parallel_uploads_one_begins,
            a_released_claim_leaves_everything_as_it_was,
            a_claim_runs_out_with_its_lease,
            a_phrase_runs_out_and_an_upload_under_way_does_not,
            only_its_own_claim_settles_a_session,
            an_ended_session_turns_a_pass_away,
            a_place_to_return_to_is_handed_out_once,
            an_auxiliary_upload_is_alone_and_joins_the_live_session,
            of_parallel_auxiliary_uploads_one_begins,
            an_auxiliary_upload_runs_out_with_its_lease,
            a_match_completes_the_decision_of_its_session,
            a_pass_becomes_a_decision_and_the_session_is_over,
            a_decision_is_its_host_sessions_alone,
            a_reusable_decision_opens_again_and_again,
            of_parallel_claims_on_one_use_one_succeeds,
            a_decision_goes_stale,
            a_decision_with_too_little_evidence_opens_nothing,
            a_restored_decision_opens_once_more,
            a_use_is_given_back_once,
            an_operation_keeps_its_id_and_is_found_by_its_owner,
            a_log_out_voids_one_host_session,
            a_revocation_voids_every_host_session_and_passes_on_their_way,
            a_rotation_moves_what_a_host_session_holds,
            a_revoked_decision_opens_nothing_and_the_others_stay,
            a_revoked_policy_opens_nothing_and_the_others_stay,
            versions_of_a_policy_are_revoked_up_to_one,
            a_revoked_tenant_opens_nothing_and_the_others_stay,
            a_pass_on_its_way_when_its_tenant_or_policy_is_revoked_is_none,
            of_parallel_revocations_each_counts,
            consent_is_what_was_said_last,
            a_withdrawal_voids_decisions_and_passes_on_their_way,
            receipts_are_kept_in_order,
            realms_and_tenants_are_apart,
            a_platform_session_is_handed_out_to_be_ended_once,
            a_platform_session_is_over_when_its_time_or_its_login_is,
            a_platform_session_outlives_a_pass_as_long_as_its_proof,
            a_platform_session_is_left_alone_while_an_upload_is_judged,
            a_withdrawal_is_owed_until_it_is_reported,
            of_parallel_deliveries_one_is_the_first,
            starts_are_limited_in_a_sliding_window,
            of_parallel_starts_no_more_than_the_limit_are_counted,
            failures_lock_out_and_the_lock_ends,
            uploads_under_way_hold_the_failures_that_are_left,
            a_pass_forgives_failures,
            an_unlock_lifts_the_lock,
            a_claimed_name_is_apart_from_others_and_from_its_owner,
            of_parallel_starts_of_claimed_names_each_is_counted_for_its_own,
            only_so_many_claimed_names_are_kept_and_newcomers_are_let_in,
            claiming_other_names_forgives_no_failure,
        }
    };
}

/// A store under test with a clock and a few people.
struct Stage<H> {
    harness: H,
    clock: Arc<ManualClock>,
}

impl<H: StoreHarness> Stage<H> {
    async fn open() -> Self {
        let clock = Arc::<ManualClock>::default();
        Self { harness: H::open(Arc::clone(&clock)).await, clock }
    }

    fn store(&self) -> DecisionStore {
        self.harness.replica()
    }
}
