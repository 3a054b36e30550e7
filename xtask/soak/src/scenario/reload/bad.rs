//! Edits that must be refused: what a person does wrong, as a change of the document that runs.

use std::fmt::Write as _;
use std::net::SocketAddr;

/// What is done to the ConfigMap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Deed {
    /// Its text becomes this.
    Write(String),
    /// Its text moves to another key.
    Rename(String),
    /// It is deleted.
    Delete,
}

/// A bad edit.
#[derive(Debug)]
pub(super) struct Bad {
    /// What a person calls it.
    pub(super) name: &'static str,
    /// Does it to the good document; the address is one on which somebody else listens.
    pub(super) deed: fn(&str, SocketAddr) -> Deed,
}

/// All of them.
pub(super) const BAD: &[Bad] = &[
    Bad { name: "YAML syntax", deed: |good, _| write(format!("{good}  ]: [\n")) },
    Bad { name: "tab as indentation", deed: |good, _| write(good.replacen("  batch:", "\tbatch:", 1)) },
    Bad { name: "duplicate key", deed: |good, _| after(good, "  batch:\n", "    timeout: 1s\n") },
    Bad { name: "not a map", deed: |_, _| write("- receivers\n- exporters\n".to_owned()) },
    Bad { name: "empty document", deed: |_, _| write(String::new()) },
    Bad { name: "unknown section", deed: |good, _| write(format!("{good}pipelines: {{}}\n")) },
    Bad { name: "unknown key", deed: |good, _| after(good, "  batch:\n", "    send_batch_sice: 7\n") },
    Bad { name: "unknown component", deed: |good, _| after(good, "processors:\n", "  batchh:\n") },
    Bad {
        name: "wrong type of value",
        deed: |good, _| change(good, "send_batch_size: ", "send_batch_size: x"),
    },
    Bad { name: "not a duration", deed: |good, _| change(good, "timeout: ", "timeout: soon") },
    Bad {
        name: "sizes that contradict",
        deed: |good, _| after(good, "  batch:\n", "    send_batch_max_size: 1\n"),
    },
    Bad {
        name: "undefined reference",
        deed: |good, _| change(good, "exporters: [otlphttp", "exporters: [otlpgrpc"),
    },
    Bad {
        name: "pipeline without exporters",
        deed: |good, _| change(good, "exporters: [otlphttp]", "exporters: []"),
    },
    Bad {
        name: "no pipelines",
        deed: |good, _| {
            let head = good.split("  pipelines:").next().unwrap_or_default();
            write(format!("{head}  pipelines: {{}}\n"))
        },
    },
    Bad { name: "bad component id", deed: |good, _| change(good, "    logs: ", "    logs/: ") },
    Bad { name: "processor named twice", deed: |good, _| change(good, "batch]", "batch, batch]") },
    Bad { name: "cycle of connectors", deed: |good, _| cycle(good) },
    Bad {
        name: "endpoint without a port",
        deed: |good, _| change(good, "grpc:\n        endpoint: ", "grpc:\n        endpoint: nowhere #"),
    },
    Bad {
        name: "unknown scheme of a reference",
        deed: |good, _| change(good, "${env:KM_API_KEY}", "${vault:KM_API_KEY}"),
    },
    Bad {
        name: "unreadable certificate",
        deed: |good, _| {
            let tls = "        tls: {cert_file: /nonexistent/soak.crt, key_file: /nonexistent/soak.key}\n";
            after(good, "      grpc:\n", tls)
        },
    },
    Bad {
        name: "certificate without its key",
        deed: |good, _| after(good, "      grpc:\n", "        tls: {cert_file: /nonexistent/soak.crt}\n"),
    },
    Bad { name: "port taken", deed: |good, taken| port_taken(good, taken) },
    Bad { name: "a megabyte of unknown keys", deed: |good, _| large(good) },
    Bad { name: "aliases that explode", deed: |_, _| aliases() },
    Bad { name: "key removed", deed: |good, _| Deed::Rename(good.to_owned()) },
    Bad { name: "ConfigMap deleted", deed: |_, _| Deed::Delete },
];

fn write(text: String) -> Deed {
    Deed::Write(text)
}

/// The first `what` becomes `with`.
fn change(good: &str, what: &str, with: &str) -> Deed {
    write(good.replacen(what, with, 1))
}

/// `more` is put behind the first `line`.
fn after(good: &str, line: &str, more: &str) -> Deed {
    write(good.replacen(line, &format!("{line}{more}"), 1))
}

fn cycle(good: &str) -> Deed {
    write(format!(
        "{good}    logs/there: {{receivers: [forward/b], exporters: [forward/a]}}\n    \
         logs/back: {{receivers: [forward/a], exporters: [forward/b]}}\n\
         connectors:\n  forward/a:\n  forward/b:\n"
    ))
}

/// A second receiver on a port that another process has.
fn port_taken(good: &str, taken: SocketAddr) -> Deed {
    let receiver = format!("  otlp/second:\n    protocols:\n      grpc:\n        endpoint: {taken}\n");
    let pipeline = "    logs/second: {receivers: [otlp/second], exporters: [otlphttp]}\n";
    write(format!("{}{pipeline}", good.replacen("receivers:\n", &format!("receivers:\n{receiver}"), 1)))
}

/// As long as the API server lets a ConfigMap be.
fn large(good: &str) -> Deed {
    let mut text = good.to_owned();
    let mut number = 0;
    while text.len() < 1_000_000 {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "unknown_{number}: {{a: b}}");
        number += 1;
    }
    write(text)
}

/// Eight levels of ten references each.
fn aliases() -> Deed {
    let mut text = "a: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..8 {
        let reference = format!("*a{}, ", level - 1).repeat(10);
        let _ = writeln!(text, "b{level}: &a{level} [{}]", reference.trim_end_matches(", "));
    }
    text.push_str("receivers: {otlp: *a7}\n");
    write(text)
}

#[cfg(test)]
mod tests {
    use super::super::shape::Shape;
    use super::*;

    #[test]
    fn every_bad_edit_changes_the_document_and_has_a_name_of_its_own() {
        let good = Shape::base(([127, 0, 0, 1], 1).into(), ([127, 0, 0, 1], 2).into()).yaml("http://x");
        let mut names: Vec<&str> = BAD.iter().map(|bad| bad.name).collect();
        for bad in BAD {
            assert_ne!(
                (bad.deed)(&good, ([127, 0, 0, 1], 3).into()),
                Deed::Write(good.clone()),
                "{}",
                bad.name
            );
        }
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), BAD.len());
        assert!(BAD.len() >= 20);
    }
}
