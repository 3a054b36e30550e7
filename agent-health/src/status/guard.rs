//! Telling a person with `curl` from a web page in that person's browser.
//!
//! A browser sends `Origin` with every request of a page that could change something, and `Sec-Fetch-Site` with all. A page
//! whose host name was made to point at the loopback address (DNS rebinding) is of the same origin to the browser, but
//! its `Host` is that name.

use axum::http::header::{HOST, ORIGIN};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderValue};

/// Refuses what a web page could have sent. `only_local` asks for a `Host` that needs no name service.
pub(super) fn check(headers: &HeaderMap, only_local: bool) -> Result<(), &'static str> {
    if headers.contains_key(ORIGIN) {
        return Err("a request with an Origin header comes from a web page and is refused");
    }
    let own = |site: &HeaderValue| site == "same-origin" || site == "none";
    if !headers.get_all("sec-fetch-site").iter().all(own) {
        return Err("a request of another site is refused");
    }
    if only_local && !is_local(headers) {
        return Err("the Host header must be localhost or an IP address");
    }
    Ok(())
}

/// Whether there is one `Host`, which is `localhost` or an address.
fn is_local(headers: &HeaderMap) -> bool {
    let mut hosts = headers.get_all(HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else { return false };
    let Ok(authority) = Authority::try_from(host.as_bytes()) else { return false };
    let host = authority.host();
    let bare = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
    host.eq_ignore_ascii_case("localhost") || bare.parse::<std::net::IpAddr>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pairs: &[(&'static str, &'static str)], only_local: bool) -> bool {
        let pairs = pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            let name: axum::http::HeaderName = name;
            headers.append(name, value);
        }
        super::check(&headers, only_local).is_ok()
    }

    #[test]
    fn a_local_host_is_an_address_or_localhost() {
        for host in
            ["localhost", "LocalHost:55679", "127.0.0.1", "127.0.0.1:1", "[::1]", "[::1]:55679", "10.1.2.3:4"]
        {
            assert!(check(&[("host", host)], true), "{host}");
        }
        for host in [
            "",
            "evil.example",
            "localhost.evil.example:55679",
            "127.0.0.1.evil.example",
            "[::x]",
            ":80",
            "a b",
        ] {
            assert!(!check(&[("host", host)], true), "{host}");
        }
        assert!(!check(&[], true));
        assert!(!check(&[("host", "localhost"), ("host", "localhost")], true));
    }

    #[test]
    fn any_host_will_do_where_others_may_connect() {
        assert!(check(&[("host", "kubeagent.example")], false));
        assert!(check(&[], false));
    }

    #[test]
    fn requests_of_pages_are_refused_everywhere() {
        for only_local in [true, false] {
            let with = |name, value| check(&[("host", "localhost"), (name, value)], only_local);
            for site in ["cross-site", "same-site", "", "None"] {
                assert!(!with("sec-fetch-site", site), "{site}");
            }
            assert!(with("sec-fetch-site", "none") && with("sec-fetch-site", "same-origin"));
            for origin in ["null", "http://localhost", "http://evil.example"] {
                assert!(!with("origin", origin), "{origin}");
            }
        }
    }
}
