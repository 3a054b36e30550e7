//! Runs one case and says whether the agent did what the Collector did.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use super::agent::{Agent, pause, wait_until};
use super::case::{self, Case};
use super::diff::{self, Difference};
use super::http::{self, Response};
use super::request::Request;
use super::schema::SIGNALS;

const START: Duration = Duration::from_secs(10);
/// What the agent says when it cannot run a configuration.
const REFUSED: &str = "agent could not be started with current config";
const EXIT: Duration = Duration::from_secs(15);

/// Why a case failed.
#[derive(Debug, Default)]
pub(super) struct Failure {
    /// One sentence.
    pub(super) reason: String,
    /// The first place that differs.
    pub(super) difference: Option<Box<Difference>>,
    /// The agent's last log lines.
    pub(super) log: String,
    port_taken: bool,
}

impl Failure {
    fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), ..Self::default() }
    }

    fn at(reason: impl Into<String>, path: String, expected: Value, got: Value) -> Self {
        let difference = Some(Box::new(Difference { path, expected: Some(expected), got: Some(got) }));
        Self { reason: reason.into(), difference, ..Self::default() }
    }
}

/// Runs the case; a port that another program took in between is tried again.
pub(super) fn check(program: &Path, case: &Case) -> Result<(), Failure> {
    let mut last = Failure::default();
    for _ in 0..4 {
        match attempt(program, case) {
            Err(failure) if failure.port_taken => last = failure,
            outcome => return outcome,
        }
    }
    Err(last)
}

fn attempt(program: &Path, case: &Case) -> Result<(), Failure> {
    let mut agent = Agent::start(program, case).map_err(|error| Failure::new(format!("{error:#}")))?;
    let outcome = match case.start_error {
        Some(_) => check_refusal(&mut agent, case),
        None => check_output(&mut agent, case),
    };
    outcome.map_err(|failure| Failure { log: agent.log_tail(), ..failure })
}

fn check_refusal(agent: &mut Agent, case: &Case) -> Result<(), Failure> {
    let Some(status) = wait_until(START, || agent.exited()) else {
        return Err(Failure::new("started, though the configuration is wrong"));
    };
    if status.success() {
        return Err(Failure::new("refused the configuration but exited with 0"));
    }
    let log = agent.log();
    match &case.start_error {
        Some(pattern) if !pattern.is_match(&log) => Err(Failure::at(
            "refused the configuration, but the message does not say why",
            "start error".to_owned(),
            Value::from(pattern.as_str()),
            Value::from(agent.log_tail()),
        )),
        _ => Ok(()),
    }
}

fn check_output(agent: &mut Agent, case: &Case) -> Result<(), Failure> {
    wait_until_listening(agent)?;
    let mut responses = Vec::new();
    for (index, request) in case.requests.iter().enumerate() {
        if index > 0 && case.post_delay_ms > 0 {
            pause(Duration::from_millis(case.post_delay_ms));
        }
        let response = http::send(agent.port, request);
        responses
            .push(response.map_err(|error| Failure::new(format!("{}: no answer: {error}", request.file)))?);
    }
    wait_until_still(&agent.output(), Duration::from_millis(case.settle_ms));
    if let Some(status) = agent.exited() {
        return Err(Failure::new(format!("ended with {status} while running")));
    }
    let Some(status) = agent.stop(EXIT) else {
        return Err(Failure::new(format!("did not exit within {} s of SIGTERM", EXIT.as_secs())));
    };
    if !status.success() {
        return Err(Failure::new(format!("ended with {status} after SIGTERM")));
    }
    for (index, (request, response)) in case.requests.iter().zip(&responses).enumerate() {
        let status = case.statuses.get(index).copied().unwrap_or(200);
        check_response(request, response, status)?;
    }
    let got = read_output(&agent.output(), case)?;
    let expected = case.expected().map_err(|error| Failure::new(format!("{error:#}")))?;
    match diff::first(&expected, &got, "") {
        Some(difference) => {
            Err(Failure { difference: Some(Box::new(difference)), ..Failure::new("output differs") })
        }
        None => Ok(()),
    }
}

