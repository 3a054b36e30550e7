//! A machine for tests that knows no name.

use std::io;
use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::{HostnameSource, Names, System, SystemConfig};

/// Counts how often it is asked.
struct Nameless(Arc<AtomicUsize>);

impl Names for Nameless {
    fn own(&self) -> io::Result<String> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Err(io::ErrorKind::NotFound.into())
    }

    fn canonical(&self, _: &str) -> io::Result<String> {
        Err(io::ErrorKind::NotFound.into())
    }

    fn addresses(&self, _: &str) -> io::Result<Vec<IpAddr>> {
        Ok(Vec::new())
    }

    fn name_of(&self, _: IpAddr) -> io::Result<String> {
        Err(io::ErrorKind::NotFound.into())
    }
}

/// The machine, and how often it was asked for its name.
pub(in crate::resourcedetection) fn nameless() -> (System, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let config = SystemConfig { hostname_sources: vec![HostnameSource::Os], ..SystemConfig::default() };
    (System::with(&config, Arc::new(Nameless(Arc::clone(&asked))), Path::new("/nonexistent")), asked)
}
