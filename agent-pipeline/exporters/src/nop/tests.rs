//! Nothing is sent and all is delivered.

use agent_component::{Consumer, Receipt, Telemetry};

use super::*;
use crate::testing::{good, problems, spans};

#[tokio::test]
async fn whatever_comes_counts_as_delivered() {
    let (receipt, delivered) = Receipt::new();
    let data = Telemetry { receipt: Some(receipt), ..Telemetry::new(spans(3)) };
    assert_eq!(Nop.consume(data).await.unwrap(), Accepted::default());
    delivered.wait().await.unwrap();
}

#[test]
fn there_is_nothing_to_set() {
    let _: Config = good("");
    assert_eq!(problems::<Config>("{a: 1}"), ["a: unknown key"]);
}
