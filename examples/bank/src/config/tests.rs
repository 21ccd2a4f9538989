use super::*;

fn read(variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
    Config::read(|name| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()))
}

#[test]
fn nothing_set_means_the_sandbox_and_the_defaults() {
    let config = read(&[]).unwrap();
    assert!(config.platform.is_none());
    assert_eq!(config.listen.to_string(), "127.0.0.1:3000");
    assert_eq!(config.challenge_ttl, Duration::from_secs(180));
}

#[test]
fn what_makes_no_sense_is_named() {
    for (name, value) in [
        ("LISTEN_ADDR", "nowhere"),
        ("BIOMETRY_API_KEY", "not-a-jwt"),
        ("BIOMETRY_BASE_URL", "https://example.com"),
        ("BIOMETRY_API_VERSION", "latest"),
        ("STORE_URL", "mysql://x"),
        ("SESSION_SECRET", "short"),
        ("CHALLENGE_TTL_SECS", "0000"),
        ("MAX_FAILURES", "-1"),
        ("MIN_SCORE", "101"),
        ("MIN_SCORE", "NaN"),
        ("SCORE_SCALE", "auto"),
    ] {
        let message = read(&[(name, value)]).unwrap_err().to_string();
        assert!(message.starts_with(name) && !message.contains(value), "{message}");
    }
}

/// Every variable of the bank, each with values that can only be a mistake.
#[test]
fn no_variable_takes_a_value_that_can_only_be_a_mistake() {
    let years = "99999999999";
    for (name, values) in [
        ("LISTEN_ADDR", vec!["localhost", "3000", "127.0.0.1", "127.0.0.1:99999"]),
        ("BIOMETRY_API_KEY", vec!["a.b", " "]),
        ("BIOMETRY_BASE_URL", vec!["https://example.com", "ftp://example.com"]),
        ("BIOMETRY_API_VERSION", vec!["1", "V1", "v3"]),
        ("STORE_URL", vec!["memory", "redis", "file:x"]),
        ("SESSION_SECRET", vec!["0123456789abcdef"]),
        ("METRICS_TOKEN", vec!["0123456789abcde", "a token with spaces"]),
        ("CHALLENGE_TTL_SECS", vec!["0", "-1", "1.5", "3m", years]),
        ("STATEMENT_MAX_AGE_SECS", vec!["0", "-1", "x", years]),
        ("TRANSFER_MAX_AGE_SECS", vec!["0", "-1", "x", years]),
        ("MAX_FAILURES", vec!["0", "-1", "five", years]),
        ("COOL_DOWN_SECS", vec!["0", "-1", "x", years]),
        ("MAX_STARTS", vec!["0", "-1", "x", years]),
        ("STARTS_WINDOW_SECS", vec!["0", "-1", "x", years]),
        ("MAX_UPLOADS", vec!["0", "-1", "x", years]),
        ("UPLOAD_IDLE_SECS", vec!["0", "-1", "x", years]),
        ("UPLOAD_TOTAL_SECS", vec!["0", "-1", "x", "5", years]),
        ("UPLOAD_LEAST_RATE", vec!["-1", "32k", years]),
        ("PLATFORM_TIMEOUT_SECS", vec!["0", "-1", "x", years]),
        ("STORE_TIMEOUT_MS", vec!["0", "-1", "250ms", years]),
        ("MIN_SCORE", vec!["0", "0.7", "1", "101", "-70", "NaN", "inf", "70%"]),
        ("SCORE_SCALE", vec!["Percent", "100"]),
        ("PUBLIC_ORIGIN", vec!["bank.example", "https://bank.example/"]),
        ("SANDBOX", vec!["0", "true"]),
    ] {
        for value in values {
            let message = read(&[(name, value)]).unwrap_err().to_string();
            assert!(message.starts_with(&format!("{name}: ")), "{name}={value}: {message}");
        }
    }
}

