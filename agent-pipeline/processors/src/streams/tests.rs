//! Identities of streams and the bound of their table.

use agent_otlp::{Batch, Signal, Verdict};

use super::*;

fn ids(identities: &Identities, json: &str) -> Vec<StreamId> {
    let mut batch = Batch::from_json(Signal::Metrics, json.as_bytes()).unwrap();
    let mut ids = Vec::new();
    batch.edit_metrics(|ctx, metric| {
        let id = identities.metric(ctx, metric);
        ids.extend(metric.points().map(|point| id.point(point.attributes(), &[])));
        Verdict::Keep
    });
    ids
}

#[test]
fn equal_streams_meet_and_others_do_not() {
    let point = |key: &str| format!(r#"{{"attributes":[{{"key":"{key}","value":{{"intValue":1}}}}]}}"#);
    let metric = |name: &str, kind: &str, rest: &str| {
        format!(r#"{{"name":"{name}","{kind}":{{"dataPoints":[{}]{rest}}}}}"#, point("a"))
    };
    let scope = |metrics: &[String]| format!(r#"{{"scopeMetrics":[{{"metrics":[{}]}}]}}"#, metrics.join(","));
    let resources = [
        scope(&[metric("m", "sum", ""), metric("n", "sum", ""), metric("m", "gauge", "")]),
        scope(&[
            metric("m", "sum", r#","isMonotonic":true"#),
            metric("m", "sum", r#","aggregationTemporality":1"#),
        ]),
        scope(&[metric("m", "sum", "")]),
    ];
    let json = format!(r#"{{"resourceMetrics":[{}]}}"#, resources.join(","));
    let identities = Identities::default();
    let ids = ids(&identities, &json);
    assert_eq!(ids.len(), 6);
    assert_eq!(ids[0], ids[5]);
    let different: std::collections::HashSet<_> = ids.iter().collect();
    assert_eq!(different.len(), 5);
    assert_ne!(self::ids(&Identities::default(), &json)[0], ids[0]);
}

#[test]
fn a_full_table_forgets_what_was_silent_the_longest() {
    let mut streams = Streams::new(16);
    for number in 0..16 {
        assert_eq!(streams.insert(StreamId(number, 0), number, number), 0);
    }
    streams.touch(StreamId(0, 0), 100);
    assert_eq!(streams.insert(StreamId(16, 0), 16, 16), 2);
    assert_eq!(streams.len(), 15);
    assert!(streams.get_mut(StreamId(0, 0)).is_some() && streams.get_mut(StreamId(3, 0)).is_some());
    assert!(streams.get_mut(StreamId(1, 0)).is_none() && streams.get_mut(StreamId(2, 0)).is_none());
    assert_eq!(streams.forget_before(16), 13);
    assert_eq!(streams.len(), 2);
}

#[test]
fn streams_of_one_time_are_not_all_forgotten() {
    let mut streams = Streams::new(8);
    for number in 0..9 {
        streams.insert(StreamId(number, 0), 5, ());
    }
    assert_eq!(streams.len(), 8);
}
