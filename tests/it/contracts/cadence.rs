//! A sign-in that comes to nothing takes as long for a name that exists as for one that does not.

use std::time::Duration;

use biometry_gate_testkit::cadence_contract::{SlowPlatform, names_take_as_long};

#[tokio::test(start_paused = true)]
async fn names_take_as_long_whatever_is_sent() {
    for capture in [300, 100_000, 1_000_000, 4_000_000] {
        names_take_as_long(SlowPlatform::default(), capture).await;
    }
}

#[tokio::test(start_paused = true)]
async fn names_take_as_long_whatever_the_platform_takes_for_a_verdict() {
    for millis in [0, 40, 700, 2_000, 20_000] {
        let verdict = Duration::from_millis(millis);
        names_take_as_long(SlowPlatform { verdict, ..SlowPlatform::default() }, 300).await;
    }
}

#[tokio::test(start_paused = true)]
async fn names_take_as_long_however_slowly_the_platform_takes_a_capture() {
    for millis in [40, 700, 3_000] {
        let mebibyte = Duration::from_millis(millis);
        names_take_as_long(SlowPlatform { mebibyte, ..SlowPlatform::default() }, 2_000_000).await;
    }
}

#[tokio::test(start_paused = true)]
async fn names_take_as_long_however_slowly_the_platform_says_what_it_has_on_record() {
    for millis in [0, 90, 1_500] {
        let record = Duration::from_millis(millis);
        names_take_as_long(SlowPlatform { record, ..SlowPlatform::default() }, 300).await;
    }
}

#[tokio::test(start_paused = true)]
async fn names_take_as_long_where_the_platform_gives_up_in_the_middle() {
    let platform = SlowPlatform { gives_up_after: Some(500_000), ..SlowPlatform::default() };
    names_take_as_long(platform, 2_000_000).await;
}