fn wait_until_listening(agent: &mut Agent) -> Result<(), Failure> {
    let found = wait_until(START, || {
        if agent.listens() {
            return Some(Ok(()));
        }
        if let Some(status) = agent.exited() {
            return Some(Err(format!("ended with {status} before it listened")));
        }
        // It would stay up and wait for a better configuration.
        agent.log().contains(REFUSED).then(|| Err("refused the configuration".to_owned()))
    });
    let reason = match found {
        Some(Ok(())) => return Ok(()),
        Some(Err(reason)) => reason,
        None => format!("did not listen within {} s", START.as_secs()),
    };
    let port_taken = agent.log().to_lowercase().contains("address already in use");
    Err(Failure { port_taken, ..Failure::new(reason) })
}

fn wait_until_still(output: &Path, still: Duration) {
    let size = || fs::metadata(output).ok().map(|meta| meta.len());
    let (mut last, mut since) = (size(), Instant::now());
    wait_until(still + START, || {
        let now = size();
        if now != last {
            (last, since) = (now, Instant::now());
        }
        (since.elapsed() >= still).then_some(())
    });
}

fn check_response(request: &Request, response: &Response, status: u64) -> Result<(), Failure> {
    let place = |what: &str| format!("{} {what}", request.file);
    let body: String = String::from_utf8_lossy(&response.body).chars().take(300).collect();
    if response.status != status {
        let reason = format!("HTTP status differs ({})", body.trim());
        return Err(Failure::at(reason, place("status"), status.into(), response.status.into()));
    }
    let spec = |key: &str| request.response.as_ref().and_then(|spec| spec.get(key));
    let text = |key: &str| spec(key).and_then(Value::as_str);
    let differs = |what: &str, want: &str, got: &str| {
        Err(Failure::at("response differs", place(what), Value::from(want), Value::from(got)))
    };
    let content_type = response.content_type.split(';').next().unwrap_or_default().trim();
    if let Some(want) = text("content_type").filter(|want| *want != content_type) {
        return differs("content-type", want, content_type);
    }
    if let Some(want) = text("body").filter(|want| *want != String::from_utf8_lossy(&response.body).trim()) {
        return differs("response body", want, &body);
    }
    let encoded = STANDARD.encode(&response.body);
    if let Some(want) = text("body_base64").filter(|want| *want != encoded) {
        return differs("response body", want, &encoded);
    }
    let Some(want) = spec("json") else { return Ok(()) };
    let Ok(got) = case::parse(&response.body) else {
        return differs("response body", &want.to_string(), &body);
    };
    match diff::first(want, &members_of(want, got), &place("response")) {
        Some(difference) => {
            Err(Failure { difference: Some(Box::new(difference)), ..Failure::new("response differs") })
        }
        None => Ok(()),
    }
}

/// Only the members that a case names are compared.
fn members_of(want: &Value, got: Value) -> Value {
    match (want, got) {
        (Value::Object(want), Value::Object(got)) => {
            let member = |key: &String| (key.clone(), got.get(key).cloned().unwrap_or(Value::Null));
            Value::Object(want.keys().map(member).collect())
        }
        (_, got) => got,
    }
}

/// The output file, canonical: one JSON document a line, signals in any order.
fn read_output(path: &Path, case: &Case) -> Result<Value, Failure> {
    let text = fs::read(path).unwrap_or_default();
    let mut resources = [const { Vec::new() }; 3];
    for (number, line) in text.split(|byte| *byte == b'\n').enumerate() {
        if line.trim_ascii().is_empty() {
            continue;
        }
        let document = case::parse(line)
            .map_err(|error| Failure::new(format!("output line {} is not JSON: {error}", number + 1)))?;
        let mut known = document.as_object().is_some_and(Map::is_empty);
        for (signal, entries) in SIGNALS.iter().zip(&mut resources) {
            if let Some(found) = document.get(signal.resources) {
                known = true;
                entries.extend(found.as_array().cloned().unwrap_or_default());
            }
        }
        if !known {
            return Err(Failure::new(format!("output line {} has no resource array", number + 1)));
        }
    }
    let mut out = Map::new();
    for (signal, entries) in SIGNALS.iter().zip(&resources) {
        let canonical = case.canon.signal(signal, entries);
        let canonical =
            canonical.map_err(|reason| Failure::new(format!("output is not OTLP/JSON: {reason}")))?;
        out.insert(signal.name.to_owned(), canonical);
    }
    Ok(Value::Object(out))
}
