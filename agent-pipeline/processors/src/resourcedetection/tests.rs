//! `resourcedetection`: its sections, what the environment says, and what becomes of resources.

use std::sync::Mutex;

use agent_component::{Accepted, Host};
use agent_config::{Environment, MapEnvironment};
use agent_otlp::{AnyValue, Batch, Signal};

use super::*;
use crate::testing::{check_sections, context, decode};

#[test]
fn sections_are_checked_with_their_place() {
    check_sections::<Config>("resourcedetection");
}

/// What comes after the processor.
#[derive(Default)]
struct Behind {
    json: Mutex<Vec<String>>,
}

impl Consumer for Behind {
    fn consume(&self, data: Telemetry) -> BoxFuture<'_, ConsumeResult> {
        let mut json = Vec::new();
        data.batch.write_json(&mut json);
        self.json.lock().unwrap().push(String::from_utf8(json).unwrap());
        Box::pin(async { Ok(Accepted::default()) })
    }
}

/// An environment that a test changes.
#[derive(Default)]
struct Changing(Mutex<String>);

impl Environment for Changing {
    fn get(&self, name: &str) -> Option<String> {
        (name == "OTEL_RESOURCE_ATTRIBUTES").then(|| self.0.lock().unwrap().clone())
    }

    fn vars(&self) -> Vec<(String, String)> {
        Vec::new()
    }
}

fn build(yaml: &str, environment: Arc<dyn Environment>) -> (Arc<ResourceDetection>, Arc<Behind>) {
    let (context, behind) = (context("logs"), Arc::<Behind>::default());
    let host = Host { environment, ..Host::clone(&context.host) };
    let context = BuildContext { host: Arc::new(host), ..context };
    let next = Next::new(Arc::<Behind>::clone(&behind));
    (Arc::new(ResourceDetection::build(&decode(yaml).unwrap(), &context, next).unwrap()), behind)
}

/// What becomes of a payload, with this text in the environment.
async fn through(yaml: &str, attributes: &str, json: &str) -> String {
    let environment = MapEnvironment::new().with("OTEL_RESOURCE_ATTRIBUTES", attributes);
    let (processor, behind) = build(yaml, Arc::new(environment));
    processor.start().await.unwrap();
    let batch = Batch::from_json(Signal::Logs, json.as_bytes()).unwrap();
    processor.consume(Telemetry::new(batch)).await.unwrap();
    behind.json.lock().unwrap().pop().unwrap()
}

const RECORDS: &str = r#""scopeLogs":[{"scope":{},"logRecords":[{"body":{"stringValue":"b"}}]}]"#;

