//! How long a connection has that is on its way out: what it was quiet for already counts.

use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use agent_component::Life;
use hyper::server::conn::http1::Builder;
use hyper::service::service_fn;
use hyper::{Request, Response, body::Incoming};
use hyper_util::rt::TokioIo;
use tokio::time::Instant;

use crate::otlp::server::activity::Activity;
use crate::otlp::server::drain::Drain;

/// How long the end takes of an HTTP/1 connection that was idle for so long and stays so.
async fn end_of(idle: Duration, is_late: bool) -> Duration {
    let activity = Arc::new(Activity::new(is_late));
    let (_client, stream) = tokio::io::duplex(1024);
    let service = service_fn(async |_: Request<Incoming>| Ok::<_, Infallible>(Response::new(String::new())));
    let mut connection = pin!(Builder::new().serve_connection(TokioIo::new(stream), service));
    tokio::time::sleep(idle).await;
    let begun = Instant::now();
    Drain::of_any(connection.as_mut(), &activity).run(None, &Life::default()).await;
    begun.elapsed()
}

#[tokio::test(start_paused = true)]
async fn who_was_idle_for_long_enough_is_closed_at_once_and_others_get_the_rest() {
    let ms = Duration::from_millis;
    for (idle, expected) in [(0, 3000), (1000, 2000), (2900, 250), (3000, 0), (60_000, 0)] {
        let took = end_of(ms(idle), false).await;
        assert!(took <= ms(expected) && took + ms(250) >= ms(expected), "{idle}: {took:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn who_comes_late_has_a_second() {
    assert_eq!(end_of(Duration::ZERO, true).await, Duration::from_secs(1));
}
