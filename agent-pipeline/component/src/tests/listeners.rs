//! Sockets are shared by address while anybody holds them.

use std::io::ErrorKind;
use std::sync::Arc;

use crate::Listeners;

#[test]
fn a_second_request_for_the_same_address_gets_the_same_socket() {
    let listeners = Listeners::default();
    let first = listeners.tcp("127.0.0.1:0").unwrap();
    let address = first.local_addr().unwrap().to_string();
    let second = listeners.tcp(&address).unwrap();
    assert!(Arc::ptr_eq(&first, &second));
}

#[test]
fn the_port_closes_with_the_last_holder() {
    let listeners = Listeners::default();
    let first = listeners.tcp("127.0.0.1:0").unwrap();
    let address = first.local_addr().unwrap();
    drop(first);
    assert_eq!(std::net::TcpStream::connect(address).unwrap_err().kind(), ErrorKind::ConnectionRefused);
}

#[test]
fn a_port_that_somebody_else_has_is_an_error() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    assert_eq!(Listeners::default().tcp(&address).unwrap_err().kind(), ErrorKind::AddrInUse);
}

#[test]
fn text_that_is_no_endpoint_is_named() {
    for text in ["", "4317", "localhost", ":port", "127.0.0.1:99999"] {
        let error = Listeners::default().tcp(text).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{text:?}: {error}");
    }
}

#[test]
fn a_name_is_resolved_to_ipv4_first() {
    let socket = Listeners::default().tcp("localhost:0").unwrap();
    assert!(socket.local_addr().unwrap().is_ipv4());
}
