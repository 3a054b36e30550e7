//! Settings of `logdedup`, with the Collector's defaults (`logdedupprocessor`, v0.145.0).

use std::collections::HashSet;

use agent_config::{GoDuration, Validate, Validator};
use serde::Deserialize;

use super::field::Field;
use super::zone::Zone;

/// The `logdedup` section.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// How often what is held is passed on. Default `10s`.
    pub interval: GoDuration,
    /// The attribute that tells how many records one stands for. Default `log_count`.
    pub log_count_attribute: String,
    /// Where the times in attributes are told: an IANA name, `UTC` or `Local`. Default `UTC`.
    pub timezone: String,
    /// Fields that are taken out of records first.
    pub exclude_fields: Vec<String>,
    /// The fields that make records equal, in place of all of them.
    pub include_fields: Vec<String>,
    /// OTTL conditions on log records; those for which none holds pass at once. Default: all are held.
    pub conditions: Vec<String>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            interval: GoDuration::from_secs(10),
            log_count_attribute: "log_count".to_owned(),
            timezone: "UTC".to_owned(),
            exclude_fields: Vec::new(),
            include_fields: Vec::new(),
            conditions: Vec::new(),
        }
    }
}

impl Validate for Config {
    fn validate(&self, at: &mut Validator<'_>) {
        if self.interval.is_zero() || self.interval.is_negative() {
            at.error("interval", "interval must be greater than 0");
        }
        if self.log_count_attribute.is_empty() {
            at.error("log_count_attribute", "log_count_attribute must be set");
        }
        if let Err(error) = Zone::load(&self.timezone) {
            at.error("timezone", format!("timezone is invalid: {error}"));
        }
        if !self.exclude_fields.is_empty() && !self.include_fields.is_empty() {
            at.error("", "cannot define both exclude_fields and include_fields");
        }
        let mut seen = HashSet::new();
        for (index, field) in self.exclude_fields.iter().enumerate() {
            let fault = if field == "body" {
                Some("cannot exclude the entire body".to_owned())
            } else if !rooted(field) {
                Some("an excludefield must start with body or attributes".to_owned())
            } else {
                (!seen.insert(field)).then(|| format!("duplicate exclude_field {field}"))
            };
            report(at, "exclude_fields", index, fault);
        }
        seen.clear();
        for (index, field) in self.include_fields.iter().enumerate() {
            let fault = if field == "body" {
                Some("cannot include the entire body".to_owned())
            } else if !rooted(field) {
                Some("an include_fields must start with body or attributes".to_owned())
            } else if field == "attributes" {
                // The Collector takes this and crashes at the first record.
                Some("cannot include all attributes".to_owned())
            } else {
                (!seen.insert(field)).then(|| format!("duplicate include_fields {field}"))
            };
            report(at, "include_fields", index, fault);
        }
    }
}

fn rooted(field: &str) -> bool {
    Field::parse(field).is_some()
}

fn report(at: &mut Validator<'_>, list: &str, index: usize, fault: Option<String>) {
    if let Some(message) = fault {
        at.field(list).index(index).error("", message);
    }
}
