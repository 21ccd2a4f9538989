//! The program's command line.

use std::net::{Ipv4Addr, SocketAddr};

use biometry_sandbox::{FirstRun, NameStrictness, Sandbox, SandboxBuilder, ScoreScale, Shape};
use lexopt::{Arg, Parser, ValueExt};

/// What the program is asked to do.
#[derive(Debug)]
pub(crate) enum Action {
    Help,
    Personas,
    Run(Box<Run>),
}

/// A sandbox, ready to start.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) sandbox: SandboxBuilder,
}

pub(crate) fn parse(mut arguments: Parser) -> Result<Action, lexopt::Error> {
    let mut sandbox = Sandbox::builder();
    let mut listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 4010));
    let mut anywhere = false;
    while let Some(argument) = arguments.next()? {
        match argument {
            Arg::Short('h') | Arg::Long("help") => return Ok(Action::Help),
            Arg::Long("personas") => return Ok(Action::Personas),
            Arg::Long("listen") => listen = arguments.value()?.parse()?,
            Arg::Long("insecure-listen-anywhere") => anywhere = true,
            Arg::Long(option) => {
                let option = option.to_owned();
                sandbox = set(sandbox, &option, &mut arguments)?;
            }
            other => return Err(other.unexpected()),
        }
    }
    if !listen.ip().is_loopback() && !anywhere {
        return Err(NOT_LOOPBACK.into());
    }
    Ok(Action::Run(Box::new(Run { sandbox: sandbox.listen(listen) })))
}

fn set(
    sandbox: SandboxBuilder,
    option: &str,
    arguments: &mut Parser,
) -> Result<SandboxBuilder, lexopt::Error> {
    Ok(match option {
        "shape" => sandbox.shape(arguments.value()?.parse_with(shape)?),
        "score-scale" => sandbox.score_scale(arguments.value()?.parse_with(score_scale)?),
        "first-run" => sandbox.first_run(arguments.value()?.parse_with(first_run)?),
        "names" => sandbox.name_strictness(arguments.value()?.parse_with(names)?),
        "v2-scores-only" => sandbox.v2_scores_only(true),
        "accept-any-key" => sandbox.accept_any_key(true),
        "refuse-revocation" => sandbox.revocation_refused(true),
        "bad-key-status" => sandbox.bad_key_status(arguments.value()?.parse_with(error_status)?),
        "revoked-key-status" => sandbox.revoked_key_status(arguments.value()?.parse_with(error_status)?),
        "max-upload" => sandbox.max_upload(arguments.value()?.parse()?),
        _ => return Err(Arg::Long(option).unexpected()),
    })
}

fn shape(word: &str) -> Result<Shape, &'static str> {
    match word {
        "sdk" => Ok(Shape::Sdk),
        "guide" => Ok(Shape::Guide),
        "legacy" => Ok(Shape::Legacy),
        _ => Err("a shape is sdk, guide or legacy"),
    }
}

fn score_scale(word: &str) -> Result<ScoreScale, &'static str> {
    match word {
        "percent" => Ok(ScoreScale::Percent),
        "unit" => Ok(ScoreScale::Unit),
        _ => Err("a score scale is percent or unit"),
    }
}

fn first_run(word: &str) -> Result<FirstRun, &'static str> {
    match word {
        "passes" => Ok(FirstRun::Passes),
        "fails" => Ok(FirstRun::Fails),
        _ => Err("the first run passes or fails"),
    }
}

fn names(word: &str) -> Result<NameStrictness, &'static str> {
    match word {
        "usual" => Ok(NameStrictness::Usual),
        "everywhere" => Ok(NameStrictness::Everywhere),
        "nowhere" => Ok(NameStrictness::Nowhere),
        _ => Err("names are required usual, everywhere or nowhere"),
    }
}

fn error_status(word: &str) -> Result<u16, &'static str> {
    word.parse().ok().filter(|status| (400..=599).contains(status)).ok_or("an error status is 400 to 599")
}

const NOT_LOOPBACK: &str =
    "the sandbox listens on loopback addresses only, unless --insecure-listen-anywhere is given";

pub(crate) const HELP: &str = "\
The Biometry platform's API on loopback, for development and tests.

Usage: biometry-sandbox [options]

  --listen ADDRESS:PORT        where to listen (default 127.0.0.1:4010; port 0 picks a free one)
  --insecure-listen-anywhere   allow an address that others can reach
  --shape SHAPE                whose replies to imitate: sdk (default), guide, legacy
  --score-scale SCALE          percent (default) or unit
  --first-run VERDICT          the verification that enrolls its subject: passes (default) or fails
  --names STRICTNESS           where X-User-Fullname is required: usual (default), everywhere, nowhere
  --v2-scores-only             services of version 2 answer with a score and nothing else
  --accept-any-key             also accept well-formed test keys that carry no real signature
  --refuse-revocation          answer 400 to a consent that is withdrawn
  --bad-key-status STATUS      for an unknown key (default 500)
  --revoked-key-status STATUS  for a revoked key (default 401)
  --max-upload BYTES           the largest file (default 52428800)
  --personas                   print what subjects yield what, and exit
  -h, --help                   print this, and exit

It prints `listening on http://...` and an API key that it accepts. The log goes to standard error; RUST_LOG
sets its filter (default info).
";

#[cfg(test)]
mod tests {
    use super::*;

    fn run(arguments: &[&str]) -> Result<Action, lexopt::Error> {
        parse(Parser::from_args(arguments))
    }

    #[test]
    fn every_documented_option_is_understood() {
        let with_values = [
            ("--listen", "127.0.0.1:0"),
            ("--listen", "[::1]:0"),
            ("--shape", "guide"),
            ("--score-scale", "unit"),
            ("--first-run", "fails"),
            ("--names", "everywhere"),
            ("--bad-key-status", "401"),
            ("--revoked-key-status", "403"),
            ("--max-upload", "1024"),
        ];
        for (option, value) in with_values {
            assert!(HELP.contains(option));
            assert!(matches!(run(&[option, value]), Ok(Action::Run(_))), "{option} {value}");
        }
        for option in ["--accept-any-key", "--refuse-revocation", "--v2-scores-only"] {
            assert!(HELP.contains(option));
            assert!(matches!(run(&[option]), Ok(Action::Run(_))), "{option}");
        }
        assert!(matches!(run(&["-h"]), Ok(Action::Help)));
        assert!(matches!(run(&["--personas"]), Ok(Action::Personas)));
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for arguments in [
            &["--shape", "round"][..],
            &["--listen", "localhost"],
            &["--bad-key-status", "200"],
            &["--max-upload", "-1"],
            &["--frobnicate"],
            &["file"],
        ] {
            assert!(run(arguments).is_err(), "{arguments:?}");
        }
    }

    #[test]
    fn an_address_that_others_reach_needs_the_word_insecure() {
        assert!(run(&["--listen", "0.0.0.0:0"]).is_err());
        assert!(run(&["--listen", "0.0.0.0:0", "--insecure-listen-anywhere"]).is_ok());
    }
}
