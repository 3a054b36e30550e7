//! Steps share a pass: each item goes through all of them before the next one.

use std::sync::Mutex;

use agent_otlp::{Batch, Item, ScopeCtx, Signal, Verdict};

use crate::{ClientInfo, ConsumeError, Pass, Step};

type Decide = fn(i64) -> Result<Verdict, ConsumeError>;

const KEEP: Decide = |_| Ok(Verdict::Keep);

/// Notes which body it saw, and adds a hundred to it.
struct Noting<'n> {
    name: &'static str,
    decide: Decide,
    notes: &'n Mutex<Vec<String>>,
}

impl Step for Noting<'_> {
    fn item<'e>(
        &self,
        _: &mut ScopeCtx<'e>,
        item: &mut Item<'_, 'e, '_>,
        _: Option<&ClientInfo>,
    ) -> Result<Verdict, ConsumeError> {
        let Item::LogRecord(record) = item else { panic!("a log record") };
        let body = record.body().as_int().unwrap();
        self.notes.lock().unwrap().push(format!("{}{body}", self.name));
        record.set_body(body + 100);
        (self.decide)(body)
    }

    fn dropped(&self, items: usize) {
        self.notes.lock().unwrap().push(format!("{} dropped {items}", self.name));
    }
}

fn logs() -> Batch {
    let json = br#"{"resourceLogs":[{"scopeLogs":[
        {"logRecords":[{"body":{"intValue":1}},{"body":{"intValue":2}}]},
        {"logRecords":[{"body":{"intValue":3}}]}]}]}"#;
    Batch::from_json(Signal::Logs, json).unwrap()
}

fn bodies(batch: &Batch) -> Vec<i64> {
    let mut bodies = Vec::new();
    batch.clone().edit_log_records(|_, record| {
        bodies.push(record.body().as_int().unwrap());
        Verdict::Keep
    });
    bodies
}

#[test]
fn items_go_through_all_steps_one_after_the_other() {
    let notes = Mutex::default();
    let decide: Decide = |body| Ok(if body == 102 { Verdict::Drop } else { Verdict::Keep });
    let steps = [("a", KEEP), ("b", decide), ("c", KEEP)];
    let steps = steps.map(|(name, decide)| Noting { name, decide, notes: &notes });
    let mut batch = logs();
    let mut pass = Pass::of(steps.iter().map(|step| step as &dyn Step).collect());
    pass.run(&mut batch, None).unwrap();

    assert_eq!(bodies(&batch), [301, 303]);
    assert_eq!(pass.dropped(), [0, 1, 0]);
    let notes = notes.lock().unwrap().join(" ");
    let expected = "a1 b101 c201 a2 b102 a3 b103 c203 a dropped 0 b dropped 1 c dropped 0";
    assert_eq!(notes, expected);
}

#[test]
fn a_refusal_ends_the_pass_and_is_of_its_step() {
    let notes = Mutex::default();
    let decide: Decide = |body| match body {
        102 => Err(ConsumeError::permanent("no")),
        _ => Ok(Verdict::Keep),
    };
    let steps = [("a", KEEP), ("b", decide), ("c", KEEP)];
    let steps = steps.map(|(name, decide)| Noting { name, decide, notes: &notes });
    let mut pass = Pass::of(steps.iter().map(|step| step as &dyn Step).collect());
    let refusal = pass.run(&mut logs(), None).unwrap_err();

    assert_eq!((refusal.to_string(), pass.at()), ("no".to_owned(), 1));
    assert!(!notes.lock().unwrap().iter().any(|note| note == "a3"), "nothing goes on after it");
}
