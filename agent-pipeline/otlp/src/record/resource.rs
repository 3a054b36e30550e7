//! The resource of an entry, with the schema url that stands beside it.

use std::borrow::Cow;

use super::Message;

/// A resource: who the telemetry is about.
#[derive(Clone, Debug)]
pub struct Resource<'a> {
    pub(crate) message: Message<'a>,
    schema_url: Cow<'a, str>,
    schema_url_changed: bool,
}

impl<'a> Resource<'a> {
    pub(crate) const fn new(raw: &'a [u8], schema_url: &'a str) -> Self {
        Self {
            message: Message::new(raw, 1),
            schema_url: Cow::Borrowed(schema_url),
            schema_url_changed: false,
        }
    }

    accessors!(attributes);

    accessors! {
        /// How many attributes the sender left out.
        uint32 dropped_attributes_count set_dropped_attributes_count = 2;
    }

    /// The schema url of the resource entry, empty when there is none.
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
