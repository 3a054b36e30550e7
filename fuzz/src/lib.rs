//! What the fuzz targets share: the first byte of an input chooses the signal.

use agent_otlp::{Batch, Signal};

/// The signal an input is for, and the input itself.
pub fn input(data: &[u8]) -> Option<(Signal, &[u8])> {
    let (first, rest) = data.split_first()?;
    Some((*Signal::ALL.get(usize::from(first % 3))?, rest))
}

/// The batch as a document; it must read back as the same document with the same number of items.
pub fn check_json(batch: &Batch) -> String {
    let mut json = Vec::new();
    batch.write_json(&mut json);
    let again = Batch::from_json(batch.signal(), &json).expect("a written document is read");
    assert_eq!(again.items(), batch.items());
    let mut second = Vec::new();
    again.write_json(&mut second);
    assert_eq!(json, second);
    String::from_utf8(json).expect("a document is text")
}
