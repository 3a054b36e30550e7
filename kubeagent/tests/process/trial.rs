//! `KM_ACTION=test`: what each processor makes of data, with nothing taken in and nothing sent.

use std::net::TcpListener;
use std::path::Path;

use crate::agent::run;

const LOGS: &str = r#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"severityNumber":1},{"severityNumber":9,"body":{"stringValue":"12"}}]}]}]}"#;

/// The exit status and the report for a configuration and a file of data.
fn tried(configuration: &str, data: &str) -> (Option<i32>, String) {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("agent-deployment.yaml"), configuration).unwrap();
    let input = directory.path().join("in.json");
    std::fs::write(&input, data).unwrap();
    let (status, text) = answer(directory.path(), &input);
    (status, text.replace(directory.path().to_str().unwrap(), "DIR"))
}

fn answer(directory: &Path, input: &Path) -> (Option<i32>, String) {
    let output = run(&[
        ("KM_ACTION", "test"),
        ("KM_TEST_INPUT", input.to_str().unwrap()),
        ("KM_CONFIG_SOURCE", "file"),
        ("KM_CONFIG_DIR", directory.to_str().unwrap()),
    ]);
    (output.status.code(), String::from_utf8(output.stdout).unwrap())
}

/// A document with these sections around one receiver and one exporter.
fn document(sections: &str, pipelines: &str) -> String {
    format!(
        "receivers: {{otlp: {{protocols: {{http: {{endpoint: '127.0.0.1:0'}}}}}}}}
exporters: {{otlphttp: {{endpoint: 'http://127.0.0.1:9'}}}}
{sections}
service: {{pipelines: {{{pipelines}}}}}
"
    )
}

#[test]
fn every_processor_is_shown_in_order_with_what_it_does() {
    let sections = "processors:
  attributes: {actions: [{key: none, action: delete}]}
  filter: {logs: {log_record: ['severity_number < 5']}}
  transform: {log_statements: ['set(log.attributes[\"n\"], Int(log.body))']}";
    let pipelines =
        "logs: {receivers: [otlp], processors: [attributes, filter, transform], exporters: [otlphttp]}";
    let expected = r#"pipeline logs: 2 log records
{
  "resourceLogs": [
    {
      "resource": {},
      "scopeLogs": [
        {
          "scope": {},
          "logRecords": [{"severityNumber": 1, "body": {}}, {"severityNumber": 9, "body": {"stringValue": "12"}}]
        }
      ]
    }
  ]
}

attributes: 2 log records in, unchanged

filter: 2 log records in, 1 log record out
{
  "resourceLogs": [{"resource": {}, "scopeLogs": [{"scope": {}, "logRecords": [{"severityNumber": 9, "body": {"stringValue": "12"}}]}]}]
}

transform: 1 log record in, 1 log record out
{
  "resourceLogs": [
    {
      "resource": {},
      "scopeLogs": [
        {
          "scope": {},
          "logRecords": [
            {
              "severityNumber": 9,
              "body": {"stringValue": "12"},
              "attributes": [{"key": "n", "value": {"intValue": "12"}}]
            }
          ]
        }
      ]
    }
  ]
}

to otlphttp: 1 log record
"#;
    assert_eq!(tried(&document(sections, pipelines), LOGS), (Some(0), expected.to_owned()));
}

#[test]
fn failing_statements_are_told_as_error_mode_says() {
    let transform = |mode: &str| {
        let sections = format!(
            "processors:\n  transform:\n    error_mode: {mode}\n    log_statements: ['set(log.body, ParseJSON(log.body))']"
        );
        let pipelines = "logs: {receivers: [otlp], processors: [transform], exporters: [otlphttp]}";
        let (status, text) = tried(&document(&sections, pipelines), LOGS);
        assert_eq!(status, Some(0), "{text}");
        text
    };
    let statement = "failed to execute statement: set(log.body, ParseJSON(log.body)), ";
    let ignored = transform("ignore");
    assert!(ignored.contains("transform: 2 log records in, unchanged\n"), "{ignored}");
    assert!(ignored.contains(&format!("\n  warning: {statement}")), "{ignored}");
    assert!(!transform("silent").contains(statement));
    let refused = transform("propagate");
    assert!(refused.contains("transform: 2 log records in, nothing out\n"), "{refused}");
    assert!(refused.contains(&format!("\n  processors::transform: refused: {statement}")), "{refused}");
    assert!(refused.contains("(line 4, column 3)\n"), "{refused}");
    assert!(refused.ends_with("to otlphttp: nothing\n"), "{refused}");
}

