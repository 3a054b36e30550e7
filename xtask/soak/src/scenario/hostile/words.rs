//! What no client in its right mind sends.

use fastrand::Rng;

/// How an HTTP/2 connection begins: the preface and settings of no entries (RFC 9113, 3.4).
pub(super) const HTTP2: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
/// The content type of OTLP requests.
pub(super) const PROTOBUF: &str = "application/x-protobuf";
/// `:method POST`, `:scheme http`, `:path /` from the static table (RFC 7541, A).
const BLOCK: &[u8] = &[0x83, 0x86, 0x84];

/// A request over HTTP/1.1 with that body.
pub(super) fn post(path: &str, content_type: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: {content_type}\r\n\
         Content-Length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

/// Bodies that are no OTLP requests: their content type, the paths where they are none, the bytes. In JSON the fields of
/// another signal are unknown ones, which are passed over, and so are many in protobuf.
pub(super) fn bodies(random: &mut Rng) -> Vec<(&'static str, &'static [&'static str], Vec<u8>)> {
    const ALL: &[&str] = &["/v1/logs", "/v1/traces", "/v1/metrics"];
    const LOGS: &[&str] = &["/v1/logs"];
    const JSON: &str = "application/json";
    let noise: Vec<u8> =
        std::iter::once(0xff).chain(std::iter::repeat_with(|| random.u8(..)).take(4096)).collect();
    // Field 1, a length of more than there is.
    let cut = vec![0x0a, 0xff, 0x7f, 1, 2, 3];
    // Field 1 as a group, as a fixed64, and a varint that never ends.
    let (group, fixed, endless) = (vec![0x0b], vec![0x09, 1], vec![0xff; 64]);
    // A value (field 5 of a value: an array; field 1 of an array: a value) in a value in a value.
    let deep = (0..2000).fold(Vec::new(), |inner: Vec<u8>, _| nested_in(&[0x2a, 0x0a], &inner));
    let record = nested_in(&[0x0a, 0x12, 0x12, 0x2a], &deep);
    let utf8 = nested_in(&[0x0a, 0x12, 0x12, 0x1a], &[0xc3, 0x28, 0xff]);
    let json = |text: String| text.into_bytes();
    vec![
        (PROTOBUF, ALL, noise.clone()),
        (PROTOBUF, ALL, cut),
        (PROTOBUF, ALL, group),
        (PROTOBUF, ALL, fixed),
        (PROTOBUF, ALL, endless),
        (PROTOBUF, LOGS, record),
        (PROTOBUF, LOGS, utf8),
        (JSON, ALL, noise),
        (JSON, LOGS, json("[".repeat(100_000))),
        (JSON, LOGS, json(format!("{{\"resourceLogs\":{}", "[{\"scopeLogs\":".repeat(10_000)))),
        (
            JSON,
            LOGS,
            b"{\"resourceLogs\":[{\"resource\":{\"attributes\":[{\"key\":\"\xc3\x28\"}]}}]}".to_vec(),
        ),
        (JSON, LOGS, json("{\"resourceLogs\":1e999999}".to_owned())),
    ]
}

/// Heads that lie about what follows, or are none.
pub(super) fn heads() -> Vec<Vec<u8>> {
    let post = |fields: &str, body: &str| {
        format!("POST /v1/logs HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-protobuf\r\n{fields}\r\n\r\n{body}")
            .into_bytes()
    };
    vec![
        post("Content-Length: 1099511627776", "x"),
        post("Content-Length: 18446744073709551615", "x"),
        post("Content-Length: 99999999999999999999999", "x"),
        post("Content-Length: -1", "x"),
        post("Content-Length: 1\r\nContent-Length: 2", "xx"),
        post("Transfer-Encoding: chunked", "FFFFFFFFFFFFFFFF\r\nx"),
        post("Transfer-Encoding: chunked", "FFFFFFFFFFFFFFFFFFFFFFFF\r\nx"),
        post("Transfer-Encoding: chunked", "zz\r\n"),
        post(&format!("X-Long: {}", "x".repeat(600 << 10)), ""),
        post(&"X-One-Of-Many: 1\r\n".repeat(2000), ""),
        b"\0\0\0\0\r\n\r\n".to_vec(),
        b"GET /v1/logs HTTP/9.9\r\n\r\n".to_vec(),
        // The beginning of a TLS handshake on a port without TLS.
        [&[0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3][..], &[7; 200]].concat(),
    ]
}

/// A frame of HTTP/2.
pub(super) fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = (payload.len() as u32).to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// A request that is taken back at once.
pub(super) fn reset(number: u32) -> Vec<u8> {
    let stream = 2 * number + 1;
    [frame(1, 4, stream, BLOCK), frame(3, 0, stream, &[0, 0, 0, 8])].concat()
}

/// A head that never ends: the first piece, and those that go on.
pub(super) fn endless_head(number: u32) -> Vec<u8> {
    match number {
        0 => frame(1, 0, 1, BLOCK),
        // A literal field without indexing, name and value of some length.
        _ => frame(9, 0, 1, &[&[0, 4, b'x', b'-', b'y', b'z', 100][..], &[b'v'; 100]].concat()),
    }
}

/// Questions whose answers nobody reads.
pub(super) fn ping(_: u32) -> Vec<u8> {
    frame(6, 0, 0, &[0; 8]).repeat(100)
}

/// Settings, each of which wants an acknowledgement.
pub(super) fn settings(_: u32) -> Vec<u8> {
    frame(4, 0, 0, &[]).repeat(100)
}

/// Requests whose answers nobody reads.
pub(super) fn pipelined(_: u32) -> Vec<u8> {
    b"GET /v1/logs HTTP/1.1\r\nHost: a\r\n\r\n".repeat(100)
}

fn varint(mut number: usize) -> Vec<u8> {
    let mut out = Vec::new();
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
    out
}

/// Bytes inside of length-delimited fields, the outermost first.
fn nested_in(fields: &[u8], inner: &[u8]) -> Vec<u8> {
    fields
        .iter()
        .rev()
        .fold(inner.to_vec(), |inner, field| [&[*field], &varint(inner.len())[..], &inner].concat())
}
