//! Field selectors: which objects of a list or a watch are meant.
//!
//! Only equality, as in a real server. RBAC takes a name from a selector that wants exactly one.

use serde_json::Value;

use super::status::Status;

/// What Events may be selected by, besides the two that everything may be selected by.
const OF_EVENTS: [&str; 11] = [
    "involvedObject.kind",
    "involvedObject.namespace",
    "involvedObject.name",
    "involvedObject.uid",
    "involvedObject.apiVersion",
    "involvedObject.resourceVersion",
    "involvedObject.fieldPath",
    "reason",
    "reportingComponent",
    "source",
    "type",
];

/// One condition.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Term {
    field: String,
    equal: bool,
    value: String,
}

/// All of these must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Selector {
    terms: Vec<Term>,
    /// A piece that is no condition.
    bad: Option<String>,
}

impl Selector {
    /// Reads `a=b,c!=d`; what cannot be read is found by [`Self::check`].
    pub(super) fn parse(text: &str) -> Self {
        let mut selector = Self::default();
        for piece in text.split(',').filter(|piece| !piece.is_empty()) {
            let (equal, sides) = match piece.split_once("!=") {
                Some(sides) => (false, Some(sides)),
                None => (true, piece.split_once("==").or_else(|| piece.split_once('='))),
            };
            match sides {
                Some((field, value)) => {
                    selector.terms.push(Term { field: field.to_owned(), equal, value: value.to_owned() });
                }
                None => selector.bad = Some(piece.to_owned()),
            }
        }
        selector
    }

    /// The one name that is selected.
    pub(super) fn name(&self) -> Option<&str> {
        let term = self.terms.iter().find(|term| term.equal && term.field == "metadata.name")?;
        Some(term.value.as_str()).filter(|name| !name.is_empty())
    }

    /// Whether `resource` can be selected like this.
    pub(super) fn check(&self, resource: &str) -> Result<(), Status> {
        if let Some(bad) = &self.bad {
            return Err(Status::bad_request(format!("invalid selector: '{bad}'; can't understand '{bad}'")));
        }
        let events = resource == "events";
        let known = |field: &str| {
            matches!(field, "metadata.name" | "metadata.namespace") || events && OF_EVENTS.contains(&field)
        };
        match self.terms.iter().find(|term| !known(&term.field)) {
            None => Ok(()),
            Some(term) if events => {
                Err(Status::bad_request(format!("field label not supported: {}", term.field)))
            }
            Some(term) => Err(Status::bad_request(format!(
                "{:?} is not a known field selector: only \"metadata.name\", \"metadata.namespace\"",
                term.field
            ))),
        }
    }

    /// Whether `object` is meant. A field that is not there is empty.
    pub(super) fn selects(&self, object: &Value) -> bool {
        self.terms.iter().all(|term| {
            let path = match term.field.as_str() {
                "source" => "source.component",
                field => field,
            };
            let value = object.pointer(&format!("/{}", path.replace('.', "/"))).and_then(Value::as_str);
            (value.unwrap_or_default() == term.value) == term.equal
        })
    }
}
