//! The end of a stream: what its client still sends is read away, since a socket that is closed while bytes are on their way
//! resets the connection, and the reset can overtake the last answer.
//!
//! Most clients stop when they see an answer. So one that is found to be sending is left alone for a moment: what it has on
//! its way stays where it is, and is never read if the client is gone then.

use std::mem::MaybeUninit;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, ReadBuf};
use tokio::time::{Sleep, sleep};

use super::stream::Stream;

/// How long a client is listened to after the end of what we send.
const LINGER: Duration = Duration::from_secs(1);
/// How long one that is sending has to see the answer.
const MOMENT: Duration = Duration::from_millis(20);
/// How much is read at once. On the stack, and nothing is written to it before.
const UNWANTED: usize = 16 << 10;

/// Begins once the end of what we send is out.
#[derive(Debug)]
pub(super) struct Linger {
    over: Pin<Box<Sleep>>,
    pause: Pause,
}

#[derive(Debug)]
enum Pause {
    /// Nothing has come yet.
    Before,
    Now(Pin<Box<Sleep>>),
    After,
}

impl Linger {
    pub(super) fn begin() -> Self {
        Self { over: Box::pin(sleep(LINGER)), pause: Pause::Before }
    }

    /// Ready when the client has ended too, or has had its time.
    pub(super) fn poll(&mut self, stream: &mut Stream, cx: &mut Context<'_>) -> Poll<()> {
        if self.over.as_mut().poll(cx).is_ready() {
            return Poll::Ready(());
        }
        let mut unwanted = [MaybeUninit::uninit(); UNWANTED];
        loop {
            if let Pause::Now(moment) = &mut self.pause {
                ready!(moment.as_mut().poll(cx));
                self.pause = Pause::After;
                if stream.is_broken() {
                    return Poll::Ready(());
                }
            }
            let mut unwanted = ReadBuf::uninit(&mut unwanted);
            let read = ready!(Pin::new(&mut *stream).poll_read(cx, &mut unwanted));
            if read.is_err() || unwanted.filled().is_empty() {
                return Poll::Ready(());
            }
            if matches!(self.pause, Pause::Before) {
                self.pause = Pause::Now(Box::pin(sleep(MOMENT)));
            }
        }
    }
}
