//! The files of the page's side, as the banks serve them below the mount.

use http::Method;

use crate::harness::{Host, World};

on_every_host! {
    entry_points_are_revalidated_and_what_they_load_is_cached_for_ever,
    the_ready_page_runs_under_a_policy_that_admits_nothing_foreign,
    what_is_not_there_is_refused_as_anything_under_the_mount,
}

async fn entry_points_are_revalidated_and_what_they_load_is_cached_for_ever<H: Host>() {
    let world = World::open::<H>().await;
    let browser = world.browser();
    for name in ["step-up.js", "step-up-dialog.js", "biometry-scanner.js"] {
        let path = format!("/biometry/ui/{name}");
        let entry = browser.get(&path).send().await;
        assert_eq!(
            (entry.status.as_u16(), entry.header("content-type")),
            (200, Some("text/javascript; charset=utf-8"))
        );
        assert_eq!(entry.header("cache-control"), Some("no-cache"));
        let tag = entry.header("etag").expect("an entity tag").to_owned();
        let again = browser.get(&path).header("if-none-match", &tag).send().await;
        assert_eq!((again.status.as_u16(), again.body.len()), (304, 0));

        let script = String::from_utf8(entry.body.to_vec()).expect("text");
        let folder = script.split(['\'', '"']).find(|part| part.starts_with("./")).expect("an import");
        let file = browser.get(&format!("/biometry/ui/{}", folder.trim_start_matches("./"))).send().await;
        assert_eq!(file.header("cache-control"), Some("public, max-age=31536000, immutable"), "{folder}");
        assert_eq!(file.header("x-content-type-options"), Some("nosniff"));
    }
}

async fn the_ready_page_runs_under_a_policy_that_admits_nothing_foreign<H: Host>() {
    let world = World::open::<H>().await;
    let page = world.browser().get("/biometry/ui/").send().await;
    assert_eq!((page.status.as_u16(), page.header("content-type")), (200, Some("text/html; charset=utf-8")));
    let policy = page.header("content-security-policy").expect("a policy");
    assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{policy}");
    assert!(!policy.contains("unsafe"), "{policy}");
    let head = world.browser().request(Method::HEAD, "/biometry/ui/").send().await;
    assert_eq!((head.status.as_u16(), head.body.len()), (200, 0));
    let unfinished = world.browser().get("/biometry/ui?policy=statement").send().await;
    assert_eq!(
        (unfinished.status.as_u16(), unfinished.header("location")),
        (308, Some("ui/?policy=statement"))
    );
}

async fn what_is_not_there_is_refused_as_anything_under_the_mount<H: Host>() {
    let world = World::open::<H>().await;
    world.browser().get("/biometry/ui/none.js").send().await.problem("not-found");
    world.browser().get("/biometry/ui/../Cargo.toml").send().await.problem("not-found");
    world.browser().post("/biometry/ui/step-up.js").send().await.problem("not-found");
}
