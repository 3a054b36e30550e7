//! How refusals print, join and map.

use std::time::Duration;

use agent_config::ComponentId;

use crate::{Accepted, Code, ConsumeError, ErrorKind};

#[test]
fn the_component_nearest_to_the_wire_is_named() {
    let id = |text: &str| text.parse::<ComponentId>().unwrap();
    let error = ConsumeError::permanent("no").by(&id("otlp/near")).by(&id("batch"));
    assert_eq!(error.to_string(), "otlp/near: no");
}

#[test]
fn joined_refusals_are_permanent_if_one_is_and_wait_for_the_longer() {
    let wait = |seconds| ConsumeError::retryable("busy").retry_after(Duration::from_secs(seconds));
    assert_eq!(wait(1).join(&wait(3)).kind, ErrorKind::Retryable { after: Some(Duration::from_secs(3)) });
    let joined = wait(1).join(&ConsumeError::permanent("bad").with_code(Code::InvalidArgument));
    assert!(joined.is_permanent());
    assert_eq!((joined.code, joined.message.as_str()), (Some(Code::InvalidArgument), "busy; bad"));
}

#[test]
fn joined_answers_keep_the_worse_count_and_both_texts() {
    let answer = |rejected, message: &str| Accepted { rejected, message: message.to_owned() };
    assert_eq!(answer(1, "a").join(&answer(3, "b")), answer(3, "a; b"));
    assert_eq!(Accepted::default().join(&answer(0, "b")), answer(0, "b"));
}

#[test]
fn codes_keep_their_numbers() {
    for number in 1..=16 {
        assert_eq!(Code::from_number(number).map(Code::number), Some(number));
    }
    assert_eq!(Code::from_number(0), None);
    assert_eq!(Code::from_number(99), Some(Code::Unknown));
}
