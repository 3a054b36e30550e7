//! The instrumentation scope, and what surrounds a record while it is edited.

use std::borrow::Cow;

use super::{Message, Resource};

/// An instrumentation scope: the library that produced the telemetry.
#[derive(Clone, Debug)]
pub struct Scope<'a> {
    pub(crate) message: Message<'a>,
    schema_url: Cow<'a, str>,
    schema_url_changed: bool,
}

impl<'a> Scope<'a> {
    pub(crate) const fn new(raw: &'a [u8], schema_url: &'a str) -> Self {
        Self {
            message: Message::new(raw, 3),
            schema_url: Cow::Borrowed(schema_url),
            schema_url_changed: false,
        }
    }

    /// A scope put together from several messages. Counts as changed, so that one message is written.
    pub(crate) fn owned(merged: &[u8], schema_url: &'a str) -> Self {
        Self { message: Message::owned(merged, 3), ..Self::new(&[], schema_url) }
    }

    /// Whether the scope or its schema url must be written again.
    pub(crate) fn changed(&self) -> bool {
        self.message.changed() || self.schema_url_changed
    }

    accessors!(attributes);

    accessors! {
        /// The name, empty when there is none.
        text name set_name = 1;
        /// The version, empty when there is none.
        text version set_version = 2;
        /// How many attributes the sender left out.
        uint32 dropped_attributes_count set_dropped_attributes_count = 4;
    }

    /// The schema url of the scope entry, empty when there is none.
    pub fn schema_url(&self) -> &str {
        &self.schema_url
    }

    /// Sets [`Self::schema_url`]; an equal value changes nothing.
    pub fn set_schema_url(&mut self, url: impl Into<Cow<'a, str>>) {
        let url = url.into();
        self.schema_url_changed |= self.schema_url != url;
        self.schema_url = url;
    }

    /// Whether the schema url is another than the one received.
    pub(crate) const fn schema_url_changed(&self) -> bool {
        self.schema_url_changed
    }
}

/// The resource and the scope around a record.
///
/// The resource is the same value for all records of the entry, the scope for all records of the scope entry: a
/// change made for one record is seen by those after it.
#[derive(Debug)]
pub struct ScopeCtx<'a> {
    resource: Resource<'a>,
    scope: Scope<'a>,
}

impl<'a> ScopeCtx<'a> {
    pub(crate) const fn new(resource: Resource<'a>) -> Self {
        Self { resource, scope: Scope::new(&[], "") }
    }

    /// Enters the next scope entry.
    pub(crate) fn enter(&mut self, scope: Scope<'a>) {
        self.scope = scope;
    }

    pub(crate) fn into_resource(self) -> Resource<'a> {
        self.resource
    }

    /// The resource.
    pub fn resource(&self) -> &Resource<'a> {
        &self.resource
    }

    /// The resource, to be changed.
    pub fn resource_mut(&mut self) -> &mut Resource<'a> {
        &mut self.resource
    }

    /// The scope.
    pub fn scope(&self) -> &Scope<'a> {
        &self.scope
    }

    /// The scope, to be changed.
    pub fn scope_mut(&mut self) -> &mut Scope<'a> {
        &mut self.scope
    }
}
