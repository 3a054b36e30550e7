//! Refuses two receivers that listen in one place.
//!
//! They would share the socket, as a receiver and the one that takes its place in a reload do on purpose, and each client would
//! get the one or the other by chance. The Collector's second one cannot bind (v0.145.0). A name is compared as it is
//! written: what it resolves to is not asked here.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use agent_component::Endpoint;
use agent_config::{ComponentId, Issues};

use super::ReceiverPlan;

/// Where somebody listens, so that equal places compare equal.
#[derive(PartialEq, Eq)]
enum Place {
    Address(IpAddr, u16),
    Name(String, u16),
    File(String),
}

/// Judges the receivers that are in use.
pub(super) fn check(receivers: &[ReceiverPlan], issues: &mut Issues) {
    let mut taken: Vec<(Place, &ComponentId)> = Vec::new();
    for ReceiverPlan { part, .. } in receivers {
        for endpoint in part.builder.endpoints() {
            let Some(place) = place_of(&endpoint) else { continue };
            let Some((_, by)) = taken.iter().find(|(other, by)| *other == place && **by != part.id) else {
                taken.push((place, &part.id));
                continue;
            };
            let network = if endpoint.is_unix { "unix" } else { "tcp" };
            let text = format!(
                "listen {network} {}: bind: address already in use: the \"{by}\" receiver listens there",
                endpoint.address
            );
            part.section.validator(issues).error(&endpoint.at, text);
        }
    }
}

/// `None` for a port that the operating system chooses, and for what is no address.
fn place_of(endpoint: &Endpoint) -> Option<Place> {
    if endpoint.is_unix {
        return Some(Place::File(endpoint.address.clone()));
    }
    let (host, port) = endpoint.address.rsplit_once(':')?;
    let port = port.parse().ok().filter(|port| *port != 0)?;
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    let address = match host {
        "" => Some(IpAddr::V6(Ipv6Addr::UNSPECIFIED)),
        "localhost" => Some(IpAddr::V4(Ipv4Addr::LOCALHOST)),
        _ => host.parse().ok(),
    };
    Some(match address {
        Some(address) => Place::Address(address, port),
        None => Place::Name(host.to_ascii_lowercase(), port),
    })
}
