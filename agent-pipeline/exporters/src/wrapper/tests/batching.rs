//! The `batch` section: merging, cutting, flushing.

use super::*;

#[tokio::test(start_paused = true)]
async fn batches_are_merged_up_to_min_size_or_the_flush_timeout() {
    let options = queued("{num_consumers: 2, batch: {min_size: 10, flush_timeout: 1s}}");
    let rig = Rig::new(Script::default(), options);
    for items in [4, 4, 4] {
        rig.consume(items).await.unwrap();
    }
    tokio::task::yield_now().await;
    tokio::time::sleep(Duration::from_millis(1)).await;
    assert_eq!(rig.tries(), [12]);
    let began = Instant::now();
    let (receipt, delivered) = Receipt::new();
    let data = Telemetry { receipt: Some(receipt), ..Telemetry::new(spans(3)) };
    rig.exporter.consume(data).await.unwrap();
    delivered.wait().await.unwrap();
    assert_eq!(rig.tries(), [12, 3]);
    assert_eq!(began.elapsed().as_millis(), 1000);
}

#[tokio::test(start_paused = true)]
async fn batches_are_cut_at_max_size_and_answered_when_all_parts_are() {
    let partial = |rejected| Reply::Answer(Ok(Accepted { rejected, message: String::new() }));
    let options =
        queued("{num_consumers: 1, wait_for_result: true, batch: {min_size: 0, max_size: 4, sizer: items}}");
    let rig = Rig::new(replies([partial(1), partial(0), partial(2)]), options);
    assert_eq!(rig.consume(10).await.unwrap().rejected, 3);
    assert_eq!(rig.tries(), [4, 4, 2]);
}

#[tokio::test(start_paused = true)]
async fn batches_are_cut_by_bytes() {
    let most = spans(5).byte_len();
    let yaml = format!("{{num_consumers: 1, batch: {{min_size: 0, max_size: {most}, sizer: bytes}}}}");
    let mut rig = Rig::new(Script::default(), queued(&yaml));
    rig.consume(20).await.unwrap();
    rig.stop().await;
    let tries = rig.tries();
    assert_eq!(tries.iter().sum::<usize>(), 20);
    assert!(tries.iter().all(|items| spans(*items).byte_len() <= most), "{tries:?}");
}

#[tokio::test(start_paused = true)]
async fn stopping_sends_a_batch_that_waits_for_more() {
    let mut rig = Rig::new(Script::default(), queued("{batch: {min_size: 1000, flush_timeout: 1h}}"));
    rig.consume(7).await.unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(rig.tries().is_empty());
    rig.stop().await;
    assert_eq!(rig.tries(), [7]);
}
