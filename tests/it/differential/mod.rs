//! Both banks say the same: the same conversation, word by word, on axum and on actix-web.
//!
//! A conversation asks and notes what comes back. What is drawn by lot (handles, phrases, cookies) and what tells the
//! time of day is replaced by what it is; everything else is compared: statuses, header fields and their values, bodies,
//! and whether the connection goes on. What differs stands in [`differences`] with its reason, and nothing else may. A
//! difference that is none any more has to be taken out of there.

mod differences;
mod failing;
mod happy;
mod hostile;
mod notes;
mod raw;

use self::differences::{KNOWN, Known};
use self::notes::{Notes, compare};
use crate::harness::{Actix, Axum, Setup};

/// Compares what the banks said in one conversation.
fn check(conversation: &str, least: usize, axum: &Notes, actix: &Notes) {
    assert!(axum.len() >= least, "{conversation} is {} requests long", axum.len());
    let known: Vec<&Known> = KNOWN.iter().filter(|known| known.conversation == conversation).collect();
    let found = compare(axum, actix);
    let new: Vec<_> = found.iter().filter(|one| !known.iter().any(|known| known.tells(one))).collect();
    assert!(new.is_empty(), "the banks differ: {new:#?}");
    for known in known {
        for step in known.steps {
            let is_there = found.iter().any(|one| one.step == *step && known.tells(one));
            assert!(is_there, "no difference any more: {step}, {known:#?}");
        }
    }
}

macro_rules! conversations {
    ($($module:ident::$name:ident: $least:literal,)*) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                let (mut axum, mut actix) = (Notes::default(), Notes::default());
                $module::$name(&setup().open::<Axum>().await, &mut axum).await;
                $module::$name(&setup().open::<Actix>().await, &mut actix).await;
                check(stringify!($name), $least, &axum, &actix);
            }
        )*

        #[test]
        fn the_conversations_are_many_requests_long() {
            assert!(0 $(+ $least)* >= 60);
            let names = [$(stringify!($name)),*];
            for known in KNOWN {
                assert!(names.contains(&known.conversation), "{known:?}");
                assert!(!known.why.is_empty() && !known.steps.is_empty(), "{known:?}");
            }
        }
    };
}

conversations! {
    happy::pages_and_logins: 20,
    happy::a_statement_and_a_transfer: 16,
    happy::the_platforms_words: 7,
    happy::a_sign_in_by_face: 5,
    happy::everything_over_http2: 9,
    failing::verifications_that_fail: 12,
    failing::a_platform_out_of_order: 5,
    failing::sessions_that_are_over: 7,
    failing::a_browser_that_navigates: 5,
    hostile::callers_out_of_place: 22,
    hostile::uploads_out_of_order: 10,
    raw::heads_on_the_wire: 18,
    raw::bodies_on_the_wire: 16,
    raw::clients_that_wait: 12,
}

/// Banks of which a user fails twice before a lock.
fn setup() -> Setup {
    Setup::new()
        .var("MAX_FAILURES", 2)
        .var("MAX_STARTS", 100)
        .gate(|gate| gate.refusing(|refusing| refusing.step_up_page("/?view=step-up")))
}
