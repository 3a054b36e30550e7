//! Settings of `resourcedetection` (the Collector's `resourcedetectionprocessor`, v0.145.0).

use std::collections::BTreeMap;

use agent_config::{AnyYaml, GoDuration, Validate, Validator};
use serde::Deserialize;

use super::detection::Kind;
use super::system::{HostnameSource, Switch, SystemAttribute};

/// The `resourcedetection` section: its own fields, then those that the Collector knows and that have no effect here.
macro_rules! config {
    ($($field:ident)*) => {
        /// The `resourcedetection` section.
        #[derive(Clone, Debug, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct Config {
            /// What to ask; of two that find the same attribute the earlier one counts. Default `[env]`.
            pub detectors: Vec<String>,
            /// Whether what is found replaces what a resource has. Default true.
            pub r#override: bool,
            /// The time that all of it may take. Default 5s.
            pub timeout: GoDuration,
            /// After which time to look again. Default 0: never.
            pub refresh_interval: GoDuration,
            /// Settings of the detector `system`.
            pub system: SystemConfig,
            $(
                /// Without effect: of a detector that is not there, or about requests that no detector makes.
                pub $field: AnyYaml,
            )*
        }

        impl Default for Config {
            fn default() -> Self {
                Self {
                    detectors: vec!["env".to_owned()],
                    r#override: true,
                    timeout: GoDuration::from_secs(5),
                    refresh_interval: GoDuration::ZERO,
                    system: SystemConfig::default(),
                    $($field: AnyYaml::Null,)*
                }
            }
        }
    };
}

config! {
    akamai aks alibaba_ecs azure azurecontainerapps consul digitalocean docker dynatrace ec2 ecs eks elasticbeanstalk gcp
    heroku hetzner k8snode kubeadm lambda nova openshift oraclecloud scaleway tencent_cvm upcloud vultr
    auth compression compression_params cookies disable_keep_alives endpoint force_attempt_http2 headers
    http2_ping_timeout http2_read_idle_timeout idle_conn_timeout max_conns_per_host max_idle_conns
    max_idle_conns_per_host middlewares proxy_url read_buffer_size tls write_buffer_size
}

/// Settings of the detector `system`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SystemConfig {
    /// Where the name of the host is from: the first that knows one. Default `[dns, os]`.
    pub hostname_sources: Vec<HostnameSource>,
    /// Which attributes are wanted. Default: `host.name` and `os.type`.
    pub resource_attributes: BTreeMap<SystemAttribute, Switch>,
}

impl Config {
    /// The detectors to ask, in order. What validation refuses is left out.
    pub(super) fn kinds(&self) -> impl Iterator<Item = Kind> {
        self.detectors.iter().filter_map(|name| Kind::named(name))
    }
}

impl SystemConfig {
    /// Whether the attribute is wanted.
    pub(super) fn wants(&self, attribute: SystemAttribute) -> bool {
        let switch = self.resource_attributes.get(&attribute);
        switch.and_then(|switch| switch.enabled).unwrap_or(attribute.is_default())
    }

    /// Where the name of the host is from.
    pub(super) fn hostname_sources(&self) -> Vec<HostnameSource> {
        if self.hostname_sources.is_empty() {
            return vec![HostnameSource::Dns, HostnameSource::Os];
        }
        self.hostname_sources.clone()
    }
}

impl Validate for Config {
    fn validate(&self, at: &mut Validator<'_>) {
        for (index, name) in self.detectors.iter().enumerate() {
            if Kind::named(name).is_none() {
                let known = Kind::ALL.map(Kind::name).join(", ");
                let text = format!("invalid detector key: {name} (this version has {known})");
                at.field("detectors").index(index).error("", text);
            }
        }
        for (field, value) in [("timeout", self.timeout), ("refresh_interval", self.refresh_interval)] {
            if value.is_negative() {
                at.error(field, "must not be negative");
            }
        }
    }
}
