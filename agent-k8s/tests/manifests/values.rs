//! The schema of the chart's values: it refuses a name that is misspelt wherever one can be, and has all that there is.

use serde_json::{Value, json};

use crate::chart::{EXAMPLES, values};
use crate::helm::schema::Schema;
use crate::helm::{Chart, folder, read};

/// What holds names of the user's, of Kubernetes or of the Collector.
const FREE: [&str; 5] = ["textMap", "kubernetesObject", "collectorConfig", "quantities", "ports"];

/// Calls `visit` with each schema of an object, and what it is called.
fn objects<'a>(schema: &'a Value, name: &str, visit: &mut impl FnMut(&str, &'a Value)) {
    if schema["type"] == "object" {
        visit(name, schema);
    }
    for (name, inner) in
        schema["properties"].as_object().into_iter().chain(schema["$defs"].as_object()).flatten()
    {
        objects(inner, name, visit);
    }
    if let Some(items) = schema.get("items") {
        objects(items, name, visit);
    }
}

#[test]
fn every_object_of_the_schema_is_closed() {
    let chart = Chart::load();
    let mut closed = 0;
    objects(chart.schema().json(), "", &mut |name, schema| {
        let free = FREE.contains(&name);
        assert_eq!(schema["additionalProperties"] != json!(false), free, "{name}");
        closed += usize::from(!free);
    });
    assert!(closed >= 20, "{closed}");
}

#[test]
fn a_misspelt_value_is_refused_wherever_it_stands() {
    let chart = Chart::load();
    for values in [
        json!({"replicas": 2}),
        json!({"image": {"tagg": "1"}}),
        json!({"presets": {"logCollection": {"enabled": true}}}),
        json!({"presets": {"logsCollection": {"enable": true}}}),
        json!({"resources": {"limit": {"memory": "1Gi"}}}),
        json!({"livenessProbe": {"initialDelay": 3}}),
        json!({"ports": {"otlp": {"port": 4317}}}),
        json!({"rollout": {"rollingUpdate": {"maxUnavailible": 1}}}),
        json!({"imagePullSecrets": [{"nam": "x"}]}),
    ] {
        let error = chart.manifests(&values).unwrap_err();
        assert!(error.ends_with("not known"), "{error}");
    }
}

#[test]
fn a_value_of_the_wrong_kind_is_refused() {
    let chart = Chart::load();
    for values in [
        json!({"mode": "statefulset"}),
        json!({"replicaCount": "2"}),
        json!({"replicaCount": -1}),
        json!({"replicaCount": 1.5}),
        json!({"agent": {"collectorEndpoint": "otel.kloudmate.com:4318"}}),
        json!({"agent": {"logLevel": "trace"}}),
        json!({"agent": {"shutdownTimeout": "ten"}}),
        json!({"ports": {"otlp": {"containerPort": 65536}}}),
        json!({"podLabels": {"a": 1}}),
        json!({"image": {"repository": ""}}),
        json!({"image": {"extraComponents": ["file_log"]}}),
    ] {
        let error = chart.manifests(&values).unwrap_err();
        assert!(error.contains("is against"), "{values}: {error}");
    }
}

#[test]
fn the_schema_takes_the_defaults_and_all_examples() {
    let chart = Chart::load();
    assert_eq!(chart.schema().problems(chart.values()), [""; 0]);
    for example in EXAMPLES {
        let rendered = chart.manifests(&values(example));
        assert!(rendered.is_ok(), "{example}: {rendered:?}");
    }
}

/// Calls `visit` with the path of each value that the schema names.
fn names(schema: &Schema, of: &Value, at: &str, visit: &mut impl FnMut(&str)) {
    for (name, inner) in schema.resolve(of)["properties"].as_object().into_iter().flatten() {
        let path = format!("{at}/{name}");
        visit(&path);
        names(schema, inner, &path, visit);
    }
}

/// Whether a value is there, or may be left out.
fn is_optional(path: &str) -> bool {
    path == "/global" || path.contains("Probe/") || path.starts_with("/rollout/rollingUpdate/")
}

#[test]
fn values_schema_and_readme_name_the_same() {
    let (chart, readme) = (Chart::load(), read(&folder().join("README.md")));
    names(chart.schema(), chart.schema().json(), "", &mut |path| {
        assert!(is_optional(path) || chart.values().pointer(path).is_some(), "{path} is not in values.yaml");
        let name = path.trim_start_matches('/').replace('/', ".");
        assert!(
            is_optional(path)
                || readme.contains(&format!("`{name}`"))
                || readme.contains(&format!("`{name}.")),
            "README.md does not name {name}"
        );
    });
}

/// Whether a template takes the value at `path`, or what holds it, as a whole.
fn is_used(templates: &str, path: &str) -> bool {
    let name = path.replace('/', ".");
    let (mut end, is_whole) =
        (name.len(), |rest: &str| !rest.starts_with(|next: char| next == '.' || next.is_alphanumeric()));
    while end > 0 {
        let wanted = format!("Values{}", &name[..end]);
        if templates.match_indices(&wanted).any(|(at, _)| is_whole(&templates[at + wanted.len()..])) {
            return true;
        }
        end = name[..end].rfind('.').unwrap_or_default();
    }
    false
}

#[test]
fn every_value_has_an_effect() {
    let chart = Chart::load();
    let files = std::fs::read_dir(folder().join("templates")).unwrap();
    let templates: String = files.map(|file| read(&file.unwrap().path())).collect();
    assert!(!is_used(&templates, "/image/colour") && !is_used(&templates, "/imag"));
    names(chart.schema(), chart.schema().json(), "", &mut |path| {
        let is_a_map = chart.schema().resolve(at(chart.schema(), path)).get("properties").is_some();
        assert!(path == "/global" || is_a_map || is_used(&templates, path), "no template takes {path}");
    });
}

/// The schema of the value at `path`.
fn at<'a>(schema: &'a Schema, path: &str) -> &'a Value {
    path.split('/').skip(1).fold(schema.json(), |of, name| &schema.resolve(of)["properties"][name])
}
