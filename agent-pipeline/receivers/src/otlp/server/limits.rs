//! What clients may take of connections and memory, beside what the settings say. Both protocols share these.
//!
//! hyper and h2 come with defaults for most of them; they are set nevertheless, so that a new version cannot lift one.

/// Open connections of one protocol. More wait in the kernel's backlog.
pub(in crate::otlp) const CONNECTIONS: usize = 16_384;

/// The headers of an HTTP/2 request in bytes, decompressed. Answered 431. Far more than any SDK sends, room for a token
/// of a few kilobytes beside tracing headers; hyper's default of 16 KiB is not. The head of an HTTP/1 request may fill hyper's
/// read buffer of 408 KiB and have 100 headers; a smaller buffer would cost more for bodies than it saves.
pub(in crate::otlp) const HEADERS: u32 = 64 << 10;

/// Requests up to this size come in one DATA frame.
pub(in crate::otlp) const FRAME: u32 = 256 << 10;
/// What a client may send ahead in one request, and so make us hold before we have looked at it.
pub(in crate::otlp) const STREAM_WINDOW: u32 = 512 << 10;
/// What a client may send ahead in all requests of a connection.
pub(in crate::otlp) const CONNECTION_WINDOW: u32 = 8 << 20;
/// Open requests of an HTTP/2 connection: hyper's default; RFC 9113, 6.5.2 asks for 100 or more.
pub(in crate::otlp) const STREAMS: u32 = 200;

/// Requests that a client opened and reset before they were looked at; more end the connection with
/// `ENHANCE_YOUR_CALM` ("rapid reset", CVE-2023-44487). h2's default.
pub(in crate::otlp) const UNSEEN_RESETS: usize = 20;
/// Requests that had to be reset because the client broke the protocol; more end the connection likewise
/// (RUSTSEC-2024-0003). h2's default.
pub(in crate::otlp) const FORCED_RESETS: usize = 1024;
