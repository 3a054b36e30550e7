//! Strict decoding: what is accepted, what is told, and where.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::Section;
use crate::issues::{ConfigPath, Issues};
use crate::settings::MapEnvironment;
use crate::values::{AnyYaml, ByteSize, GoDuration, Headers, Secret};

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Sample {
    timeout: GoDuration,
    size: u32,
    ratio: f64,
    on: bool,
    name: String,
    limit: ByteSize,
    list: Vec<String>,
    labels: BTreeMap<String, String>,
    mode: Mode,
    maybe: Option<u32>,
    #[serde(alias = "workers")]
    consumers: Option<std::num::NonZeroU16>,
    shape: Shape,
    grpc: Option<Server>,
    server: Server,
    actions: Vec<Action>,
    any: AnyYaml,
    headers: Headers,
    token: Secret,
}

impl Default for Sample {
    fn default() -> Self {
        Self {
            timeout: GoDuration::from_millis(200),
            size: 8192,
            ratio: 0.5,
            on: true,
            name: "default".to_owned(),
            limit: ByteSize::from_mib(1),
            list: vec!["preset".to_owned()],
            labels: BTreeMap::new(),
            mode: Mode::Basic,
            maybe: None,
            consumers: None,
            shape: Shape::default(),
            grpc: None,
            server: Server::default(),
            actions: Vec::new(),
            any: AnyYaml::Null,
            headers: Headers::default(),
            token: Secret::default(),
        }
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Mode {
    #[default]
    Basic,
    Detailed,
}

/// A choice written as a map of one key, or as a word.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Shape {
    #[default]
    Point,
    Circle(u32),
    Box {
        #[serde(default)]
        width: u32,
    },
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Server {
    endpoint: String,
    port: u16,
}

impl Default for Server {
    fn default() -> Self {
        Self { endpoint: "localhost".to_owned(), port: 4317 }
    }
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Action {
    key: String,
    #[serde(default)]
    action: Mode,
}

fn section(yaml: &str, environment: &MapEnvironment) -> Section {
    let (section, issues) = Section::parse("processors::sample", yaml, environment);
    assert!(!issues.has_errors(), "{issues}");
    section.expect("the text is readable")
}

fn decode_with(yaml: &str, environment: &MapEnvironment) -> Result<Sample, String> {
    let mut issues = Issues::new();
    section(yaml, environment).decode(&mut issues).ok_or_else(|| issues.to_string())
}

fn decode(yaml: &str) -> Result<Sample, String> {
    decode_with(yaml, &MapEnvironment::new())
}

fn decoded(yaml: &str) -> Sample {
    decode(yaml).expect("the section is good")
}

fn problems(yaml: &str) -> String {
    decode(yaml).expect_err("the section is bad")
}

#[test]
fn an_empty_section_is_all_defaults() {
    assert_eq!(decoded(""), Sample::default());
    assert_eq!(decoded("{}"), Sample::default());
    assert_eq!(decoded("~"), Sample::default());
}

#[test]
fn every_kind_of_field_is_read() {
    let sample = decoded(
        "timeout: 1m30s\nsize: 10\nratio: 1\non: false\nname: text\nlimit: 2MiB\nlist: [a, b]\nlabels: {k: v}\n\
         mode: detailed\nmaybe: 7\ngrpc: {port: 1}\nserver: {endpoint: host}\nactions: [{key: a, action: basic}]\n\
         any: [1, x]\nheaders: {api-key: secret}\ntoken: '123'\n",
    );
    assert_eq!(sample.timeout, GoDuration::from_secs(90));
    assert_eq!((sample.size, sample.ratio, sample.on), (10, 1.0, false));
    assert_eq!(sample.limit.as_bytes(), 2 << 20);
    assert_eq!(sample.list, ["a", "b"]);
    assert_eq!(sample.labels["k"], "v");
    assert_eq!(sample.mode, Mode::Detailed);
    assert_eq!(sample.maybe, Some(7));
    assert_eq!(sample.grpc, Some(Server { port: 1, ..Server::default() }));
    assert_eq!(sample.actions, [Action { key: "a".to_owned(), action: Mode::Basic }]);
    assert_eq!(sample.any, AnyYaml::List(vec![AnyYaml::Int(1), AnyYaml::String("x".to_owned())]));
    assert_eq!(sample.headers.get("API-Key").expect("it is there").expose(), "secret");
    assert_eq!(sample.token.expose(), "123");
}

#[test]
fn a_null_scalar_list_or_map_is_the_default_of_its_field() {
    let nulls = "timeout:\nsize: null\nratio: ~\non:\nname:\nlimit:\nlist:\nlabels:\nmode:\nmaybe:\nserver:\nactions:\n\
                 any:\nheaders:\ntoken:\n";
    assert_eq!(decoded(nulls), Sample::default());
}

#[test]
fn a_null_optional_section_is_there_with_defaults() {
    assert_eq!(decoded("grpc:").grpc, Some(Server::default()));
    assert_eq!(decoded("{}").grpc, None);
}

#[test]
fn a_number_or_boolean_is_no_text() {
    let problem = "processors::sample::name: expected a string, got an integer 5 (line 1, column 7)";
    assert_eq!(problems("name: 5"), problem);
    assert!(problems("name: true").contains("expected a string"));
    assert!(problems("labels: {a: 007}").contains("processors::sample::labels::a: expected a string"));
    assert_eq!(decoded("name: '0123'").name, "0123");
}

#[test]
fn a_text_for_a_list_is_split_at_commas() {
    assert_eq!(decoded("list: a,b, c").list, ["a", "b", " c"]);
    assert_eq!(decoded("list: ''").list, Vec::<String>::new());
}

#[test]
fn a_number_loses_its_fraction_for_a_whole_number_field() {
    assert_eq!(decoded("size: 5.9").size, 5);
    assert_eq!(decoded("timeout: 5.5").timeout, GoDuration::from_nanos(5));
    assert_eq!(decoded("timeout: 5").timeout, GoDuration::from_nanos(5));
}

#[test]
fn other_names_of_a_field_are_known() {
    assert_eq!(decoded("workers: 3").consumers, std::num::NonZeroU16::new(3));
    assert_eq!(
        problems("workers: 0"),
        "processors::sample::workers: expected an integer above 0, got integer 0 (line 1, column 10)"
    );
}

#[test]
fn a_choice_is_a_word_or_a_map_of_one_key() {
    assert_eq!(decoded("shape: point").shape, Shape::Point);
    assert_eq!(decoded("shape: {circle: 3}").shape, Shape::Circle(3));
    assert_eq!(decoded("shape: {box: {width: 2}}").shape, Shape::Box { width: 2 });
    assert_eq!(decoded("shape: {box: }").shape, Shape::Box { width: 0 });
    assert_eq!(
        problems("shape: {box: {widht: 2}}"),
        "processors::sample::shape::box::widht: unknown key, did you mean `width`? (line 1, column 15)"
    );
    assert_eq!(
        problems("shape: {circle: 1, box: }"),
        "processors::sample::shape: expected a map with one of the keys point, circle, box, got a map (line 1, column 8)"
    );
}

#[test]
fn headers_may_be_a_list_of_name_and_value() {
    let headers = decoded("headers: [{name: a, value: b}]").headers;
    assert_eq!(headers.get("a").expect("it is there").expose(), "b");
}

#[test]
fn all_problems_of_a_section_are_told_at_once() {
    let told = problems(
        "timeout: 5parsecs\nsize: lots\nratio: [1]\non: yes\nlimit: 3 apples\nlist: {a: b}\nmode: detaled\n\
         maybe: -1\ngrpc:\n  prot: 1\n  port: 70000\nactions:\n  - action: basic\n  - key: [x]\n  - kye: a\n    key: b\n",
    );
    assert_eq!(
        told,
        "\
processors::sample::timeout: time: unknown unit \"parsecs\" in duration \"5parsecs\" (line 1, column 10)
processors::sample::size: expected an integer, got string \"lots\" (line 2, column 7)
processors::sample::ratio: expected a number, got a list (line 3, column 8)
processors::sample::on: expected true or false, got string \"yes\" (line 4, column 5)
processors::sample::limit: invalid byte size \"3 apples\": expected a number with a unit such as `1MiB` or `10KB` (line 5, column 8)
processors::sample::list: expected a list, got a map (line 6, column 7)
processors::sample::mode: unknown value \"detaled\", expected one of `basic`, `detailed`, did you mean `detailed`? (line 7, column 7)
processors::sample::maybe: expected an integer from 0 to 4294967295, got integer -1 (line 8, column 8)
processors::sample::grpc::prot: unknown key, did you mean `port`? (line 10, column 3)
processors::sample::grpc::port: expected an integer from 0 to 65535, got integer 70000 (line 11, column 9)
processors::sample::actions[0]: \"key\" is required (line 13, column 5)
processors::sample::actions[1]::key: expected a string, got a list (line 14, column 10)
processors::sample::actions[2]::kye: unknown key, did you mean `key`? (line 15, column 5)"
    );
}

#[test]
fn a_number_in_quotes_is_no_number() {
    assert_eq!(
        problems("size: '10'"),
        "processors::sample::size: expected an integer, got string \"10\" (line 1, column 7)"
    );
}

#[test]
fn a_section_that_is_not_a_map_is_told_so() {
    assert_eq!(
        problems("just text"),
        "processors::sample: expected a map, got string \"just text\" (line 1, column 1)"
    );
}

#[test]
fn a_bare_number_needs_a_unit_only_in_quotes() {
    assert_eq!(
        problems("timeout: '7'"),
        "processors::sample::timeout: time: missing unit in duration \"7\" (line 1, column 10)"
    );
}

#[test]
fn whole_values_from_the_environment_are_typed_by_the_field() {
    let environment = MapEnvironment::new()
        .with("T", "50ms")
        .with("N", "0123")
        .with("B", "true")
        .with("L", "[a, b]")
        .with("E", "");
    let yaml = "timeout: ${env:T}\nname: ${env:N}\non: ${env:B}\nlist: ${env:L}\nany: ${env:N}";
    let sample = decode_with(yaml, &environment).expect("good");
    assert_eq!(sample.timeout, GoDuration::from_millis(50));
    assert_eq!(sample.name, "0123");
    assert_eq!(sample.list, ["a", "b"]);
    assert_eq!(sample.any, AnyYaml::Int(83));
    assert_eq!(decode_with("name: ${env:L}", &environment).expect("good").name, "[a, b]");
    assert_eq!(decode_with("name: x${env:L}y", &environment).expect("good").name, "x[a, b]y");
}

#[test]
fn an_empty_variable_is_zero_where_a_null_would_be_the_default() {
    let environment = MapEnvironment::new().with("E", "");
    let yaml = "timeout: ${env:E}\nsize: ${env:E}\nname: ${env:E}\non: ${env:E}\nlist: ${env:E}\nmaybe: ${env:E}\n\
                limit: ${env:E}\nheaders: ${env:E}";
    let sample = decode_with(yaml, &environment).expect("good");
    assert_eq!((sample.timeout, sample.size, sample.on), (GoDuration::ZERO, 0, false));
    assert_eq!((sample.name.as_str(), sample.list.len(), sample.maybe), ("", 0, None));
    assert_eq!((sample.limit.as_bytes(), sample.headers.len()), (0, 0));
}

#[test]
fn values_from_the_environment_are_not_in_messages() {
    let environment = MapEnvironment::new()
        .with("S", "hunter2")
        .with("D", "7")
        .with("M", "[{action: hunter2}]")
        .with("N", "-3")
        .with("LONG", "hunter2".repeat(40));
    let told = |yaml: &str| decode_with(yaml, &environment).expect_err("bad");
    for yaml in [
        "timeout: ${env:S}",
        "size: ${env:S}",
        "mode: ${env:S}",
        "mode: ${env:LONG}",
        "mode: a${env:LONG}",
        "grpc: ${env:LONG}",
        "limit: a${env:S}b",
        "limit: a${env:LONG}b",
        "actions: ${env:M}",
    ] {
        let text = told(yaml);
        assert!(!text.contains("hunter"), "{text}");
    }
    assert_eq!(
        told("maybe: ${env:N}"),
        "processors::sample::maybe: expected an integer from 0 to 4294967295, got an integer from ${env:N} (line 1, column 8)"
    );
    assert_eq!(
        told("timeout: '${env:D}${env:D}'"),
        "processors::sample::timeout: time: missing unit in duration \"${env:D}${env:D}\" (line 1, column 10)"
    );
}

#[test]
fn long_values_are_cut_in_messages() {
    let told = problems(&format!("size: {}", "x".repeat(5_000)));
    assert!(told.len() < 200 && told.contains('…'), "{told}");
}

#[test]
fn fingerprints_follow_the_content_not_the_writing() {
    let print = |yaml: &str| section(yaml, &MapEnvironment::new().with("A", "x")).fingerprint();
    assert_eq!(print("a: 1\nb: [x]"), print("{b: [\"x\"], a: 1} # comment"));
    assert_eq!(print("a: x"), print("a: ${env:A}"));
    for other in ["a: 2\nb: [x]", "a: '1'\nb: [x]", "a: 1\nb: [x, x]", "a: 1\nc: [x]", "a: 1"] {
        assert_ne!(print("a: 1\nb: [x]"), print(other), "{other}");
    }
}

#[test]
fn a_hostile_number_of_problems_ends() {
    let unknown: Vec<String> = (0..20_000).map(|n| format!("k{n}: {{}}")).collect();
    let yaml = format!("{}\nactions:\n{}", unknown.join("\n"), "- {key: [1]}\n".repeat(5_000));
    assert!(problems(&yaml).lines().count() <= Issues::MAX + 2);
}

#[test]
fn a_hostile_number_of_defaults_ends() {
    let yaml = format!("actions:\n{}", "- {key: a, action: }\n".repeat(15_000));
    assert!(problems(&yaml).contains("too many problems to find all of them"));
}

#[test]
fn an_empty_section_can_be_made_without_text() {
    let mut issues = Issues::new();
    let sample: Option<Sample> = Section::empty(ConfigPath::of("receivers::nop")).decode(&mut issues);
    assert_eq!(sample, Some(Sample::default()));
}
