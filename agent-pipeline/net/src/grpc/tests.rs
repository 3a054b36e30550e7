//! Frames, statuses and time limits, against bytes that others write and against noise.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue};
use proptest::prelude::*;

use super::{
    Detail, FrameError, HEADER_LEN, Message, Status, format_timeout, frame_header, parse_timeout,
    unary_message,
};

fn framed(flag: u8, data: &[u8]) -> Bytes {
    let mut body = vec![flag];
    body.extend_from_slice(&u32::try_from(data.len()).unwrap().to_be_bytes());
    body.extend_from_slice(data);
    Bytes::from(body)
}

#[test]
fn a_unary_body_gives_its_message_without_a_copy() {
    let body = framed(1, b"abc");
    let at = body.as_ptr() as usize;
    let Message { compressed, data } = unary_message(body, 3).unwrap();
    assert!(compressed);
    assert_eq!(data, "abc");
    assert_eq!(data.as_ptr() as usize, at + HEADER_LEN);
    assert_eq!(unary_message(framed(0, b""), 0).unwrap(), Message { compressed: false, data: Bytes::new() });
}

#[test]
fn bodies_that_are_not_one_message_are_refused_with_the_reason() {
    let refused = |body: Bytes| unary_message(body, 10).unwrap_err();
    assert_eq!(refused(Bytes::new()), FrameError::Missing);
    assert_eq!(refused(Bytes::from_static(&[0, 0])), FrameError::Truncated { expected: 5, got: 2 });
    assert_eq!(refused(framed(0, b"abc").slice(..7)), FrameError::Truncated { expected: 8, got: 7 });
    assert_eq!(refused(framed(0, &[0; 11])), FrameError::TooLarge { size: 11, limit: 10 });
    assert_eq!(refused(framed(2, b"abc")), FrameError::BadFlag(2));
    let two = [framed(0, b"abc"), framed(0, b"d")].concat();
    assert_eq!(refused(Bytes::from(two)), FrameError::Trailing(6));
    // The largest length there is, and nothing behind it.
    assert!(matches!(refused(Bytes::from_static(&[0, 255, 255, 255, 255])), FrameError::TooLarge { .. }));
}

#[test]
fn a_header_says_what_follows() {
    assert_eq!(frame_header(true, 258), Some([1, 0, 0, 1, 2]));
    assert_eq!(frame_header(false, usize::MAX), None);
}

#[test]
fn a_status_survives_trailers_protobuf_and_json() {
    let status = Status::new(14, "buffer full: 100% — wait\n").with_retry_after(Duration::from_millis(1500));
    let mut trailers = HeaderMap::new();
    status.write_trailers(&mut trailers);
    assert_eq!(trailers["grpc-message"], "buffer full: 100%25 %E2%80%94 wait%0A");
    for read in [
        Status::from_trailers(&trailers).unwrap(),
        Status::from_protobuf(&status.to_protobuf()).unwrap(),
        Status::from_json(&status.to_json()).unwrap(),
    ] {
        assert_eq!(read, status);
        assert_eq!(read.retry_after(), Some(Duration::from_millis(1500)));
    }
}

