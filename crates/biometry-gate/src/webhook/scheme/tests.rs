use super::*;

const TOLERANCE: Duration = Duration::from_secs(300);

fn secret(text: &str) -> Secret {
    Secret::raw(text).unwrap()
}

fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000 + seconds)
}

fn headers(lines: Vec<(HeaderName, String)>) -> HeaderMap {
    lines.into_iter().map(|(name, value)| (name, value.parse().unwrap())).collect()
}

fn schemes() -> Vec<Scheme> {
    let name = HeaderName::from_static;
    vec![
        Scheme::standard_webhooks(),
        Scheme::hmac_of_body(name("x-signature")),
        Scheme::hmac_of_body(name("x-hub-signature-256")).with_prefix("sha256="),
        Scheme::hmac_of_body(name("x-signature")).with_time(name("x-time")).encoded(Encoding::Base64),
        Scheme::hmac_of_body(name("x-signature"))
            .with_time(name("x-time"))
            .with_id(name("x-id"))
            .with_prefix("v1="),
    ]
}

const BODY: &[u8] = br#"{"event":"docauth.completed"}"#;

#[test]
fn the_example_of_standard_webhooks_is_read() {
    // From the specification's own example.
    let secret = Secret::base64_behind_prefix("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
    let lines = [
        ("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek"),
        ("webhook-timestamp", "1614265330"),
        ("webhook-signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="),
    ];
    let headers =
        lines.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_614_265_330);
    let body = Bytes::from_static(br#"{"test": 2432232314}"#);
    let scheme = Scheme::standard_webhooks();
    let delivery = scheme.verify(&[secret], &headers.collect(), body, now, TOLERANCE).unwrap();
    assert_eq!(delivery.id(), "msg_p5jXN8AQM9LWM0D4loKWxJek");
}

#[test]
fn what_is_signed_is_believed_with_any_of_the_secrets() {
    let (old, new) = (secret("an old secret of tests"), secret("a new secret of tests"));
    for scheme in schemes() {
        let headers = headers(scheme.sign(&old, "id-1", at(0), BODY));
        for secrets in [vec![old.clone()], vec![new.clone(), old.clone()]] {
            let delivery = scheme.verify(&secrets, &headers, Bytes::from_static(BODY), at(299), TOLERANCE);
            assert_eq!(delivery.unwrap().kind(), &super::super::DeliveryKind::DocumentChecked, "{scheme:?}");
        }
        let forged =
            scheme.verify(std::slice::from_ref(&new), &headers, Bytes::from_static(BODY), at(0), TOLERANCE);
        assert_eq!(forged.unwrap_err(), Unverified::Forged, "{scheme:?}");
    }
}

#[test]
fn nothing_that_is_signed_can_be_changed() {
    let secret = secret("a secret of these tests");
    for scheme in schemes() {
        let signed = scheme.sign(&secret, "id-1", at(0), BODY);
        let verify = |headers: &HeaderMap, body: &[u8]| {
            scheme.verify(
                std::slice::from_ref(&secret),
                headers,
                Bytes::copy_from_slice(body),
                at(0),
                TOLERANCE,
            )
        };
        assert!(verify(&headers(signed.clone()), BODY).is_ok());
        assert_eq!(verify(&headers(signed.clone()), b"{}").unwrap_err(), Unverified::Forged);
        for (at, (name, _)) in signed.iter().enumerate() {
            let mut other = signed.clone();
            other[at].1 =
                if name.as_str().contains("time") { "1700000001".to_owned() } else { "id-2".to_owned() };
            assert!(verify(&headers(other), BODY).is_err(), "{name}");
            let mut missing = headers(signed.clone());
            missing.remove(name);
            assert_eq!(verify(&missing, BODY).unwrap_err(), Unverified::Unsigned, "{name}");
            let mut twice = headers(signed.clone());
            twice.append(name, signed[at].1.parse().unwrap());
            assert_eq!(verify(&twice, BODY).unwrap_err(), Unverified::Unsigned, "{name}");
        }
    }
}

#[test]
fn the_order_of_the_builders_calls_changes_nothing() {
    let (secret, name) = (secret("a secret of these tests"), HeaderName::from_static);
    let base = || Scheme::hmac_of_body(name("x-signature"));
    let id_first = base().with_id(name("x-id")).with_time(name("x-time"));
    let time_first = base().with_time(name("x-time")).with_id(name("x-id"));
    assert_eq!((id_first.signed(), time_first.signed()), (Signed::IdTimeAndBody, Signed::IdTimeAndBody));
    let mut headers = headers(id_first.sign(&secret, "id-1", at(0), BODY));
    let secrets = std::slice::from_ref(&secret);
    for scheme in [&id_first, &time_first] {
        let delivery = scheme.verify(secrets, &headers, Bytes::from_static(BODY), at(0), TOLERANCE);
        assert_eq!(delivery.unwrap().id(), "id-1");
    }
    headers.insert("x-id", HeaderValue::from_static("id-2"));
    for scheme in [id_first, time_first] {
        let refused = scheme.verify(secrets, &headers, Bytes::from_static(BODY), at(0), TOLERANCE);
        assert_eq!(refused.unwrap_err(), Unverified::Forged);
    }
}

#[test]
fn an_unsigned_header_makes_no_delivery_a_new_one() {
    let (secret, name) = (secret("a secret of these tests"), HeaderName::from_static);
    let scheme = Scheme::hmac_of_body(name("x-signature")).with_id(name("x-id"));
    assert_eq!(scheme.signed(), Signed::Body);
    let id_of = |id: &'static str| {
        let mut headers = headers(scheme.sign(&secret, "id-1", at(0), BODY));
        headers.insert("x-id", HeaderValue::from_static(id));
        let secrets = std::slice::from_ref(&secret);
        let delivery = scheme.verify(secrets, &headers, Bytes::from_static(BODY), at(0), TOLERANCE);
        delivery.unwrap().id().to_owned()
    };
    assert_eq!(id_of("id-1"), id_of("id-2"));
    assert_eq!(id_of("id-1"), id_of("a.b"));
}

