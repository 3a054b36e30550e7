//! Exponential histograms made into histograms with bounds.

use agent_otlp::{AnyValue, DataPoint, MetricKind, PointKind};

use super::metric::METRIC;
use crate::context::Record;
use crate::error::Eval;
use crate::function::args::{Args, Prepared};
use crate::function::{Kind, Literals, Param};
use crate::value::Value;

editor!(
    CONVERT_EXPONENTIAL_HISTOGRAM_TO_HISTOGRAM, "convert_exponential_histogram_to_histogram",
    [Param::of("distribution_fn", Kind::LiteralText), Param::of("explicit_bounds", Kind::LiteralDoubles)], convert,
    [r#"convert_exponential_histogram_to_histogram("upper", [2.0, 4.0, 8.0])"#,
        r#"[{"exponentialHistogram":{"dataPoints":[{"count":"6","sum":20.0,"scale":0,"positive":{"offset":0,"bucketCounts":["1","2","3"]}}],"aggregationTemporality":2}}]"#,
        r#"[{"histogram":{"dataPoints":[{"count":"6","sum":20.0,"bucketCounts":["1","2","3"],"explicitBounds":[2.0,4.0,8.0],"min":0.0,"max":0.0}],"aggregationTemporality":2}}]"#],
    contexts: METRIC,
    prepare: Some(known_distribution),
);

fn known_distribution(literals: &Literals<'_>) -> Result<Prepared, String> {
    if literals.count(1) == Some(0) {
        return Err("explicit bounds must not be empty".to_owned());
    }
    match literals.text(0).unwrap_or_default() {
        "upper" | "midpoint" | "uniform" | "random" => Ok(Prepared::Nothing),
        other => Err(format!(
            "invalid distribution algorithm: {other}, must be one of [upper midpoint uniform random]"
        )),
    }
}

fn convert(args: &mut Args<'_, '_>, record: &mut dyn Record<'_>) -> Eval<()> {
    let distribution = args.text(0)?;
    let bounds = args.many(1).iter().map(Value::double).collect::<Eval<Vec<_>>>()?;
    record.metric(&mut |metric, _| {
        if metric.kind() != Some(MetricKind::ExponentialHistogram) {
            return Ok(());
        }
        let temporality = metric.aggregation_temporality();
        let points: Vec<_> = metric.points().map(|point| converted(&point, &distribution, &bounds)).collect();
        metric.set_points(MetricKind::Histogram, &points);
        metric.set_aggregation_temporality(temporality);
        Ok(())
    })
}

/// Sum, least and greatest are set even where they were not, as in the Collector.
fn converted(point: &DataPoint<'_>, distribution: &str, bounds: &[f64]) -> DataPoint<'static> {
    let mut new = DataPoint::empty(PointKind::Histogram);
    for (key, value) in point.attributes().iter() {
        let value: AnyValue<'static> = value.clone().into_owned();
        new.attributes_mut().insert(key.to_owned(), value);
    }
    new.set_start_time_unix_nano(point.start_time_unix_nano());
    new.set_time_unix_nano(point.time_unix_nano());
    new.set_count(point.count());
    new.set_sum(Some(point.sum().unwrap_or_default()));
    new.set_min(Some(point.min().unwrap_or_default()));
    new.set_max(Some(point.max().unwrap_or_default()));
    new.set_explicit_bounds(bounds);
    new.set_bucket_counts(&counts(point, distribution, bounds));
    new
}

/// One count for each bound: what lies above the last goes to its bucket. Negative buckets are left out.
fn counts(point: &DataPoint<'_>, distribution: &str, bounds: &[f64]) -> Vec<u64> {
    let mut out = vec![0_u64; bounds.len()];
    if bounds.first() == Some(&0.0) {
        add(&mut out, 0, point.zero_count());
    }
    let base = 2_f64.powi(-point.scale());
    let last = bounds.len().saturating_sub(1);
    let (offset, buckets) = point.positive();
    for (index, count) in (i64::from(offset)..).zip(buckets) {
        #[expect(clippy::cast_precision_loss, reason = "an index is small")]
        let edge = |index: i64| (index as f64 * base).exp2();
        let (lower, upper) = (edge(index), edge(index + 1));
        let first = |is: &dyn Fn(f64) -> bool| bounds.iter().position(|bound| is(*bound)).unwrap_or(last);
        match distribution {
            "upper" => add(&mut out, first(&|bound| upper <= bound), count),
            "midpoint" => add(&mut out, first(&|bound| (upper - lower) / 2.0 < bound), count),
            spread => {
                let (start, end) = (first(&|bound| lower <= bound), first(&|bound| upper <= bound));
                distribute(&mut out, start, end.max(start), count, spread == "random");
            }
        }
    }
    out
}

fn add(counts: &mut [u64], at: usize, count: u64) {
    if let Some(place) = counts.get_mut(at) {
        *place = place.saturating_add(count);
    }
}

/// Spreads a count over some buckets: evenly, or by chance.
fn distribute(counts: &mut [u64], start: usize, end: usize, count: u64, by_chance: bool) {
    let places = (end - start + 1) as u64;
    let mut left = count;
    for (at, remaining) in (start..=end).zip((1..=places).rev()) {
        let share = match (by_chance, remaining) {
            (_, 1) => left,
            (false, _) => left.div_ceil(remaining),
            (true, _) => fastrand::u64(0..=left),
        };
        add(counts, at, share);
        left -= share;
    }
}
