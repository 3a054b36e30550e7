//! Pieces of text that calls and their errors are made of.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// `text` as a part of a path or a query.
pub(crate) fn escaped(text: &str) -> impl std::fmt::Display {
    /// What a DNS label or a number consists of need not be escaped.
    const ESCAPED: &percent_encoding::AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.');
    utf8_percent_encode(text, ESCAPED)
}

/// The user in the API server's `User "NAME" cannot get resource ...`.
pub(crate) fn user_of(message: &str) -> Option<String> {
    let (_, rest) = message.split_once("User \"")?;
    let (user, _) = rest.split_once('"')?;
    (!user.is_empty()).then(|| user.to_owned())
}

/// The line with which a person checks a permission.
pub(crate) fn can_i(verb: &str, resource: &str, namespace: &str, user: Option<&str>) -> String {
    let account = user.map(|user| format!(" --as={user}")).unwrap_or_default();
    format!("kubectl auth can-i {verb} {resource}{account} -n {namespace}")
}
