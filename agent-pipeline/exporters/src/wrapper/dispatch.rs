//! What becomes of a unit: sent whole, sent in halves, or handed to the successor; and who is told.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use agent_component::{Accepted, ConsumeError, ErrorKind, Next, Telemetry, caught};

use super::Sender;
use super::attempts::{Attempts, Outcome};
use super::counts::Reason;
use super::in_hand::InHand;
use super::lane::{Lane, Turn};
use super::successor::{Handed, hand_on};
use super::unit::Unit;

/// Pauses between tries to hand data to a successor that does not take it.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// Before a worker goes on that panicked.
const AFTER_PANIC: Duration = Duration::from_secs(1);

impl<S: Sender> Attempts<S> {
    /// Sends a unit, or hands it over, and tells everybody who waits for it.
    ///
    /// What the backend calls too large is cut in halves until it fits; a single item that does not is dropped. `turn` is
    /// held by a worker that took the unit in order to hand it over. Dropped before its end, even before its beginning, it
    /// counts what is lost by that.
    pub(super) fn dispatch<'a>(
        &'a self,
        lane: &'a Lane,
        unit: Unit,
        turn: Option<Turn<'a>>,
    ) -> impl Future<Output = ()> + Send + 'a {
        self.dispatch_parts(InHand::new(lane, &unit), unit, turn)
    }

    /// Takes the next unit of a queue and does what is to be done with it; `false` once there is none.
    pub(super) async fn step_of(&self, lane: &Lane) -> bool {
        match caught(self.step(lane)).await {
            Ok(more) => more,
            Err(panic) => {
                self.tell_panic(&panic);
                tokio::time::sleep(AFTER_PANIC).await;
                true
            }
        }
    }

    async fn step(&self, lane: &Lane) -> bool {
        if lane.successor.get().is_some() {
            let turn = lane.turn().await;
            if let Some(unit) = lane.next_now() {
                self.dispatch(lane, unit, Some(turn)).await;
                return true;
            }
            // Nobody waits for more while it is his turn: who was on the wire may need it.
        }
        let Some(unit) = lane.next().await else { return false };
        self.dispatch(lane, unit, None).await;
        true
    }

    async fn dispatch_parts(&self, mut in_hand: InHand<'_>, unit: Unit, mut turn: Option<Turn<'_>>) {
        let lane = in_hand.lane;
        // The next part is the last one here.
        let mut parts = vec![unit];
        while let Some(mut unit) = parts.pop() {
            let items = unit.batch.items();
            match self.deliver(&unit.batch, lane).await {
                Outcome::Sent(accepted) => {
                    lane.counts.sent(items, accepted.rejected);
                    unit.finish(&Ok(accepted));
                }
                Outcome::GivenUp(reason, error) => {
                    lane.counts.lost(items, in_hand.loss, reason);
                    self.tell_failed(lane, items, &error);
                    unit.finish(&Err(error));
                }
                Outcome::TooLarge(error) => match unit.split_half() {
                    Some(front) => {
                        self.tell_halved(lane.signal, items, &error);
                        parts.extend([unit, front]);
                        continue;
                    }
                    None => self.set_aside(lane, unit, error),
                },
                // Its shares in records are dropped without a word, which keeps those.
                Outcome::Left => {}
                Outcome::HandOver(next) => self.hand_over(&mut in_hand, next, unit, turn.take()).await,
            }
            in_hand.done(items);
        }
    }

    /// Drops an item that can never be sent, as if the backend had taken all of its batch but this.
    fn set_aside(&self, lane: &Lane, unit: Unit, error: ConsumeError) {
        let items = unit.batch.items();
        self.tell_dropped(lane.signal, items, &error);
        lane.counts.dropped(items, Reason::TooLarge);
        unit.finish(&Ok(Accepted { rejected: items as u64, message: error.message }));
    }

    /// Calls the successor until it has the unit or refuses it for good.
    ///
    /// What it has taken it counts itself, and does not get again.
    async fn hand_over(&self, in_hand: &mut InHand<'_>, next: &Next, mut unit: Unit, turn: Option<Turn<'_>>) {
        let (lane, items) = (in_hand.lane, unit.batch.items());
        let handed = Handed::new(unit.is_waited_for(), unit.take_rooms());
        in_hand.hand(handed.clone(), items);
        let mut turn = match turn {
            None => Some(lane.turn().await),
            own => own,
        };
        let receipt = unit.take_receipt();
        let mut pause = FIRST_PAUSE;
        let result = loop {
            let data = Telemetry { batch: unit.batch.clone(), client: None, receipt: receipt.clone() };
            let error = match in_turn(hand_on(next, data, &handed), &mut turn).await {
                Ok(accepted) => break Ok(accepted),
                Err(error) => error,
            };
            let after = match error.kind {
                ErrorKind::Retryable { after } if !handed.is_taken() => after,
                _ => break Err(error),
            };
            // The share of the refused call is gone; what becomes of the data is ours to say again.
            if let Some(share) = receipt.clone() {
                share.settle_refused();
            }
            let wait = pause.max(after.unwrap_or_default());
            self.tell_retry(lane.signal, &error, wait);
            tokio::time::sleep(wait).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        };
        drop(turn);
        match &result {
            Ok(_) => {
                if let Some(receipt) = receipt {
                    receipt.settle();
                }
            }
            Err(error) => {
                if !handed.is_taken() {
                    lane.counts.lost(items, in_hand.loss, Reason::PermanentError);
                }
                self.tell_failed(lane, items, error);
                if let Some(receipt) = receipt.filter(|_| !unit.is_waited_for()) {
                    receipt.settle_refused();
                }
            }
        }
        unit.finish(&result);
    }

    fn tell_failed(&self, lane: &Lane, items: usize, error: &ConsumeError) {
        if lane.queue.is_some() {
            self.tell_dropped(lane.signal, items, error);
        } else {
            self.tell_rejected(lane.signal, items, error);
        }
    }
}

/// Makes a call, and lets the next unit go its way once this one is under way.
async fn in_turn<T>(call: impl Future<Output = T>, turn: &mut Option<Turn<'_>>) -> T {
    let mut call = pin!(call);
    match poll_fn(|context| Poll::Ready(call.as_mut().poll(context))).await {
        Poll::Ready(result) => result,
        Poll::Pending => {
            drop(turn.take());
            call.await
        }
    }
}