#[test]
fn a_score_is_on_its_scale() {
    for (scale, min, percent) in
        [("percent", "70", 70.0), ("percent", "1.5", 1.5), ("unit", "0.9", 90.0), ("unit", "1", 100.0)]
    {
        let config = read(&[("SCORE_SCALE", scale), ("MIN_SCORE", min)]).unwrap();
        assert_eq!(config.threshold.minimum(), Some(percent));
    }
    assert_eq!(read(&[("SCORE_SCALE", "unit")]).unwrap().threshold.minimum(), Some(70.0));
    for (scale, min) in [
        ("percent", "0.7"),
        ("percent", "1"),
        ("percent", "0"),
        ("percent", "100.1"),
        ("unit", "70"),
        ("unit", "1.1"),
        ("unit", "0"),
        ("unit", "-0.5"),
    ] {
        let message = read(&[("SCORE_SCALE", scale), ("MIN_SCORE", min)]).unwrap_err().to_string();
        assert!(message.starts_with("MIN_SCORE: expected a number above"), "{scale} {min}: {message}");
    }
}

#[test]
fn set_and_empty_is_an_error_for_every_variable() {
    for name in [
        "LISTEN_ADDR",
        "BIOMETRY_API_KEY",
        "BIOMETRY_BASE_URL",
        "BIOMETRY_API_VERSION",
        "STORE_URL",
        "SESSION_SECRET",
        "METRICS_TOKEN",
        "CHALLENGE_TTL_SECS",
        "MAX_FAILURES",
        "UPLOAD_IDLE_SECS",
        "STORE_TIMEOUT_MS",
        "MIN_SCORE",
        "SCORE_SCALE",
        "PUBLIC_ORIGIN",
        "SANDBOX",
    ] {
        let message = read(&[(name, "")]).unwrap_err().to_string();
        assert!(message.starts_with(&format!("{name}: set, but empty")), "{message}");
    }
}

#[test]
fn a_number_is_within_its_range_and_says_so() {
    for (name, value) in [
        ("COOL_DOWN_SECS", "99999999999"),
        ("CHALLENGE_TTL_SECS", "31536001"),
        ("MAX_UPLOADS", "0"),
        ("MAX_STARTS", "99999999999999999999"),
        ("STORE_TIMEOUT_MS", "0"),
    ] {
        let message = read(&[(name, value)]).unwrap_err().to_string();
        assert!(message.starts_with(name) && message.contains(" from 1 to "), "{message}");
    }
    let message = read(&[("UPLOAD_TOTAL_SECS", "5")]).unwrap_err().to_string();
    assert_eq!(message, "UPLOAD_TOTAL_SECS: expected at least UPLOAD_IDLE_SECS, which is 10 s");
}

#[test]
fn the_sandbox_is_on_loopback_or_asked_for_by_name() {
    assert!(read(&[("LISTEN_ADDR", "[::1]:3000")]).is_ok());
    let message = read(&[("LISTEN_ADDR", "0.0.0.0:3000")]).unwrap_err().to_string();
    assert!(message.starts_with("BIOMETRY_API_KEY: not set") && message.contains("SANDBOX=1"), "{message}");
    assert!(read(&[("LISTEN_ADDR", "0.0.0.0:3000"), ("SANDBOX", "1")]).is_ok());
    let key = "eyJhbGciOiJIUzI1NiJ9.eyJpZCI6ImstMSJ9.c2ln";
    assert!(read(&[("LISTEN_ADDR", "0.0.0.0:3000"), ("BIOMETRY_API_KEY", key)]).is_ok());
    assert!(read(&[("BIOMETRY_API_KEY", key), ("SANDBOX", "1")]).is_err());
    assert!(read(&[("SANDBOX", "yes")]).is_err());
}

#[test]
fn an_origin_is_what_a_browser_sends() {
    for good in ["https://bank.example", "http://127.0.0.1:3000", "https://BANK.example:8443"] {
        assert!(read(&[("PUBLIC_ORIGIN", good)]).is_ok(), "{good}");
    }
    for bad in [
        "bank.example",
        "https://bank.example/",
        "https://bank.example:443",
        "http://bank.example:80",
        "https://",
        "https://user@bank.example",
        "*",
        "null",
    ] {
        assert!(read(&[("PUBLIC_ORIGIN", bad)]).is_err(), "{bad}");
    }
}
