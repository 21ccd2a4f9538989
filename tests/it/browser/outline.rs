//! What a screen reader is told of the dialog in each of its states, by Chromium's accessibility tree: roles, names and descriptions
//! in the order in which they are read, and what has the focus.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::{Camera, Page, open, visit};
use crate::harness::{Axum, Setup};

#[tokio::test]
async fn a_screen_reader_finds_its_way_through_a_check() {
    let world = open::<Axum>(Setup::new()).await;
    let page = visit(&world, Camera::Allowed).await;
    page.log_in("fail+slow+3s@example.com").await;
    page.ask_for_the_statement().await;
    reads(&page, "review").await;
    page.click("stepup-proceed").await;
    page.reach("consent").await;
    reads(&page, "consent").await;
    page.agree_to_all().await;
    page.reach("ready").await;
    reads(&page, "ready").await;
    page.record().await;
    page.reach("processing").await;
    reads(&page, "processing").await;
    page.reach("problem").await;
    reads(&page, "problem").await;
    page.click("problem-close").await;
    page.reach("closed").await;

    page.click("enroll-face").await;
    page.reach("framing").await;
    reads(&page, "framing").await;
    page.click("shoot").await;
    page.reach("looking").await;
    reads(&page, "looking").await;
}

#[tokio::test]
async fn a_screen_reader_says_what_of_the_phrase_is_the_operation() {
    let (_world, page) = super::spoken::begin_a_transfer("").await;
    reads(&page, "ready with an amount that is spoken").await;
    page.click("record").await;
    page.reach("recording").await;
    reads(&page, "recording with an amount that is spoken").await;
}

#[tokio::test]
async fn a_screen_reader_is_led_to_a_file_where_the_camera_is_blocked() {
    let world = open::<Axum>(Setup::new()).await;
    let page = visit(&world, Camera::Blocked).await;
    page.log_in("pass@example.com").await;
    page.ask_for_the_statement().await;
    page.consent().await;
    page.reach("problem").await;
    reads(&page, "camera-denied").await;
    page.click("problem-file").await;
    page.reach("ready").await;
    reads(&page, "file").await;
}

/// Compares what is read in a state with what is written down for it.
async fn reads(page: &Page, state: &str) {
    // What is announced follows in the next frame.
    page.run(NEXT_FRAME, json!(null)).await;
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/it/browser/outline.txt");
    let written = std::fs::read_to_string(path).expect("the outlines");
    let begin = format!("## {state}\n");
    let (_, section) = written.split_once(&begin).unwrap_or_else(|| panic!("no outline of {state}"));
    let section = section.split("\n## ").next().unwrap_or_default();
    let outline = outline_of(&page.accessibility_tree());
    assert_eq!(outline, section.trim_end(), "{begin}{outline}\n");
}

/// The dialog, a line for everything that is read.
fn outline_of(nodes: &[Value]) -> String {
    let by_id: HashMap<_, _> = nodes.iter().map(|node| (text(&node["nodeId"]), node)).collect();
    let dialog = nodes.iter().find(|node| role(node) == "dialog").expect("an open dialog");
    let mut lines = Vec::new();
    collect(dialog, &by_id, 0, &mut lines);
    lines.iter().map(Line::written).collect::<Vec<_>>().join("\n")
}

/// Something that is read.
struct Line {
    depth: usize,
    role: String,
    name: String,
    rest: String,
}

impl Line {
    fn of(node: &Value, depth: usize) -> Self {
        let mut rest = String::new();
        let description = text(&node["description"]["value"]);
        if !description.is_empty() {
            rest += &format!(" – {:?}", mask(description));
        }
        for property in node["properties"].as_array().into_iter().flatten() {
            let (name, value) = (text(&property["name"]), &property["value"]["value"]);
            if SAID.contains(&name) && *value != json!(false) {
                rest += &format!(
                    " {name}={}",
                    value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned)
                );
            }
        }
        Self { depth, role: role(node).to_owned(), name: text(&node["name"]["value"]).to_owned(), rest }
    }

    fn written(&self) -> String {
        let Self { depth, role, name, rest } = self;
        format!("{:indent$}{role} {:?}{rest}", "", mask(name), indent = depth * 2)
    }
}

fn collect(node: &Value, by_id: &HashMap<&str, &Value>, depth: usize, lines: &mut Vec<Line>) {
    let is_read = node["ignored"] != json!(true) && !SILENT.contains(&role(node));
    if is_read {
        let line = Line::of(node, depth);
        match lines.last_mut() {
            // Words beside each other are one text.
            Some(last) if last.role == TEXT && line.role == TEXT && last.depth == depth => {
                last.name += &line.name;
            }
            _ => lines.push(line),
        }
    }
    if is_read && NAMED_BY_CONTENT.contains(&role(node)) {
        return;
    }
    for child in node["childIds"].as_array().into_iter().flatten() {
        collect(by_id[text(child)], by_id, depth + usize::from(is_read), lines);
    }
}

/// What differs from run to run: numbers, and the words of the phrase.
fn mask(name: &str) -> String {
    if name.starts_with("For support: ") {
        return "For support: …".to_owned();
    }
    let words = name.split(' ').map(|word| if DIGITS.contains(&word) { "…" } else { word });
    let mut words: Vec<_> = words.collect();
    words.dedup_by(|next, word| next == word && *word == "…");
    words.join(" ").trim().chars().map(|letter| if letter.is_ascii_digit() { '#' } else { letter }).collect()
}

fn role(node: &Value) -> &str {
    text(&node["role"]["value"])
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

const NEXT_FRAME: &str = "requestAnimationFrame(() => requestAnimationFrame(() => arguments[1](true)));";

/// Properties that are said, where they hold.
const SAID: &[&str] = &["level", "checked", "live", "focused"];
const TEXT: &str = "StaticText";
const SILENT: &[&str] = &["generic", "none", "InlineTextBox", "ListMarker"];
const NAMED_BY_CONTENT: &[&str] = &["button", "heading", "link"];
const DIGITS: &[&str] = &["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
