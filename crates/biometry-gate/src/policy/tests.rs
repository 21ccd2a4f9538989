use biometry_client::Trigger;

use super::*;

fn at(percent: f64) -> Threshold {
    Threshold::percent(percent).unwrap()
}

#[test]
fn combining_keeps_the_stricter_of_each() {
    let strict = Policy::for_operation("b", at(90.0)).with_voice().max_age(Duration::from_secs(30));
    let strict = strict.require_document_match();
    let both = Policy::for_session("a", at(50.0)).and(&strict);
    assert!(both.needs_document_match());
    assert_eq!(both.name(), "a");
    assert_eq!(both.required(), ServiceSet::all());
    assert_eq!(both.threshold(), at(90.0));
    assert_eq!(both.freshness(), Duration::from_secs(30));
    assert!(both.is_single_use() && both.is_bound_to_intent());
}

#[test]
fn what_is_used_up_asks_for_the_site_of_every_request() {
    let reusable = Policy::for_session("a", at(50.0));
    let once = reusable.clone().single_use();
    let open = once.clone().allow_safe_methods();
    let operation = Policy::for_operation("a", at(50.0));
    let checks = |policy: &Policy| policy.checks_site_of_safe_methods();
    assert!(checks(&once) && checks(&operation) && checks(&open.clone().and(&once)));
    assert!(!checks(&reusable) && !checks(&open) && checks(&reusable.and(&once)));
}

#[test]
fn what_a_policy_asks_for_is_what_it_was_told() {
    let plain = Policy::for_session("a", at(50.0));
    assert_eq!((plain.version_number(), plain.purpose()), (1, Action::Authentication));
    assert!(!plain.needs_named_match() && !plain.needs_document_match() && !plain.is_bound_to_intent());
    assert!(!plain.required().contains(Service::VoiceRecognition) && plain.minimums().is_empty());
    let photo = plain.clone().dangerous_without_liveness().required();
    assert!(!photo.contains(Service::FaceLivenessDetection) && photo.contains(Service::FaceRecognition));
    let changed = plain.clone().version(7).acr("urn:x").action(Action::Confirmation).require_named_match();
    assert_eq!((changed.version_number(), changed.acr_value()), (7, "urn:x"));
    assert!(changed.needs_named_match() && changed.purpose() == Action::Confirmation);
    let heard = plain.clone().require_at_least(Service::VoiceRecognition, 3.5);
    assert_eq!(heard.minimums(), [(Service::VoiceRecognition, 3.5)]);
    assert!(heard.required().contains(Service::VoiceRecognition));
    let both = plain.clone().and(&changed).and(&heard);
    assert!(both.needs_named_match() && both.minimums().len() == 1 && !both.is_bound_to_intent());
    assert!(both.is_named(&"a".into()) && !both.is_named(&"b".into()));
    let voice = plain.clone().with_voice();
    assert_eq!((plain.acr_value(), voice.acr_value()), (FACE_LIVE, FACE_VOICE_LIVE));
    assert_eq!(plain.acr("urn:x").with_voice().acr_value(), "urn:x");
}

#[test]
fn what_a_verification_is_for_has_a_word() {
    let words =
        [Action::Authentication, Action::Confirmation].map(|action| (action.as_str(), action.trigger()));
    let expected = [("authentication", Trigger::Authentication), ("confirmation", Trigger::Confirmation)];
    assert_eq!(words, expected);
}

#[test]
fn of_two_policies_the_one_that_speaks_more_counts() {
    let silent = Policy::for_operation("a", at(50.0));
    let (whole, shortened) = (silent.clone().speak_operation(), silent.clone().speak_operation_shortened());
    assert!(!silent.speaks_operation() && whole.speaks_operation() && shortened.speaks_operation());
    for (one, other, form) in [
        (&silent, &silent, None),
        (&silent, &whole, Some(SpokenForm::Whole)),
        (&shortened, &silent, Some(SpokenForm::Shortened)),
        (&shortened, &shortened, Some(SpokenForm::Shortened)),
        (&shortened, &whole, Some(SpokenForm::Whole)),
        (&whole, &shortened, Some(SpokenForm::Whole)),
    ] {
        assert_eq!(one.clone().and(other).spoken_form(), form);
    }
}

#[test]
fn no_age_at_all_means_once() {
    let once = Policy::for_session("a", at(50.0)).max_age(Duration::ZERO);
    assert!(once.is_single_use());
    assert_eq!(once.freshness(), DEFAULT_MAX_AGE);
}
