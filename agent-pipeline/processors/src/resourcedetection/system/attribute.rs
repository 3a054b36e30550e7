//! The attributes that the detector `system` knows, and the switch of each.

use serde::Deserialize;

macro_rules! attributes {
    ($($variant:ident $name:literal)*) => {
        /// An attribute of the machine, by its name in the semantic conventions.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
        pub enum SystemAttribute {
            $(
                #[doc = concat!("`", $name, "`")]
                #[serde(rename = $name)]
                $variant,
            )*
        }

        impl SystemAttribute {
            #[cfg(test)]
            pub(super) const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The name in the semantic conventions.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }
        }
    };
}

attributes! {
    HostArch "host.arch"
    HostCpuCacheL2Size "host.cpu.cache.l2.size"
    HostCpuFamily "host.cpu.family"
    HostCpuModelId "host.cpu.model.id"
    HostCpuModelName "host.cpu.model.name"
    HostCpuStepping "host.cpu.stepping"
    HostCpuVendorId "host.cpu.vendor.id"
    HostId "host.id"
    HostInterface "host.interface"
    HostIp "host.ip"
    HostMac "host.mac"
    HostName "host.name"
    OsBuildId "os.build.id"
    OsDescription "os.description"
    OsName "os.name"
    OsType "os.type"
    OsVersion "os.version"
}

impl SystemAttribute {
    /// Whether it is wanted unless somebody says otherwise.
    pub(in crate::resourcedetection) const fn is_default(self) -> bool {
        matches!(self, Self::HostName | Self::OsType)
    }
}

/// Whether an attribute is wanted.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Switch {
    /// Default: as the attribute's.
    pub enabled: Option<bool>,
}
