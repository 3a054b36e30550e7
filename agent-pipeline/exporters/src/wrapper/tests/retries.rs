//! Retries and time limits of one batch.

use super::*;

#[test]
fn waits_grow_to_their_maximum_and_chance_moves_them_within_the_factor() {
    let settings = RetrySettings::default();
    let mut middle = Backoff::new(&settings);
    let waits: Vec<_> = (0..7).map(|_| middle.next(0.5).as_millis()).collect();
    assert_eq!(waits, [5000, 7500, 11250, 16875, 25312, 30000, 30000]);
    assert_eq!(Backoff::new(&settings).next(0.0), Duration::from_millis(2500));
    assert_eq!(Backoff::new(&settings).next(1.0), Duration::from_millis(7500));
}

#[test]
fn hostile_retry_settings_give_finite_waits() {
    let settings = RetrySettings {
        multiplier: f64::MAX,
        max_interval: GoDuration::from_nanos(i64::MAX),
        ..RetrySettings::default()
    };
    let mut backoff = Backoff::new(&settings);
    let last = (0..5).map(|_| backoff.next(0.9)).last().unwrap();
    assert!(last <= Duration::from_hours(24 * 365));
}

#[tokio::test(start_paused = true)]
async fn a_refusal_that_may_pass_is_tried_again_after_the_interval() {
    let rig = Rig::new(replies([not_now(), not_now()]), inline());
    let began = Instant::now();
    rig.consume(3).await.unwrap();
    assert_eq!(rig.tries(), [3, 3, 3]);
    assert_eq!(began.elapsed().as_millis(), 12_500);
}

#[tokio::test(start_paused = true)]
async fn the_backends_wish_counts_when_it_is_longer_than_the_interval() {
    for (hint, waited) in [(20, 20), (1, 5)] {
        let error = ConsumeError::retryable("busy").retry_after(Duration::from_secs(hint));
        let rig = Rig::new(replies([Reply::Answer(Err(error))]), inline());
        let began = Instant::now();
        rig.consume(1).await.unwrap();
        assert_eq!(began.elapsed().as_secs(), waited);
    }
}

#[tokio::test(start_paused = true)]
async fn retries_end_when_the_next_would_come_too_late() {
    let retry = RetrySettings { max_elapsed_time: Some(GoDuration::from_secs(30)), ..exact_retries() };
    let rig = Rig::new(replies((0..9).map(|_| not_now())), Options { retry, ..inline() });
    let began = Instant::now();
    let error = rig.consume(1).await.unwrap_err();
    assert_eq!(error.to_string(), "otlp/x: no more retries left: not now");
    assert_eq!(error.kind, ErrorKind::Retryable { after: None });
    assert_eq!(error.code, Some(Code::Unavailable));
    // 5 + 7.5 + 11.25; another 16.875 would pass 30.
    assert_eq!(began.elapsed().as_millis(), 23_750);
}

#[tokio::test(start_paused = true)]
async fn a_permanent_refusal_is_not_tried_again() {
    let rig = Rig::new(replies([never()]), inline());
    let error = rig.consume(1).await.unwrap_err();
    assert_eq!(error.to_string(), "otlp/x: not retryable error: never");
    assert!(error.is_permanent());
    assert_eq!(rig.tries(), [1]);
}

#[tokio::test(start_paused = true)]
async fn a_try_without_an_answer_ends_at_the_timeout() {
    let options = Options { retry: RetrySettings::off(), ..inline() };
    let rig = Rig::new(replies([Reply::Silence]), options);
    let began = Instant::now();
    let error = rig.consume(1).await.unwrap_err();
    assert_eq!(error.to_string(), "otlp/x: no answer within the timeout of 2s");
    assert_eq!(error.code, Some(Code::DeadlineExceeded));
    assert_eq!(began.elapsed().as_secs(), 2);
}
