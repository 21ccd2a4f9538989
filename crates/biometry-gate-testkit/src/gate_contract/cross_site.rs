use http::Method;

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

pub async fn no_link_from_elsewhere_uses_an_approval_up<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    let ana = stage.consented("pass@example.com").await;
    ana.pass("once").await;
    for site in ["cross-site", "same-site"] {
        for headers in [
            &[("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "document")][..],
            &[("sec-fetch-mode", "no-cors"), ("sec-fetch-dest", "image")],
        ] {
            let link = ana.browser.get(ONCE).header("sec-fetch-site", site);
            let link = headers.iter().fold(link, |link, (name, value)| link.header(name, value));
            link.send().await.problem("cross-site");
        }
    }
    ana.browser.get(ONCE).header("origin", "https://evil.example").send().await.problem("cross-site");
    let glance = ana.browser.request(Method::HEAD, ONCE).header("sec-fetch-site", "cross-site");
    assert_eq!(glance.send().await.status, 403);
    assert_eq!(stage.app.runs(), 0);
    inside(&ana.browser.get(ONCE).header("sec-fetch-site", "same-origin").send().await);
    ana.pass("once").await;
    inside(&ana.browser.get(ONCE).header("sec-fetch-site", "none").send().await);
}
