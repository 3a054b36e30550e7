//! Gives an HTTP/2 client that is told to go away the time to finish what it has begun to send.
//!
//! RFC 9113, 6.8: a server first says GOAWAY and refuses nothing, and only after at least a round trip names the last stream that
//! it will serve. hyper takes the acknowledgement of a PING for the end of that round trip. Clients write it before requests
//! that were waiting to be written (the `h2` crate does, and with it all of hyper and tonic), so those come a moment too
//! late and are refused; gRPC asks clients to send them again elsewhere, and not all do. Neither hyper nor h2 can be told
//! to wait. So the acknowledgement is kept back here until the connection was quiet for a while, and everything behind it
//! is let past. That costs no time while requests are running: the connection could not end before them.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::BytesMut;
use tokio::io::ReadBuf;
use tokio::time::{Instant, Sleep, sleep};

/// For how long it must be quiet. A client writes what is waiting together with the acknowledgement, but it may be
/// short of CPU time, and so may we.
const HOLD: Duration = Duration::from_millis(250);
/// When to look again in the middle of a frame.
const AGAIN: Duration = Duration::from_millis(10);
/// How many acknowledgements are kept back. hyper has one or two pings on their way.
const MOST: usize = 4;

const PREFACE_LEN: usize = 24;
const HEAD_LEN: usize = 9;
const HEADERS: u8 = 1;
const PING: u8 = 6;
const CONTINUATION: u8 = 9;
const ACK: u8 = 1;
const END_HEADERS: u8 = 4;

/// Keeps acknowledgements of pings back for a while.
#[derive(Debug)]
pub(super) struct Hold {
    frames: Frames,
    /// Bytes of the present frame's head that were passed on before it was whole.
    given: usize,
    /// Whether the present frame is kept back.
    keeps: bool,
    kept: BytesMut,
    timer: Option<Pin<Box<Sleep>>>,
    /// What may be passed on.
    ready: BytesMut,
}

impl Hold {
    pub(super) fn new() -> Self {
        Self {
            frames: Frames::new(),
            given: 0,
            keeps: false,
            kept: BytesMut::new(),
            timer: None,
            ready: BytesMut::new(),
        }
    }

    /// Notes bytes that have been passed on as they came.
    pub(super) fn follow(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            (_, bytes) = self.frames.next(bytes);
        }
        self.given = self.frames.head_len;
    }

    /// Takes bytes that came, sorting out what is to be kept back.
    pub(super) fn sort(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let (part, behind) = self.frames.next(bytes);
            bytes = behind;
            match part {
                Part::Payload(payload) if self.keeps => self.kept.extend_from_slice(payload),
                Part::Payload(payload) => self.ready.extend_from_slice(payload),
                Part::Head(head) => {
                    let is_ack = matches!(head, [0, 0, 8, PING, ACK, ..]);
                    self.keeps = is_ack && self.given == 0 && self.kept.len() < MOST * (HEAD_LEN + 8);
                    let to = if self.keeps { &mut self.kept } else { &mut self.ready };
                    to.extend_from_slice(head.get(self.given..).unwrap_or_default());
                    self.given = 0;
                }
                Part::OfHead => {}
            }
        }
        if !self.kept.is_empty() && self.timer.is_none() {
            self.timer = Some(Box::pin(sleep(HOLD)));
        }
    }

    /// Gives what may be passed on; false when there is nothing.
    pub(super) fn give(&mut self, to: &mut ReadBuf<'_>) -> bool {
        let len = self.ready.len().min(to.remaining());
        to.put_slice(&self.ready.split_to(len));
        len > 0
    }

    /// Lets go of what is kept back, once there was nothing to read and no request for [`HOLD`]; `idle` is how long
    /// there has been none. To be asked when nothing more is there to be read.
    pub(super) fn poll_let_go(&mut self, cx: &mut Context<'_>, idle: Option<Duration>) -> Poll<()> {
        let Some(timer) = &mut self.timer else { return Poll::Pending };
        ready!(timer.as_mut().poll(cx));
        let idle = idle.unwrap_or_default();
        if idle < HOLD || !self.frames.is_between() {
            timer.as_mut().reset(Instant::now() + HOLD.saturating_sub(idle).max(AGAIN));
            return timer.as_mut().poll(cx);
        }
        self.timer = None;
        self.ready.unsplit(self.kept.split());
        Poll::Ready(())
    }
}

/// Where in the stream of a client's frames the next byte belongs.
#[derive(Debug)]
pub(in crate::otlp) struct Frames {
    head: [u8; HEAD_LEN],
    /// How much of `head` is here.
    head_len: usize,
    /// How much of the payload of the present frame is still to come. The preface counts as one.
    left: usize,
    /// Whether a header block goes on in the next frame, which nothing may come before.
    in_block: bool,
}

/// What some bytes are.
pub(in crate::otlp) enum Part<'a> {
    /// A piece of the payload of the last head.
    Payload(&'a [u8]),
    /// The end of a head, which is whole now.
    Head([u8; HEAD_LEN]),
    /// Another piece of a head.
    OfHead,
}

impl Frames {
    pub(in crate::otlp) fn new() -> Self {
        Self { head: [0; HEAD_LEN], head_len: 0, left: PREFACE_LEN, in_block: false }
    }

    fn is_between(&self) -> bool {
        self.left == 0 && self.head_len == 0 && !self.in_block
    }

    /// What the first of these bytes are, and those behind them.
    pub(in crate::otlp) fn next<'a>(&mut self, bytes: &'a [u8]) -> (Part<'a>, &'a [u8]) {
        if self.left > 0 {
            let (payload, behind) = bytes.split_at(self.left.min(bytes.len()));
            self.left -= payload.len();
            return (Part::Payload(payload), behind);
        }
        let free = self.head.get_mut(self.head_len..).unwrap_or_default();
        let (now, behind) = bytes.split_at(free.len().min(bytes.len()));
        free.iter_mut().zip(now).for_each(|(free, byte)| *free = *byte);
        self.head_len += now.len();
        if self.head_len < HEAD_LEN {
            return (Part::OfHead, behind);
        }
        let [a, b, c, kind, flags, ..] = self.head;
        self.left = usize::from(a) << 16 | usize::from(b) << 8 | usize::from(c);
        if kind == HEADERS || kind == CONTINUATION {
            self.in_block = flags & END_HEADERS == 0;
        }
        self.head_len = 0;
        (Part::Head(self.head), behind)
    }
}
