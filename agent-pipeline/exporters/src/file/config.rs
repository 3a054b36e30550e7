//! The settings of `file`, keys and defaults as the Collector's (v0.145.0).

use agent_config::{GoDuration, Validate, Validator};
use serde::Deserialize;

/// The `file` section.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The file; with `group_by` a pattern with one `*`. Required.
    pub path: String,
    /// Keep what is in the file. Default false: it is emptied at start.
    pub append: bool,
    /// Move full files aside. Default none.
    pub rotation: Option<Rotation>,
    /// How a message is written. Default `json`.
    pub format: Format,
    /// An encoding extension; there is none to name yet.
    pub encoding: Option<String>,
    /// How each message is compressed. Default not.
    pub compression: Compression,
    /// How long data may stay in the buffer. Default 1s.
    pub flush_interval: GoDuration,
    /// A file for each value of a resource attribute.
    pub group_by: GroupBy,
    /// Make the directory of the file. Default false.
    pub create_directory: bool,
    /// Its permissions, octal. Default `0755`.
    pub directory_permissions: String,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            path: String::new(),
            append: false,
            rotation: None,
            format: Format::Json,
            encoding: None,
            compression: Compression::None,
            flush_interval: GoDuration::from_secs(1),
            group_by: GroupBy::default(),
            create_directory: false,
            directory_permissions: "0755".to_owned(),
        }
    }
}

/// How a message is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// One OTLP/JSON document a line.
    #[default]
    Json,
    /// Protobuf behind its length.
    Proto,
}

/// How a message is compressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub enum Compression {
    /// Not.
    #[default]
    #[serde(rename = "")]
    None,
    /// zstd.
    #[serde(rename = "zstd")]
    Zstd,
}

/// `rotation`: when a file is full and what becomes of it.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rotation {
    /// A file is full at so many MiB. Default 100.
    pub max_megabytes: i64,
    /// Full files older than so many days are removed; 0 keeps them. Default 0.
    pub max_days: i64,
    /// So many full files are kept; 0 keeps all. Default 100.
    pub max_backups: i64,
    /// Name full files by local time instead of UTC. Default false.
    pub localtime: bool,
}

impl Default for Rotation {
    fn default() -> Self {
        Self { max_megabytes: 100, max_days: 0, max_backups: 100, localtime: false }
    }
}

/// `group_by`: a file for each value of a resource attribute.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GroupBy {
    /// Default false.
    pub enabled: bool,
    /// The attribute; its value replaces the `*` of `path`. Default `fileexporter.path_segment`.
    pub resource_attribute: String,
    /// Files open at once; the one used longest ago is closed first. Default 100.
    pub max_open_files: i64,
}

impl Default for GroupBy {
    fn default() -> Self {
        Self {
            enabled: false,
            resource_attribute: "fileexporter.path_segment".to_owned(),
            max_open_files: 100,
        }
    }
}

impl Config {
    /// `directory_permissions` as a number.
    pub(super) fn directory_mode(&self) -> Option<u32> {
        let digits = self.directory_permissions.as_str();
        u32::from_str_radix(digits, 8).ok().filter(|mode| *mode <= 0o777)
    }
}

impl Validate for Config {
    fn validate(&self, at: &mut Validator<'_>) {
        if self.path.is_empty() {
            at.error("path", "path must be non-empty");
        }
        if self.append && self.compression != Compression::None {
            at.error("append", "append and compression enabled at the same time is not supported");
        }
        if self.append && self.rotation.is_some() {
            at.error("append", "append and rotation enabled at the same time is not supported");
        }
        if let Some(encoding) = &self.encoding {
            at.error(
                "encoding",
                format!("encoding extensions such as {encoding:?} are not supported; use format"),
            );
        }
        if self.flush_interval <= GoDuration::ZERO {
            at.error("flush_interval", "flush_interval must be larger than zero");
        }
        if self.create_directory && self.directory_mode().is_none() {
            at.error("directory_permissions", "directory_permissions must be an octal number such as 0755");
        }
        if let Some(rotation) = &self.rotation {
            let mut at = at.field("rotation");
            for (key, value) in [
                ("max_megabytes", rotation.max_megabytes),
                ("max_days", rotation.max_days),
                ("max_backups", rotation.max_backups),
            ] {
                if value < 0 {
                    at.error(key, "must not be negative");
                }
            }
        }
        if self.group_by.enabled {
            self.validate_group_by(at);
        }
    }
}

impl Config {
    fn validate_group_by(&self, at: &mut Validator<'_>) {
        if self.path.starts_with('*') {
            at.error("path", "path must not start with * when group_by is enabled");
        } else if !self.path.is_empty() && self.path.matches('*').count() != 1 {
            at.error("path", "path must contain exactly one * when group_by is enabled");
        }
        if self.group_by.resource_attribute.is_empty() {
            at.error(
                "group_by::resource_attribute",
                "resource_attribute must not be empty when group_by is enabled",
            );
        }
        if self.group_by.max_open_files <= 0 {
            at.error("group_by::max_open_files", "must be positive");
        }
    }
}
