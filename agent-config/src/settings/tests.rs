//! Settings from an environment that is a map.

use std::time::Duration;

use super::*;

fn complete() -> MapEnvironment {
    MapEnvironment::new()
        .with("KM_API_KEY", "s3cret")
        .with("KM_COLLECTOR_ENDPOINT", "https://otel.example.com:4318")
        .with("CONFIGMAP_NAME", "kmagent-config")
        .with("POD_NAMESPACE", "kloudmate")
}

fn read(environment: &MapEnvironment) -> Settings {
    Settings::from_env(environment).expect("the environment is good")
}

fn refused(environment: &MapEnvironment) -> String {
    Settings::from_env(environment).expect_err("the environment is bad").to_string()
}

#[test]
fn defaults_are_those_of_the_documentation() {
    let settings = read(&complete());
    assert_eq!(settings.api_key.expose(), "s3cret");
    let endpoint = settings.collector_endpoint.as_ref().expect("it is set");
    assert_eq!(endpoint.as_str(), "https://otel.example.com:4318");
    let config_map = ConfigMapRef { name: "kmagent-config".to_owned(), namespace: "kloudmate".to_owned() };
    assert_eq!(settings.config_source, ConfigSource::Kubernetes(Some(config_map)));
    assert_eq!(settings.deployment_mode, DeploymentMode::Deployment);
    assert_eq!(settings.config_check_interval, Duration::from_mins(1));
    assert_eq!(settings.log_level, LogLevel::Info);
    assert_eq!(settings.config_file().to_string_lossy(), "/etc/kmagent/agent-deployment.yaml");
    assert_eq!(settings.health_endpoint.to_string(), "0.0.0.0:13133");
    assert_eq!(settings.status_endpoint, StatusEndpoint::At("127.0.0.1:55679".parse().expect("an address")));
    assert_eq!((settings.state_dir, settings.kubeconfig), (None, None));
    assert_eq!(settings.webhook, None);
    assert_eq!(settings.shutdown_timeout, Duration::from_secs(10));
    assert_eq!(settings.action, Action::Run);
    assert_eq!(settings.memory_limit, None);
    assert!(settings.warnings.is_empty());
}

#[test]
fn all_missing_variables_are_told_at_once() {
    let words = "KM_API_KEY is required\nKM_COLLECTOR_ENDPOINT is required\nCONFIGMAP_NAME is required\n\
                 POD_NAMESPACE is required";
    assert_eq!(refused(&MapEnvironment::new()), words);
    let empty: MapEnvironment = ["KM_API_KEY", "KM_COLLECTOR_ENDPOINT", "CONFIGMAP_NAME", "POD_NAMESPACE"]
        .map(|name| (name, ""))
        .into_iter()
        .collect();
    assert_eq!(refused(&empty), words, "an empty variable counts as missing");
}

#[test]
fn missing_and_bad_ones_are_told_together() {
    let environment = complete()
        .without("KM_API_KEY")
        .with("KM_COLLECTOR_ENDPOINT", "ftp://host")
        .with("KM_LOG_LEVEL", "loud")
        .with("KM_CONFIG_CHECK_INTERVAL", "soon")
        .with("KM_CONFIG_SOURCE", "git")
        .with("KM_HEALTH_ENDPOINT", "nowhere")
        .with("KM_STATUS_ENDPOINT", "127.0.0.1")
        .with("KM_WEBHOOK_ENDPOINT", "9443")
        .with("KM_ACTION", "dance")
        .with("KM_SHUTDOWN_TIMEOUT", "0")
        .with("KM_MEMORY_LIMIT", "lots");
    assert_eq!(
        refused(&environment),
        "\
KM_API_KEY is required
KM_COLLECTOR_ENDPOINT must begin with http:// or https://, not ftp://
KM_CONFIG_SOURCE must be kubernetes or file, not \"git\"
KM_CONFIG_CHECK_INTERVAL must be seconds or a duration such as 1m30s: time: invalid duration \"soon\"
KM_LOG_LEVEL must be debug, info, warn, warning or error, not \"loud\"
KM_HEALTH_ENDPOINT must be an address with a port such as 0.0.0.0:13133, not \"nowhere\"
KM_STATUS_ENDPOINT must be an address with a port such as 0.0.0.0:13133, not \"127.0.0.1\"
KM_WEBHOOK_ENDPOINT must be an address with a port such as 0.0.0.0:13133, not \"9443\"
KM_ACTION must be run, validate, print-config, components or test, not \"dance\"
KM_SHUTDOWN_TIMEOUT must be above zero
KM_MEMORY_LIMIT must be a size such as 256MiB: invalid byte size \"lots\": expected a number with a unit such as `1MiB` or `10KB`"
    );
}

