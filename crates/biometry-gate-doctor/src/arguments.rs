//! The command line, and what it takes from the environment.

use std::net::SocketAddr;
use std::time::Duration;

use biometry_client::{ApiVersion, BaseUrl, Service};
use biometry_gate::policy::{Policy, Threshold};
use http::Uri;
use lexopt::{Arg, Parser, ValueExt as _};

/// What the program is asked to do.
pub(crate) enum Action {
    Help,
    Examine(Box<Ask>),
}

/// What is to be looked at.
pub(crate) struct Ask {
    pub(crate) base: BaseUrl,
    /// `None`: only a proxy is looked at.
    pub(crate) key: Option<String>,
    pub(crate) version: ApiVersion,
    pub(crate) policies: Vec<Policy>,
    pub(crate) store: Option<String>,
    pub(crate) store_timeout: Duration,
    pub(crate) replicas: u32,
    pub(crate) through: Option<Through>,
    pub(crate) json: bool,
}

/// A way to the application, and where the gate's routes are mounted behind it.
pub(crate) struct Through {
    pub(crate) to: Uri,
    pub(crate) mount: String,
    /// Where the program stands in for the application, if it does.
    pub(crate) probe: Option<SocketAddr>,
}

/// The environment: the value of a variable.
pub(crate) type Variables<'a> = dyn Fn(&str) -> Option<String> + 'a;

pub(crate) fn parse(mut arguments: Parser, variable: &Variables<'_>) -> Result<Action, lexopt::Error> {
    match arguments.next()? {
        Some(Arg::Value(command)) if command == "doctor" => {}
        Some(Arg::Short('h') | Arg::Long("help")) => return Ok(Action::Help),
        None => return Err("say what to do: biometry-gate doctor".into()),
        Some(other) => return Err(other.unexpected()),
    }
    let mut given = Given::default();
    while let Some(argument) = arguments.next()? {
        match argument {
            Arg::Short('h') | Arg::Long("help") => return Ok(Action::Help),
            Arg::Long("json") => given.json = true,
            Arg::Long(option) => {
                let option = option.to_owned();
                given.set(&option, &mut arguments)?;
            }
            other => return Err(other.unexpected()),
        }
    }
    given.complete(variable).map(|ask| Action::Examine(Box::new(ask)))
}

#[derive(Default)]
struct Given {
    base_url: Option<String>,
    key_file: Option<String>,
    api_version: Option<String>,
    policies: Vec<String>,
    min_score: Option<f64>,
    store: Option<String>,
    store_timeout_ms: Option<u32>,
    replicas: Option<u32>,
    through: Option<Uri>,
    mount: Option<String>,
    probe: Option<SocketAddr>,
    json: bool,
}

impl Given {
    fn set(&mut self, option: &str, arguments: &mut Parser) -> Result<(), lexopt::Error> {
        match option {
            "base-url" => self.base_url = Some(arguments.value()?.string()?),
            "key-file" => self.key_file = Some(arguments.value()?.string()?),
            "api-version" => self.api_version = Some(arguments.value()?.string()?),
            "policy" => self.policies.push(arguments.value()?.string()?),
            "min-score" => self.min_score = Some(arguments.value()?.parse()?),
            "store" => self.store = Some(arguments.value()?.string()?),
            "store-timeout-ms" => self.store_timeout_ms = Some(arguments.value()?.parse()?),
            "replicas" => self.replicas = Some(arguments.value()?.parse()?),
            "through" => self.through = Some(arguments.value()?.parse_with(address)?),
            "mount" => self.mount = Some(arguments.value()?.parse_with(mount)?),
            "probe" => self.probe = Some(arguments.value()?.parse()?),
            _ => return Err(Arg::Long(option).unexpected()),
        }
        Ok(())
    }

