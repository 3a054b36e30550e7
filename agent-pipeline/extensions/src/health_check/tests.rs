//! `health_check`, with a health server that only notes what it is asked.

use agent_component::{BuildInfo, Host, NoHealthEndpoints};
use agent_config::{ComponentId, Document, Issues, MapEnvironment, Section};

use super::*;
use crate::EXTENSIONS;

/// Keeps what it was asked to open; serves until it is told to close.
#[derive(Default)]
struct Server {
    taken: bool,
    opened: Mutex<Vec<HealthEndpoint>>,
    close: Arc<tokio::sync::Notify>,
}

impl HealthEndpoints for Server {
    fn open(&self, endpoint: HealthEndpoint) -> BoxFuture<'_, Result<BoxFuture<'static, ()>, StartError>> {
        Box::pin(async move {
            if self.taken {
                return Err(StartError::new("endpoint", "address in use"));
            }
            self.opened.lock().unwrap().push(endpoint);
            let close = Arc::clone(&self.close);
            let serve: BoxFuture<'static, ()> = Box::pin(async move { close.notified().await });
            Ok(serve)
        })
    }
}

fn section(yaml: &str) -> Section {
    let mut text = String::from("extensions:\n  health_check:");
    for line in yaml.lines() {
        text.push_str("\n    ");
        text.push_str(line);
    }
    let (document, issues) = Document::parse(&text, &MapEnvironment::new());
    document.unwrap_or_else(|| panic!("{issues}")).extensions[&"health_check".parse::<ComponentId>().unwrap()]
        .clone()
}

/// What is told of a section, and whether it can be used.
fn check(yaml: &str) -> (bool, String) {
    let mut issues = Issues::new();
    let config: Option<Config> = section(yaml).decode_valid(&mut issues);
    (config.is_some(), issues.to_string())
}

fn build(yaml: &str, health: Arc<dyn HealthEndpoints>) -> Arc<dyn Extension> {
    let build = BuildInfo { version: "0.0.0", commit: "none" };
    let host = Host { health, ..Host::new(build, Arc::new(MapEnvironment::new())) };
    let context = BuildContext { id: "health_check".parse().unwrap(), pipeline: None, host: Arc::new(host) };
    let mut issues = Issues::new();
    (EXTENSIONS[1].decode)(&section(yaml), &mut issues).unwrap().build(&context).unwrap()
}

#[tokio::test]
async fn an_empty_section_opens_the_collectors_default() {
    let server = Arc::new(Server::default());
    build("", server.clone()).start().await.unwrap();
    let expected = HealthEndpoint {
        endpoint: "localhost:13133".to_owned(),
        path: "/".to_owned(),
        healthy_body: None,
        unhealthy_body: None,
    };
    assert_eq!(*server.opened.lock().unwrap(), [expected]);
}

#[tokio::test]
async fn its_settings_reach_the_server() {
    let server = Arc::new(Server::default());
    let yaml = "endpoint: 0.0.0.0:13134\npath: /up\nresponse_body: {healthy: fine, unhealthy: sick}";
    build(yaml, server.clone()).start().await.unwrap();
    let expected = HealthEndpoint {
        endpoint: "0.0.0.0:13134".to_owned(),
        path: "/up".to_owned(),
        healthy_body: Some("fine".to_owned()),
        unhealthy_body: Some("sick".to_owned()),
    };
    assert_eq!(*server.opened.lock().unwrap(), [expected]);
}

#[tokio::test]
async fn an_endpoint_that_is_taken_is_a_start_error() {
    let error = build("", Arc::new(Server { taken: true, ..Server::default() })).start().await.unwrap_err();
    assert_eq!((&*error.at, &*error.message), ("endpoint", "address in use"));
}

#[tokio::test]
async fn it_serves_until_the_stop() {
    let extension = build("", Arc::new(NoHealthEndpoints));
    extension.start().await.unwrap();
    let life = Life::default();
    let mut run = extension.run(life.clone());
    tokio::select! {
        biased;
        _ = &mut run => panic!("ended before the stop"),
        () = tokio::task::yield_now() => {}
    }
    life.stop.cancel();
    run.await.unwrap();
}

#[tokio::test]
async fn a_server_that_closes_is_reported() {
    let server = Arc::new(Server::default());
    let extension = build("", server.clone());
    extension.start().await.unwrap();
    server.close.notify_one();
    let error = extension.run(Life::default()).await.unwrap_err();
    assert_eq!(error.message, "the endpoint localhost:13133 closed");
}

#[test]
fn bad_values_are_errors() {
    let (usable, told) = check(
        "endpoint: ''\npath: up\ncheck_collector_pipeline: {enabled: true, exporter_failure_threshold: 0}",
    );
    assert!(!usable);
    for line in [
        "extensions::health_check::endpoint: bad config: endpoint must be specified",
        "extensions::health_check::path: bad config: path must start with /",
        "extensions::health_check::check_collector_pipeline::exporter_failure_threshold: bad config: exporter_failure_threshold expects a positive number",
    ] {
        assert!(told.contains(line), "{told}");
    }
}

#[test]
fn what_would_weaken_the_endpoint_is_an_error() {
    for field in
        ["tls: {cert_file: a, key_file: b}", "auth: {authenticator: x}", "cors: {allowed_origins: ['*']}"]
    {
        assert!(!check(field).0, "{field}");
    }
    assert!(check("tls:\nresponse_headers: {}\nmiddlewares: []").0);
}

#[test]
fn what_has_no_effect_is_a_warning() {
    for field in
        ["check_collector_pipeline: {enabled: true}", "read_timeout: 5s", "max_request_body_size: 10"]
    {
        let (usable, told) = check(field);
        assert!(usable && told.starts_with("warning: "), "{field}: {told}");
    }
    assert_eq!(check("check_collector_pipeline: {interval: 1m}"), (true, String::new()));
}

#[test]
fn unknown_keys_are_told_with_their_path() {
    let (usable, told) = check("endpont: localhost:1");
    assert!(!usable);
    assert_eq!(
        told,
        "extensions::health_check::endpont: unknown key, did you mean `endpoint`? (line 3, column 5)"
    );
}

#[test]
fn planned_types_are_not_there_yet_and_in_order() {
    let planned = crate::PLANNED.type_names;
    assert!(planned.is_sorted());
    assert!(!EXTENSIONS.iter().any(|factory| planned.contains(&factory.info.type_name)));
}
