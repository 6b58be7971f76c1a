use super::*;
use crate::error::ErrorKind;
use crate::tls::testing::Authority;

const KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

fn complete() -> ConfigBuilder {
    Config::builder().client_key("awtest").client_secret("s3cret-value").encryption_key(KEY)
}

#[test]
fn all_configuration_problems_are_reported_together() {
    let error = Config::builder().api_base_url("http://example.com").build().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    let variables: Vec<&str> = error.problems().iter().map(ConfigProblem::variable).collect();
    let expected =
        ["TIKTOK_CLIENT_KEY", "TIKTOK_CLIENT_SECRET", "TOKEN_ENCRYPTION_KEY", "TIKTOK_API_BASE_URL"];
    assert_eq!(variables, expected);
    for problem in error.problems() {
        assert!(error.message().contains(&problem.to_string()), "{}", error.message());
    }
}

#[test]
fn config_returns_the_configured_client_key() {
    assert_eq!(complete().build().unwrap().client_key(), "awtest");
}

#[test]
fn client_key_is_accepted_in_an_undocumented_format() {
    for key in ["aw_test", "aw-test.2", "sbaw~test"] {
        assert_eq!(complete().client_key(key).build().unwrap().client_key(), key);
    }
    let message = complete().client_key(" ").build().unwrap_err().message().to_owned();
    assert!(message.contains("TIKTOK_CLIENT_KEY is empty"), "{message}");
}

#[test]
fn empty_variable_counts_as_not_set() {
    let builder = ConfigBuilder::from_lookup(|_| Some("  ".to_owned()));
    assert!(builder.build().unwrap_err().message().contains("TIKTOK_CLIENT_KEY is not set"));
}

/// Builds a complete configuration in which `variable` has the value `value`.
fn with_variable(variable: &str, value: &str) -> Result<Config> {
    let complete = [
        ("TIKTOK_CLIENT_KEY", "awtest"),
        ("TIKTOK_CLIENT_SECRET", "s3cret"),
        ("TIKTOK_CALLBACK_URL", "https://x.example/callback"),
        ("TOKEN_ENCRYPTION_KEY", KEY),
        ("TIKTOK_API_BASE_URL", "https://api.example"),
        ("TIKTOK_AUTH_BASE_URL", "https://auth.example"),
        ("TOKLINK_REDIS_URL", "redis://redis.example:6379"),
    ];
    let set =
        |name: &str| complete.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
    let lookup = |name: &str| if name == variable { Some(value.to_owned()) } else { set(name) };
    ConfigBuilder::from_lookup(lookup).build()
}

#[test]
fn quotes_and_spaces_around_a_variable_are_removed() {
    for (name, value) in [
        ("TIKTOK_CLIENT_KEY", "awother"),
        ("TIKTOK_CLIENT_SECRET", "0ther"),
        ("TIKTOK_CALLBACK_URL", "https://y.example/callback"),
        ("TOKEN_ENCRYPTION_KEY", KEY),
        ("TOKEN_ENCRYPTION_KEYS", KEY),
        ("TIKTOK_API_BASE_URL", "https://y.example"),
        ("TIKTOK_AUTH_BASE_URL", "https://y.example"),
        ("TOKLINK_REDIS_URL", "rediss://y.example:6380"),
    ] {
        let plain = format!("{:?}", with_variable(name, value).unwrap());
        for dressed in [
            format!("{value}\n"),
            format!(" {value}\r\n"),
            format!("\"{value}\""),
            format!("'{value}'"),
            format!("\" {value}\n\"\n"),
        ] {
            let config =
                with_variable(name, &dressed).unwrap_or_else(|error| panic!("{name} {dressed:?}: {error}"));
            assert_eq!(format!("{config:?}"), plain, "{name} {dressed:?}");
        }
    }
    assert_eq!(with_variable("TIKTOK_CLIENT_SECRET", "'0ther\n'").unwrap().client_secret.expose(), "0ther");
    let in_code = complete().client_secret("0ther\n").callback_url("\"https://y.example/\"").build().unwrap();
    assert_eq!(
        (in_code.client_secret.expose(), in_code.callback_url()),
        ("0ther", Some("https://y.example/"))
    );
}

