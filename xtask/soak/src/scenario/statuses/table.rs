//! What a backend may answer, and what the agent has to make of it (OTLP 1.9, "Failures"; the Collector's exporters v0.145.0).

use std::time::{Duration, SystemTime};

use agent_testkit::otlp_backend::Answer;

/// A delay that an answer names.
const DELAY: Duration = Duration::from_secs(1);
/// How far off the moment is that an answer names. It loses up to a second: dates have no fractions.
const UNTIL: Duration = Duration::from_secs(3);

/// How the exporter speaks to the backend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Protocol {
    Grpc,
    Http,
}

/// What a backend does, until it is well.
#[derive(Debug, Clone)]
pub(super) enum Deed {
    Answers(Answer),
    /// Its port is closed.
    Refuses,
}

/// What has to become of the items.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Promise {
    /// Taken at once, but for so many.
    Taken { rejected: u64 },
    /// Sent again, no earlier than after this, until the backend is well.
    Retried { after: Duration },
    /// Given up, counted under this reason.
    Dropped(&'static str),
}

/// A row of the table.
#[derive(Debug, Clone)]
pub(super) struct Case {
    pub(super) name: String,
    pub(super) protocol: Protocol,
    pub(super) deed: Deed,
    pub(super) promise: Promise,
}

/// The whole table, for requests of so many items; dates count from now.
pub(super) fn all(items: u64) -> Vec<Case> {
    let mut cases = Vec::new();
    grpc_codes(&mut cases);
    http_statuses(&mut cases);
    for protocol in [Protocol::Grpc, Protocol::Http] {
        others(&mut cases, protocol, items);
    }
    cases
}

fn grpc_codes(cases: &mut Vec<Case>) {
    let names = [
        "OK",
        "CANCELLED",
        "UNKNOWN",
        "INVALID_ARGUMENT",
        "DEADLINE_EXCEEDED",
        "NOT_FOUND",
        "ALREADY_EXISTS",
        "PERMISSION_DENIED",
        "RESOURCE_EXHAUSTED",
        "FAILED_PRECONDITION",
        "ABORTED",
        "OUT_OF_RANGE",
        "UNIMPLEMENTED",
        "INTERNAL",
        "UNAVAILABLE",
        "DATA_LOSS",
        "UNAUTHENTICATED",
        "(no such code)",
    ];
    for (code, name) in (0..).zip(names) {
        for retry_after in [None, Some(DELAY)] {
            let promise = match (code, retry_after) {
                (0, _) => Promise::Taken { rejected: 0 },
                (1 | 4 | 10 | 11 | 14 | 15, after) => Promise::Retried { after: after.unwrap_or_default() },
                (8, Some(after)) => Promise::Retried { after },
                _ => Promise::Dropped("permanent_error"),
            };
            let told = if retry_after.is_some() { " + RetryInfo" } else { "" };
            let answer = Answer::Fail { http: 500, grpc: code, retry_after, message: "told so".to_owned() };
            cases.push(case(format!("{code} {name}{told}"), Protocol::Grpc, answer, promise));
        }
    }
    let message = "grpc: received message larger than max (9 vs. 8)".to_owned();
    let answer = Answer::Fail { http: 500, grpc: 8, retry_after: None, message };
    let promise = Promise::Dropped("too_large");
    cases.push(case("8 RESOURCE_EXHAUSTED, too large".to_owned(), Protocol::Grpc, answer, promise));
}

fn http_statuses(cases: &mut Vec<Case>) {
    let plain = [
        201, 202, 204, 206, 226, 300, 302, 304, 305, 401, 402, 403, 405, 406, 407, 409, 410, 411, 412, 414,
        415, 416, 417, 418, 421, 422, 423, 424, 425, 426, 428, 431, 451, 499, 501, 505, 506, 507, 508, 510,
        511, 520, 525, 599,
    ];
    for status in plain {
        http_status(cases, status, "", |fail| fail);
    }
    for status in [200, 400, 404, 408, 413, 429, 500, 502, 503, 504] {
        http_status(cases, status, "", |fail| fail);
        http_status(cases, status, " + Retry-After: 1", |fail| match fail {
            Answer::Fail { http, grpc, message, .. } => {
                Answer::Fail { http, grpc, retry_after: Some(DELAY), message }
            }
            other => other,
        });
        let until = SystemTime::now() + UNTIL;
        http_status(cases, status, " + Retry-After: a date", |fail| match fail {
            Answer::Fail { http, grpc, message, .. } => Answer::FailUntil { http, grpc, until, message },
            other => other,
        });
    }
}

fn http_status(cases: &mut Vec<Case>, status: u16, told: &str, change: impl FnOnce(Answer) -> Answer) {
    let fail = Answer::Fail { http: status, grpc: 13, retry_after: None, message: "told so".to_owned() };
    let answer = change(fail);
    // The two with which a delay counts.
    let after = match answer {
        Answer::Fail { retry_after: Some(after), .. } if matches!(status, 429 | 503) => after,
        Answer::FailUntil { .. } if matches!(status, 429 | 503) => {
            UNTIL.saturating_sub(Duration::from_secs(2))
        }
        _ => Duration::ZERO,
    };
    let promise = match status {
        200..300 => Promise::Taken { rejected: 0 },
        413 => Promise::Dropped("too_large"),
        429 | 502 | 503 | 504 => Promise::Retried { after },
        _ => Promise::Dropped("permanent_error"),
    };
    cases.push(case(format!("{status}{told}"), Protocol::Http, answer, promise));
}

/// What is the same in both protocols.
fn others(cases: &mut Vec<Case>, protocol: Protocol, items: u64) {
    let partial = |rejected: i64, message: &str| Answer::Partial { rejected, message: message.to_owned() };
    let taken = |rejected| Promise::Taken { rejected };
    let again = Promise::Retried { after: Duration::ZERO };
    for (name, answer, promise) in [
        ("success", Answer::Accept, taken(0)),
        ("partial success, 3 rejected", partial(3, "three were too old"), taken(3)),
        ("partial success, a warning alone", partial(0, "a word of warning"), taken(0)),
        ("partial success, more rejected than sent", partial(i64::MAX, "all of them"), taken(items)),
        ("partial success, fewer than none rejected", partial(-5, "nonsense"), taken(0)),
        ("the connection is closed", Answer::Drop, again),
        ("no answer in time", Answer::Silence, again),
    ] {
        cases.push(case(name.to_owned(), protocol, answer, promise));
    }
    let name = "the port is closed".to_owned();
    cases.push(Case { name, protocol, deed: Deed::Refuses, promise: again });
}

fn case(name: String, protocol: Protocol, answer: Answer, promise: Promise) -> Case {
    Case { name, protocol, deed: Deed::Answers(answer), promise }
}