#[test]
fn a_plain_status_writes_only_what_it_has() {
    let mut trailers = HeaderMap::new();
    Status::default().write_trailers(&mut trailers);
    assert_eq!(trailers.len(), 1);
    assert_eq!(trailers["grpc-status"], "0");
    assert_eq!(Status::default().to_protobuf(), b"");
    assert_eq!(Status::new(3, "no").to_json(), br#"{"code":3,"message":"no"}"#);
}

#[test]
fn a_status_has_the_bytes_that_other_implementations_write() {
    // google.rpc.Status{code: 8, message: "quota", details: [RetryInfo{retry_delay: 2s}]}
    let bytes = b"\x08\x08\x12\x05quota\x1a\x32\
        \x0a\x28type.googleapis.com/google.rpc.RetryInfo\x12\x06\x0a\x04\x08\x02\x10\x00";
    let status = Status::from_protobuf(bytes).unwrap();
    assert_eq!((status.code, status.message.as_str()), (8, "quota"));
    assert_eq!(status.retry_after(), Some(Duration::from_secs(2)));
    let json = br#"{"code":8,"message":"quota","details":[{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"2s"}]}"#;
    assert_eq!(Status::new(8, "quota").with_retry_after(Duration::from_secs(2)).to_json(), json);
    assert_eq!(Status::from_json(json).unwrap().retry_after(), Some(Duration::from_secs(2)));
}

#[test]
fn details_are_read_with_and_without_padding_and_broken_ones_do_not_hide_the_code() {
    let mut trailers = HeaderMap::new();
    Status::new(14, "").with_retry_after(Duration::from_secs(9)).write_trailers(&mut trailers);
    let unpadded = trailers["grpc-status-details-bin"].to_str().unwrap().to_owned();
    assert!(!unpadded.ends_with('='));
    let padded = format!("{unpadded}{}", "=".repeat((4 - unpadded.len() % 4) % 4));
    trailers.insert("grpc-status-details-bin", HeaderValue::try_from(padded).unwrap());
    assert_eq!(Status::from_trailers(&trailers).unwrap().retry_after(), Some(Duration::from_secs(9)));
    trailers.insert("grpc-status-details-bin", HeaderValue::from_static("!!"));
    assert_eq!(Status::from_trailers(&trailers).unwrap(), Status::new(14, ""));
}

#[test]
fn trailers_without_a_status_are_none_and_a_status_that_is_no_number_is_unknown() {
    let mut trailers = HeaderMap::new();
    assert_eq!(Status::from_trailers(&trailers), None);
    trailers.insert("grpc-status", HeaderValue::from_static("fine"));
    assert_eq!(Status::from_trailers(&trailers).unwrap().code, 2);
}

#[test]
fn messages_with_broken_escapes_are_kept_as_they_are() {
    let mut trailers = HeaderMap::new();
    trailers.insert("grpc-status", HeaderValue::from_static("2"));
    for (header, text) in [("50%", "50%"), ("%4", "%4"), ("%zz%41", "%zzA"), ("%ff", "\u{fffd}")] {
        trailers.insert("grpc-message", HeaderValue::from_static(header));
        assert_eq!(Status::from_trailers(&trailers).unwrap().message, text);
    }
}

#[test]
fn only_a_retry_info_has_a_delay() {
    let detail =
        Detail { type_url: "type.googleapis.com/google.rpc.ErrorInfo".to_owned(), value: Bytes::new() };
    assert_eq!(detail.retry_delay(), None);
    let empty = Detail { type_url: super::RETRY_INFO_TYPE.to_owned(), value: Bytes::new() };
    assert_eq!(empty.retry_delay(), Some(Duration::ZERO));
    // retry_delay: {seconds: -1}
    let negative = b"\x0a\x0b\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01";
    let negative = Detail { value: Bytes::from_static(negative), ..empty.clone() };
    assert_eq!(negative.retry_delay(), Some(Duration::ZERO));
    let broken = Detail { value: Bytes::from_static(b"\x0a\x05\x08"), ..empty };
    assert_eq!(broken.retry_delay(), None);
}

#[test]
fn time_limits_are_read_and_written() {
    for (text, timeout) in [
        ("1H", Duration::from_hours(1)),
        ("2M", Duration::from_mins(2)),
        ("3S", Duration::from_secs(3)),
        ("1500m", Duration::from_millis(1500)),
        ("20u", Duration::from_micros(20)),
        ("99999999n", Duration::from_nanos(99_999_999)),
        ("0n", Duration::ZERO),
    ] {
        assert_eq!(parse_timeout(text), Some(timeout), "{text}");
    }
    for bad in ["", "S", "1", "1s", "123456789S", "-1S", "1.5S", "5 S", "5é"] {
        assert_eq!(parse_timeout(bad), None, "{bad}");
    }
    assert_eq!(format_timeout(Duration::from_secs(30)), "30000000u");
    assert_eq!(format_timeout(Duration::from_nanos(1)), "1n");
    assert_eq!(format_timeout(Duration::MAX), "99999999H");
}

proptest! {
    #[test]
    fn any_status_survives(code in 0_u32..17, message in ".*", seconds in 0_u64..1 << 40, nanos in 0_u32..1_000_000_000) {
        let status = Status::new(code, message).with_retry_after(Duration::new(seconds, nanos));
        let mut trailers = HeaderMap::new();
        status.write_trailers(&mut trailers);
        prop_assert_eq!(Status::from_trailers(&trailers), Some(status.clone()));
        prop_assert_eq!(Status::from_protobuf(&status.to_protobuf()), Some(status));
    }

    #[test]
    fn no_bytes_make_a_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
        let _ = Status::from_json(&bytes);
        if let Some(status) = Status::from_protobuf(&bytes) {
            let _ = status.retry_after();
        }
        let detail = Detail { type_url: super::RETRY_INFO_TYPE.to_owned(), value: Bytes::from(bytes.clone()) };
        let _ = detail.retry_delay();
        let _ = unary_message(Bytes::from(bytes), 20);
    }

    #[test]
    fn a_written_time_limit_is_never_shorter(nanos in 0_u64..u64::MAX / 4) {
        let timeout = Duration::from_nanos(nanos);
        prop_assert!(parse_timeout(&format_timeout(timeout)).unwrap() >= timeout);
    }
}
