//! Conditions of the `request` context: one comparison with the metadata of the request that data came with.

use agent_component::ClientInfo;

/// `request["name"] == "value"`, or `!=`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct RequestCondition {
    name: String,
    value: String,
    is_equal: bool,
}

impl RequestCondition {
    /// Parses a condition.
    ///
    /// # Errors
    /// What is wrong with it, in the Collector's words.
    pub(super) fn parse(text: &str) -> Result<Self, &'static str> {
        let comparators = text.matches("==").count() + text.matches("!=").count();
        let parts = text.split_once("==").map(|parts| (parts, true));
        let parts = parts.or_else(|| text.split_once("!=").map(|parts| (parts, false)));
        let ((left, right), is_equal) = match parts {
            None => return Err("condition does not contain a valid comparator"),
            Some(_) if comparators > 1 => return Err("condition contains multiple comparators"),
            Some(parts) => parts,
        };
        let name = left.trim().strip_prefix("request[\"").and_then(|rest| rest.strip_suffix("\"]"));
        let name = name.ok_or("condition must have format 'request[\"<name>\"] <comparator> <value>'")?;
        let value = right.trim().strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        let value =
            value.ok_or("condition must have format 'request[\"<name>\"] <comparator> \"<value>\"'")?;
        Ok(Self { name: name.to_owned(), value: value.to_owned(), is_equal })
    }

    /// Whether one of the values of that name compares so. A request without the name never matches.
    pub(super) fn holds(&self, client: Option<&ClientInfo>) -> bool {
        client.is_some_and(|client| {
            client.metadata(&self.name).any(|value| (value == self.value) == self.is_equal)
        })
    }
}
