//! Which parts there are, in which order, and what the text ones say.

use super::case::{Case, Connection, VIDEO, form, text};

pub(super) fn cases() -> Vec<Case> {
    let mut cases = phrases();
    cases.extend(subjects());
    cases.extend(strangers());
    cases
}

fn phrases() -> Vec<Case> {
    let right = text("phrase", "{phrase}");
    let wrong = text("phrase", "nine nine nine nine");
    let other = |case: Case| case.refused(422, "phrase-mismatch", Connection::Kept);
    vec![
        Case::new("the phrase in front of the file", form([&right, VIDEO])),
        Case::new("the phrase behind the file", form([VIDEO, &right])),
        Case::new("the phrase in capitals", form([&text("phrase", "  {PHRASE} "), VIDEO])),
        other(Case::new("a wrong phrase in front of the file", form([&wrong, VIDEO]))),
        other(Case::new("a wrong phrase behind the file", form([VIDEO, &wrong]))),
        other(Case::new("an empty phrase", form([&text("phrase", ""), VIDEO]))),
        other(Case::new("a phrase and more", form([&text("phrase", "{phrase} one"), VIDEO]))),
        other(Case::new("an empty phrase behind the file", form([VIDEO, &text("phrase", "")]))),
        Case::new("the phrase twice", form([&right, &right, VIDEO])).invalid(),
        Case::new("the phrase on both sides", form([&right, VIDEO, &right])).invalid(),
        Case::new("the right phrase, then a wrong one", form([&right, &wrong, VIDEO])).invalid(),
        Case::new("the right phrase, the file, a wrong one", form([&right, VIDEO, &wrong])).invalid(),
        Case::new(
            "a phrase that is a file",
            form([&right.replace("\"phrase\"", "\"phrase\"; filename=\"p\""), VIDEO]),
        )
        .invalid(),
        Case::new(
            "a phrase that is a file without a name",
            form([&right.replace("\"phrase\"", "\"phrase\"; filename=\"\""), VIDEO]),
        )
        .invalid(),
        Case::new(
            "a phrase that says it is UTF-16",
            form([&right.replace("\r\n\r\n", "\r\nContent-Type: text/plain; charset=utf-16\r\n\r\n"), VIDEO]),
        ),
        Case::new(
            "a phrase of another type",
            form([&right.replace("\r\n\r\n", "\r\nContent-Type: application/octet-stream\r\n\r\n"), VIDEO]),
        ),
        Case::new(
            "a phrase of no text",
            [
                &b"--x\r\nContent-Disposition: form-data; name=\"phrase\"\r\n\r\n\xff\xfe\r\n"[..],
                form([VIDEO]).as_bytes(),
            ]
            .concat(),
        )
        .invalid(),
        Case::new(
            "a phrase of sixteen thousand letters",
            form([&text("phrase", &"a".repeat(16_000)), VIDEO]),
        )
        .invalid(),
    ]
}

fn subjects() -> Vec<Case> {
    let conflict = |case: Case| case.refused(403, "subject-conflict", Connection::Kept);
    let named = |name| text("userFullname", name);
    vec![
        Case::new("the subject's own name", form([&named("{subject}"), VIDEO])),
        Case::new("the subject's own name behind the file", form([VIDEO, &named("{subject}")])),
        conflict(Case::new("another name", form([&named("zoe@example.com"), VIDEO]))),
        conflict(Case::new("another name behind the file", form([VIDEO, &named("zoe@example.com")]))),
        conflict(Case::new("the subject's name and a blank", form([&named("{subject} "), VIDEO]))),
        conflict(Case::new("no name", form([&named(""), VIDEO]))),
        Case::new(
            "two names, the first one right",
            form([&named("{subject}"), &named("zoe@example.com"), VIDEO]),
        )
        .invalid(),
    ]
}

fn strangers() -> Vec<Case> {
    let unknown = text("user_fullname", "zoe@example.com");
    let foreign = text("is_document", "true");
    let many: String = (0..500).map(|_| format!("--x\r\n{}\r\n", text("trigger", "payment"))).collect();
    vec![
        Case::new(
            "vocabulary and trigger",
            form([&text("vocabulary", "digits"), &text("trigger", "payment"), VIDEO]),
        ),
        Case::new(
            "vocabulary and trigger behind the file",
            form([VIDEO, &text("vocabulary", "digits"), &text("trigger", "payment")]),
        ),
        Case::new("the longest text", form([&text("vocabulary", &"v".repeat(1_024)), VIDEO])),
        Case::new("a text too long", form([&text("vocabulary", &"v".repeat(1_025)), VIDEO])).invalid(),
        Case::new("a text too long behind the file", form([VIDEO, &text("vocabulary", &"v".repeat(1_025))]))
            .invalid(),
        Case::new("an unknown field", form([&unknown, VIDEO])).invalid(),
        Case::new("an unknown field behind the file", form([VIDEO, &unknown])).invalid(),
        Case::new("a field of another route", form([&foreign, VIDEO])).invalid(),
        Case::new("a field twice, five hundred times", format!("{many}{}", form([VIDEO]))).invalid(),
        Case::new("no file", form([&text("phrase", "{phrase}")])).invalid(),
        Case::new("the file twice", form([VIDEO, VIDEO])).invalid(),
        Case::new(
            "a second file under another name",
            form([VIDEO, &VIDEO.replace("\"video\"", "\"image\"")]),
        )
        .invalid(),
        Case::new("a file under another name", form([&VIDEO.replace("\"video\"", "\"file\"")])).invalid(),
        Case::new("the file first as a text", form([&text("video", "text"), VIDEO])).invalid(),
    ]
}
