use super::{ONCE, OPERATION, REUSABLE, approve, inside, run, visit};
use crate::host::{HostHarness, Stage};

pub async fn other_sites_are_refused<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    let ana = stage.consented("pass@example.com").await;
    ana.pass("once").await;
    approve(&ana, "one").await;
    for headers in [
        &[("sec-fetch-site", "cross-site")][..],
        &[("sec-fetch-site", "same-site")],
        &[("sec-fetch-site", "")],
        &[("sec-fetch-site", "same-origin"), ("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "cross-site"), ("origin", "http://127.0.0.1")],
        &[("origin", "https://evil.example")],
        &[("origin", "null")],
    ] {
        for path in [REUSABLE, ONCE, OPERATION] {
            let request = ana.browser.post(path).body("one");
            let request = headers.iter().fold(request, |request, (name, value)| request.header(name, value));
            request.send().await.problem("cross-site");
        }
    }
    assert_eq!(stage.app.runs(), 0);
    inside(&run(&ana, "one").await);
    inside(&visit(&ana, ONCE).await);
}

pub async fn the_hosts_own_pages_are_let_in<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    let ana = stage.consented("pass@example.com").await;
    ana.pass("reusable").await;
    let own = format!("http://{}", ana.browser.address());
    for headers in [
        &[("sec-fetch-site", "same-origin"), ("origin", &own)][..],
        &[("sec-fetch-site", "none")],
        &[("origin", &own)],
    ] {
        let request = ana.browser.post(REUSABLE);
        let request = headers.iter().fold(request, |request, (name, value)| request.header(name, value));
        inside(&request.send().await);
    }
}

pub async fn reading_is_open_to_links_from_elsewhere<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    let ana = stage.consented("pass@example.com").await;
    ana.pass("reusable").await;
    inside(&ana.browser.get(REUSABLE).header("sec-fetch-site", "cross-site").send().await);
}
