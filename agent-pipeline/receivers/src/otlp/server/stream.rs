//! One type for all connections, whatever they run over, so that hyper's code is in the binary once.
//!
//! Reads and writes are noted in the connection's [`Activity`] on their way. The end of a stream lingers: see [`Linger`].

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use agent_component::{ClientInfo, Life};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpStream, UnixStream};
use tokio::sync::Semaphore;
use tokio_rustls::server::TlsStream;
use tokio_util::task::TaskTracker;

use super::activity::Activity;
use super::hold::Hold;
use super::linger::Linger;

/// What a connection runs over.
#[derive(Debug)]
pub(in crate::otlp) enum Stream {
    Tcp(TcpStream),
    Unix(UnixStream),
    // Boxed: the state of a TLS session is large and most connections have none.
    Tls(Box<TlsStream<Stream>>),
}

/// An accepted connection, on its way to a protocol.
#[derive(Debug)]
pub(in crate::otlp) struct Connection {
    /// The bytes.
    pub(in crate::otlp) stream: Watched,
    /// What the connection is doing.
    pub(in crate::otlp) activity: Arc<Activity>,
    /// Its address, if it has one.
    pub(in crate::otlp) client: Arc<ClientInfo>,
    /// Where it has its place from.
    pub(in crate::otlp) room: Arc<Semaphore>,
    /// When it must end.
    pub(in crate::otlp) life: Life,
    /// Where its tasks are kept.
    pub(in crate::otlp) tasks: TaskTracker,
}

/// A stream that tells what happens on it.
#[derive(Debug)]
pub(in crate::otlp) struct Watched {
    stream: Stream,
    activity: Arc<Activity>,
    hold: Hold,
    /// Set once the end of what we send is out.
    linger: Option<Linger>,
}

impl Watched {
    pub(super) fn new(stream: Stream, activity: Arc<Activity>) -> Self {
        Self { stream, activity, hold: Hold::new(), linger: None }
    }

    fn note_write<T>(&self, result: Poll<T>) -> Poll<T> {
        self.activity.wrote(result.is_ready());
        result
    }
}

macro_rules! each {
    ($self:expr, $stream:ident => $call:expr) => {
        match $self {
            Stream::Tcp($stream) => $call,
            Stream::Unix($stream) => $call,
            Stream::Tls($stream) => $call,
        }
    };
}

impl Stream {
    /// Whether the connection was reset, which reading tells only after all that came before.
    pub(super) fn is_broken(&self) -> bool {
        let error = match self {
            Self::Tcp(stream) => stream.take_error(),
            Self::Unix(stream) => stream.take_error(),
            Self::Tls(stream) => return stream.get_ref().0.is_broken(),
        };
        !matches!(error, Ok(None))
    }
}

impl AsyncRead for Stream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        each!(self.get_mut(), stream => Pin::new(stream).poll_read(cx, buf))
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        each!(self.get_mut(), stream => Pin::new(stream).poll_write(cx, bytes))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        each!(self.get_mut(), stream => Pin::new(stream).poll_flush(cx))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        each!(self.get_mut(), stream => Pin::new(stream).poll_shutdown(cx))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        each!(self.get_mut(), stream => Pin::new(stream).poll_write_vectored(cx, pieces))
    }

    fn is_write_vectored(&self) -> bool {
        each!(self, stream => stream.is_write_vectored())
    }
}

impl AsyncRead for Watched {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let Self { stream, activity, hold, .. } = self.get_mut();
        if activity.is_closing() && activity.is_http2() {
            return sorted(stream, activity, hold, cx, buf);
        }
        let before = buf.filled().len();
        let result = Pin::new(stream).poll_read(cx, buf);
        if let Some(bytes) = buf.filled().get(before..)
            && !bytes.is_empty()
        {
            activity.read(bytes);
            if !activity.is_http1() {
                hold.follow(bytes);
            }
        }
        result
    }
}

/// Reads from a client that is told to go away.
fn sorted(
    stream: &mut Stream,
    activity: &Activity,
    hold: &mut Hold,
    cx: &mut Context<'_>,
    buf: &mut ReadBuf<'_>,
) -> Poll<io::Result<()>> {
    let mut space = [0; 4096];
    while !hold.give(buf) {
        let mut came = ReadBuf::new(&mut space);
        match Pin::new(&mut *stream).poll_read(cx, &mut came)? {
            Poll::Ready(()) if came.filled().is_empty() => break,
            Poll::Ready(()) => {
                activity.read(came.filled());
                hold.sort(came.filled());
            }
            Poll::Pending => ready!(hold.poll_let_go(cx, activity.snapshot().idle)),
        }
    }
    Poll::Ready(Ok(()))
}

impl AsyncWrite for Watched {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.note_write(result)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let result = Pin::new(&mut self.stream).poll_flush(cx);
        self.note_write(result)
    }

    /// Ends what we send, then lets the client end too: see [`Linger`].
    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Self { stream, linger, .. } = self.get_mut();
        if linger.is_none() {
            ready!(Pin::new(&mut *stream).poll_shutdown(cx))?;
        }
        linger.get_or_insert_with(Linger::begin).poll(stream, cx).map(Ok)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.stream).poll_write_vectored(cx, pieces);
        self.note_write(result)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
