//! Community IDs: one hash for both directions of a network flow.

use std::net::IpAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest, Sha1};

use crate::error::Eval;
use crate::function::args::{Args, Prepared};
use crate::function::{Kind, Literals, Param, failed};
use crate::value::Value;

converter!(
    COMMUNITY_ID, "CommunityID", [
        Param::of("source_ip", Kind::Text),
        Param::of("source_port", Kind::Int),
        Param::of("destination_ip", Kind::Text),
        Param::of("destination_port", Kind::Int),
        Param::optional("protocol", Kind::LiteralText),
        Param::optional("seed", Kind::Int),
    ], community_id,
    [r#"set(attributes["k"], CommunityID("10.1.2.3", 40000, "10.9.8.7", 443))"#, "{}",
        r#"{"k":"1:vDJNHlWTq5w7Yvbc0TFp9ixi8DE="}"#],
    prepare: Some(known_protocol),
);

fn protocol(name: &str) -> Option<u8> {
    Some(match name {
        "ICMP" => 1,
        "TCP" => 6,
        "UDP" => 17,
        "ICMP6" => 58,
        "SCTP" => 132,
        "RSVP" => 46,
        _ => return None,
    })
}

fn known_protocol(literals: &Literals<'_>) -> Result<Prepared, String> {
    let name = literals.text(4).unwrap_or("TCP");
    protocol(name).map(|_| Prepared::Nothing).ok_or_else(|| format!("unsupported protocol: {name}"))
}

fn community_id<'v>(args: &mut Args<'_, 'v>) -> Eval<Value<'v>> {
    let protocol = protocol(&args.text_or(4, "TCP")?).unwrap_or_default();
    let seed = args.given(5).map_or(Ok(0), |value| value.int())?;
    let mut end = |ip: usize, port: usize| {
        let (ip, port) = (args.text(ip)?.parse::<IpAddr>(), u16::try_from(args.int(port)?));
        match (ip, port) {
            (Ok(ip), Ok(port)) => Ok((octets(ip), port)),
            _ => failed("CommunityID", "an address or a port is not valid"),
        }
    };
    let (mut source, mut destination) = (end(0, 1)?, end(2, 3)?);
    let Ok(seed) = u16::try_from(seed) else {
        return failed("CommunityID", "the seed must be from 0 to 65535");
    };
    if source > destination {
        std::mem::swap(&mut source, &mut destination);
    }
    let mut hash = Sha1::new();
    hash.update(seed.to_be_bytes());
    hash.update(&source.0);
    hash.update(&destination.0);
    hash.update([protocol, 0]);
    hash.update(source.1.to_be_bytes());
    hash.update(destination.1.to_be_bytes());
    Ok(Value::string(format!("1:{}", STANDARD.encode(hash.finalize()))))
}

fn octets(ip: IpAddr) -> Vec<u8> {
    match ip {
        IpAddr::V4(ip) => ip.octets().to_vec(),
        IpAddr::V6(ip) => ip.octets().to_vec(),
    }
}
