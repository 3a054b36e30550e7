//! Span names as the semantic conventions ask for them.

use agent_otlp::Span;

use crate::context::{Context, Record};
use crate::error::Eval;
use crate::function::args::{Args, Prepared};
use crate::function::{Kind, Literals, Param};
use crate::value::Value;

editor!(
    SET_SEMCONV_SPAN_NAME, "set_semconv_span_name", [
        Param::of("semconv_version", Kind::LiteralText),
        Param::optional("original_span_name_attribute", Kind::LiteralText),
    ], set_name,
    [r#"set_semconv_span_name("1.37.0")"#,
        r#"[{"name":"GET /u/1","kind":2,"attributes":[{"key":"http.request.method","value":{"stringValue":"GET"}},{"key":"http.route","value":{"stringValue":"/u/{id}"}}]}]"#,
        r#"[{"name":"GET /u/{id}","kind":2,"attributes":[{"key":"http.request.method","value":{"stringValue":"GET"}},{"key":"http.route","value":{"stringValue":"/u/{id}"}}]}]"#],
    contexts: &[Context::Span],
    prepare: Some(known_version),
);

const VERSION: &str = "1.37.0";
const SERVER: i32 = 2;
const CLIENT: i32 = 3;

fn known_version(literals: &Literals<'_>) -> Result<Prepared, String> {
    match literals.text(0).unwrap_or_default() {
        VERSION => Ok(Prepared::Nothing),
        other => Err(format!("unsupported semconv version: {other}, supported is {VERSION}")),
    }
}

fn set_name(args: &mut Args<'_, '_>, record: &mut dyn Record<'_>) -> Eval<()> {
    let keep = args.look(1).map(Value::text).transpose()?;
    record.span(&mut |span| {
        let Some(name) = name(span).filter(|name| name != span.name()) else { return };
        if let Some(attribute) = &keep {
            let original = span.name().to_owned();
            span.attributes_mut().upsert(attribute.clone().into_owned(), original);
        }
        span.set_name(&name);
    });
    Ok(())
}

/// The first of the attributes that is a text and not empty.
fn first<'s>(span: &'s Span<'_>, keys: &[&str]) -> Option<&'s str> {
    keys.iter().find_map(|key| span.attributes().get_str(key).filter(|text| !text.is_empty()))
}

fn joined(first: &str, second: Option<&str>) -> String {
    second.map_or_else(|| first.to_owned(), |second| format!("{first} {second}"))
}

/// The name; `None` for a span of no known kind.
fn name(span: &Span<'_>) -> Option<String> {
    if let Some(method) = first(span, &["http.request.method", "http.method"]) {
        let method = if method == "_OTHER" { "HTTP" } else { method };
        let target = match span.kind() {
            SERVER => first(span, &["http.route"]),
            CLIENT => first(span, &["url.template"]),
            _ => None,
        };
        return Some(joined(method, target));
    }
    if let Some(system) = first(span, &["rpc.system"]) {
        let (service, method) = (first(span, &["rpc.service"]), first(span, &["rpc.method"]));
        return Some(match (service, method) {
            (Some(service), Some(method)) => format!("{service}/{method}"),
            (Some(service), None) => format!("{service}/*"),
            (None, Some(method)) => method.to_owned(),
            (None, None) => system.to_owned(),
        });
    }
    if let Some(system) = first(span, &["messaging.system"]) {
        let operation =
            first(span, &["messaging.operation.name", "messaging.operation.type", "messaging.operation"]);
        let destination =
            first(span, &["messaging.destination.template", "messaging.destination.name", "server.address"]);
        return Some(match operation {
            Some(operation) => joined(operation, destination),
            None => destination.unwrap_or(system).to_owned(),
        });
    }
    let system = first(span, &["db.system.name", "db.system"])?;
    if let Some(summary) = first(span, &["db.query.summary"]) {
        return Some(summary.to_owned());
    }
    let operation = first(span, &["db.operation.name", "db.operation"]);
    let target = first(
        span,
        &[
            "db.collection.name",
            "db.sql.table",
            "db.stored_procedure.name",
            "db.namespace",
            "db.name",
            "server.address",
        ],
    );
    Some(match operation {
        Some(operation) => joined(operation, target),
        None => target.unwrap_or(system).to_owned(),
    })
}
