//! The token that a request carries, from a file that somebody else keeps fresh.
//!
//! The kubelet writes a new token long before the old one ends, so reading the file once a minute is enough as a rule.
//! Where it is not (the token was revoked, the clock jumped) the API server answers 401, and whoever gets that reads the
//! file at once.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::HeaderValue;
use kube::config::AuthInfo;
use tokio::time::Instant;

/// The file is read again after this.
const FRESH: Duration = Duration::from_mins(1);

/// A token file.
pub(crate) struct TokenFile {
    path: PathBuf,
    last: Mutex<Last>,
}

struct Last {
    header: HeaderValue,
    read: Instant,
}

impl TokenFile {
    /// The token file of `auth`, if that is how it proves who it is.
    pub(super) fn of(auth: &AuthInfo) -> Result<Option<Self>, String> {
        let stronger = auth.auth_provider.is_some()
            || auth.token.is_some()
            || auth.username.is_some() && auth.password.is_some();
        let Some(path) = auth.token_file.as_deref().filter(|_| !stronger) else { return Ok(None) };
        let path = PathBuf::from(path);
        let last = Mutex::new(Last { header: header(&path)?, read: Instant::now() });
        Ok(Some(Self { path, last }))
    }

    /// The `Authorization` header for a request that is sent now.
    pub(super) fn header(&self) -> HeaderValue {
        let mut last = self.last();
        if last.read.elapsed() >= FRESH {
            self.read(&mut last);
        }
        last.header.clone()
    }

    /// Reads the file now; true if it holds another token than before.
    pub(crate) fn renew(&self) -> bool {
        let mut last = self.last();
        let before = last.header.clone();
        self.read(&mut last);
        last.header != before
    }

    /// A file that cannot be read leaves the token as it is: it may be good still.
    fn read(&self, last: &mut Last) {
        match header(&self.path) {
            Ok(header) => last.header = header,
            Err(reason) => tracing::debug!(reason, "the token is not read again"),
        }
        last.read = Instant::now();
    }

    fn last(&self) -> MutexGuard<'_, Last> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The header of the token in `path`; the reason why there is none does not quote it.
fn header(path: &Path) -> Result<HeaderValue, String> {
    let token = super::incluster::read(path)?;
    let mut header = HeaderValue::try_from(format!("Bearer {}", token.trim()))
        .map_err(|_| format!("{} is not a token", path.display()))?;
    header.set_sensitive(true);
    Ok(header)
}