#[test]
fn malformed_value_is_reported_with_its_variable_name() {
    for (name, value, says) in [
        ("TIKTOK_CLIENT_KEY", "aw test", "a space"),
        ("TIKTOK_CLIENT_KEY", "awtést", "a character other than"),
        ("TIKTOK_CLIENT_SECRET", "\"p4ssword", "a quote"),
        ("TIKTOK_CLIENT_SECRET", "p4ss\nword", "a line break"),
        ("TIKTOK_CLIENT_SECRET", "p4ss word", "a space"),
        ("TIKTOK_CLIENT_SECRET", "p4ss\u{feff}word", "an invisible character"),
        ("TIKTOK_CLIENT_SECRET", "p4ss\u{202c}word", "an invisible character"),
        ("TIKTOK_CLIENT_SECRET", "p4ss\u{ad}word", "an invisible character"),
        ("TIKTOK_CLIENT_SECRET", "p4sswörd", "a character other than"),
        ("TIKTOK_CALLBACK_URL", "\"https://x.example/callback", "a quote"),
        ("TIKTOK_CALLBACK_URL", "\"\"https://x.example/callback\"\"", "a quote"),
        ("TIKTOK_CALLBACK_URL", "\u{201c}https://x.example/callback\u{201d}", "a quote"),
        ("TIKTOK_CALLBACK_URL", "\u{ab}https://x.example/callback\u{bb}", "a quote"),
        ("TIKTOK_CALLBACK_URL", "https://x.example/callback\u{ff02}", "a quote"),
        ("TIKTOK_CALLBACK_URL", "https://x.example/callback\u{202c}", "an invisible character"),
        ("TIKTOK_CALLBACK_URL", "https://x.example/callback\u{2060}", "an invisible character"),
        ("TIKTOK_CALLBACK_URL", "https://x.example/callback>", "a character that must be encoded"),
        ("TIKTOK_CALLBACK_URL", "https://{host}/callback", "a character that must be encoded"),
        ("TIKTOK_CALLBACK_URL", "https:\\\\x.example\\callback", "a character that must be encoded"),
        ("TIKTOK_CALLBACK_URL", "https:x.example/callback", "does not start with https://"),
        ("TIKTOK_CALLBACK_URL", "https:/x.example/callback", "does not start with https://"),
        ("TIKTOK_CALLBACK_URL", "https:///x.example/callback", "does not start with https://"),
        ("TIKTOK_CALLBACK_URL", "https://x.example/call\nback", "a line break"),
        ("TIKTOK_CALLBACK_URL", "https://x.example/\u{fffd}", "not UTF-8"),
        ("TIKTOK_CALLBACK_URL", "x.example/callback", "is not a URL"),
        ("TIKTOK_CALLBACK_URL", "ftp://x.example/callback", "does not start with https://"),
        ("TIKTOK_CALLBACK_URL", "https://:p4ssword@x.example/", "a user name or a password"),
        ("TOKEN_ENCRYPTION_KEY", "p4ssword", "64 hex digits"),
        ("TOKEN_ENCRYPTION_KEYS", "'k1:p4ssword", "invalid name"),
        ("TIKTOK_API_BASE_URL", "\"https://y.example", "a quote"),
        ("TIKTOK_API_BASE_URL", "https://:p4ssword@y.example", "a user"),
        ("TIKTOK_AUTH_BASE_URL", "https://y.exam ple", "a space"),
        ("TOKLINK_REDIS_URL", "\"redis://:p4ssword@y.example", "not a valid Redis URL"),
        ("TOKLINK_REDIS_URL", "redis://:p4ss\nword@y.example", "not a valid Redis URL"),
    ] {
        let Err(error) = with_variable(name, value) else { panic!("{name} {value:?} was accepted") };
        assert_eq!(error.kind(), ErrorKind::Config);
        let [problem] = error.problems() else { panic!("{name} {value:?}: {error}") };
        assert_eq!(problem.variable(), name);
        assert!(problem.problem().contains(says), "{name} {value:?}: {problem}");
        assert!(!problem.fix().is_empty());
        assert!(!format!("{error:?}").contains("p4ss"), "{problem}");
    }
}

#[test]
fn missing_ca_file_is_reported_with_its_variable_and_path() {
    for name in ["TIKTOK_CA_FILE", "NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE"] {
        let message = with_variable(name, "/no/such/ca.pem").unwrap_err().message().to_owned();
        assert!(message.contains(&format!("{name} names a file that does not exist")), "{message}");
    }
    let in_code = complete().ca_file("/no/such/ca.pem").build().unwrap_err();
    assert!(in_code.message().contains("TIKTOK_CA_FILE names a file that does not exist"), "{in_code}");
}

