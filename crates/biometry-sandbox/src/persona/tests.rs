use super::*;
use crate::service::Service;

fn named() -> Persona {
    Persona { enrolled: true, ..Persona::PLAIN }
}

fn only(service: Service) -> ServiceSet {
    [service].into_iter().collect()
}

#[test]
fn names_that_ask_for_nothing_are_plain() {
    for subject in [
        "ana@example.com",
        "passenger@example.com",
        "ana+fail@example.com",
        "pass",
        "",
        "@",
        "+@x",
        "Pass Port",
    ] {
        assert_eq!(parse(subject), Persona::PLAIN, "{subject:?}");
    }
}

#[test]
fn words_set_what_the_table_says() {
    let both = [Service::Voice, Service::Face].into_iter().collect();
    let cases = [
        ("pass@x", named()),
        ("PASS@x", named()),
        ("new@x", Persona::PLAIN),
        ("fail@x", Persona { verdict: Some(Verdict::Fail), ..named() }),
        (
            "fail+liveness@x",
            Persona { verdict: Some(Verdict::Fail), failing: only(Service::Liveness), ..named() },
        ),
        ("fail+face+voice@x", Persona { verdict: Some(Verdict::Fail), failing: both, ..named() }),
        ("refer@x", Persona { verdict: Some(Verdict::Refer), ..named() }),
        ("unknown@x", Persona { verdict: Some(Verdict::Unheard), ..named() }),
        ("slow+5s@x", Persona { delay: Duration::from_secs(5), ..named() }),
        ("slow+250ms@x", Persona { delay: Duration::from_millis(250), ..named() }),
        ("slow@x", Persona { delay: Duration::from_secs(2), ..named() }),
        ("score+71.5@x", Persona { score: Score::Exactly(71.5), ..named() }),
        ("lowscore@x", Persona { score: Score::Exactly(12.0), ..named() }),
        ("error+503@x", Persona { ending: Ending::Status(503), ..named() }),
        ("error@x", Persona { ending: Ending::Status(500), ..named() }),
        ("errored+face@x", Persona { verdict: Some(Verdict::Fail), errored: only(Service::Face), ..named() }),
        ("voice+qafailed@x", Persona { voice: VoiceSample::QualityFailed, ..named() }),
        ("doc+failed@x", Persona { document: Document::Failed, ..named() }),
        ("nomatch@x", Persona { matching: Matching::Different, ..named() }),
        ("enroll+noface@x", Persona { framing: Framing::NoFace, ..named() }),
    ];
    for (subject, persona) in cases {
        assert_eq!(parse(subject), persona, "{subject}");
    }
}

#[test]
fn words_combine_and_the_later_one_wins() {
    let cases = [
        (
            "slow+250ms+fail+liveness@x",
            Persona {
                delay: Duration::from_millis(250),
                verdict: Some(Verdict::Fail),
                failing: only(Service::Liveness),
                ..named()
            },
        ),
        ("fail+refer@x", Persona { verdict: Some(Verdict::Refer), ..named() }),
        (
            "fail+face+still-pass@x",
            Persona { verdict: Some(Verdict::Pass), failing: only(Service::Face), ..named() },
        ),
        ("new+fail@x", Persona { verdict: Some(Verdict::Fail), ..Persona::PLAIN }),
        ("fail+new@x", Persona { verdict: Some(Verdict::Fail), ..Persona::PLAIN }),
    ];
    for (subject, persona) in cases {
        assert_eq!(parse(subject), persona, "{subject}");
    }
}

#[test]
fn later_words_that_mean_nothing_are_labels() {
    for subject in ["pass+ana@x", "pass+2@x", "pass+ana+garden@x"] {
        assert_eq!(parse(subject), named(), "{subject}");
    }
    assert_eq!(parse("slow+ana@x").delay, Duration::from_secs(2));
    assert_eq!(parse("score+high@x").score, Score::ByVerdict);
}

#[test]
fn arguments_out_of_range_are_labels() {
    for subject in ["error+200@x", "error+999@x"] {
        assert_eq!(parse(subject).ending, Ending::Status(500), "{subject}");
    }
    for subject in ["score+inf@x", "score+nan@x", "score+1e999@x"] {
        assert_eq!(parse(subject).score, Score::ByVerdict, "{subject}");
    }
    assert_eq!(parse("slow+1day@x").delay, Duration::from_secs(2));
}

/// The table and the parser cannot drift apart: every row but the plain one asks for something, and no two
/// subjects of one row ask for the same.
#[test]
fn every_subject_of_the_table_is_understood() {
    let mut subjects = 0;
    for row in TABLE.lines().skip(3) {
        let cell = row.split('|').nth(1).unwrap();
        let found: Vec<_> = cell.split('`').filter(|text| text.ends_with("@…")).collect();
        assert!(!found.is_empty(), "{row}");
        for subject in &found {
            let understood = parse(subject) != Persona::PLAIN || *subject == "new@…";
            assert!(understood, "{subject}");
        }
        subjects += found.len();
    }
    assert!(subjects > 50, "only {subjects} subjects");
}
