//! A phrase that begins with what is approved: the dialog shows which words are what, and reads no phrase that says otherwise.

use biometry_sandbox::Operation;
use serde_json::{Value, json};

use super::{Camera, Page, open, visit};
use crate::harness::{Axum, Setup, World};

#[tokio::test]
async fn the_dialog_shows_which_words_are_the_amount_before_and_during_the_take() {
    let (_world, page) = begin_a_transfer("").await;
    let [amount, fresh] = pieces_of(&page).await;
    assert_eq!(
        (text(&amount["part"]), text(&amount["meaning"]), text(&amount["value"])),
        ("spoken", "Amount 12.50 EUR", "12.50 EUR")
    );
    assert_eq!((text(&fresh["part"]), text(&fresh["meaning"])), ("fresh", "Then, for this time only"));
    assert_eq!(text(&amount["words"]).split(' ').count(), 4);
    assert!(text(&fresh["words"]).split(' ').count() >= 4, "{fresh}");
    assert_eq!(page.run(ABOUT, json!(null)).await, "Payee: Zoe", "the amount shows where it is said");
    assert_eq!(page.violations().await, json!([]));

    page.click("record").await;
    page.reach("recording").await;
    let during = pieces_of(&page).await;
    assert_eq!([&during[0]["meaning"], &during[0]["words"]], [&amount["meaning"], &amount["words"]]);
    assert_eq!([&during[1]["meaning"], &during[1]["words"]], [&fresh["meaning"], &fresh["words"]]);
    page.reach("closed").await;
}

#[tokio::test]
async fn the_banks_transfer_shows_its_amount_again_with_every_new_phrase() {
    let world = open::<Axum>(Setup::new()).await;
    let page = visit(&world, Camera::Allowed).await;
    page.log_in("fail@example.com").await;
    ask_for_a_transfer(&page).await;
    page.reach("ready").await;
    let [amount, fresh] = pieces_of(&page).await;
    assert_eq!((text(&amount["meaning"]), text(&amount["words"])), ("Amount 12.50 EUR", "one two five zero"));
    assert_eq!(text(&fresh["words"]).split(' ').count(), 7);
    page.record().await;
    page.reach("problem").await;
    assert_eq!(page.problem().await, "verification-failed");
    page.click("problem-next").await;
    page.reach("ready").await;
    let [again, other] = pieces_of(&page).await;
    assert_eq!(again, amount);
    assert_ne!(other["words"], fresh["words"]);
}

#[tokio::test]
async fn in_arabic_the_words_stay_english_and_every_value_runs_its_own_way() {
    let (_world, page) = begin_a_transfer("ar").await;
    let [amount, fresh] = pieces_of(&page).await;
    assert_eq!(text(&amount["meaning"]), "Amount 12.50 EUR");
    assert_eq!(text(&fresh["meaning"]), "ثم، لهذه المرة فقط");
    for piece in [&amount, &fresh] {
        assert_eq!((text(&piece["lang"]), text(&piece["align"])), ("en", "right"), "{piece}");
    }
    assert_eq!(amount["isolated"], json!(true));
    assert_eq!(page.violations().await, json!([]));
}

#[tokio::test]
async fn a_phrase_that_says_another_amount_than_the_dialog_is_not_shown() {
    let world = open::<Axum>(Setup::new()).await;
    let page = visit(&world, Camera::Allowed).await;
    page.log_in("pass@example.com").await;
    page.execute(&SPEAK_THE_AMOUNT.replace("words.slice(0, 4)", "words.slice(1, 5).reverse()")).await;
    ask_for_a_transfer(&page).await;
    page.reach("problem").await;
    assert_eq!(page.problem().await, "unreadable-answer");
    assert_eq!(page.run(PIECES, json!(null)).await, json!([]));
    assert!(world.seen(Operation::ProcessVideo).is_empty());
}

#[tokio::test]
async fn the_scanner_alone_takes_what_is_spoken_by_a_property_also_before_it_is_loaded() {
    let world = open::<Axum>(Setup::new()).await;
    let page = visit(&world, Camera::Allowed).await;
    page.execute("document.body.replaceChildren();").await;
    let seen = page.run(SCAN_WHAT_IS_SPOKEN, json!(null)).await;
    assert_eq!(
        seen,
        json!({
            "whole": ["Amount 0.05 AUD|zero zero five", "Then, for this time only|nine one four"],
            "otherwise": "unreadable-answer",
            "shown": "",
        })
    );
}