    fn complete(self, variable: &Variables<'_>) -> Result<Ask, lexopt::Error> {
        let key = match &self.key_file {
            Some(file) => Some(read(file)?),
            None => variable("BIOMETRY_API_KEY"),
        };
        let base = self.base_url.or_else(|| variable("BIOMETRY_BASE_URL"));
        let base = base.map_or_else(|| Ok(BaseUrl::production()), |base| BaseUrl::parse(&base));
        let version = self.api_version.or_else(|| variable("BIOMETRY_API_VERSION"));
        let policies = if self.policies.is_empty() { vec!["default".to_owned()] } else { self.policies };
        let threshold = Threshold::percent(self.min_score.unwrap_or(70.0));
        let threshold = threshold.map_err(|error| error.to_string())?;
        let (mount, probe) = (self.mount.unwrap_or_else(|| "/biometry".to_owned()), self.probe);
        if self.through.is_none() && probe.is_some() {
            return Err("--probe says where the proxy leads to: give the way in with --through, too".into());
        }
        if self.through.is_none() && key.is_none() {
            return Err("no key: set BIOMETRY_API_KEY, or name a file with --key-file; for a proxy alone, give --through".into());
        }
        Ok(Ask {
            base: base.map_err(|error| error.to_string())?,
            key,
            version: parse_version(version.as_deref())?,
            policies: policies.iter().map(|text| policy(text, threshold)).collect::<Result<_, _>>()?,
            store: self.store.or_else(|| variable("STORE_URL")),
            store_timeout: Duration::from_millis(self.store_timeout_ms.unwrap_or(250).max(1).into()),
            replicas: self.replicas.unwrap_or(1),
            through: self.through.map(|to| Through { to, mount, probe }),
            json: self.json,
        })
    }
}

/// A key on the command line would be seen by every process of the machine.
fn read(file: &str) -> Result<String, String> {
    let text =
        if file == "-" { std::io::read_to_string(std::io::stdin()) } else { std::fs::read_to_string(file) };
    text.map(|text| text.trim_end().to_owned()).map_err(|error| format!("--key-file {file}: {error}"))
}

fn parse_version(version: Option<&str>) -> Result<ApiVersion, &'static str> {
    match version {
        None | Some("v1") => Ok(ApiVersion::V1),
        Some("v2") => Ok(ApiVersion::V2),
        Some(_) => Err("an API version is v1 or v2"),
    }
}

/// `NAME`, or `NAME=SERVICE,SERVICE` with what it requires besides.
fn policy(text: &str, threshold: Threshold) -> Result<Policy, String> {
    let (name, services) = text.split_once('=').unwrap_or((text, ""));
    let mut policy = Policy::for_session(name, threshold);
    for word in services.split(',').filter(|word| !word.is_empty()) {
        let service = SERVICES.iter().find(|(known, _)| *known == word);
        let (_, service) = service.ok_or_else(|| {
            format!("--policy {name}: {word} is no service: speaker, liveness, lips, voice or face")
        })?;
        policy = policy.require(*service);
    }
    Ok(policy)
}

fn address(text: &str) -> Result<Uri, &'static str> {
    let wrong = "expected where people reach the application: https://bank.example";
    let uri: Uri = text.trim_end_matches('/').parse().map_err(|_| wrong)?;
    let is_web = matches!(uri.scheme_str(), Some("http" | "https")) && uri.authority().is_some();
    if is_web && uri.query().is_none() { Ok(uri) } else { Err(wrong) }
}

fn mount(text: &str) -> Result<String, &'static str> {
    let is_path = text.starts_with('/') && text.parse::<http::uri::PathAndQuery>().is_ok();
    if is_path {
        Ok(text.trim_end_matches('/').to_owned())
    } else {
        Err("a mount is a path, /biometry for example")
    }
}

const SERVICES: [(&str, Service); 5] = [
    ("speaker", Service::ActiveSpeakerDetection),
    ("liveness", Service::FaceLivenessDetection),
    ("lips", Service::VisualSpeechRecognition),
    ("voice", Service::VoiceRecognition),
    ("face", Service::FaceRecognition),
];

pub(crate) const HELP: &str = "\
Says in words what stands in the way of a gate: key, platform, policies, store, proxy.