#[test]
fn the_backend_is_an_http_url_with_a_host() {
    for good in [
        "http://localhost:4318",
        "HTTPS://Host/path?x=1",
        "https://[::1]:4318",
        "http://user:pass@host",
        " https://otel.example.com ",
    ] {
        read(&complete().with("KM_COLLECTOR_ENDPOINT", good));
    }
    for (bad, reason) in [
        ("otel.example.com:4318", "must be a URL that begins with http:// or https://"),
        ("grpc://host", "must begin with http:// or https://, not grpc://"),
        ("http://", "has no host"),
        ("https:///v1/logs", "has no host"),
        ("http://:4318", "has no host"),
        ("http://host:port", "has a port that is not a number from 1 to 65535"),
        ("http://host:0", "has a port that is not a number from 1 to 65535"),
        ("http://host:70000", "has a port that is not a number from 1 to 65535"),
        ("http://[::x]:1", "has a host in brackets that is not an IPv6 address"),
        ("http://a b", "must not contain white space"),
    ] {
        assert_eq!(
            refused(&complete().with("KM_COLLECTOR_ENDPOINT", bad)),
            format!("KM_COLLECTOR_ENDPOINT {reason}")
        );
    }
}

#[test]
fn the_key_and_passwords_are_never_printed() {
    let settings = read(&complete().with("KM_COLLECTOR_ENDPOINT", "https://me:pass@host:1/p?token=t"));
    let printed = format!("{settings:?}");
    assert!(
        !printed.contains("s3cret") && !printed.contains("pass@") && !printed.contains("token"),
        "{printed}"
    );
    assert!(printed.contains("https://host:1/p"), "{printed}");
    let told = refused(&complete().with("KM_COLLECTOR_ENDPOINT", "s3cret://s3cret").without("POD_NAMESPACE"));
    assert!(told.contains("POD_NAMESPACE is required"), "{told}");
    assert!(!refused(&complete().with("KM_COLLECTOR_ENDPOINT", "s3cret")).contains("s3cret"));
}

#[test]
fn a_key_is_taken_as_it_is_written() {
    for key in ["0123", "true", "\"quoted\"", "[a, b]", "{k=v}", " padded ", "a\\nb"] {
        assert_eq!(read(&complete().with("KM_API_KEY", key)).api_key.expose(), key);
    }
}

#[test]
fn the_daemon_set_is_named_in_any_case_and_all_else_is_a_deployment() {
    let mode = |text: &str| {
        let settings = read(&complete().with("DEPLOYMENT_MODE", text));
        (settings.deployment_mode.config_file_name(), settings.warnings)
    };
    for text in ["DAEMONSET", "daemonset", "DaemonSet"] {
        assert_eq!(mode(text), ("agent-daemonset.yaml", vec![]));
    }
    assert_eq!(mode("deployment"), ("agent-deployment.yaml", vec![]));
    assert_eq!(mode(""), ("agent-deployment.yaml", vec![]));
    let (file, warnings) = mode("statefulset");
    assert_eq!(file, "agent-deployment.yaml");
    assert_eq!(warnings, ["DEPLOYMENT_MODE \"statefulset\" is not known, DEPLOYMENT is used"]);
}

#[test]
fn the_check_interval_is_seconds_or_a_duration() {
    for (text, seconds) in [("60", 60), ("30s", 30), ("1m30s", 90), (" 5 ", 5), ("1h", 3600), ("", 60)] {
        let settings = read(&complete().with("KM_CONFIG_CHECK_INTERVAL", text));
        assert_eq!(settings.config_check_interval, Duration::from_secs(seconds), "{text}");
    }
    for text in ["0", "0s", "-5s", "-5", "1.5", "99999999999", "ten"] {
        let told = refused(&complete().with("KM_CONFIG_CHECK_INTERVAL", text));
        assert!(told.starts_with("KM_CONFIG_CHECK_INTERVAL must be "), "{told}");
    }
}

