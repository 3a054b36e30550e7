//! The renderer itself: as Go's template package and Helm's functions do, and strict.

use serde_json::json;

use super::*;

fn render(template: &str) -> Result<String, String> {
    let files = BTreeMap::from([("x.yaml".to_owned(), template.to_owned())]);
    let root = json!({"Values": {
        "on": true, "off": false, "text": "a: b", "empty": "", "many": 1_000_000, "few": 3,
        "list": ["x", "y"], "map": {"b": {"k": 2}, "a": {"k": 1}},
    }});
    Ok(Templates::parse(&files)?.render(&root)?.remove("x.yaml").unwrap())
}

#[test]
fn what_the_chart_uses_does_what_it_does_in_go() {
    for (template, expected) in [
        ("a {{- /* c }} */ -}} b", "ab"),
        ("a {{- \"b\" -}} c", "abc"),
        ("x: {{ \"a}}\\\"\" }}", "x: a}}\""),
        ("{{ if .Values.off }}1{{ else if .Values.on }}2{{ else }}3{{ end }}", "2"),
        ("{{ if and .Values.on .Values.empty }}1{{ else }}2{{ end }}", "2"),
        ("{{ or .Values.empty .Values.few .Values.text }}", "3"),
        ("{{ with .Values.map }}{{ range $k, $v := . }}{{ $k }}{{ $v.k }}{{ end }}{{ end }}", "a1b2"),
        ("{{ range .Values.list }}{{ . }}{{ $.Values.few }}{{ end }}", "x3y3"),
        ("{{ $x := 1 }}{{ range .Values.list }}{{ $x = . }}{{ end }}{{ $x }}", "y"),
        ("{{ $x := 1 }}{{ if true }}{{ $x := 2 }}{{ end }}{{ $x }}", "1"),
        ("{{ define \"d\" }}[{{ . }}]{{ end }}{{ include \"d\" .Values.few | quote }}", "\"[3]\""),
        ("{{ default \"d\" .Values.empty }}{{ .Values.few | default 4 }}", "d3"),
        ("{{ toYaml .Values.map | nindent 2 }}", "\n  a:\n    k: 1\n  b:\n    k: 2"),
        (
            "{{ toYaml (list \"a: b\" \"60\" \"0.0.0.0:1\" \"n\" \"\") }}",
            "- 'a: b'\n- \"60\"\n- 0.0.0.0:1\n- \"n\"\n- \"\"",
        ),
        (
            "{{ toYaml (dict \"k\" (list (dict \"a\" 1 \"b\" (list))) \"e\" (dict)) }}",
            "e: {}\nk:\n- a: 1\n  b: []",
        ),
        ("{{ toYaml (dict \"t\" \"a\\nb\\n\") }}", "t: |\n  a\n  b"),
        ("{{ printf \"%s-%s\" \"a\" \"bcd-\" | trunc 5 | trimSuffix \"d\" }}", "a-bc"),
        (
            "{{ toYaml (mergeOverwrite (dict \"a\" (dict \"b\" 1 \"c\" 1)) (dict \"a\" (dict \"b\" 2))) }}",
            "a:\n  b: 2\n  c: 1",
        ),
        ("{{ if has \"x\" (append (list) \"x\") }}1{{ end }}", "1"),
        ("{{ index .Values.map \"a\" \"k\" }}{{ if index .Values.map \"z\" }}1{{ end }}", "1"),
        ("{{ toYaml (fromYaml \"a: [1]\") }}", "a:\n- 1"),
    ] {
        assert_eq!(render(template).as_deref(), Ok(expected), "{template}");
    }
}

#[test]
fn what_helm_would_let_pass_or_print_otherwise_is_an_error() {
    for (template, part) in [
        ("{{ .Values.onn }}", "no onn"),
        ("{{ lookup \"v1\" \"Pod\" \"\" \"\" }}", "lookup of"),
        ("{{ include \"none\" . }}", "no template none"),
        ("{{ .Values.many }}", "not to be printed"),
        ("{{ .Values.map }}", "not to be printed"),
        ("{{ eq .Values.few 3 }}", "eq of"),
        ("{{ printf \"%d\" .Values.text }}", "printf"),
        ("{{ mergeOverwrite (dict \"a\" (list 1)) (dict \"a\" (list)) | toYaml }}", "mergeOverwrite"),
        ("{{ required \"say it\" .Values.empty }}", "say it"),
        ("{{ fail \"no\" }}", "no"),
        ("{{ $y }}", "no variable $y"),
        ("{{ if .Values.on }}", "does not end"),
        ("{{ end }}", "ends nothing"),
        ("{{ .Values.on", "does not end"),
        ("{{ template \"d\" . }}", "template"),
        ("{{ define \"d\" }}{{ include \"d\" . }}{{ end }}{{ include \"d\" . }}", "without end"),
    ] {
        let error = render(template).unwrap_err();
        assert!(error.contains(part), "{template}: {error}");
    }
}
