//! What the agent panics over is not lost, and keeps nothing else from being sent.

use super::*;

#[tokio::test]
async fn what_makes_the_sender_panic_stays_for_the_next_process_and_others_go_on() {
    let place = Place::new();
    let always = (0..5).map(|_| Reply::Panic).collect::<Vec<_>>();
    let script = Script { replies: Mutex::new(always.into()), ..Script::default() };
    let options = Options { retry: at_once(), ..durable("num_consumers: 1") };
    let mut old = started(place.process(), script, options).await;
    let waiting = old.consume_with_receipt(3).await;
    old.consume(1).await.unwrap();
    until_tries(&old, &[3, 3, 3, 3, 3, 1]).await;
    old.stop().await;
    assert_eq!(old.counts(), Counted { sent: 1, ..Counted::default() }, "that is no loss");
    drop(old);
    waiting.wait().await.unwrap_err();
    let mut new = started(place.process(), Script::default(), durable("")).await;
    until_tries(&new, &[3]).await;
    new.stop().await;
}
