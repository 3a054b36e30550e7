//! Fields of a data point. A value of the wrong type is ignored; what a kind does not have reads as nil.

use agent_otlp::{AnyValue, DataPoint, NumberValue, PointKind};

use super::fields::PointField;
use super::scalar::{count, low_i32, low32, time, whole};
use crate::value::{List, Records, Value};

pub(super) fn get<'v>(point: &'v DataPoint<'_>, field: PointField) -> Value<'v> {
    match field {
        PointField::Attributes => return whole(point.attributes()),
        PointField::Flags => return count(point.flags()),
        PointField::StartTime => return time(point.start_time_unix_nano()),
        PointField::StartTimeUnixNano => return Value::Int(point.start_time_unix_nano().cast_signed()),
        PointField::Time => return time(point.time_unix_nano()),
        PointField::TimeUnixNano => return Value::Int(point.time_unix_nano().cast_signed()),
        _ => {}
    }
    match point.kind() {
        PointKind::Number => number(point, field),
        PointKind::Histogram => histogram(point, field),
        PointKind::ExponentialHistogram => exponential(point, field),
        PointKind::Summary => summary(point, field),
    }
}

fn number<'v>(point: &'v DataPoint<'_>, field: PointField) -> Value<'v> {
    match (field, point.value()) {
        (PointField::ValueInt, Some(NumberValue::Int(number))) => Value::Int(number),
        (PointField::ValueInt, _) => Value::Int(0),
        (PointField::ValueDouble, Some(NumberValue::Double(number))) => Value::Double(number),
        (PointField::ValueDouble, _) => Value::Double(0.0),
        (PointField::Exemplars, _) => exemplars(point),
        _ => Value::Nil,
    }
}

fn exemplars<'v>(point: &'v DataPoint<'_>) -> Value<'v> {
    point.exemplar_list().map_or(Value::Nil, |list| Value::Records(Records::Wire("exemplars", list)))
}

fn histogram<'v>(point: &'v DataPoint<'_>, field: PointField) -> Value<'v> {
    match field {
        PointField::Count => Value::Int(point.count().cast_signed()),
        PointField::Sum => Value::Double(point.sum().unwrap_or_default()),
        PointField::BucketCounts => counts(point.bucket_counts()),
        PointField::ExplicitBounds => {
            Value::List(List::owned(point.explicit_bounds().into_iter().map(AnyValue::Double).collect()))
        }
        PointField::Exemplars => exemplars(point),
        _ => Value::Nil,
    }
}

fn counts<'v>(counts: Vec<u64>) -> Value<'v> {
    Value::List(List::owned(counts.into_iter().map(|count| AnyValue::Int(count.cast_signed())).collect()))
}

fn exponential<'v>(point: &'v DataPoint<'_>, field: PointField) -> Value<'v> {
    let buckets = |(offset, counts)| Value::Records(Records::Buckets(offset, counts));
    match field {
        PointField::Count => Value::Int(point.count().cast_signed()),
        PointField::Sum => Value::Double(point.sum().unwrap_or_default()),
        PointField::Scale => Value::Int(point.scale().into()),
        PointField::ZeroCount => Value::Int(point.zero_count().cast_signed()),
        PointField::Positive => buckets(point.positive()),
        PointField::PositiveOffset => Value::Int(point.positive().0.into()),
        PointField::PositiveCounts => counts(point.positive().1),
        PointField::Negative => buckets(point.negative()),
        PointField::NegativeOffset => Value::Int(point.negative().0.into()),
        PointField::NegativeCounts => counts(point.negative().1),
        PointField::Exemplars => exemplars(point),
        _ => Value::Nil,
    }
}

fn summary<'v>(point: &'v DataPoint<'_>, field: PointField) -> Value<'v> {
    match field {
        PointField::Count => Value::Int(point.count().cast_signed()),
        PointField::Sum => Value::Double(point.sum().unwrap_or_default()),
        PointField::Quantiles => {
            point.quantile_list().map_or(Value::Nil, |list| Value::Records(Records::Wire("quantiles", list)))
        }
        _ => Value::Nil,
    }
}

pub(super) fn set(point: &mut DataPoint<'_>, field: PointField, value: &Value<'_>) {
    match value {
        Value::Int(number) => set_int(point, field, *number),
        Value::Double(number) => match field {
            PointField::ValueDouble => point.set_value(NumberValue::Double(*number)),
            PointField::Sum => point.set_sum(Some(*number)),
            _ => {}
        },
        Value::Time(time) => match field {
            PointField::StartTime => point.set_start_time_unix_nano(time.unix_nanos().cast_unsigned()),
            PointField::Time => point.set_time_unix_nano(time.unix_nanos().cast_unsigned()),
            _ => {}
        },
        Value::List(list) => set_list(point, field, list),
        Value::Records(Records::Buckets(offset, counts)) => match field {
            PointField::Positive => point.set_positive(*offset, counts),
            PointField::Negative => point.set_negative(*offset, counts),
            _ => {}
        },
        Value::Records(Records::Wire(_, list)) => {
            match field {
                PointField::Exemplars => point.set_exemplar_list(list),
                PointField::Quantiles => point.set_quantile_list(list),
                _ => false,
            };
        }
        _ => {}
    }
}

fn set_int(point: &mut DataPoint<'_>, field: PointField, number: i64) {
    match field {
        PointField::ValueInt => point.set_value(NumberValue::Int(number)),
        PointField::Flags => point.set_flags(low32(number)),
        PointField::StartTimeUnixNano => point.set_start_time_unix_nano(number.cast_unsigned()),
        PointField::TimeUnixNano => point.set_time_unix_nano(number.cast_unsigned()),
        PointField::Count => point.set_count(number.cast_unsigned()),
        PointField::Scale => point.set_scale(low_i32(number)),
        PointField::ZeroCount => point.set_zero_count(number.cast_unsigned()),
        PointField::PositiveOffset => {
            let counts = point.positive().1;
            point.set_positive(low_i32(number), &counts);
        }
        PointField::NegativeOffset => {
            let counts = point.negative().1;
            point.set_negative(low_i32(number), &counts);
        }
        _ => {}
    }
}

fn set_list(point: &mut DataPoint<'_>, field: PointField, list: &List<'_>) {
    let counts = || list.iter().map(|item| item.as_int().map(i64::cast_unsigned)).collect::<Option<Vec<_>>>();
    match field {
        PointField::BucketCounts => {
            if let Some(counts) = counts() {
                point.set_bucket_counts(&counts);
            }
        }
        PointField::ExplicitBounds => {
            if let Some(bounds) = list.iter().map(AnyValue::as_double).collect::<Option<Vec<_>>>() {
                point.set_explicit_bounds(&bounds);
            }
        }
        PointField::PositiveCounts => {
            if let Some(counts) = counts() {
                let offset = point.positive().0;
                point.set_positive(offset, &counts);
            }
        }
        PointField::NegativeCounts => {
            if let Some(counts) = counts() {
                let offset = point.negative().0;
                point.set_negative(offset, &counts);
            }
        }
        _ => {}
    }
}
