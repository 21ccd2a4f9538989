use std::time::Duration;

use super::{InProcess, SlowPlatform, names_take_as_long};

pub async fn names_take_as_long_whatever_is_sent<A: InProcess>() {
    for capture in [300, 100_000, 1_000_000, 4_000_000] {
        names_take_as_long::<A>(SlowPlatform::default(), capture).await;
    }
}

pub async fn names_take_as_long_whatever_the_platform_takes_for_a_verdict<A: InProcess>() {
    for millis in [0, 40, 700, 2_000, 20_000] {
        let verdict = Duration::from_millis(millis);
        names_take_as_long::<A>(SlowPlatform { verdict, ..SlowPlatform::default() }, 300).await;
    }
}

pub async fn names_take_as_long_however_slowly_the_platform_takes_a_capture<A: InProcess>() {
    for millis in [40, 700, 3_000] {
        let mebibyte = Duration::from_millis(millis);
        names_take_as_long::<A>(SlowPlatform { mebibyte, ..SlowPlatform::default() }, 2_000_000).await;
    }
}

pub async fn names_take_as_long_however_slowly_the_platform_says_what_it_has_on_record<A: InProcess>() {
    for millis in [0, 90, 1_500] {
        let record = Duration::from_millis(millis);
        names_take_as_long::<A>(SlowPlatform { record, ..SlowPlatform::default() }, 300).await;
    }
}

pub async fn names_take_as_long_where_the_platform_gives_up_in_the_middle<A: InProcess>() {
    let platform = SlowPlatform { gives_up_after: Some(500_000), ..SlowPlatform::default() };
    names_take_as_long::<A>(platform, 2_000_000).await;
}
