use std::collections::HashSet;

use super::{COOKIE, passed, start, verify};
use crate::browser::Browser;
use crate::host::{Challenge, HostHarness, Stage};

pub async fn a_forged_cookie_redeems_nothing<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    stage.consented("pass@example.com").await;
    let browser = passed(&stage, "pass@example.com").await;
    let cookie = browser.cookie(COOKIE).expect("our own cookie").value;
    let (_, subject) = cookie.split_once('.').expect("a key and a subject");
    for forged in [
        String::new(),
        subject.to_owned(),
        format!("web_{}.{subject}", "A".repeat(32)),
        format!("own_{}.{subject}", "A".repeat(32)),
        cookie.replace('.', ""),
        format!("{cookie}x"),
        format!("{cookie}; {COOKIE}={cookie}"),
        // A tenant that this host does not have: `other`, and `default` by its name.
        format!("{cookie}.b3RoZXI"),
        format!("{cookie}.ZGVmYXVsdA"),
    ] {
        let thief = stage.browser();
        thief.put_cookie(COOKIE, &forged);
        let answer = thief.post("/login/face").send().await;
        assert_eq!(answer.status, 401, "{forged}: {answer:?}");
        assert!(answer.header("set-cookie").is_none());
        let state = thief.get("/biometry/session").send().await;
        assert_ne!(state.json()["state"], "passed", "{forged}");
    }
    for tenant in ["b3RoZXI", "ZGVmYXVsdA", ""] {
        let stranger = stage.browser();
        stranger.put_cookie(COOKIE, &format!("{cookie}.{tenant}"));
        stranger.get("/biometry/session").send().await.problem("authentication-required");
    }
    assert_eq!(browser.post("/login/face").send().await.status, 200);
}

pub async fn each_start_gives_the_browser_a_new_key<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    let browser = stage.browser();
    let mut keys = HashSet::new();
    for subject in ["pass+ana@example.com", "pass+ana@example.com", "pass+ben@example.com"] {
        let planted = browser.cookie(COOKIE).map(|cookie| cookie.value);
        start(&browser, subject).await.granted();
        assert!(keys.insert(key(&browser)), "a key was given twice");
        let Some(planted) = planted else { continue };
        let before = stage.browser();
        before.put_cookie(COOKIE, &planted);
        assert_eq!(before.get("/biometry/session").send().await.granted()["state"], "none");
    }
}

pub async fn a_key_from_before_the_pass_redeems_nothing<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    stage.consented("pass@example.com").await;
    let browser = stage.browser();
    let challenge = Challenge::read(&start(&browser, "pass@example.com").await.granted());
    let (thief, before) = (browser.copy(), key(&browser));
    verify(&browser, &challenge).await.granted();
    assert_ne!(key(&browser), before);
    for _ in 0..3 {
        assert_eq!(thief.post("/login/face").send().await.problem("step-up-required")["reason"], "absent");
    }
    assert_eq!(thief.get("/biometry/session").send().await.granted()["state"], "none");
    assert_eq!(browser.post("/login/face").send().await.status, 200);
}

pub async fn redeeming_ends_the_cookie<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    stage.consented("pass@example.com").await;
    let browser = passed(&stage, "pass@example.com").await;
    let signed_in = browser.post("/login/face").send().await;
    let cookies = signed_in.headers.get_all("set-cookie").iter().filter_map(|value| value.to_str().ok());
    let ended: Vec<_> = cookies.filter(|text| text.starts_with(&format!("{COOKIE}=;"))).collect();
    assert!(matches!(ended[..], [text] if text.contains("Max-Age=0")), "{ended:?}");
}

fn key(browser: &Browser) -> String {
    let cookie = browser.cookie(COOKIE).expect("our own cookie").value;
    cookie.split_once('.').expect("a key and a subject").0.to_owned()
}
