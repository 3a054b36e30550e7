//! The requests are as large and as varied as promised.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::requests;
use crate::backend::count_items;
use crate::scenario::{ITEMS_PER_REQUEST, Signal};

#[test]
fn items_have_the_size_that_is_promised() {
    for (signal, promised) in [(Signal::Traces, 370), (Signal::Logs, 500), (Signal::Metrics, 330)] {
        let requests = requests(signal, 20);
        let bytes: usize = requests.iter().map(bytes::Bytes::len).sum();
        let size = bytes as u64 / (20 * ITEMS_PER_REQUEST);
        assert!(
            size.abs_diff(promised) * 100 <= promised * 5,
            "{}: {size} bytes an item, not {promised}",
            signal.name()
        );
        for request in &requests {
            assert_eq!(count_items(signal, request).unwrap(), ITEMS_PER_REQUEST);
        }
    }
}

#[test]
fn a_compressor_has_work_to_do_and_finds_something() {
    for signal in Signal::ALL {
        let plain = requests(signal, 10).concat();
        let mut encoder = GzEncoder::new(Vec::new(), Compression::new(6));
        encoder.write_all(&plain).unwrap();
        let ratio = plain.len() / encoder.finish().unwrap().len();
        assert!((3..=12).contains(&ratio), "{}: {ratio}", signal.name());
    }
}

#[test]
fn requests_are_the_same_on_every_run_and_differ_from_each_other() {
    let (first, second) = (requests(Signal::Logs, 3), requests(Signal::Logs, 3));
    assert_eq!(first, second);
    assert_ne!(first[0], first[1]);
}
