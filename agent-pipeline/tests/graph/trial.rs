//! Trying plans out: what is told, in which order, and that nothing in front or behind is built.

use agent_otlp::{Batch, Signal};
use agent_pipeline::Tried;

use crate::parts::{World, batch, batch_of, host, plan_of};

fn items<'b>(batches: impl IntoIterator<Item = &'b Batch>) -> usize {
    batches.into_iter().map(Batch::items).sum()
}

async fn told(text: &str, input: &[Batch]) -> Vec<String> {
    let mut told = Vec::new();
    let mut tell = |tried: Tried<'_>| {
        told.push(match tried {
            Tried::Pipeline { id, input } => format!("{id} begins with {}", items(input)),
            Tried::Component { id, input, output, errors, .. } => {
                let targets: Vec<String> =
                    output.iter().flat_map(|(to, _)| to).map(ToString::to_string).collect();
                let out = items(output.iter().map(|(_, batch)| batch));
                format!("{id}: {} to {out} {}{}", items(input), targets.join(" "), errors.join("; "))
            }
            Tried::Exporters { ids, output } => format!("{ids:?} would get {}", items(output)),
        });
    };
    plan_of(text).try_out(input, &host(), &mut tell).await.unwrap();
    told
}

#[tokio::test]
async fn data_goes_through_every_processor_and_on_behind_connectors() {
    let text = "
receivers: {hand: {world: trial, broken: true}}
processors: {say: {world: trial, most: 2}, hold: {world: trial}, say/no: {world: trial, refuses: true}}
exporters: {record: {world: trial, broken: true}}
connectors: {join: {world: trial}}
service:
  pipelines:
    logs/behind: {receivers: [join], processors: [say/no], exporters: [record]}
    logs/in: {receivers: [hand], processors: [say, hold], exporters: [record, join]}
    metrics: {receivers: [join], exporters: [record]}
    traces: {receivers: [hand], exporters: [record]}
";
    let input = [batch_of(Signal::Logs, 3), batch(Signal::Logs)];
    let expected = [
        "logs/in begins with 4",
        "say: 4 to 3 ",
        "hold: 3 to 3 ",
        "[record] would get 3",
        "join: 3 to 3 metrics metrics",
        "metrics begins with 3",
        "[record] would get 3",
        "join: 3 to 3 logs/behind logs/behind",
        "logs/behind begins with 3",
        "say/no: 3 to 0 processors::say/no: refused: refused (line 3, column 66); \
         processors::say/no: refused: refused (line 3, column 66)",
        "[record] would get 0",
    ];
    assert_eq!(told(text, &input).await, expected);
    let events = World::named("trial").events().clone();
    assert!(events.iter().all(|event| !event.contains("hand") && !event.contains("record")), "{events:?}");
}

#[tokio::test]
async fn pipelines_of_other_signals_and_components_in_none_are_left_alone() {
    let text = "
receivers: {hand: {world: unstarted}}
exporters: {record: {world: unstarted}}
connectors: {join: {world: unstarted}}
service: {pipelines: {logs: {receivers: [hand], exporters: [record]}}}
";
    assert_eq!(told(text, &[batch(Signal::Logs)]).await, ["logs begins with 1", "[record] would get 1"]);
    assert_eq!(told(text, &[batch(Signal::Traces)]).await, Vec::<String>::new());
}
