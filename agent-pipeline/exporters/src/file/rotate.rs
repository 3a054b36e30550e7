//! Moving full files aside: `name-2026-01-31T08-30-00.000.ext`, the form that readers of the Collector's files know.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::Config;

const MEGABYTE: u64 = 1 << 20;
const DAY: Duration = Duration::from_hours(24);

#[derive(Debug)]
pub(super) struct Rotate {
    max_bytes: u64,
    max_age: Option<Duration>,
    max_backups: Option<usize>,
    local: bool,
}

impl Rotate {
    /// `None` when the settings do not rotate. Groups of files are never rotated, as in the Collector.
    pub(super) fn new(config: &Config) -> Option<Self> {
        let rotation = config.rotation.as_ref().filter(|_| !config.group_by.enabled)?;
        let megabytes = u64::try_from(rotation.max_megabytes).ok().filter(|most| *most > 0).unwrap_or(100);
        let days = u32::try_from(rotation.max_days).ok().filter(|days| *days > 0);
        Some(Self {
            max_bytes: megabytes.saturating_mul(MEGABYTE),
            max_age: days.map(|days| DAY.saturating_mul(days)),
            max_backups: usize::try_from(rotation.max_backups).ok().filter(|most| *most > 0),
            local: rotation.localtime,
        })
    }

    pub(super) fn is_due(&self, size: u64) -> bool {
        size > self.max_bytes
    }

    /// Renames the file and removes what is too old or too many.
    pub(super) fn move_aside(&self, path: &Path) -> io::Result<()> {
        let zone = if self.local { TimeZone::try_system().unwrap_or(TimeZone::UTC) } else { TimeZone::UTC };
        let mut at = Timestamp::now();
        let mut aside = Self::backup_name(path, at, &zone);
        // Two in one millisecond must not overwrite each other.
        while aside.exists() {
            at = at.checked_add(Duration::from_millis(1)).map_err(io::Error::other)?;
            aside = Self::backup_name(path, at, &zone);
        }
        fs::rename(path, &aside)?;
        // The data is safe; what cannot be tidied up is tried again the next time.
        if let Err(error) = self.tidy_up(path) {
            tracing::warn!(path = %path.display(), %error, "Old files cannot be removed.");
        }
        Ok(())
    }

    fn backup_name(path: &Path, at: Timestamp, zone: &TimeZone) -> PathBuf {
        let (stem, extension) = parts(path);
        let time = zone.to_datetime(at).strftime("%Y-%m-%dT%H-%M-%S%.3f").to_string();
        path.with_file_name(format!("{stem}-{time}{extension}"))
    }

    fn tidy_up(&self, path: &Path) -> io::Result<()> {
        let directory =
            path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let (stem, extension) = parts(path);
        let mut backups = Vec::new();
        for entry in fs::read_dir(directory)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let time = name.strip_prefix(&format!("{stem}-")).and_then(|rest| rest.strip_suffix(&extension));
            if time.is_some_and(is_time) {
                let written = entry.metadata()?.modified()?;
                backups.push((name, written));
            }
        }
        // The names begin alike and sort by time; newest first.
        backups.sort_unstable_by(|a, b| b.0.cmp(&a.0));
        for (index, (name, written)) in backups.iter().enumerate() {
            let too_many = self.max_backups.is_some_and(|most| index >= most);
            let age = SystemTime::now().duration_since(*written).unwrap_or_default();
            if too_many || self.max_age.is_some_and(|most| age > most) {
                fs::remove_file(directory.join(name))?;
            }
        }
        Ok(())
    }
}

/// `traces` and `.json` of `/var/log/traces.json`.
fn parts(path: &Path) -> (String, String) {
    let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let extension = path.extension().map(|extension| format!(".{}", extension.to_string_lossy()));
    (stem, extension.unwrap_or_default())
}

/// Whether a text has the form of the time in a backup's name; other files are nobody's to remove.
fn is_time(text: &str) -> bool {
    const FORM: &[u8] = b"0000-00-00T00-00-00.000";
    text.len() == FORM.len()
        && text.bytes().zip(FORM).all(|(byte, form)| match form {
            b'0' => byte.is_ascii_digit(),
            other => byte == *other,
        })
}
