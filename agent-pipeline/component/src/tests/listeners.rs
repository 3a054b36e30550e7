//! Sockets are shared by address while anybody holds them.

use std::io::ErrorKind;
use std::os::unix::net::{UnixListener, UnixStream};
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

#[test]
fn a_unix_socket_is_shared_and_its_file_goes_away_with_the_last_holder() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s");
    let listeners = Listeners::default();
    let first = listeners.unix(&path).unwrap();
    let second = listeners.clone().unix(&folder.path().join("./s")).unwrap();
    assert!(Arc::ptr_eq(&first, &second));
    drop(first);
    UnixStream::connect(&path).unwrap();
    second.listener().accept().unwrap();
    drop(second);
    assert!(!path.exists());
    listeners.unix(&path).unwrap();
}

#[test]
fn a_file_that_is_not_ours_any_more_stays() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s");
    let listeners = Listeners::default();
    let lost = listeners.unix(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    // Its clients cannot find the first one any more, so a second request gets one that they can.
    let found = listeners.unix(&path).unwrap();
    assert!(!Arc::ptr_eq(&lost, &found));
    drop(lost);
    UnixStream::connect(&path).unwrap();
    drop(found);
    assert!(!path.exists());
}

#[test]
fn what_a_dead_process_left_behind_is_replaced_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s");
    drop(UnixListener::bind(&path).unwrap());
    let alive = Listeners::default().unix(&path).unwrap();
    // Another process would have another table.
    assert_eq!(Listeners::default().unix(&path).unwrap_err().kind(), ErrorKind::AddrInUse);
    drop(alive);
    std::fs::write(&path, "data").unwrap();
    assert_eq!(Listeners::default().unix(&path).unwrap_err().kind(), ErrorKind::AddrInUse);
    assert_eq!(std::fs::read(&path).unwrap(), b"data");
}

#[test]
fn a_socket_can_be_asked_for_while_its_last_holder_lets_go() {
    let folder = tempfile::tempdir().unwrap();
    let (path, listeners) = (folder.path().join("s"), Listeners::default());
    std::thread::scope(|threads| {
        for _ in 0..4 {
            threads.spawn(|| {
                for _ in 0..500 {
                    let socket = listeners.unix(&path).unwrap();
                    drop(socket);
                }
            });
        }
    });
    assert!(!path.exists());
}
