//! Random tables over random data: every record goes to exactly the pipelines that the routes say, in their order.

use proptest::prelude::*;

use super::*;

/// A route in short: its context, the remainder by 5 that it asks for, whether it copies, and its pipelines.
#[derive(Clone, Debug)]
struct Shape {
    by_resource: bool,
    asks: usize,
    is_copy: bool,
    pipelines: Vec<usize>,
}

const NAMES: [&str; 3] = ["logs/a", "logs/b", "logs/c"];

fn shape() -> impl Strategy<Value = Shape> {
    let pipelines = proptest::sample::subsequence(vec![0, 1, 2], 1..=3);
    (any::<bool>(), 0..5_usize, any::<bool>(), pipelines)
        .prop_map(|(by_resource, asks, is_copy, pipelines)| Shape { by_resource, asks, is_copy, pipelines })
}

/// Resources with a number each, scopes, and the severities of their records.
type Data = Vec<(usize, Vec<Vec<usize>>)>;

fn logs() -> impl Strategy<Value = Data> {
    let scopes = proptest::collection::vec(proptest::collection::vec(1..20_usize, 0..5), 0..4);
    proptest::collection::vec((0..5_usize, scopes), 0..5)
}

fn names(pipelines: &[usize]) -> String {
    pipelines.iter().map(|place| NAMES[*place]).collect::<Vec<_>>().join(", ")
}

fn yaml(routes: &[Shape], defaults: &[usize]) -> String {
    let table = routes.iter().map(|Shape { by_resource, asks, is_copy, pipelines }| {
        let action = if *is_copy { "copy" } else { "move" };
        let (context, condition) = if *by_resource {
            ("resource", format!("attributes[\"n\"] == {asks}"))
        } else {
            ("log", format!("severity_number - severity_number / 5 * 5 == {asks}"))
        };
        let pipelines = names(pipelines);
        format!("  - {{context: {context}, action: {action}, condition: '{condition}', pipelines: [{pipelines}]}}\n")
    });
    format!("default_pipelines: [{}]\ntable:\n{}", names(defaults), table.collect::<String>())
}

fn json(data: &Data) -> String {
    let resources = data.iter().map(|(number, scopes)| {
        let scopes = scopes.iter().map(|records| {
            let records = records.iter().map(|severity| format!(r#"{{"severityNumber":{severity}}}"#));
            format!(r#"{{"logRecords":[{}]}}"#, records.collect::<Vec<_>>().join(","))
        });
        format!(
            r#"{{"resource":{{"attributes":[{{"key":"n","value":{{"intValue":{number}}}}}]}},"scopeLogs":[{}]}}"#,
            scopes.collect::<Vec<_>>().join(",")
        )
    });
    format!(r#"{{"resourceLogs":[{}]}}"#, resources.collect::<Vec<_>>().join(","))
}

/// What each pipeline should get, record by record.
fn expected(routes: &[Shape], defaults: &[usize], data: &Data) -> Vec<Vec<i32>> {
    let records =
        data.iter().flat_map(|(number, scopes)| scopes.iter().flatten().map(|record| (*number, *record)));
    let mut rest: Vec<(usize, usize)> = records.collect();
    let mut got = vec![Vec::new(); NAMES.len()];
    let mut seen: Vec<(bool, usize)> = Vec::new();
    for route in routes {
        if seen.contains(&(route.by_resource, route.asks)) {
            continue;
        }
        seen.push((route.by_resource, route.asks));
        let matches = |(number, record): &(usize, usize)| {
            (if route.by_resource { *number } else { record % 5 }) == route.asks
        };
        for pipeline in &route.pipelines {
            got[*pipeline].extend(
                rest.iter().filter(|entry| matches(entry)).map(|(_, record)| i32::try_from(*record).unwrap()),
            );
        }
        if !route.is_copy {
            rest.retain(|entry| !matches(entry));
        }
    }
    for pipeline in defaults {
        got[*pipeline].extend(rest.iter().map(|(_, record)| i32::try_from(*record).unwrap()));
    }
    got
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_record_goes_where_the_routes_say(
        routes in proptest::collection::vec(shape(), 1..6),
        defaults in proptest::sample::subsequence(vec![0, 1, 2], 0..=3),
        data in logs(),
    ) {
        let table = Table::new(&yaml(&routes, &defaults));
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(table.routing.consume(Telemetry::new(batch(Signal::Logs, &json(&data))))).unwrap();
        prop_assert_eq!(table.got(), expected(&routes, &defaults, &data));
    }
}
