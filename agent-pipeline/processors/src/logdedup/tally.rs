//! Records that were seen, each once with a count, under the resource and scope they came with.
//!
//! Pure bookkeeping without clock or task.

use agent_otlp::{Batch, BatchBuilder, LogRecord, ScopeCtx, Signal};
use indexmap::IndexMap;
use jiff::Timestamp;

use super::field::Field;
use super::zone::Zone;
use crate::value::as_text;
use agent_ottl::identity;

const FIRST_SEEN: &str = "first_observed_timestamp";
const LAST_SEEN: &str = "last_observed_timestamp";

/// What makes records equal, and how one that stands for several looks.
#[derive(Debug)]
pub(super) struct Rules {
    pub(super) excluded: Vec<Field>,
    pub(super) included: Vec<Field>,
    pub(super) count_attribute: String,
    pub(super) zone: Zone,
}

/// See the file's head. The keys are identities.
#[derive(Debug, Default)]
pub(super) struct Tally {
    resources: IndexMap<Vec<u8>, IndexMap<Vec<u8>, Home>>,
    records: usize,
}

/// A resource and scope with its records.
#[derive(Debug)]
struct Home {
    /// Holds resource and scope, and no record.
    entry: Batch,
    records: IndexMap<Vec<u8>, Counted>,
}

#[derive(Debug)]
struct Counted {
    /// Holds the first of the records alone.
    record: Batch,
    first: Timestamp,
    last: Timestamp,
    count: i64,
}

impl Tally {
    /// Counts a record, unless it is new and `limit` records are held; returns whether it was counted.
    pub(super) fn add(
        &mut self,
        ctx: &ScopeCtx<'_>,
        record: &LogRecord<'_>,
        rules: &Rules,
        now: Timestamp,
        limit: usize,
    ) -> bool {
        let mut record = record.clone();
        rules.excluded.iter().for_each(|field| field.remove(&mut record));
        let (resource, scope, id) = (resource_id(ctx), scope_id(ctx), rules.record_id(&record));
        let home = self.resources.get_mut(&resource).and_then(|scopes| scopes.get_mut(&scope));
        if let Some(counted) = home.and_then(|home| home.records.get_mut(&id)) {
            counted.last = now;
            counted.count += 1;
            return true;
        }
        if self.records >= limit {
            return false;
        }
        self.records += 1;
        let scopes = self.resources.entry(resource).or_default();
        let home = scopes.entry(scope).or_insert_with(|| Home::new(ctx));
        home.records.insert(id, Counted { record: alone(record), first: now, last: now, count: 1 });
        true
    }

    /// Everything that is held, which is then forgotten.
    pub(super) fn take(&mut self, rules: &Rules, now: Timestamp) -> Batch {
        self.records = 0;
        let mut out = BatchBuilder::new(Signal::Logs);
        for scopes in std::mem::take(&mut self.resources).into_values() {
            for (index, home) in scopes.values().enumerate() {
                home.write(index == 0, rules, now, &mut out);
            }
        }
        out.build()
    }
}

impl Home {
    fn new(ctx: &ScopeCtx<'_>) -> Self {
        let mut entry = BatchBuilder::new(Signal::Logs);
        // Schema URLs are lost, as in the Collector.
        entry.resource(|resource| {
            *resource = ctx.resource().clone();
            resource.set_schema_url("");
        });
        entry.scope(|scope| {
            *scope = ctx.scope().clone();
            scope.set_schema_url("");
        });
        Self { entry: entry.build(), records: IndexMap::new() }
    }

    fn write(&self, with_resource: bool, rules: &Rules, now: Timestamp, out: &mut BatchBuilder) {
        for entry in self.entry.resources() {
            if with_resource {
                out.resource(|resource| *resource = entry.resource());
            }
            for scope in entry.scopes() {
                out.scope(|out| *out = scope.scope());
                self.records.values().for_each(|counted| counted.write(rules, now, out));
            }
        }
    }
}

impl Counted {
    fn write(&self, rules: &Rules, now: Timestamp, out: &mut BatchBuilder) {
        for entry in self.record.resources() {
            for record in entry.scopes().flat_map(|scope| scope.log_records()) {
                out.log_record(|out| {
                    *out = record;
                    self.describe(rules, now, out);
                });
            }
        }
    }

    fn describe<'r>(&self, rules: &'r Rules, now: Timestamp, record: &mut LogRecord<'r>) {
        record.set_time_unix_nano(nanoseconds(now));
        record.set_observed_time_unix_nano(nanoseconds(self.first));
        let attributes = record.attributes_mut();
        attributes.upsert(rules.count_attribute.as_str(), self.count);
        attributes.upsert(FIRST_SEEN, rules.zone.text(self.first));
        attributes.upsert(LAST_SEEN, rules.zone.text(self.last));
    }
}

impl Rules {
    /// The fields to compare that a record has, as texts; all of the record when it has none of them.
    fn record_id(&self, record: &LogRecord<'_>) -> Vec<u8> {
        let mut values = self.included.iter().filter_map(|field| field.find(record)).peekable();
        if values.peek().is_none() {
            let mut id = vec![0];
            identity::put_set(record.attributes().iter().collect(), &mut id);
            identity::put_value(record.body(), &mut id);
            id.extend_from_slice(&record.severity_number().to_le_bytes());
            identity::put_text(record.severity_text(), &mut id);
            return id;
        }
        let mut id = vec![1];
        values.for_each(|value| identity::put_text(&as_text(value), &mut id));
        id
    }
}

fn resource_id(ctx: &ScopeCtx<'_>) -> Vec<u8> {
    let mut id = Vec::new();
    identity::put_set(ctx.resource().attributes().iter().collect(), &mut id);
    id
}

fn scope_id(ctx: &ScopeCtx<'_>) -> Vec<u8> {
    let mut id = Vec::new();
    identity::put_set(ctx.scope().attributes().iter().collect(), &mut id);
    identity::put_text(ctx.scope().name(), &mut id);
    identity::put_text(ctx.scope().version(), &mut id);
    id
}

/// The record in a batch of its own, so that it does not borrow.
fn alone(record: LogRecord<'_>) -> Batch {
    let mut out = BatchBuilder::new(Signal::Logs);
    out.resource(|_| {}).scope(|_| {}).log_record(|out| *out = record);
    out.build()
}

fn nanoseconds(time: Timestamp) -> u64 {
    u64::try_from(time.as_nanosecond()).unwrap_or_default()
}
