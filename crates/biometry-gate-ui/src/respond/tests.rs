use http::Request;

use super::*;

fn ask(method: Method, path: &str, headers: &[(&str, &str)]) -> Option<Response<Bytes>> {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let (head, ()) = request.body(()).unwrap().into_parts();
    let path = head.uri.path().to_owned();
    respond(&head, &path)
}

fn get(path: &str) -> Response<Bytes> {
    ask(Method::GET, path, &[]).unwrap()
}

#[test]
fn a_stable_address_leads_to_the_folder_of_this_version() {
    for name in ["step-up.js", "step-up-dialog.js", "biometry-scanner.js"] {
        let shim = get(&format!("/ui/{name}"));
        assert_eq!(shim.headers()[CACHE_CONTROL], "no-cache");
        let line = std::str::from_utf8(shim.body()).unwrap();
        assert!(
            line.starts_with("export { ") && line.ends_with(&format!(" }} from './{}/{name}';\n", version())),
            "{line}"
        );
        let file = get(&format!("/ui/{}/{name}", version()));
        assert_eq!(file.headers()[CACHE_CONTROL], "public, max-age=31536000, immutable");
        assert_eq!(file.headers()[CONTENT_TYPE], "text/javascript; charset=utf-8");
        assert_eq!(file.headers()[X_CONTENT_TYPE_OPTIONS], "nosniff");
        assert!(!file.body().is_empty());
    }
}

#[test]
fn a_page_of_another_version_gets_what_there_is_now_and_may_not_keep_it() {
    let file = get("/ui/0123456789abcdef/step-up-dialog.js");
    assert_eq!(
        (file.status(), &file.headers()[CACHE_CONTROL]),
        (StatusCode::OK, &HeaderValue::from_static("no-cache"))
    );
}

#[test]
fn what_is_known_already_is_not_sent_again() {
    let path = format!("/ui/{}/step-up.js", version());
    let etag = get(&path).headers()[ETAG].to_str().unwrap().to_owned();
    for known in [etag.clone(), format!("\"other\", W/{etag}"), "*".to_owned()] {
        let answer = ask(Method::GET, &path, &[("if-none-match", &known)]).unwrap();
        assert_eq!((answer.status(), answer.body().len()), (StatusCode::NOT_MODIFIED, 0), "{known}");
        assert_eq!(answer.headers()[ETAG], etag);
    }
    let answer = ask(Method::GET, &path, &[("if-none-match", "\"other\"")]).unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
}

#[test]
fn it_is_compressed_for_those_who_take_that() {
    let path = format!("/ui/{}/words/de.js", version());
    for (accepted, is_compressed) in
        [("gzip, br", true), ("GZIP;q=0.1", true), ("br", false), ("gzip;q=0", false)]
    {
        let answer = ask(Method::GET, &path, &[("accept-encoding", accepted)]).unwrap();
        assert_eq!(answer.headers().contains_key(CONTENT_ENCODING), is_compressed, "{accepted}");
        assert_eq!(answer.body().starts_with(b"\x1f\x8b"), is_compressed, "{accepted}");
        assert_eq!(answer.headers()[VARY], "accept-encoding");
    }
}

#[test]
fn head_has_the_length_and_no_body() {
    let path = format!("/ui/{}/step-up.js", version());
    let head = ask(Method::HEAD, &path, &[]).unwrap();
    assert!(head.body().is_empty());
    let length = get(&path).body().len().to_string();
    assert_eq!(head.headers()["content-length"], length);
}

#[test]
fn the_page_is_found_with_and_without_the_slash() {
    let page = get("/ui/");
    assert_eq!(page.headers()[CONTENT_TYPE], "text/html; charset=utf-8");
    let html = std::str::from_utf8(page.body()).unwrap();
    assert!(html.contains(&format!("{}/page/page.js", version())), "{html}");
    let completed = get("/ui?return=h&policy=p");
    assert_eq!(
        (completed.status(), &completed.headers()[LOCATION]),
        (StatusCode::PERMANENT_REDIRECT, &HeaderValue::from_static("ui/?return=h&policy=p"))
    );
}

#[test]
fn nothing_else_is_served() {
    for path in [
        "/ui/page/index.html",
        &format!("/ui/{}/page/index.html", version()),
        &format!("/ui/{}/dialog/view.js", version()),
        "/ui/x",
        "/ui/0123456789abcdef/page/index.html",
        "/ui/../step-up.js",
        "/ui/0/step-up.js",
        "/ui//step-up.js",
        "/session",
        "/uix",
        "/",
    ] {
        assert!(ask(Method::GET, path, &[]).is_none(), "{path}");
    }
    assert!(ask(Method::POST, "/ui/step-up.js", &[]).is_none());
}
