//! What a batch promises: bytes untouched where nothing changed, content as the reference codec would make it.

mod edit;
mod levels;
mod split;

use bytes::Bytes;
use proptest::prelude::*;
use prost::Message as _;

use crate::testing::{self, Logs, Traces};
use crate::{Batch, Signal};

pub(super) fn traces(message: &Traces) -> Batch {
    Batch::from_protobuf(Signal::Traces, Bytes::from(message.encode_to_vec())).unwrap()
}

pub(super) fn logs(message: &Logs) -> Batch {
    Batch::from_protobuf(Signal::Logs, Bytes::from(message.encode_to_vec())).unwrap()
}

/// The batch is valid as a whole, and what it says of itself is true.
pub(super) fn check(batch: &Batch) {
    let bytes = batch.to_bytes();
    assert_eq!(bytes.len(), batch.byte_len());
    let again = Batch::from_protobuf(batch.signal(), bytes).unwrap();
    assert_eq!(again.items(), batch.items());
    assert_eq!(again.resource_count(), batch.resource_count());
    assert_eq!(batch.resources().map(|r| r.items()).sum::<usize>(), batch.items());
    assert!(batch.segments().all(|segment| !segment.is_empty()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn merging_is_concatenation(a in testing::logs(), b in testing::logs()) {
        let mut batch = logs(&a);
        batch.append(logs(&b)).unwrap();
        check(&batch);
        prop_assert_eq!(batch.resource_count(), a.resource_logs.len() + b.resource_logs.len());
        let mut both = a;
        both.resource_logs.extend(b.resource_logs);
        testing::assert_same(&format!("{:?}", Logs::decode(batch.to_bytes()).unwrap()), &format!("{both:?}"));
    }
}

#[test]
fn receiving_merging_and_cloning_copy_nothing() {
    let bytes = Bytes::from(vec![0x0A, 0x04, 0x12, 0x02, 0x12, 0x00]);
    let mut batch = Batch::from_protobuf(Signal::Logs, bytes.clone()).unwrap();
    batch.append(batch.clone()).unwrap();
    assert_eq!(batch.items(), 2);
    assert!(batch.segments().all(|segment| segment.as_ptr() == bytes.as_ptr()));
    assert_eq!(batch.segments().count(), 2);
}

#[test]
fn batches_of_two_signals_are_not_merged() {
    let mut batch = Batch::empty(Signal::Logs);
    let error = batch.append(Batch::empty(Signal::Traces)).unwrap_err();
    assert_eq!(error.to_string(), "cannot append a batch of traces to a batch of logs");
}

#[test]
fn an_empty_batch_is_an_empty_request() {
    for signal in Signal::ALL {
        let batch = Batch::empty(signal);
        assert!(batch.is_empty() && batch.to_bytes().is_empty());
        let mut json = Vec::new();
        batch.write_json(&mut json);
        assert_eq!(json, b"{}");
        assert_eq!(Batch::from_json(signal, b"{}").unwrap().to_bytes(), Bytes::new());
    }
}

#[test]
fn a_batch_can_be_shared_between_threads() {
    fn shared<T: Send + Sync + 'static>() {}
    shared::<Batch>();
    shared::<crate::DecodeError>();
}

#[test]
fn signals_have_one_spelling() {
    for signal in Signal::ALL {
        assert_eq!(signal.to_string().parse(), Ok(signal));
    }
    assert!("Traces".parse::<Signal>().is_err());
    assert_eq!(Signal::ALL.map(Signal::item_noun), ["spans", "data points", "log records"]);
}
