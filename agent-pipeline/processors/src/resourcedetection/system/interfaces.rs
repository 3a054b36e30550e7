//! Network interfaces and their addresses, from getifaddrs(3).

use std::net::IpAddr;

use nix::ifaddrs::{InterfaceAddress, getifaddrs};
use nix::net::if_::InterfaceFlags;

use super::{Found, SystemAttribute};

/// An interface with all that belongs to it.
#[derive(Debug, PartialEq, Eq)]
struct Interface {
    name: String,
    /// It is up and leads to others.
    is_open: bool,
    hardware: Option<[u8; 6]>,
    addresses: Vec<IpAddr>,
}

/// Adds what is wanted of `host.ip`, `host.mac` and `host.interface`.
pub(super) fn add(found: &mut Found<'_>) {
    let wanted = [SystemAttribute::HostIp, SystemAttribute::HostMac, SystemAttribute::HostInterface];
    if !wanted.into_iter().any(|attribute| found.wants(attribute)) {
        return;
    }
    let interfaces = match getifaddrs() {
        Ok(addresses) => gathered(addresses),
        Err(error) => return tracing::warn!("failed to get the network interfaces: {error}"),
    };
    let open = || interfaces.iter().filter(|interface| interface.is_open);
    found.list(SystemAttribute::HostIp, || {
        let addresses = open().flat_map(|interface| &interface.addresses);
        addresses.filter(|address| !address.is_loopback()).map(ToString::to_string).collect()
    });
    found.list(SystemAttribute::HostMac, || {
        open().filter_map(|interface| interface.hardware).map(mac).collect()
    });
    found.list(SystemAttribute::HostInterface, || {
        interfaces.iter().map(|interface| interface.name.clone()).collect()
    });
}

/// The C library lists addresses by family; here they are by interface.
fn gathered(addresses: impl Iterator<Item = InterfaceAddress>) -> Vec<Interface> {
    let mut out: Vec<Interface> = Vec::new();
    for found in addresses {
        let known = out.iter().position(|interface| interface.name == found.interface_name);
        let at = known.unwrap_or_else(|| {
            let is_open = found.flags.contains(InterfaceFlags::IFF_UP)
                && !found.flags.contains(InterfaceFlags::IFF_LOOPBACK);
            let name = found.interface_name.clone();
            out.push(Interface { name, is_open, hardware: None, addresses: Vec::new() });
            out.len() - 1
        });
        let (Some(interface), Some(address)) = (out.get_mut(at), found.address) else { continue };
        if let Some(v4) = address.as_sockaddr_in() {
            interface.addresses.push(v4.ip().into());
        } else if let Some(v6) = address.as_sockaddr_in6() {
            interface.addresses.push(v6.ip().into());
        } else if let Some(link) = address.as_link_addr() {
            interface.hardware = link.addr();
        }
    }
    out
}

/// As the IEEE writes it: `0A-1B-2C-3D-4E-5F`.
fn mac(address: [u8; 6]) -> String {
    address.map(|byte| format!("{byte:02X}")).join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_has_a_loopback_interface_that_is_not_open() {
        let interfaces = gathered(getifaddrs().unwrap());
        let loopback = interfaces.iter().find(|interface| interface.name == "lo").unwrap();
        assert!(!loopback.is_open);
        assert!(loopback.addresses.iter().all(IpAddr::is_loopback), "{loopback:?}");
        let names: std::collections::HashSet<_> =
            interfaces.iter().map(|interface| &interface.name).collect();
        assert_eq!(names.len(), interfaces.len(), "each is there once");
    }

    #[test]
    fn hardware_addresses_are_written_as_the_ieee_does() {
        assert_eq!(mac([0x0a, 0x1b, 0, 0xff, 0x4e, 0x5f]), "0A-1B-00-FF-4E-5F");
    }
}
