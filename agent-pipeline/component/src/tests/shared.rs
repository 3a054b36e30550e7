//! What is shared is found by its type, whoever asks.

use std::sync::Mutex;

use crate::Shared;

#[test]
fn everybody_gets_the_one_value_of_a_type() {
    let shared = Shared::default();
    shared.of::<Mutex<u32>>().lock().unwrap().clone_from(&7);
    assert_eq!(*shared.clone().of::<Mutex<u32>>().lock().unwrap(), 7);
    assert_eq!(*shared.of::<Mutex<u64>>().lock().unwrap(), 0);
}
