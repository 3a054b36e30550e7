//! Receipts resolve when every share is settled, and never look like success when one was not.

use crate::{Receipt, Undelivered};

#[tokio::test]
async fn one_share_settled_is_delivered() {
    let (receipt, delivered) = Receipt::new();
    receipt.settle();
    assert_eq!(delivered.wait().await, Ok(()));
}

#[tokio::test]
async fn waits_for_the_last_share() {
    let (receipt, delivered) = Receipt::new();
    let second = receipt.clone();
    receipt.settle();
    let waiting = delivered.wait();
    tokio::pin!(waiting);
    assert!(futures_poll(&mut waiting).await.is_none(), "a share is still out");
    second.settle();
    assert_eq!(waiting.await, Ok(()));
}

#[tokio::test]
async fn a_dropped_share_is_a_loss_even_if_others_settle() {
    let (receipt, delivered) = Receipt::new();
    let second = receipt.clone();
    drop(receipt);
    second.settle();
    assert_eq!(delivered.wait().await, Err(Undelivered));
}

#[tokio::test]
async fn a_panic_is_a_loss() {
    let (receipt, delivered) = Receipt::new();
    let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(move || {
        let _held = receipt;
        panic!("while holding data");
    }));
    assert!(outcome.is_err());
    assert_eq!(delivered.wait().await, Err(Undelivered));
}

/// Polls once and gives what was ready.
async fn futures_poll<F: Future + Unpin>(future: &mut F) -> Option<F::Output> {
    std::future::poll_fn(|context| match std::pin::Pin::new(&mut *future).poll(context) {
        std::task::Poll::Ready(value) => std::task::Poll::Ready(Some(value)),
        std::task::Poll::Pending => std::task::Poll::Ready(None),
    })
    .await
}
