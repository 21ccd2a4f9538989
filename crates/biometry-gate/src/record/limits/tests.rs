use super::*;

fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000 + seconds)
}

#[test]
fn limits_that_make_no_sense_name_their_setting() {
    let (none, second) = (Duration::ZERO, Duration::from_secs(1));
    let limits = Limits::default;
    for (limits, setting) in [
        (limits().starts(0, second), "Limits::starts"),
        (limits().starts(1, none), "Limits::starts"),
        (limits().starts(1, DAY + second), "Limits::starts"),
        (limits().per_day(0), "Limits::per_day"),
        (limits().failures(3, second).per_day(2), "Limits::per_day"),
        (limits().failures(0, second), "Limits::failures"),
        (limits().failures(1, none), "Limits::failures"),
        (limits().failures(1, A_YEAR + second), "Limits::failures"),
        (limits().block_at(0), "Limits::block_at"),
    ] {
        assert!(limits.shortcoming().is_some_and(|text| text.contains(setting)), "{limits:?}");
    }
    for limits in [
        limits(),
        limits().starts(1, DAY),
        limits().failures(3, A_YEAR).per_day(3),
        limits().block_at(1).failures(1, second),
    ] {
        assert_eq!(limits.shortcoming(), None, "{limits:?}");
    }
}

#[test]
fn a_tally_is_remembered_for_as_long_as_it_counts() {
    let limits = Limits::default().failures(2, Duration::from_secs(100)).per_day(5);
    let (mut tally, day) = (Tally::default(), 24 * 3_600);
    assert_eq!((tally.matters_until(at(0)), tally.last_start()), (None, None));
    tally.reserve_start(&limits, at(10)).unwrap();
    assert_eq!((tally.matters_until(at(10)), tally.last_start()), (Some(at(10 + day)), Some(at(10))));
    tally.reserve_capture(&limits, at(20)).unwrap();
    assert_eq!(tally.matters_until(at(20)), Some(at(20 + day)));
    assert!(!tally.matters_for_good() && !tally.holds_against(at(20)));
    tally.fail(&limits, at(30));
    assert!(tally.matters_for_good() && tally.holds_against(at(1_000_000)));
    tally.fail(&limits, at(30));
    assert!(!tally.matters_for_good() && tally.holds_against(at(130 + day - 1)));
    assert!(!tally.holds_against(at(130 + day)));
    assert_eq!(tally.matters_until(at(30)), Some(at(130 + day)));
    let said = tally.export();
    assert_eq!(
        (&said["failures"], &said["lock_outs"], &said["blocked"]),
        (&0.into(), &1.into(), &false.into())
    );
    assert_eq!(
        (said["starts"].as_array().unwrap().len(), said["captures"].as_array().unwrap().len()),
        (1, 1)
    );
}

#[test]
fn a_block_says_that_waiting_is_of_no_use() {
    let limits = Limits::default().failures(1, Duration::from_secs(100)).block_at(2);
    let mut tally = Tally::default();
    tally.fail(&limits, at(0));
    assert!(tally.check_lock(at(99)).is_err_and(|limited| !limited.is_blocked));
    assert!(tally.check_lock(at(100)).is_ok());
    tally.fail(&limits, at(100));
    assert!(tally.check_lock(at(1_000_000)).is_err_and(|limited| limited.is_blocked));
    for limits in [limits.of_strangers(), limits.of_known_browsers()] {
        let mut tally = Tally::default();
        (0..9).for_each(|n| tally.fail(&limits, at(n * 1_000)));
        assert!(tally.check_lock(at(2_000_000)).is_ok(), "no number of sign-ins blocks");
    }
}

#[test]
fn what_strangers_do_delays_for_the_same_time_and_is_forgiven_by_no_pass_of_theirs() {
    let limits = Limits::default().failures(2, Duration::from_secs(100));
    let (strangers, known) = (limits.of_strangers(), limits.of_known_browsers());
    let mut tally = Tally::default();
    for _ in 0..3 {
        tally.fail(&strangers, at(0));
        tally.pass(&strangers);
        assert_eq!(tally.attempts_left(&strangers), 1);
        tally.fail(&strangers, at(0));
        assert_eq!(tally.check_lock(at(0)).unwrap_err().retry_after, Duration::from_secs(100));
    }
    let mut tally = Tally::default();
    let lasts = [100, 200, 400].map(|lasts| {
        (0..2).for_each(|_| tally.fail(&known, at(0)));
        tally.check_lock(at(0)).unwrap_err().retry_after == Duration::from_secs(lasts)
    });
    assert_eq!(lasts, [true; 3]);
    tally.fail(&known, at(0));
    tally.pass(&known);
    assert_eq!(tally.attempts_left(&known), 2);
}

#[test]
fn starts_are_counted_in_a_sliding_window() {
    let limits = Limits::default().starts(2, Duration::from_secs(60));
    let mut tally = Tally::default();
    assert!(tally.reserve_start(&limits, at(0)).is_ok());
    assert!(tally.reserve_start(&limits, at(30)).is_ok());
    let limited = tally.reserve_start(&limits, at(40)).unwrap_err();
    assert_eq!(limited.retry_after, Duration::from_secs(20));
    assert!(tally.reserve_start(&limits, at(60)).is_ok());
    assert!(tally.reserve_start(&limits, at(61)).is_err());
}

