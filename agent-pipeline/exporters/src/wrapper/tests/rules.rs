//! Defaults and broken rules of the settings.

use super::*;

#[test]
fn the_defaults_are_the_collectors() {
    let retry: RetrySettings = good("{}");
    assert!(retry.enabled);
    assert_eq!(retry.max_elapsed(false), Duration::from_mins(5));
    assert_eq!(retry.max_elapsed(true), Duration::ZERO, "what is on disk is not given up");
    let written: RetrySettings = good("{max_elapsed_time: 1m}");
    assert_eq!(written.max_elapsed(true), Duration::from_mins(1));
    let queue: QueueSettings = good("{batch: }");
    assert_eq!((queue.num_consumers, queue.queue_size, queue.sizer), (10, 1000, Sizer::Requests));
    let shares = |queue: &QueueSettings| format!("{:?}", Signal::ALL.map(|signal| queue.live_share(signal)));
    assert_eq!(shares(&queue), "[0.5, 0.0, 0.0]");
    let written: QueueSettings = good("{storage: x, live_share: 0.25}");
    assert_eq!(shares(&written), "[0.25, 0.25, 0.25]");
    let batch = queue.batch.as_ref().unwrap();
    assert_eq!((batch.min_size, batch.max_size), (8192, 0));
    assert_eq!(queue.batch_sizer(batch), Sizer::Items);
    let queue: QueueSettings = good("{sizer: bytes, queue_size: 100000, batch: {}}");
    assert_eq!(queue.batch_sizer(queue.batch.as_ref().unwrap()), Sizer::Bytes);
}

#[test]
fn broken_retry_rules_are_told_in_the_collectors_words() {
    assert_eq!(
        problems::<RetrySettings>(
            "{initial_interval: -1s, randomization_factor: 1.5, multiplier: -2, max_interval: -1s, max_elapsed_time: -1s}"
        ),
        [
            "initial_interval: 'initial_interval' must be non-negative",
            "randomization_factor: 'randomization_factor' must be within [0, 1]",
            "multiplier: 'multiplier' must be non-negative",
            "max_interval: 'max_interval' must be non-negative",
            "max_elapsed_time: 'max_elapsed_time' must be non-negative",
        ]
    );
    assert_eq!(
        problems::<RetrySettings>("{initial_interval: 20s, max_elapsed_time: 10s}"),
        [
            "max_elapsed_time: 'max_elapsed_time' must not be less than 'initial_interval'",
            "max_elapsed_time: 'max_elapsed_time' must not be less than 'max_interval'",
        ]
    );
    assert_eq!(problems::<RetrySettings>("{enabled: false, multiplier: -2}"), [""; 0]);
}

#[test]
fn broken_queue_rules_are_told_in_the_collectors_words() {
    assert_eq!(
        problems::<QueueSettings>(
            "{num_consumers: 0, queue_size: 0, storage: file_storage, wait_for_result: true, \
             batch: {flush_timeout: 0s, min_size: 5, max_size: 4, sizer: requests}}"
        ),
        [
            "num_consumers: `num_consumers` must be positive",
            "queue_size: `queue_size` must be positive",
            "wait_for_result: `wait_for_result` is not supported with `storage`",
            "batch::flush_timeout: `flush_timeout` must be positive",
            "batch::min_size: `min_size` must be less than or equal to `queue_size`",
            "batch::max_size: `max_size` must be greater or equal to `min_size`",
            "batch::sizer: `batch` supports only `items` or `bytes` sizer",
        ]
    );
    assert_eq!(
        problems::<QueueSettings>("{drop_oldest_on_overflow: true}"),
        ["drop_oldest_on_overflow: `drop_oldest_on_overflow` needs `storage`"]
    );
    assert_eq!(
        problems::<QueueSettings>("{storage: x, drop_oldest_on_overflow: true, block_on_overflow: true}"),
        ["drop_oldest_on_overflow: `drop_oldest_on_overflow` and `block_on_overflow` exclude each other"]
    );
    assert_eq!(problems::<QueueSettings>("{live_share: 0.5}"), ["live_share: `live_share` needs `storage`"]);
    for share in ["0.91", "-0.1", ".nan"] {
        assert_eq!(
            problems::<QueueSettings>(&format!("{{storage: x, live_share: {share}}}")),
            ["live_share: `live_share` must be within [0, 0.9]"]
        );
    }
    assert_eq!(problems::<QueueSettings>("{enabled: false, live_share: 7}"), [""; 0]);
    assert_eq!(
        problems::<QueueSettings>("{sizer: items, queue_size: 100, batch: {min_size: 101}}"),
        ["batch::min_size: `min_size` must be less than or equal to `queue_size`"]
    );
}