#[test]
fn time_counts_in_both_directions() {
    let secret = secret("a secret of these tests");
    let scheme = Scheme::standard_webhooks();
    let headers = headers(scheme.sign(&secret, "id-1", at(1_000), BODY));
    let verify = |now| {
        scheme.verify(std::slice::from_ref(&secret), &headers, Bytes::from_static(BODY), now, TOLERANCE)
    };
    for now in [700, 1_000, 1_300] {
        assert!(verify(at(now)).is_ok(), "{now}");
    }
    for now in [699, 1_301] {
        assert_eq!(verify(at(now)).unwrap_err(), Unverified::Untimely, "{now}");
    }
}

#[test]
fn one_of_several_signatures_suffices_and_there_is_an_end_to_them() {
    let secret = secret("a secret of these tests");
    let scheme = Scheme::standard_webhooks();
    let signed = scheme.sign(&secret, "id-1", at(0), BODY);
    let with = |signature: String| {
        let mut headers = headers(signed.clone());
        headers.insert("webhook-signature", signature.parse().unwrap());
        scheme
            .verify(std::slice::from_ref(&secret), &headers, Bytes::from_static(BODY), at(0), TOLERANCE)
            .is_ok()
    };
    let good = &signed[0].1;
    assert!(with(format!("v1,AAAA v2,x {good}")));
    assert!(!with(format!("{}{good}", "v1,AAAA ".repeat(8))), "who lists hundreds is not heard out");
    assert!(
        !with(good.replace("v1,", "v1a,"))
            && !with(String::new())
            && !with(good[..good.len() - 4].to_owned())
    );
}

#[test]
fn a_time_is_a_number_of_seconds_and_an_id_one_word() {
    let secret = secret("a secret of these tests");
    let scheme = Scheme::standard_webhooks();
    for (name, value) in [
        ("webhook-timestamp", "+1700000000"),
        ("webhook-timestamp", "1700000000.5"),
        ("webhook-timestamp", ""),
        ("webhook-timestamp", "99999999999999999999"),
        ("webhook-id", ""),
        ("webhook-id", "a.b"),
    ] {
        let mut headers = headers(scheme.sign(&secret, "id-1", at(0), BODY));
        headers.insert(name, value.parse().unwrap());
        let refused = scheme.verify(
            std::slice::from_ref(&secret),
            &headers,
            Bytes::from_static(BODY),
            at(0),
            TOLERANCE,
        );
        assert_eq!(refused.unwrap_err(), Unverified::Unsigned, "{name}: {value}");
    }
}
