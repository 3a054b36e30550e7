//! Acknowledgements are kept back, everything else is passed on as it came.

use std::future::poll_fn;
use std::task::Poll;
use std::time::Duration;

use tokio::io::ReadBuf;

use crate::otlp::server::hold::Hold;
use crate::otlp::tests::http2::{ACK, HEADERS, PING, START, body, frame, head};

const CONTINUATION: u8 = 9;
/// Without a request.
const LONG: Option<Duration> = Some(Duration::from_mins(1));

/// What is there to read, in pieces of a few bytes.
async fn give(hold: &mut Hold, idle: Option<Duration>) -> Vec<u8> {
    let mut all = Vec::new();
    poll_fn(|cx| {
        loop {
            let mut space = [0; 7];
            let mut space = ReadBuf::new(&mut space);
            if hold.give(&mut space) {
                all.extend_from_slice(space.filled());
            } else if hold.poll_let_go(cx, idle).is_pending() {
                return Poll::Ready(());
            }
        }
    })
    .await;
    all
}

fn ack(payload: [u8; 8]) -> Vec<u8> {
    frame(PING, ACK, 0, &payload)
}

#[tokio::test(start_paused = true)]
async fn an_acknowledgement_comes_after_what_was_sent_behind_it() {
    let block = head(3, "/p", "t");
    let before = [START, &head(1, "/p", "t"), &frame(PING, 0, 0, &[1; 8])].concat();
    let behind = [&body(1, b"payload")[..], &block, &body(3, b"")].concat();
    let sent = [&before[..], &ack([7; 8]), &behind].concat();
    // Wherever the watch begins and however the bytes come.
    for begins in [START.len(), START.len() + 4, before.len() - 3, before.len()] {
        for piece in [1, 2, 5, 16, 1000] {
            let mut hold = Hold::new();
            hold.follow(&sent[..begins]);
            let mut given = sent[..begins].to_vec();
            for bytes in sent[begins..].chunks(piece) {
                hold.sort(bytes);
                given.extend_from_slice(&give(&mut hold, LONG).await);
            }
            assert_eq!(given, [&before[..], &behind].concat(), "{begins} {piece}");
            tokio::time::advance(Duration::from_millis(251)).await;
            assert_eq!(give(&mut hold, LONG).await, ack([7; 8]));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_comes_into_the_middle_of_a_header_block() {
    let (first, last) = (frame(HEADERS, 0, 1, b"abc"), frame(CONTINUATION, 4, 1, b"def"));
    let mut hold = Hold::new();
    hold.follow(START);
    hold.sort(&[&ack([7; 8])[..], &first].concat());
    tokio::time::advance(Duration::from_secs(1)).await;
    assert_eq!(give(&mut hold, LONG).await, first);
    hold.sort(&last[..5]);
    assert!(give(&mut hold, LONG).await.is_empty());
    hold.sort(&last[5..]);
    tokio::time::advance(Duration::from_millis(11)).await;
    assert_eq!(give(&mut hold, LONG).await, [&last[..], &ack([7; 8])].concat());
}

#[tokio::test(start_paused = true)]
async fn it_is_kept_while_requests_run_and_a_little_longer() {
    let mut hold = Hold::new();
    hold.follow(START);
    hold.sort(&ack([7; 8]));
    for idle in [None, Some(Duration::ZERO), Some(Duration::from_millis(240))] {
        tokio::time::advance(Duration::from_secs(1)).await;
        assert!(give(&mut hold, idle).await.is_empty(), "{idle:?}");
    }
    tokio::time::advance(Duration::from_millis(11)).await;
    assert_eq!(give(&mut hold, Some(Duration::from_millis(251))).await, ack([7; 8]));
}

#[tokio::test(start_paused = true)]
async fn a_flood_of_acknowledgements_is_not_kept() {
    let flood = ack([7; 8]).repeat(1000);
    let mut hold = Hold::new();
    hold.follow(START);
    hold.sort(&flood);
    assert_eq!(give(&mut hold, LONG).await.len(), flood.len() - 4 * 17);
}
