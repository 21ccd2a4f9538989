//! What was found, as lines for people and as JSON for programs.

use std::fmt;

use serde_json::json;

/// All that was found, in the order in which it was looked at.
#[derive(Debug, Default)]
pub(crate) struct Findings(Vec<Finding>);

#[derive(Debug)]
struct Finding {
    check: Check,
    level: Level,
    text: String,
}

/// What is looked at. The names never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Check {
    Dns,
    Tcp,
    Tls,
    Http,
    Clock,
    Key,
    Services,
    Policies,
    Store,
    Ready,
    Upload,
    Host,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Level {
    Fine,
    Note,
    Fault,
    Skipped,
}

impl Findings {
    pub(crate) fn fine(&mut self, check: Check, text: impl Into<String>) {
        self.add(check, Level::Fine, text);
    }

    /// Something that works and had better be otherwise.
    pub(crate) fn note(&mut self, check: Check, text: impl Into<String>) {
        self.add(check, Level::Note, text);
    }

    pub(crate) fn fault(&mut self, check: Check, text: impl Into<String>) {
        self.add(check, Level::Fault, text);
    }

    /// Something that could not be looked at, because of another fault.
    pub(crate) fn skip(&mut self, check: Check, text: impl Into<String>) {
        self.add(check, Level::Skipped, text);
    }

    pub(crate) fn faults(&self) -> usize {
        self.0.iter().filter(|finding| finding.level == Level::Fault).count()
    }

    pub(crate) fn to_json(&self) -> String {
        let findings = self.0.iter().map(|Finding { check, level, text }| {
            json!({ "check": check.as_str(), "level": level.as_str(), "text": text })
        });
        let findings: Vec<_> = findings.collect();
        format!("{}\n", json!({ "faults": self.faults(), "findings": findings }))
    }

    fn add(&mut self, check: Check, level: Level, text: impl Into<String>) {
        self.0.push(Finding { check, level, text: text.into() });
    }
}

impl Check {
    fn as_str(self) -> &'static str {
        match self {
            Self::Dns => "dns",
            Self::Tcp => "tcp",
            Self::Tls => "tls",
            Self::Http => "http",
            Self::Clock => "clock",
            Self::Key => "key",
            Self::Services => "services",
            Self::Policies => "policies",
            Self::Store => "store",
            Self::Ready => "ready",
            Self::Upload => "upload",
            Self::Host => "host",
        }
    }
}

impl Level {
    fn as_str(self) -> &'static str {
        match self {
            Self::Fine => "fine",
            Self::Note => "note",
            Self::Fault => "fault",
            Self::Skipped => "skipped",
        }
    }
}

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Finding { check, level, text } in &self.0 {
            writeln!(f, "{:<8} {:<9} {text}", level.as_str(), check.as_str())?;
        }
        match self.faults() {
            0 => writeln!(f, "no fault"),
            1 => writeln!(f, "1 fault"),
            faults => writeln!(f, "{faults} faults"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn findings_are_lines_and_json() {
        let mut findings = Findings::default();
        findings.fine(Check::Dns, "2 addresses");
        findings.note(Check::Store, "it forgets");
        assert!(findings.to_string().ends_with("no fault\n"));
        findings.fault(Check::Key, "no key");
        findings.skip(Check::Policies, "not looked at");
        assert_eq!(
            findings.to_string(),
            "fine     dns       2 addresses\nnote     store     it forgets\nfault    key       no key\n\
             skipped  policies  not looked at\n1 fault\n"
        );
        let json: serde_json::Value = serde_json::from_str(&findings.to_json()).unwrap();
        assert_eq!(json["faults"], 1);
        assert_eq!(json["findings"][2], json!({ "check": "key", "level": "fault", "text": "no key" }));
    }
}
