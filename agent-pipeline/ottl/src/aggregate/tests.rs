//! Every aggregation over numbers of both types, and distributions.

use agent_otlp::NumberValue;

use super::*;

fn number(value: NumberValue) -> DataPoint<'static> {
    let mut point = DataPoint::empty(PointKind::Number);
    point.set_value(value);
    point
}

fn over(values: &[NumberValue], how: Aggregation) -> NumberValue {
    let points = aggregate(values.iter().map(|value| number(*value)).collect(), false, Some(how));
    assert_eq!(points.len(), 1);
    points[0].value().unwrap()
}

#[test]
fn numbers_become_one() {
    use Aggregation::{Count, Max, Mean, Median, Min, Sum};
    use NumberValue::{Double, Int};
    for (values, how, result) in [
        (vec![Int(3), Int(4), Double(9.5)], Sum, Int(7)),
        (vec![Int(3), Int(4), Int(8)], Mean, Int(5)),
        (vec![Int(-3), Int(0)], Mean, Int(-1)),
        (vec![Int(3), Double(4.9)], Max, Int(4)),
        (vec![Int(3), Double(-4.9)], Min, Int(-4)),
        (vec![Int(3), Int(9), Int(4)], Median, Int(4)),
        (vec![Int(3), Int(6)], Median, Int(4)),
        (vec![Int(3), Int(6)], Count, Int(2)),
        (vec![Int(3)], Count, Int(3)),
        (vec![Int(i64::MAX), Int(1)], Sum, Int(i64::MIN)),
        (vec![Double(1.5), Int(2)], Sum, Double(3.5)),
        (vec![Double(1.5), Int(2)], Mean, Double(1.75)),
        (vec![Double(1.0), Double(9.0), Double(2.0), Double(4.0)], Median, Double(3.0)),
        (vec![Double(1.0), Double(f64::INFINITY)], Max, Double(f64::INFINITY)),
        (vec![Double(5.0), Double(1.0), Double(1.0)], Count, Double(3.0)),
    ] {
        assert_eq!(over(&values, how), result, "{how:?} of {values:?}");
    }
    for how in [Sum, Mean, Min, Max] {
        let result = over(&[Double(1.0), Double(f64::NAN), Double(2.0)], how);
        assert!(matches!(result, Double(number) if number.is_nan()), "{how:?}");
    }
}

#[test]
fn what_differs_stays_apart_and_the_earliest_start_counts() {
    let point = |start: u64, time: u64, key: &'static str| {
        let mut point = number(NumberValue::Int(1));
        point.set_start_time_unix_nano(start);
        point.set_time_unix_nano(time);
        point.attributes_mut().upsert("k", key);
        point
    };
    let points = || vec![point(5, 9, "a"), point(3, 9, "a"), point(5, 8, "a"), point(5, 9, "b")];
    let cumulative = aggregate(points(), false, Some(Aggregation::Sum));
    assert_eq!(cumulative.len(), 3);
    assert_eq!((cumulative[0].value(), cumulative[0].start_time_unix_nano()), (Some(NumberValue::Int(2)), 3));
    assert_eq!(aggregate(points(), true, Some(Aggregation::Sum)).len(), 4);
    let untold = aggregate(points(), false, None);
    assert_eq!((untold.len(), untold[0].value()), (3, Some(NumberValue::Int(1))));
}

#[test]
fn distributions_are_added_up() {
    let point = |count: u64, min: f64, buckets: &[u64], bound: f64| {
        let mut point = DataPoint::empty(PointKind::Histogram);
        point.set_count(count);
        point.set_sum(Some(1.5));
        point.set_min(Some(min));
        point.set_bucket_counts(buckets);
        point.set_explicit_bounds(&[bound]);
        point
    };
    let points = vec![
        point(1, 2.0, &[1, 0], 1.0),
        point(0, 0.0, &[7, 7], 1.0),
        point(3, 1.0, &[1, 2], 1.0),
        point(9, 1.0, &[9, 0], 2.0),
    ];
    let merged = aggregate(points, false, Some(Aggregation::Mean));
    assert_eq!(merged.len(), 2);
    let first = &merged[0];
    assert_eq!((first.count(), first.sum(), first.min()), (4, Some(3.0), Some(1.0)));
    assert_eq!(first.bucket_counts(), [2, 2]);
}

#[test]
fn summaries_stay_apart() {
    let points = vec![DataPoint::empty(PointKind::Summary), DataPoint::empty(PointKind::Summary)];
    assert_eq!(aggregate(points, false, Some(Aggregation::Sum)).len(), 2);
}
