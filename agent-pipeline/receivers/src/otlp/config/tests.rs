//! The section: defaults, every key, and every mistake with its place.

use agent_config::GoDuration;

use crate::otlp::tests::config;

fn issues(section: &str) -> String {
    config(section).map(|config| panic!("accepted: {config:?}")).unwrap_err()
}

#[test]
fn no_protocol_is_an_error() {
    for section in ["", "{}", "{protocols: }", "{protocols: {}}"] {
        let text = issues(section);
        assert!(
            text.starts_with(
                "receivers::otlp: must specify at least one protocol when using the OTLP receiver"
            ),
            "{text}"
        );
    }
}

#[test]
fn a_protocol_without_content_has_the_defaults() {
    let config = config("{protocols: {grpc: , http: }}").unwrap();
    let grpc = config.protocols.grpc.unwrap();
    assert_eq!((grpc.endpoint.as_str(), grpc.transport.as_str()), ("localhost:4317", "tcp"));
    assert_eq!((grpc.message_limit(), grpc.read_buffer_size, grpc.write_buffer_size), (4 << 20, 524_288, 0));
    assert!(grpc.tls.is_none() && grpc.keepalive.is_none() && !grpc.include_metadata);
    let http = config.protocols.http.unwrap();
    assert_eq!((http.endpoint.as_str(), http.body_limit()), ("localhost:4318", 20 << 20));
    assert_eq!(http.traces_url_path, "/v1/traces");
    assert_eq!(http.metrics_url_path, "/v1/metrics");
    assert_eq!(http.logs_url_path, "/v1/logs");
    for timeout in [http.read_timeout, http.read_header_timeout, http.write_timeout, http.idle_timeout] {
        assert_eq!(timeout, GoDuration::ZERO);
    }
    assert!(http.keep_alives_enabled && http.cors.is_none() && http.compression_algorithms.is_none());
}

#[test]
fn a_protocol_that_is_not_named_is_not_served() {
    let config = config("{protocols: {http: }}").unwrap();
    assert!(config.protocols.grpc.is_none() && config.protocols.http.is_some());
}

#[test]
fn every_key_is_known() {
    let text = include_str!("../testdata/good.yaml");
    let indented = text.lines().fold(String::new(), |section, line| section + "\n    " + line);
    let config = config(&indented).unwrap();
    let grpc = config.protocols.grpc.unwrap();
    assert_eq!(grpc.message_limit(), 16 << 20);
    assert_eq!(grpc.server_parameters().max_connection_age, GoDuration::from_secs(3600));
    let http = config.protocols.http.unwrap();
    assert_eq!(http.body_limit(), 1_048_576);
    assert_eq!(http.response_headers.get("x-agent").unwrap().expose(), "kube");
}

#[test]
fn mistakes_are_told_all_at_once_with_their_places() {
    let text = issues(
        "{protocols: {grpcc: , grpc: {transport: udp, max_recv_msg_size_mib: -1, read_buffer_size: -1},
          http: {endpoint: nowhere, compression_algorithms: [gzip, squeeze], traces_url_path: 'a b'}}}",
    );
    assert!(text.contains("receivers::otlp::protocols::grpcc: unknown key, did you mean `grpc`?"), "{text}");
    let text = issues(
        "{protocols: {grpc: {transport: udp, max_recv_msg_size_mib: -1, read_buffer_size: -1, write_buffer_size: -2},
          http: {endpoint: nowhere, compression_algorithms: [gzip, squeeze], traces_url_path: 'a b'}}}",
    );
    for expected in [
        "protocols::grpc::transport: invalid transport type \"udp\"",
        "protocols::grpc::max_recv_msg_size_mib: invalid max_recv_msg_size_mib value",
        "protocols::grpc::read_buffer_size: invalid read_buffer_size value: -1",
        "protocols::grpc::write_buffer_size: invalid write_buffer_size value: -2",
        "protocols::http::endpoint: expected host:port",
        "protocols::http::compression_algorithms[1]: unknown compression algorithm \"squeeze\"",
        "protocols::http::traces_url_path: invalid HTTP URL path set for signal",
    ] {
        assert!(text.contains(expected), "{expected} is not in\n{text}");
    }
}

#[test]
fn endpoints_need_a_port() {
    for good in ["localhost:4317", ":4317", "[::1]:4317", "0.0.0.0:0"] {
        assert!(config(&format!("{{protocols: {{grpc: {{endpoint: '{good}'}}}}}}")).is_ok(), "{good}");
    }
    for bad in ["localhost", "::1:4317", "localhost:otlp", "localhost:99999", ""] {
        assert!(config(&format!("{{protocols: {{grpc: {{endpoint: '{bad}'}}}}}}")).is_err(), "{bad}");
    }
}

#[test]
fn two_protocols_cannot_have_one_endpoint() {
    let text = issues("{protocols: {grpc: {endpoint: 'localhost:1'}, http: {endpoint: 'localhost:1'}}}");
    assert!(text.contains("protocols::http::endpoint: grpc already listens there"), "{text}");
    let of = |http: &str| config(&format!("{{protocols: {{grpc: {{endpoint: 'h:1'}}, http: {http}}}}}"));
    assert!(of("{endpoint: 'h:2'}").is_ok() && of("{endpoint: 'h:1', transport: unix}").is_ok());
}

#[test]
fn authenticators_and_middlewares_are_honestly_refused() {
    let text =
        issues("{protocols: {http: {auth: {authenticator: oidc}, middlewares: [{id: my_middleware}]}}}");
    assert!(
        text.contains("protocols::http::auth: no extension can authenticate yet, so \"oidc\" cannot be used"),
        "{text}"
    );
    assert!(
        text.contains(
            "protocols::http::middlewares[0]: only a memory_limiter can act as middleware, so \"my_mid"
        ),
        "{text}"
    );
    let limited = "{middlewares: [{id: memory_limiter}, {id: memory_limiter/all}]}";
    config(&format!("{{protocols: {{grpc: {limited}, http: {limited}}}}}")).unwrap();
}

#[test]
fn header_names_and_values_are_checked_and_values_not_shown() {
    let text = issues("{protocols: {http: {response_headers: {'bad name': x, X-Ok: \"sec\\nret\"}}}}");
    assert!(text.contains("\"bad name\" is no header name"), "{text}");
    assert!(
        text.contains("the value of \"X-Ok\" cannot be sent in a header") && !text.contains("ret\""),
        "{text}"
    );
}
