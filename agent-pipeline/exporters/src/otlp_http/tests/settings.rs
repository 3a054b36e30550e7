//! The keys, their defaults and what is refused.

use super::*;

#[test]
fn the_defaults_are_the_collectors() {
    let config: Config = good("{endpoint: 'http://x'}");
    assert_eq!(config.timeout, GoDuration::from_secs(30));
    assert_eq!((config.compression.as_str(), config.encoding), ("gzip", Encoding::Proto));
    assert_eq!((config.max_idle_conns, config.write_buffer_size), (100, 524_288));
    assert!(config.sending_queue.enabled && config.retry_on_failure.enabled);
    assert_eq!(OtlpHttp::INFO.type_name, "otlp_http");
    assert!(OtlpHttp::INFO.is_named("otlphttp"));
}

#[test]
fn settings_that_cannot_work_are_refused_with_their_place() {
    let alone = |yaml: &str| {
        let found = problems::<Config>(yaml);
        assert_eq!(found.len(), 1, "{found:?}");
        found[0].clone()
    };
    assert_eq!(alone("{}"), "exporters::x: at least one endpoint must be specified");
    assert_eq!(
        alone("{endpoint: 'backend:4318'}"),
        "endpoint: has no scheme; give a URL such as https://backend:4318"
    );
    assert_eq!(
        alone("{logs_endpoint: 'ftp://x'}"),
        "logs_endpoint: has the scheme \"ftp\"; give a URL such as https://backend:4318"
    );
    assert_eq!(
        alone("{endpoint: 'http://x', compression: brotli}"),
        "compression: unsupported compression type \"brotli\""
    );
    assert_eq!(
        alone("{endpoint: 'http://x', compression: zstd, compression_params: {level: 99}}"),
        "compression_params::level: unsupported parameters {Level:99} for compression type \"zstd\""
    );
    assert_eq!(alone("{endpoint: 'http://x', heders: {}}"), "heders: unknown key, did you mean headers?");
    assert_eq!(
        alone("{endpoint: 'http://x', headers: {'a b': c}}"),
        "headers: \"a b\" is not the name of a header"
    );
    assert_eq!(
        alone("{endpoint: 'http://x', tls: {cert_file: c}}"),
        "tls::key_file: a certificate needs its key"
    );
}

#[test]
fn headers_may_be_a_list() {
    let config: Config =
        good("{endpoint: 'http://x', headers: [{name: a, value: '1'}, {name: b, value: '2'}]}");
    assert_eq!(config.headers.len(), 2);
}

#[test]
fn a_signal_without_a_url_is_told_when_a_pipeline_needs_it() {
    let config: Config = good("{traces_endpoint: 'http://x/t'}");
    let host = context("otlp_http").host;
    HttpSender::new(&config, &host, &[Signal::Traces]).map(drop).unwrap();
    let error = HttpSender::new(&config, &host, &[Signal::Logs]).map(drop).unwrap_err();
    assert_eq!(error.at, "logs_endpoint");
}

#[tokio::test]
async fn a_destination_is_where_data_goes_and_as_whose() {
    let of = |yaml: &str, signal| sender(yaml).destination(signal).unwrap();
    let logs = |yaml: &str| of(yaml, Signal::Logs);
    let plain = logs("{endpoint: 'http://x', headers: {a: '1', b: '2'}}");
    for same in [
        "{endpoint: 'http://y', logs_endpoint: 'http://x/v1/logs', headers: {B: '2', a: '1'}}",
        "{endpoint: 'http://x', headers: {a: '1', b: '2'}, compression: none, timeout: 1s, encoding: json}",
    ] {
        assert_eq!(logs(same), plain, "{same}");
    }
    for other in [
        "{endpoint: 'http://y', headers: {a: '1', b: '2'}}",
        "{endpoint: 'https://x', headers: {a: '1', b: '2'}}",
        "{endpoint: 'http://tenant@x', headers: {a: '1', b: '2'}}",
        "{endpoint: 'http://x', headers: {a: '1', b: '3'}}",
        "{endpoint: 'http://x', headers: {a: '1'}}",
        "{endpoint: 'http://x', headers: {a: '1', b: '2'}, tls: {server_name_override: z}}",
    ] {
        assert_ne!(logs(other), plain, "{other}");
    }
    assert_ne!(of("{endpoint: 'http://x', headers: {a: '1', b: '2'}}", Signal::Traces), plain);
}

#[test]
fn a_file_that_is_not_there_is_named_whatever_the_scheme() {
    let host = context("otlp_http").host;
    let build = |url: &str, tls: &str| {
        let config: Config = good(&format!("{{endpoint: '{url}', tls: {{{tls}}}}}"));
        HttpSender::new(&config, &host, &[Signal::Logs]).map(drop).map_err(|error| error.at)
    };
    let (authority, identity) = ("ca_file: /nonexistent", "cert_file: /nonexistent, key_file: /nonexistent");
    for url in ["https://x", "http://x"] {
        assert_eq!(build(url, authority).unwrap_err(), "tls::ca_file");
        assert_eq!(build(url, identity).unwrap_err(), "tls::cert_file");
    }
    assert_eq!(build("http://x", &format!("insecure: true, {authority}")).unwrap_err(), "tls::ca_file");
    // The Collector does not read them then.
    build("http://x", &format!("insecure: true, {identity}")).unwrap();
    build("http://x", "").unwrap();
}

#[test]
fn every_key_of_the_collector_is_read() {
    let config: Config = block(include_str!("../testdata/good.yaml"));
    assert_eq!(config.headers.get("x-number").map(agent_config::Secret::expose), Some("0123"));
    assert_eq!(config.compression_params.level, 3);
    assert_eq!(config.http2_read_idle_timeout, GoDuration::from_secs(10));
    assert_eq!(config.sending_queue.batch.as_ref().map(|batch| batch.max_size), Some(100_000));
    let (key, url) = config.url(Signal::Logs).unwrap();
    assert_eq!(
        (key, url.unwrap().to_string()),
        ("logs_endpoint", "https://logs/ingest?token=abc".to_owned())
    );
    let base: Config = good("{endpoint: 'https://backend:4318/base/'}");
    assert_eq!(base.url(Signal::Traces).unwrap().1.unwrap(), "https://backend:4318/base/v1/traces");
    assert!(!format!("{config:?}").contains("0123"), "secrets are not shown");
}
