//! Endpoint texts and what covers what.

use crate::address::{covers, resolve};

#[test]
fn endpoints_are_read_as_go_does() {
    for (text, address) in [
        ("127.0.0.1:13133", "127.0.0.1:13133"),
        ("[::1]:1", "[::1]:1"),
        (":13133", "[::]:13133"),
        ("localhost:13133", "127.0.0.1:13133"),
    ] {
        assert_eq!(resolve(text).unwrap(), address.parse().unwrap(), "{text}");
    }
    for text in ["", "13133", "localhost", "localhost:", "localhost:http", "::1", "a:b:c", "127.0.0.1:70000"]
    {
        assert!(resolve(text).is_err(), "{text}");
    }
}

#[test]
fn a_wildcard_covers_its_port_and_an_address_itself() {
    for (open, wanted, expected) in [
        ("0.0.0.0:1", "127.0.0.1:1", true),
        ("0.0.0.0:1", "0.0.0.0:1", true),
        ("0.0.0.0:1", "[::]:1", true),
        ("0.0.0.0:1", "[::1]:1", false),
        ("[::]:1", "127.0.0.1:1", true),
        ("[::]:1", "[::1]:1", true),
        ("127.0.0.1:1", "127.0.0.1:1", true),
        ("127.0.0.1:1", "0.0.0.0:1", false),
        ("127.0.0.1:1", "127.0.0.2:1", false),
        ("0.0.0.0:1", "127.0.0.1:2", false),
    ] {
        assert_eq!(covers(open.parse().unwrap(), wanted.parse().unwrap()), expected, "{open} {wanted}");
    }
}
