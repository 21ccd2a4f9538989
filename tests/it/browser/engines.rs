//! The same page in three engines, on one framework: what differs between frameworks is no business of a browser's.

use biometry_sandbox::Operation;

use super::{Camera, Engine, Page, SMALLEST_WEBM, address_of, open};
use crate::harness::{Axum, Setup};

#[tokio::test]
async fn firefox_records_and_the_statement_opens() {
    let world = open::<Axum>(Setup::new()).await;
    let page = Page::open(&address_of(&world, "/"), Engine::Firefox).await;
    page.log_in("pass@example.com").await;
    page.ask_for_the_statement().await;
    page.consent().await;
    page.record().await;
    page.wait_for("#statement[data-lock=open]").await;
}

#[tokio::test]
async fn webkit_without_a_camera_opens_the_statement_with_a_file() {
    let world = open::<Axum>(Setup::new()).await;
    let page = Page::open(&address_of(&world, "/"), Engine::WebKit).await;
    page.log_in("pass@example.com").await;
    page.ask_for_the_statement().await;
    page.consent().await;
    page.reach("problem").await;
    page.click("problem-file").await;
    page.reach("ready").await;
    page.choose_video(SMALLEST_WEBM).await;
    page.wait_for("#statement[data-lock=open]").await;
}

#[tokio::test]
async fn webkit_records_a_voice() {
    let world = open::<Axum>(Setup::new()).await;
    let page = Page::open(&address_of(&world, "/"), Engine::WebKitWithDevices).await;
    page.log_in("pass@example.com").await;
    page.click("enroll-voice").await;
    page.reach("review").await;
    page.consent().await;
    page.record().await;
    page.reach("closed").await;
    assert!(page.shows("enroll-voice-done").await);
    let seen = world.seen(Operation::EnrollVoice).remove(0);
    let voice = seen.file("voice").expect("a voice");
    assert_eq!((voice.complete, voice.content_type.as_deref()), (true, Some("audio/mp4")));
    assert!(voice.len > 1_000, "{} bytes", voice.len);
}

#[tokio::test]
async fn a_browser_that_keeps_no_secure_cookie_says_so_before_the_person_films() {
    let world = open::<Axum>(Setup::new()).await;
    let page = Page::open(&address_of(&world, "/"), Engine::WebKit).await;
    page.fill("email", "pass@example.com").await;
    page.click("login-face").await;
    page.reach("problem").await;
    // Without a camera that is the first thing to say; a file leads on to the second.
    page.click("problem-file").await;
    page.wait_for("step-up-dialog[problem=cookie-not-kept]").await;
}

#[tokio::test]
async fn a_page_of_ten_lines_steps_up_in_chromium() {
    ten_lines(Engine::Chromium(Camera::Allowed)).await;
}

#[tokio::test]
async fn a_page_of_ten_lines_steps_up_in_firefox() {
    ten_lines(Engine::Firefox).await;
}

#[tokio::test]
async fn a_page_of_ten_lines_steps_up_in_webkit() {
    ten_lines(Engine::WebKit).await;
}

async fn ten_lines(engine: Engine) {
    let world = open::<Axum>(Setup::new()).await;
    let page = Page::open(&address_of(&world, "/"), engine).await;
    page.log_in("pass@example.com").await;
    page.go(&address_of(&world, "/ten-lines")).await;
    for (name, value) in [("to", "Zoe"), ("amount", "12.50")] {
        let field = page.wait_for(&format!("[name={name}]")).await;
        field.send_keys(value).await.expect("the field can be filled");
    }
    page.press("button").await;
    page.reach("review").await;
    page.consent().await;
    if engine == Engine::WebKit {
        page.reach("problem").await;
        page.click("problem-file").await;
        page.reach("ready").await;
        page.choose_video(SMALLEST_WEBM).await;
    } else {
        page.record().await;
    }
    page.reach("closed").await;
    let output = page.wait_for("output:not(:empty)").await;
    assert!(output.text().await.expect("it has text").contains(r#""status":"done""#));
}

#[tokio::test]
async fn the_scanner_alone_hands_a_recording_to_the_page() {
    let world = open::<Axum>(Setup::new()).await;
    let page = Page::open(&address_of(&world, "/"), Engine::Chromium(Camera::Allowed)).await;
    page.execute("document.body.replaceChildren();").await;
    let taken = page.run(SCAN_ALONE, serde_json::json!(null)).await;
    assert_eq!(taken["type"], "video/webm");
    assert!(taken["size"].as_u64().expect("a size") > 10_000, "{taken}");
}

#[tokio::test]
async fn the_scanner_and_the_official_sdk_make_a_whole_check() {
    let world = open::<Axum>(Setup::new()).await;
    let page = Page::open(&address_of(&world, "/"), Engine::Chromium(Camera::Allowed)).await;
    page.log_in("pass@example.com").await;
    let verdict = page.run(SCAN_WITH_THE_SDK, serde_json::json!(null)).await;
    assert_eq!(verdict, "pass");
}

const SCAN_ALONE: &str = "
    const done = arguments[1];
    window.film = { keep: (file) => done({ type: file.type, size: file.size }) };
    import('/biometry/ui/biometry-scanner.js').then(() => {
        document.body.innerHTML = '<biometry-scanner phrase=\"three nine one\" on-capture=\"film.keep\"></biometry-scanner>';
        const scanner = document.querySelector('biometry-scanner');
        const press = (name) => scanner.shadowRoot.querySelector(`#${name}`).click();
        scanner.addEventListener('statechange', () => { if (scanner.state === 'ready') press('record'); });
        const look = () => (scanner.shadowRoot.querySelector('#open') ? press('open') : requestAnimationFrame(look));
        look();
    });";

const SCAN_WITH_THE_SDK: &str = "
    const done = arguments[1];
    const who = 'pass@example.com';
    const check = async () => {
        const { BiometrySDK } = await import('/sdk/biometry-sdk.js');
        await import('/biometry/ui/biometry-scanner.js');
        BiometrySDK.BASE_URL = '/biometry';
        const sdk = new BiometrySDK('the-server-has-the-key');
        await sdk.giveAuthorizationConsent(true, who);
        await sdk.giveStorageConsent(true, who);
        const { body: { data: sessionId, phrase } } = await sdk.startSession();
        const scanner = document.body.appendChild(document.createElement('biometry-scanner'));
        scanner.phrase = phrase;
        scanner.addEventListener('statechange', () => { if (scanner.state === 'ready') scanner.shadowRoot.querySelector('#record').click(); });
        const captured = new Promise((resolve) => scanner.addEventListener('capture', ({ detail }) => resolve(detail.file)));
        const look = () => (scanner.shadowRoot.querySelector('#open') ? scanner.shadowRoot.querySelector('#open').click() : requestAnimationFrame(look));
        look();
        const { body } = await sdk.processVideo(await captured, phrase, who, { sessionId });
        return body.scoring_result;
    };
    check().then(done, (error) => done(String(error)));";