#[test]
fn certificates_in_every_ca_file_are_trusted() {
    let (one, two) = (Authority::new(), Authority::new());
    let built_in = format!("{:?}", complete().build().unwrap().roots);
    let files = |name: &str| match name {
        "TIKTOK_CA_FILE" | "SSL_CERT_FILE" => Some(one.file().display().to_string()),
        "NODE_EXTRA_CA_CERTS" => Some(two.file().display().to_string()),
        _ => None,
    };
    let config =
        ConfigBuilder::from_lookup(files).client_key("awtest").client_secret("s3cret").encryption_key(KEY);
    let count = |shown: &str| shown.trim_matches(|c: char| !c.is_ascii_digit()).parse::<usize>().unwrap();
    let both = format!("{:?}", config.build().unwrap().roots);
    assert_eq!(count(&both), count(&built_in) + 2, "a file named by two variables is read once");
}

#[test]
fn http_base_url_is_rejected_except_for_loopback() {
    for good in ["http://127.0.0.1:4010", "http://localhost:1", "http://[::1]:9", "https://x.example/"] {
        assert!(complete().api_base_url(good).build().is_ok(), "{good}");
    }
    assert!(!is_loopback(&Url::parse("data:text/plain,hello").unwrap()));
    for bad in ["http://10.0.0.1", "http://localhost.example", "ftp://localhost", "nonsense", "https://u@x"] {
        assert!(complete().api_base_url(bad).build().is_err(), "{bad}");
    }
}

#[test]
fn debug_output_contains_no_secret_and_no_key() {
    let shown = format!("{:?} {:?}", complete(), complete().build().unwrap());
    assert!(!shown.contains("s3cret-value") && !shown.contains("0c0d0e0f"), "{shown}");
}

#[cfg(feature = "redis")]
#[test]
fn malformed_redis_url_is_reported_without_its_value() {
    let nameless = "redis-sentinel://:p4ssword@host?node=other";
    for bad in ["http://:p4ssword@host", "p4ssword", "redis:///p4ssword", nameless] {
        let error = complete().redis_url(bad).build().unwrap_err();
        assert!(error.message().contains("REDIS_URL"), "{}", error.message());
        assert!(!format!("{error:?} {error}").contains("p4ssword"));
    }
    for good in [
        "rediss://:p4ssword@host:6380/1",
        "redis-cluster://:p4ssword@host?node=[::1]:6379",
        "rediss-sentinel://:p4ssword@host?sentinelServiceName=main",
    ] {
        let config = complete().redis_url(good).build().unwrap();
        assert!(!format!("{config:?}").contains("p4ssword"));
    }
}

#[cfg(feature = "redis")]
#[test]
fn redis_url_variable_has_the_lowest_precedence() {
    let chosen = |builder: ConfigBuilder| {
        let keys = builder.client_key("awtest").client_secret("s3cret").encryption_key(KEY);
        keys.build().unwrap().redis
    };
    let variables = |named: &'static str, found: &'static str| {
        ConfigBuilder::from_lookup(move |name| match name {
            "TOKLINK_REDIS_URL" => Some(named.to_owned()),
            "REDIS_URL" => Some(found.to_owned()),
            _ => None,
        })
    };
    let url = |text: &str| Secret::from(text);
    let (one, two) = ("redis://one.example", "redis://two.example");
    assert_eq!(chosen(variables("", "")), RedisChoice::None);
    assert_eq!(chosen(variables(one, two)), RedisChoice::Required(url(one)));
    assert_eq!(chosen(variables("", " 'redis://two.example'\n")), RedisChoice::Found(url(two)));
    for other in ["http://cache.example:8080", "p4ssword", "redis:///", "redis://a b"] {
        assert_eq!(chosen(variables("", other)), RedisChoice::NoAddress, "{other}");
    }
    assert_eq!(chosen(variables("", two).redis_url(one)), RedisChoice::Required(url(one)));
    assert_eq!(chosen(variables(one, two).no_redis()), RedisChoice::None);
    assert_eq!(chosen(variables("nonsense", two).no_redis()), RedisChoice::None);
    assert_eq!(chosen(variables(one, two).no_redis().redis_url(two)), RedisChoice::Required(url(two)));
}

#[test]
fn malformed_encryption_key_is_reported_without_its_value() {
    let error = complete().encryption_key("abc123-not-hex").build().unwrap_err();
    assert!(error.message().contains("TOKEN_ENCRYPTION_KEY"), "{}", error.message());
    assert!(!error.message().contains("abc123"));
}

#[test]
fn relay_reads_from_loopback_only_when_allowed() {
    let local = || complete().api_base_url("http://127.0.0.1:1");
    assert!(!local().build().unwrap().relay_from_loopback);
    assert!(local().relay_from_loopback(true).build().unwrap().relay_from_loopback);
}
