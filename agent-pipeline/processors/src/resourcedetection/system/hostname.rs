//! The name of the host, from the first source that knows one.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use serde::Deserialize;
use tokio::time::{Instant, timeout};

/// Where the name of the host may be from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HostnameSource {
    /// The canonical name of the name that the kernel knows, by the host file or DNS.
    Cname,
    /// The fully qualified domain name.
    Dns,
    /// The name of the first address of the name that the kernel knows.
    Lookup,
    /// The name that the kernel knows.
    Os,
}

/// What the system knows of names. Its calls block.
pub(super) trait Names: Send + Sync {
    /// The name that the kernel knows.
    fn own(&self) -> io::Result<String>;
    /// What the host file or DNS calls it.
    fn canonical(&self, name: &str) -> io::Result<String>;
    fn addresses(&self, name: &str) -> io::Result<Vec<IpAddr>>;
    fn name_of(&self, address: IpAddr) -> io::Result<String>;
}

/// The names that the C library finds.
pub(super) struct Resolver;

/// `AI_CANONNAME` of `<netdb.h>`.
const CANONICAL_NAME: i32 = 2;
/// `NI_NAMEREQD` of `<netdb.h>`: no name is an error, not the address again.
const NAME_REQUIRED: i32 = 8;

impl Names for Resolver {
    fn own(&self) -> io::Result<String> {
        Ok(rustix::system::uname().nodename().to_string_lossy().into_owned())
    }

    fn canonical(&self, name: &str) -> io::Result<String> {
        let hints = dns_lookup::AddrInfoHints { flags: CANONICAL_NAME, ..Default::default() };
        let mut found = dns_lookup::getaddrinfo(Some(name), None, Some(hints))?;
        let first = found.next().ok_or(io::ErrorKind::NotFound)??;
        first.canonname.ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn addresses(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        Ok(dns_lookup::lookup_host(name)?.collect())
    }

    fn name_of(&self, address: IpAddr) -> io::Result<String> {
        Ok(dns_lookup::getnameinfo(&SocketAddr::new(address, 0), NAME_REQUIRED)?.0)
    }
}

impl HostnameSource {
    fn ask(self, names: &dyn Names) -> io::Result<String> {
        let own = names.own()?;
        let found = match self {
            Self::Os => Ok(own),
            Self::Cname => names.canonical(&own),
            Self::Lookup => by_address(names, &own),
            Self::Dns => names
                .canonical(&own)
                .map(|name| if name.contains('.') { name } else { by_address(names, &own).unwrap_or(name) }),
        };
        let name = found?.trim_end_matches('.').to_owned();
        if name.is_empty() { Err(io::ErrorKind::NotFound.into()) } else { Ok(name) }
    }
}

fn by_address(names: &dyn Names, own: &str) -> io::Result<String> {
    let addresses = names.addresses(own)?;
    let mut found = addresses.into_iter().map(|address| names.name_of(address));
    let mut last = io::ErrorKind::NotFound.into();
    found.find_map(|name| name.map_err(|error| last = error).ok()).ok_or(last)
}

/// Asks the sources in order, each on a thread that may block. One that does not answer gives way to the next in time.
///
/// # Errors
/// No source knows one.
pub(super) async fn find(
    names: &Arc<dyn Names>,
    sources: &[HostnameSource],
    deadline: Instant,
) -> Result<String, String> {
    let mut left = u32::try_from(sources.len()).unwrap_or(u32::MAX);
    for source in sources {
        let share = deadline.saturating_duration_since(Instant::now()) / left;
        left -= 1;
        let (source, names) = (*source, Arc::clone(names));
        let asked = tokio::task::spawn_blocking(move || source.ask(&*names));
        match timeout(share, asked).await {
            Ok(Ok(Ok(name))) => return Ok(name),
            Ok(Ok(Err(error))) => tracing::debug!(?source, "no hostname: {error}"),
            Ok(Err(_)) | Err(_) => tracing::debug!(?source, "no hostname: no answer in time"),
        }
    }
    Err("all hostname sources failed to get hostname".to_owned())
}