#[test]
fn what_is_held_is_passed_on_at_the_end_and_several_documents_are_several_calls() {
    let sections = "processors: {batch: {timeout: 10m}, groupbytrace: {wait_duration: 10m}}";
    let pipelines = "logs: {receivers: [otlp], processors: [batch], exporters: [otlphttp]}, \
         traces: {receivers: [otlp], processors: [groupbytrace], exporters: [otlphttp]}";
    let span = r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"5c1e7a90d3f84b26a1907be4f2000001","spanId":"3fa9c07e51200001","name":"n"}]}]}]}"#;
    let (status, text) = tried(&document(sections, pipelines), &format!("{LOGS}\n{span}\n\n{LOGS}"));
    assert_eq!(status, Some(0), "{text}");
    assert!(text.contains("batch: 4 log records in, 4 log records out\n"), "{text}");
    assert!(text.contains("groupbytrace: 1 span in, unchanged\n"), "{text}");
    assert!(text.contains("to otlphttp: 1 span\n"), "{text}");
}

#[test]
fn connectors_lead_to_the_pipelines_behind_them() {
    let sections = "connectors:
  count: {logs: {all: {}}}
  routing: {table: [{context: log, condition: 'severity_number > 5', pipelines: [logs/high]}]}";
    let pipelines = "logs/in: {receivers: [otlp], exporters: [count, routing]}, \
         logs/high: {receivers: [routing], exporters: [otlphttp]}, \
         metrics: {receivers: [count], exporters: [otlphttp]}";
    let (status, text) = tried(&document(sections, pipelines), LOGS);
    assert_eq!(status, Some(0), "{text}");
    assert!(text.contains("connector routing: 2 log records in, 1 log record to logs/high\n"), "{text}");
    assert!(text.contains("pipeline logs/high: 1 log record\n"), "{text}");
    assert!(text.contains("connector count: 2 log records in, 1 data point to metrics\n"), "{text}");
    assert!(text.contains("\"name\": \"all\""), "{text}");
    assert!(!text.contains("to count"), "{text}");
}

#[test]
fn nothing_is_taken_in_and_nothing_is_sent() {
    let (taken, backend) =
        (TcpListener::bind("127.0.0.1:0").unwrap(), TcpListener::bind("127.0.0.1:0").unwrap());
    backend.set_nonblocking(true).unwrap();
    let configuration = format!(
        "receivers: {{otlp: {{protocols: {{http: {{endpoint: '{}'}}}}}}}}
exporters: {{otlphttp: {{endpoint: 'http://{}', tls: {{ca_file: /nonexistent}}}}}}
extensions: {{health_check: {{endpoint: '{}'}}}}
service: {{extensions: [health_check], pipelines: {{logs: {{receivers: [otlp], exporters: [otlphttp]}}}}}}
",
        taken.local_addr().unwrap(),
        backend.local_addr().unwrap(),
        taken.local_addr().unwrap(),
    );
    let (status, text) = tried(&configuration, LOGS);
    assert_eq!(status, Some(0), "{text}");
    assert!(text.ends_with("to otlphttp: 2 log records\n"), "{text}");
    assert_eq!(backend.accept().unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
}

#[test]
fn signals_that_no_pipeline_takes_are_named() {
    let pipelines = "logs: {receivers: [otlp], exporters: [otlphttp]}";
    let (status, text) = tried(&document("", pipelines), r#"{"resourceMetrics":[]}"#);
    assert_eq!((status, text.as_str()), (Some(0), "no pipeline takes metrics from a receiver\n"));
}

#[test]
fn input_that_cannot_be_used_is_told_with_its_place() {
    let good = document("", "logs: {receivers: [otlp], exporters: [otlphttp]}");
    let (status, text) = tried(&good, "{\"resourceLogs\":[]}\n{\"resourceLogs\":[{\"scopeLogs\":1}]}");
    assert_eq!(status, Some(78), "{text}");
    assert!(text.starts_with("KM_TEST_INPUT DIR/in.json: line 2, column "), "{text}");
    let (status, text) = answer(Path::new("/nonexistent"), Path::new("/nonexistent/in.json"));
    assert_eq!(status, Some(78), "{text}");
    let (status, text) = tried(&good.replace("[otlp]", "[none]"), LOGS);
    assert_eq!(status, Some(78), "{text}");
    assert!(text.contains("references receiver \"none\" which is not configured"), "{text}");
    let output = run(&[("KM_ACTION", "test"), ("KM_CONFIG_SOURCE", "file")]);
    assert_eq!(output.status.code(), Some(78));
    assert!(String::from_utf8(output.stdout).unwrap().contains("KM_TEST_INPUT is required"));
}
