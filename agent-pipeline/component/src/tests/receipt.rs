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

#[tokio::test]
async fn the_callers_of_a_merged_batch_learn_of_its_delivery() {
    let ((first, first_end), (second, second_end)) = (Receipt::new(), Receipt::new());
    let joined = Receipt::join(vec![first, second]).unwrap();
    let share = joined.clone();
    joined.settle();
    share.settle();
    first_end.wait().await.unwrap();
    second_end.wait().await.unwrap();
}

#[tokio::test]
async fn a_lost_share_of_a_merged_batch_is_a_loss_for_all_its_callers() {
    let ((first, first_end), (second, second_end)) = (Receipt::new(), Receipt::new());
    let joined = Receipt::join(vec![first, second]).unwrap();
    drop(joined.clone());
    joined.settle();
    first_end.wait().await.unwrap_err();
    second_end.wait().await.unwrap_err();
}

#[tokio::test]
async fn a_merged_batch_refused_for_good_is_settled_for_its_callers_only() {
    let (receipt, end) = Receipt::new();
    let elsewhere = receipt.clone();
    let joined = Receipt::join(vec![receipt]).unwrap();
    drop(joined.clone());
    joined.settle_refused();
    drop(elsewhere);
    end.wait().await.unwrap_err();

    let (receipt, end) = Receipt::new();
    let joined = Receipt::join(vec![receipt]).unwrap();
    drop(joined.clone());
    joined.settle_refused();
    end.wait().await.unwrap();
}

#[test]
fn nobody_waits_for_a_batch_without_receipts() {
    assert!(Receipt::join(Vec::new()).is_none());
}