/// A transfer of 12.50 that has come to its phrase, with the dialog in `lang`.
pub(super) async fn begin_a_transfer(lang: &str) -> (World, Page) {
    let world = open::<Axum>(Setup::new()).await;
    let page = visit(&world, Camera::Allowed).await;
    page.log_in("pass@example.com").await;
    page.run(SPEAK_LANGUAGE, json!(lang)).await;
    page.execute(SPEAK_THE_AMOUNT).await;
    ask_for_a_transfer(&page).await;
    page.reach("ready").await;
    (world, page)
}

async fn ask_for_a_transfer(page: &Page) {
    page.fill("transfer-to", "Zoe").await;
    page.fill("transfer-amount", "12.50").await;
    page.click("transfer-submit").await;
    page.reach("review").await;
    page.consent().await;
}

async fn pieces_of(page: &Page) -> [Value; 2] {
    let pieces = page.run(PIECES, json!(null)).await;
    let pieces = pieces.as_array().expect("a list").clone();
    pieces.try_into().expect("two pieces")
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text"))
}

const SPEAK_LANGUAGE: &str = "
    document.querySelector('step-up-dialog').lang = arguments[0];
    arguments[1](true);";

/// The start of a session answers as for a policy that has the amount spoken.
const SPEAK_THE_AMOUNT: &str = "
    const native = window.fetch;
    window.fetch = async (...call) => {
        const response = await native(...call);
        if (!String(call[0]).endsWith('/session/start') || !response.ok) return response;
        const answer = await response.json();
        const words = answer.phrase.split(' ');
        answer.spoken = [{ label: 'Amount', value: '12.50 EUR', words: words.slice(0, 4).join(' ') }];
        return new Response(JSON.stringify(answer), { headers: { 'content-type': 'application/json' } });
    };";

const PIECES: &str = "
    const scanner = document.querySelector('step-up-dialog').shadowRoot.querySelector('biometry-scanner');
    const pieces = [...scanner?.shadowRoot.querySelectorAll('.piece') ?? []];
    arguments[1](pieces.map((piece) => {
        const [meaning, words, value] = ['.meaning', '.words', '.value'].map((name) => piece.querySelector(name));
        return {
            part: piece.getAttribute('part'), meaning: meaning.innerText.trim(), words: words.innerText.trim(), lang: words.lang,
            align: getComputedStyle(words).textAlign, value: value?.innerText,
            isolated: [...meaning.querySelectorAll('*')].every((part) => getComputedStyle(part).unicodeBidi === 'isolate'),
        };
    }));";

const ABOUT: &str = "
    const scanner = document.querySelector('step-up-dialog').shadowRoot.querySelector('biometry-scanner');
    arguments[1](scanner.shadowRoot.querySelector('.about').innerText);";

const SCAN_WHAT_IS_SPOKEN: &str = "
    const done = arguments[1];
    const scanner = document.body.appendChild(document.createElement('biometry-scanner'));
    const spoken = [{ label: 'Amount', value: '0.05 AUD', words: 'zero zero five' }];
    scanner.setAttribute('phrase', 'zero zero five nine one four');
    scanner.spoken = spoken;
    const look = async () => {
        const at = (selector) => [...scanner.shadowRoot.querySelectorAll(selector)];
        while (at('#open').length === 0) await new Promise(requestAnimationFrame);
        const ready = new Promise((resolve) => scanner.addEventListener('statechange', () => { if (scanner.state === 'ready') resolve(); }));
        at('#open')[0].click();
        await ready;
        const whole = at('.piece').map((piece) => [...piece.children].map((part) => part.textContent.trim()).join('|'));
        const otherwise = new Promise((resolve) => scanner.addEventListener('problem', ({ detail }) => resolve(detail.problem.code)));
        scanner.spoken = [{ ...spoken[0], words: 'zero five zero' }];
        scanner.offer();
        return { whole, otherwise: await otherwise, shown: at('#phrase')[0].textContent };
    };
    import('/biometry/ui/biometry-scanner.js').then(look).then(done, (error) => done(String(error)));";