fn resource(attributes: &str) -> String {
    format!(r#"{{"resourceLogs":[{{"resource":{{"attributes":[{attributes}]}},{RECORDS}}}]}}"#)
}

fn string(key: &str, value: &str) -> String {
    format!(r#"{{"key":"{key}","value":{{"stringValue":"{value}"}}}}"#)
}

#[tokio::test]
async fn what_is_found_replaces_what_is_there_unless_told_otherwise() {
    let given = resource(&string("a", "old"));
    let out = through("{}", "a=new,b=2", &given).await;
    assert_eq!(out, resource(&format!("{},{}", string("a", "new"), string("b", "2"))));
    let out = through("override: false", "a=new,b=2", &given).await;
    assert_eq!(out, resource(&format!("{},{}", string("a", "old"), string("b", "2"))));
    let bare = format!(r#"{{"resourceLogs":[{{{RECORDS}}}]}}"#);
    assert_eq!(through("{}", "a=1", &bare).await, resource(&string("a", "1")));
    assert_eq!(through("{}", "", &given).await, given);
}

#[tokio::test]
async fn the_schema_url_is_set_where_there_is_none() {
    let yaml = "{detectors: [system], system: {hostname_sources: [os]}}";
    let out = through(yaml, "", &resource("")).await;
    assert!(out.contains(r#""schemaUrl":"https://opentelemetry.io/schemas/1.38.0""#), "{out}");
    assert!(out.contains(&string("os.type", "linux")), "{out}");
    let given = format!(r#"{{"resourceLogs":[{{{RECORDS},"schemaUrl":"own"}}]}}"#);
    let out = through(yaml, "", &given).await;
    assert!(out.contains(r#""schemaUrl":"own""#), "{out}");
}

#[tokio::test]
async fn of_two_detectors_the_earlier_one_counts() {
    for (detectors, is_of_env) in [("[env, system]", true), ("[system, env]", false)] {
        let yaml = format!("{{detectors: {detectors}, system: {{hostname_sources: [os]}}}}");
        let out = through(&yaml, "os.type=mine", &resource("")).await;
        assert_eq!(out.contains(&string("os.type", "mine")), is_of_env, "{out}");
    }
}

fn from_env(text: &str) -> Result<Vec<(String, String)>, String> {
    let environment = MapEnvironment::new().with("OTEL_RESOURCE_ATTRIBUTES", text);
    let text = |value: AnyValue<'static>| value.as_str().unwrap().to_owned();
    let found = env::detect(&environment)?;
    Ok(found.attributes.into_iter().map(|(key, value)| (key.into_owned(), text(value))).collect())
}

#[test]
fn the_environment_is_read_as_the_collector_reads_it() {
    for (text, expected) in [
        ("a=1", vec![("a", "1")]),
        (" a = 1 , b=2, ", vec![("a", "1"), ("b", "2")]),
        ("a=,b==c", vec![("a", ""), ("b", "=c")]),
        ("a=x%2Cy+z%e2%82%ac", vec![("a", "x,y z€")]),
        ("example.org/a,b=1", vec![("example.org/a,b", "1")]),
        ("a=1,a=2", vec![("a", "2")]),
        ("   ", vec![]),
    ] {
        let found = from_env(text).unwrap();
        let found: Vec<_> = found.iter().map(|(key, value)| (&**key, &**value)).collect();
        assert_eq!(found, expected, "{text}");
    }
    for text in
        ["secret", "=1", "a=1,secret", "a=%", "a=%2", "a=%zz", "a=ü", &format!("a={}", "1".repeat(257))]
    {
        let told = from_env(text).unwrap_err();
        assert!(told.starts_with("OTEL_RESOURCE_ATTRIBUTES: invalid resource format: "), "{told}");
        assert!(!told.contains("secret"), "{told}");
    }
    let older = MapEnvironment::new().with("OTEL_RESOURCE_ATTRIBUTES", " ").with("OTEL_RESOURCE", "a=1");
    assert_eq!(env::detect(&older).unwrap().attributes.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_broken_environment_refuses_the_start_at_once() {
    let begin = tokio::time::Instant::now();
    let (processor, _) = build("{}", Arc::new(Changing(Mutex::new("broken".to_owned()))));
    let error = processor.start().await.unwrap_err();
    assert_eq!(error.at, "detectors");
    assert!(error.message.starts_with("detector env: OTEL_RESOURCE_ATTRIBUTES: "), "{}", error.message);
    assert_eq!(begin.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn a_detector_that_fails_is_asked_again_within_the_timeout() {
    let (system, asked) = system::testing::nameless();
    let detectors = [Detector::of_system(system)];
    let id = "it".parse().unwrap();
    let told = detection::detect(&detectors, Duration::from_secs(5), &id).await.unwrap_err();
    assert_eq!(told, "detector system: all hostname sources failed to get hostname");
    assert_eq!(asked.load(std::sync::atomic::Ordering::Relaxed), 3, "at once, after 1 s and after 2 s more");
}

#[tokio::test(start_paused = true)]
async fn a_refresh_that_fails_keeps_what_was_found() {
    let environment = Arc::new(Changing(Mutex::new("a=1".to_owned())));
    let (processor, _) = build("refresh_interval: 10s", Arc::<Changing>::clone(&environment));
    processor.start().await.unwrap();
    let life = Life::default();
    let mut running = Arc::clone(&processor).run(life.clone());
    let keys = || {
        let detected = processor.detected();
        detected.attributes.iter().map(|(key, _)| key.to_string()).collect::<Vec<_>>().join(",")
    };
    for (text, expected) in [("b=1,c=1", "b,c"), ("broken", "b,c"), ("", "")] {
        text.clone_into(&mut environment.0.lock().unwrap());
        tokio::select! {
            _ = &mut running => panic!("it ended though nobody asked it to"),
            () = tokio::time::sleep(Duration::from_millis(10_500)) => {}
        }
        assert_eq!(keys(), expected, "{text}");
    }
    life.stop.cancel();
    running.await.unwrap();
}
