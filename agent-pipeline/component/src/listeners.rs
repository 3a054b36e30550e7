//! Listening sockets by address, shared between the running graph and the one that will replace it.
//!
//! A receiver asks here instead of binding itself. While anybody holds a socket, a second request for the
//! same address gets the same socket: both graphs then accept from one backlog and no connection is refused
//! in between. When the last holder drops it, the port is closed, or the file of a unix socket removed.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::net::{IpAddr, Ipv6Addr, SocketAddr, TcpListener, ToSocketAddrs};
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// The listening sockets of the process.
#[derive(Clone, Debug, Default)]
pub struct Listeners {
    ports: Arc<Mutex<HashMap<SocketAddr, Weak<TcpListener>>>>,
    files: Files,
}

type Files = Arc<Mutex<HashMap<FileId, Weak<UnixSocket>>>>;

/// A unix socket that listens. Its file goes away with it, unless somebody has put another one in its place.
#[derive(Debug)]
pub struct UnixSocket {
    listener: UnixListener,
    path: PathBuf,
    file: FileId,
    files: Files,
}

/// What stays the same about a file whatever its path: device and inode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct FileId(u64, u64);

impl Listeners {
    /// A non-blocking TCP socket that listens on `endpoint`: `host:port`, `[v6]:port`, or `:port` for all interfaces.
    ///
    /// A host name is resolved, IPv4 first as Go's resolver does for listeners. Port 0 gives a new port each time.
    /// Resolving may block for a moment: call it while starting, not on the data path.
    ///
    /// # Errors
    /// The text is no endpoint, the name is unknown, or the operating system refuses.
    pub fn tcp(&self, endpoint: &str) -> io::Result<Arc<TcpListener>> {
        let address = resolve(endpoint)?;
        let mut ports = self.ports.lock().unwrap_or_else(PoisonError::into_inner);
        ports.retain(|_, socket| socket.strong_count() > 0);
        if address.port() != 0
            && let Some(socket) = ports.get(&address).and_then(Weak::upgrade)
        {
            return Ok(socket);
        }
        let socket = Arc::new(TcpListener::bind(address)?);
        socket.set_nonblocking(true)?;
        ports.insert(socket.local_addr()?, Arc::downgrade(&socket));
        Ok(socket)
    }

    /// A non-blocking unix socket that listens at `path`.
    ///
    /// The file is what is shared, by whatever path it is reached. A socket file that nobody listens on was left behind
    /// by a process that died, and is replaced.
    ///
    /// # Errors
    /// Somebody else listens there, something other than a socket is there, or the operating system refuses.
    pub fn unix(&self, path: &Path) -> io::Result<Arc<UnixSocket>> {
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(ours) = FileId::of(path).and_then(|file| files.get(&file)) {
            if let Some(socket) = ours.upgrade() {
                return Ok(socket);
            }
            // Its last holder is just letting go and waits for the table, to find then that the file is not its own.
            fs::remove_file(path)?;
        }
        let listener = bind(path)?;
        listener.set_nonblocking(true)?;
        let file = FileId::of(path).ok_or(io::ErrorKind::NotFound)?;
        let files_of_all = Arc::clone(&self.files);
        let socket = Arc::new(UnixSocket { listener, path: path.to_owned(), file, files: files_of_all });
        files.insert(file, Arc::downgrade(&socket));
        Ok(socket)
    }
}

impl UnixSocket {
    /// The socket.
    pub fn listener(&self) -> &UnixListener {
        &self.listener
    }
}

impl Drop for UnixSocket {
    fn drop(&mut self) {
        // Under the lock, so that nobody binds between the look and the removal.
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        files.remove(&self.file);
        if FileId::of(&self.path) == Some(self.file) {
            // There is nobody to tell; who binds there next finds that nobody listens.
            let _ = fs::remove_file(&self.path);
        }
    }
}

impl FileId {
    fn of(path: &Path) -> Option<Self> {
        fs::symlink_metadata(path).ok().map(|file| Self(file.dev(), file.ino()))
    }
}

fn bind(path: &Path) -> io::Result<UnixListener> {
    match UnixListener::bind(path) {
        Err(error) if error.kind() == io::ErrorKind::AddrInUse && is_abandoned(path) => {
            fs::remove_file(path)?;
            UnixListener::bind(path)
        }
        other => other,
    }
}

/// Whether a socket that nobody listens on is there. Other kinds of files refuse connections too, hence the first look.
fn is_abandoned(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|file| file.file_type().is_socket())
        && UnixStream::connect(path).is_err_and(|error| error.kind() == io::ErrorKind::ConnectionRefused)
}

fn resolve(endpoint: &str) -> io::Result<SocketAddr> {
    if let Some(port) = endpoint.strip_prefix(':') {
        let port = port.parse().map_err(|_| invalid(endpoint))?;
        return Ok(SocketAddr::new(IpAddr::V6(Ipv6Addr::UNSPECIFIED), port));
    }
    if !endpoint.contains(':') {
        return Err(invalid(endpoint));
    }
    let found: Vec<SocketAddr> = endpoint.to_socket_addrs()?.collect();
    let v4 = found.iter().find(|address| address.is_ipv4());
    v4.or(found.first()).copied().ok_or_else(|| invalid(endpoint))
}

fn invalid(endpoint: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, format!("{endpoint:?} is not host:port"))
}