Usage: biometry-gate doctor [options]

  --key-file FILE           the platform key, - for standard input (default: the variable BIOMETRY_API_KEY)
  --base-url URL            where the platform is (BIOMETRY_BASE_URL; default https://api.biometrysolutions.com)
  --api-version VERSION     v1 or v2 (BIOMETRY_API_VERSION; default v1)
  --policy NAME[=SERVICES]  a policy, and what it requires besides liveness, face and lips, with commas in between:
                            speaker, voice; may be repeated
  --min-score PERCENT       the threshold of the policies (default 70)
  --store URL               where decisions are kept: memory:, redis://..., rediss://..., or, built with the feature
                            sql, postgres://... or sqlite:... (STORE_URL; default memory:)
  --store-timeout-ms MS     how long a step of the store may take (default 250)
  --replicas NUMBER         how many processes share the work (default 1)
  --through URL             where people reach the application: sends 45 MB that way, and a request that names its
                            origin
  --mount PATH              where the gate's routes are mounted (default /biometry)
  --probe ADDRESS:PORT      stand in for the application at this address, to which the proxy leads
  --json                    print the findings as JSON
  -h, --help                print this, and exit

Status 0: no fault. 1: at least one fault. 2: the command line makes no sense. The key is never printed.
";

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(arguments: &[&str], variables: &[(&str, &str)]) -> Result<Ask, String> {
        let variable = |name: &str| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        };
        let arguments = ["doctor"].iter().chain(arguments).copied();
        match parse(Parser::from_args(arguments), &variable) {
            Ok(Action::Examine(ask)) => Ok(*ask),
            Ok(Action::Help) => Err("help".to_owned()),
            Err(error) => Err(error.to_string()),
        }
    }

    const KEY: (&str, &str) = ("BIOMETRY_API_KEY", "not-a-real-key");

    #[test]
    fn the_environment_is_enough() {
        let ask = ask(&[], &[KEY, ("STORE_URL", "redis://db")]).unwrap();
        assert_eq!((ask.key.as_deref(), ask.store.as_deref()), (Some(KEY.1), Some("redis://db")));
        assert_eq!((ask.base, ask.policies.len()), (BaseUrl::production(), 1));
    }

    #[test]
    fn a_policy_requires_what_it_names_and_what_every_policy_does() {
        let ask = ask(&["--policy", "transfer=voice,speaker", "--policy", "read"], &[KEY]).unwrap();
        let counts: Vec<_> = ask
            .policies
            .iter()
            .map(|policy| (policy.name().to_owned(), policy.required().iter().count()))
            .collect();
        assert_eq!(counts, [("transfer".to_owned(), 5), ("read".to_owned(), 3)]);
    }

    #[test]
    fn every_documented_option_is_understood() {
        for option in HELP.split_whitespace().filter(|word| word.starts_with("--") && *word != "--help") {
            let value = match option {
                "--json" => None,
                "--min-score" | "--store-timeout-ms" | "--replicas" => Some("60"),
                "--api-version" => Some("v2"),
                "--through" | "--base-url" => Some("https://bank.example"),
                "--mount" => Some("/gate"),
                "--probe" => Some("127.0.0.1:3000"),
                "--key-file" => Some("Cargo.toml"),
                _ => Some("a"),
            };
            let arguments: Vec<_> =
                [option].into_iter().chain(value).chain(["--through", "http://127.0.0.1:1"]).collect();
            assert!(ask(&arguments, &[KEY]).is_ok(), "{option}");
        }
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for (arguments, variables) in [
            (&[][..], &[][..]),
            (&["--probe", "127.0.0.1:3000"], &[KEY]),
            (&["--policy", "transfer=nose"], &[KEY]),
            (&["--min-score", "101"], &[KEY]),
            (&["--through", "bank.example"], &[]),
            (&["--through", "https://bank.example/?a=b"], &[]),
            (&["--mount", "biometry"], &[KEY]),
            (&["--base-url", "http://api.example"], &[KEY]),
            (&["--key", "secret"], &[KEY]),
            (&["now"], &[KEY]),
        ] {
            assert!(ask(arguments, variables).is_err(), "{arguments:?}");
        }
        assert!(parse(Parser::from_args(["nurse"]), &|_| None).is_err());
        assert!(parse(Parser::from_args([""; 0]), &|_| None).is_err());
    }
}
