//! The watch of a folder through inotify(7).

use std::ffi::OsStr;
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use rustix::fs::inotify::{self, CreateFlags, ReadFlags, Reader, WatchFlags};
use rustix::io::Errno;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// What the kubelet swaps when a mounted `ConfigMap` changes.
const DATA: &[u8] = b"..data";

/// Everything after which the file may read differently.
const CHANGES: WatchFlags = WatchFlags::ATTRIB
    .union(WatchFlags::CLOSE_WRITE)
    .union(WatchFlags::CREATE)
    .union(WatchFlags::DELETE)
    .union(WatchFlags::DELETE_SELF)
    .union(WatchFlags::MODIFY)
    .union(WatchFlags::MOVE)
    .union(WatchFlags::MOVE_SELF)
    .union(WatchFlags::ONLYDIR);

/// After these the watch may be of a folder that is at the path no more. Of a full queue nobody knows what was in it.
const FOLDER: ReadFlags = ReadFlags::DELETE_SELF
    .union(ReadFlags::MOVE_SELF)
    .union(ReadFlags::IGNORED)
    .union(ReadFlags::UNMOUNT)
    .union(ReadFlags::QUEUE_OVERFLOW);

/// What happened since the last look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Seen {
    Nothing,
    /// The document may read differently.
    Document,
    /// The folder may be another.
    Folder,
}

/// A watched folder.
#[derive(Debug)]
pub(super) struct Watch {
    queue: AsyncFd<OwnedFd>,
    folder: i32,
}

impl Watch {
    /// Watches `dir`. Wants a tokio runtime around it.
    pub(super) fn open(dir: &Path) -> io::Result<Self> {
        let queue = inotify::init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC)?;
        let folder = inotify::add_watch(&queue, dir, CHANGES)?;
        #[allow(
            deprecated,
            reason = "what replaces it is unsafe, and an owned descriptor is all that it asks for"
        )]
        let queue = AsyncFd::with_interest(queue, Interest::READABLE)?;
        Ok(Self { queue, folder })
    }

    /// Watches what is at `dir` now; true if that is another folder than before.
    pub(super) fn renew(&mut self, dir: &Path) -> io::Result<bool> {
        let queue = self.queue.get_ref();
        let now = inotify::add_watch(queue, dir, CHANGES)?;
        let before = std::mem::replace(&mut self.folder, now);
        if before != now {
            // Gone already if the folder was deleted.
            let _ = inotify::remove_watch(queue, before);
        }
        Ok(before != now)
    }

    /// Waits until something is seen of `file` or of the folder itself. May be dropped at any time.
    pub(super) async fn seen(&mut self, file: &OsStr) -> io::Result<Seen> {
        loop {
            let mut ready = self.queue.readable().await?;
            let seen = look(self.queue.get_ref(), self.folder, file)?;
            ready.clear_ready();
            if seen != Seen::Nothing {
                return Ok(seen);
            }
        }
    }

    /// The same without waiting.
    pub(super) fn seen_now(&mut self, file: &OsStr) -> io::Result<Seen> {
        look(self.queue.get_ref(), self.folder, file)
    }
}

/// Empties the queue and says the most of what was in it.
fn look(queue: &OwnedFd, folder: i32, file: &OsStr) -> io::Result<Seen> {
    let mut buffer = [MaybeUninit::uninit(); 4096];
    let mut reader = Reader::new(queue, &mut buffer);
    let mut most = Seen::Nothing;
    loop {
        let event = match reader.next() {
            Ok(event) => event,
            Err(Errno::AGAIN) => return Ok(most),
            Err(Errno::INTR) => continue,
            Err(error) => return Err(error.into()),
        };
        let full = event.events().contains(ReadFlags::QUEUE_OVERFLOW);
        if event.wd() != folder && !full {
            continue;
        }
        let name = event.file_name().map(std::ffi::CStr::to_bytes);
        most = most.max(if event.events().intersects(FOLDER) {
            Seen::Folder
        } else if name == Some(file.as_bytes()) || name == Some(DATA) {
            Seen::Document
        } else {
            Seen::Nothing
        });
    }
}