#[test]
fn captures_are_counted_over_a_day() {
    let limits = Limits::default().per_day(2);
    let mut tally = Tally::default();
    assert!(tally.reserve_capture(&limits, at(0)).is_ok());
    assert!(tally.reserve_capture(&limits, at(3_600)).is_ok());
    let limited = tally.reserve_capture(&limits, at(7_200)).unwrap_err();
    assert_eq!(limited.retry_after, Duration::from_secs(22 * 3_600));
    tally.pass(&limits);
    tally.unlock();
    assert!(
        tally.reserve_capture(&limits, at(7_200)).is_err(),
        "neither a pass nor the host makes them cheaper"
    );
    assert!(tally.reserve_capture(&limits, at(24 * 3_600)).is_ok());
    assert!(tally.reserve_capture(&limits, at(24 * 3_600)).is_err());
}

#[test]
fn lock_outs_double_and_end_in_a_block() {
    let limits = Limits::default().failures(2, Duration::from_secs(100));
    let mut tally = Tally::default();
    for (lock_out, lasts) in [(1_u64, 100), (2, 200)] {
        let now = at(lock_out * 10_000);
        tally.fail(&limits, now);
        assert_eq!(tally.attempts_left(&limits), 1);
        tally.fail(&limits, now);
        assert_eq!(tally.check_lock(now).unwrap_err().retry_after, Duration::from_secs(lasts));
        assert!(tally.check_lock(now + Duration::from_secs(lasts)).is_ok());
    }
    tally.fail(&limits, at(30_000));
    tally.fail(&limits, at(30_000));
    assert!(tally.check_lock(at(3_000_000)).is_err(), "the third holds until the host clears it");
    tally.unlock();
    assert!(tally.check_lock(at(3_000_000)).is_ok());
}

#[test]
fn a_lock_out_without_an_end_is_refused_and_locks_all_the_same() {
    let limits = Limits::default().failures(3, Duration::MAX).block_at(u32::MAX);
    assert!(limits.shortcoming().is_some_and(|shortcoming| shortcoming.contains("Limits::block_at")));
    let mut tally = Tally::default();
    for _ in 0..3 {
        assert!(tally.check_lock(at(0)).is_ok());
        tally.fail(&limits, at(0));
    }
    assert!(tally.check_lock(at(1_000_000_000)).is_err());
    assert!(tally.matters_until(at(0)).is_some() && tally.holds_against(at(1)));
}

#[test]
fn counters_at_their_end_stay_there() {
    let limits = Limits::default().failures(u32::MAX, A_YEAR).block_at(u32::MAX);
    assert_eq!(limits.shortcoming(), None);
    let locked = Some(at(0));
    let mut tally =
        Tally { failures: u32::MAX, lock_outs: u32::MAX, locked_until: locked, ..Tally::default() };
    tally.fail(&limits, at(0));
    assert_eq!((tally.failures, tally.lock_outs, tally.blocked), (0, u32::MAX, true));
    let mut tally = Tally { lock_outs: 31, locked_until: locked, ..Tally::default() };
    tally.fail(&Limits::default().failures(1, A_YEAR).block_at(u32::MAX), at(0));
    assert!(tally.check_lock(at(1)).is_err());
}

#[test]
fn a_pass_forgives_failures_and_no_lock_out() {
    let limits = Limits::default().failures(2, Duration::from_secs(100));
    let mut tally = Tally::default();
    tally.fail(&limits, at(0));
    tally.pass(&limits);
    assert_eq!(tally.attempts_left(&limits), 2);
    tally.fail(&limits, at(1));
    tally.fail(&limits, at(1));
    tally.pass(&limits);
    assert!(tally.check_lock(at(2)).is_err());
}

#[test]
fn a_lock_out_that_is_long_over_counts_no_longer() {
    let limits = Limits::default().failures(1, Duration::from_secs(100)).block_at(2);
    let mut tally = Tally::default();
    for month in 0..12 {
        tally.fail(&limits, at(month * 30 * 24 * 3600));
        let locked = tally.check_lock(at(month * 30 * 24 * 3600)).unwrap_err();
        assert_eq!(locked.retry_after, Duration::from_secs(100), "neither longer nor blocked");
    }
    tally.fail(&limits, at(11 * 30 * 24 * 3600 + 24 * 3600));
    assert!(tally.blocked, "the day after, it counts");
}

#[test]
fn what_strangers_do_under_a_name_delays_and_never_blocks() {
    let limits = Limits::default().failures(1, Duration::from_secs(100)).block_at(1);
    let (mut strangers, mut known) = (Tally::default(), Tally::default());
    for round in 0..20_u64 {
        strangers.fail(&limits.of_strangers(), at(round * 1_000));
        assert_eq!(strangers.check_lock(at(round * 1_000)).unwrap_err().retry_after.as_secs(), 100);
    }
    for lasts in [100, 200, 400] {
        known.fail(&limits.of_known_browsers(), at(0));
        assert_eq!(known.check_lock(at(0)).unwrap_err().retry_after.as_secs(), lasts);
    }
    assert!(!strangers.blocked && !known.blocked);
}