#[test]
fn the_log_level_is_read_in_any_case() {
    for (text, level) in [
        ("DEBUG", LogLevel::Debug),
        ("info", LogLevel::Info),
        ("Warn", LogLevel::Warn),
        ("WARNING", LogLevel::Warn),
        ("error", LogLevel::Error),
    ] {
        assert_eq!(read(&complete().with("KM_LOG_LEVEL", text)).log_level, level);
    }
}

#[test]
fn a_file_needs_nothing_of_kubernetes() {
    let environment =
        complete().without("CONFIGMAP_NAME").without("POD_NAMESPACE").with("KM_CONFIG_SOURCE", "file");
    let settings = read(&environment.with("KM_CONFIG_DIR", "/conf"));
    assert_eq!(settings.config_source, ConfigSource::File);
    assert_eq!(settings.config_file().to_string_lossy(), "/conf/agent-deployment.yaml");
}

#[test]
fn an_action_asks_only_for_what_it_needs() {
    let action = |text: &str| MapEnvironment::new().with("KM_ACTION", text);
    assert_eq!(read(&action("components")).action, Action::Components);
    for text in ["validate", "print-config"] {
        let settings = read(&action(text).with("KM_CONFIG_SOURCE", "file"));
        assert_eq!(settings.action.as_str(), text);
        assert_eq!(refused(&action(text)), "CONFIGMAP_NAME is required\nPOD_NAMESPACE is required");
    }
    let test = action("test").with("KM_CONFIG_SOURCE", "file");
    assert_eq!(refused(&test), "KM_TEST_INPUT is required");
    let settings = read(&test.with("KM_TEST_INPUT", "in.json"));
    assert_eq!((settings.action, settings.test_input), (Action::Test, Some("in.json".into())));
}

#[test]
fn the_status_page_can_be_closed() {
    assert_eq!(read(&complete().with("KM_STATUS_ENDPOINT", "OFF")).status_endpoint, StatusEndpoint::Off);
    let at = StatusEndpoint::At("127.0.0.1:1".parse().expect("an address"));
    assert_eq!(read(&complete().with("KM_STATUS_ENDPOINT", "localhost:1")).status_endpoint, at);
    let open = read(&complete().with("KM_HEALTH_ENDPOINT", ":8080")).health_endpoint;
    assert_eq!(open.to_string(), "0.0.0.0:8080");
}

#[test]
fn the_webhook_is_served_where_there_are_certificates_for_it() {
    let with_directory = complete().with("KM_WEBHOOK_CERT_DIR", "/certs");
    let webhook = |environment: &MapEnvironment| {
        let webhook = read(environment).webhook.expect("there is a webhook");
        (webhook.cert_dir.to_string_lossy().into_owned(), webhook.endpoint.to_string())
    };
    assert_eq!(webhook(&with_directory), ("/certs".to_owned(), "0.0.0.0:9443".to_owned()));
    let moved = with_directory.with("KM_WEBHOOK_ENDPOINT", ":8443");
    assert_eq!(webhook(&moved), ("/certs".to_owned(), "0.0.0.0:8443".to_owned()));
    for nowhere in ["", "0.0.0.0:8443"] {
        assert_eq!(read(&complete().with("KM_WEBHOOK_ENDPOINT", nowhere)).webhook, None);
    }
    assert_eq!(read(&moved.with("KM_WEBHOOK_CERT_DIR", "")).webhook, None);
}

#[test]
fn one_environment_hides_the_variables_of_another() {
    let layered = Layered {
        upper: MapEnvironment::new().with("A", "upper"),
        lower: MapEnvironment::new().with("A", "lower").with("B", "lower"),
    };
    assert_eq!(
        (layered.get("A"), layered.get("B"), layered.get("C")),
        (Some("upper".into()), Some("lower".into()), None)
    );
    assert_eq!(layered.vars(), [("A".into(), "upper".into()), ("B".into(), "lower".into())]);
}

#[test]
fn the_process_environment_is_read_without_panics() {
    assert_eq!(ProcessEnvironment.get(""), None);
    assert_eq!(ProcessEnvironment.get("a=b"), None);
    assert_eq!(ProcessEnvironment.get("a\0b"), None);
    let all = ProcessEnvironment.vars();
    assert!(all.iter().all(|(name, value)| ProcessEnvironment.get(name).is_none_or(|other| other == *value)));
}
