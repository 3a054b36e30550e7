//! HTTP/2 frame by frame, for clients that do what no library lets them do (RFC 9113).

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};

use crate::otlp::server::hold::{Frames, Part};

pub(in crate::otlp) const HEADERS: u8 = 1;
pub(super) const RST_STREAM: u8 = 3;
pub(super) const SETTINGS: u8 = 4;
pub(in crate::otlp) const PING: u8 = 6;
pub(super) const GOAWAY: u8 = 7;
pub(in crate::otlp) const ACK: u8 = 1;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;

/// The preface and empty settings.
pub(in crate::otlp) const START: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";

/// One frame.
#[derive(Clone, Debug)]
pub(super) struct Frame {
    pub(super) kind: u8,
    pub(super) flags: u8,
    pub(super) stream: u32,
    pub(super) payload: Vec<u8>,
}

impl Frame {
    /// The number at the end of a GOAWAY's or an `RST_STREAM`'s fixed part: its error code.
    pub(super) fn code(&self) -> u32 {
        let at = if self.kind == GOAWAY { 4 } else { 0 };
        u32::from_be_bytes(self.payload[at..at + 4].try_into().unwrap())
    }

    /// The last stream that a GOAWAY lets live.
    pub(super) fn last_stream(&self) -> u32 {
        u32::from_be_bytes(self.payload[..4].try_into().unwrap())
    }

    pub(super) fn ends_stream(&self, stream: u32) -> bool {
        self.stream == stream && self.kind <= HEADERS && self.flags & END_STREAM != 0
    }
}

pub(in crate::otlp) fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// The frames in `bytes`, all of them whole.
pub(super) fn frames(mut bytes: &[u8]) -> Vec<Frame> {
    let mut frames = Vec::new();
    while let [a, b, c, kind, flags, s, t, u, v, rest @ ..] = bytes {
        let length = u32::from_be_bytes([0, *a, *b, *c]) as usize;
        let (payload, behind) = rest.split_at(length);
        let stream = u32::from_be_bytes([*s, *t, *u, *v]);
        frames.push(Frame { kind: *kind, flags: *flags, stream, payload: payload.to_vec() });
        bytes = behind;
    }
    frames
}

/// The next frame; `None` at the end.
pub(super) async fn read(stream: &mut (impl AsyncRead + Unpin)) -> Option<Frame> {
    let mut head = [0; 9];
    stream.read_exact(&mut head).await.ok()?;
    let mut payload = vec![0; u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize];
    stream.read_exact(&mut payload).await.ok()?;
    frames(&[&head[..], &payload].concat()).pop()
}

/// Reads frames up to the first that is looked for.
pub(super) async fn read_until(
    stream: &mut (impl AsyncRead + Unpin),
    wanted: impl Fn(&Frame) -> bool,
) -> Frame {
    loop {
        let frame = read(stream).await.expect("the connection ended");
        if wanted(&frame) {
            return frame;
        }
    }
}

/// The head of a POST, literally, with the body still to come.
pub(in crate::otlp) fn head(stream: u32, path: &str, content_type: &str) -> Vec<u8> {
    let fields = [(":method", "POST"), (":scheme", "http"), (":path", path), (":authority", "h")];
    let mut block = Vec::new();
    for (name, value) in fields.into_iter().chain([("content-type", content_type)]) {
        // A literal without indexing (RFC 7541, 6.2.2).
        block.push(0);
        for text in [name, value] {
            block.push(u8::try_from(text.len()).unwrap());
            block.extend_from_slice(text.as_bytes());
        }
    }
    frame(HEADERS, END_HEADERS, stream, &block)
}

/// The only body of a request.
pub(in crate::otlp) fn body(stream: u32, body: &[u8]) -> Vec<u8> {
    frame(0, END_STREAM, stream, body)
}

/// A client's stream that counts the requests whose heads have really left.
#[derive(Debug)]
pub(super) struct Tap<S> {
    pub(super) stream: S,
    pub(super) frames: Frames,
    pub(super) requests: Arc<AtomicUsize>,
}

impl<S: AsyncRead + Unpin> AsyncRead for Tap<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Tap<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.stream).poll_write(cx, bytes);
        if let Poll::Ready(Ok(written)) = &result {
            let mut bytes = &bytes[..*written];
            while !bytes.is_empty() {
                let (part, behind) = self.frames.next(bytes);
                if let Part::Head([_, _, _, HEADERS, ..]) = part {
                    self.requests.fetch_add(1, Relaxed);
                }
                bytes = behind;
            }
        }
        result
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
