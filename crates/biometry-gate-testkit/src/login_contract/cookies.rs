use super::{COOKIE, passed, start};
use crate::host::{HostHarness, Stage};

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
        cookie.replace('.', ""),
        format!("{cookie}x"),
        format!("{cookie}; {COOKIE}={cookie}"),
    ] {
        let thief = stage.browser();
        thief.put_cookie(COOKIE, &forged);
        let answer = thief.post("/login/face").send().await;
        assert_eq!(answer.status, 401, "{forged}: {answer:?}");
        assert!(answer.header("set-cookie").is_none());
    }
    assert_eq!(browser.post("/login/face").send().await.status, 200);
}

pub async fn signing_in_for_another_subject_gives_the_browser_a_new_key<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    let browser = stage.browser();
    start(&browser, "pass+ana@example.com").await.granted();
    let anas = browser.cookie(COOKIE).expect("our own cookie").value;
    start(&browser, "pass+ana@example.com").await.granted();
    assert_eq!(browser.cookie(COOKIE).expect("our own cookie").value, anas);
    start(&browser, "pass+ben@example.com").await.granted();
    let bens = browser.cookie(COOKIE).expect("our own cookie").value;
    assert_ne!(anas.split('.').next(), bens.split('.').next());
}
