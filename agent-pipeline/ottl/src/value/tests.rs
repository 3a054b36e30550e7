//! Comparison, arithmetic, coercion and look-up of values.

use agent_otlp::AnyValue;

use super::*;
use crate::syntax::{Comparison, MathOp};

fn samples() -> Vec<Value<'static>> {
    vec![
        Value::Nil,
        Value::Bool(true),
        Value::Int(5),
        Value::Double(5.0),
        Value::string("5"),
        Value::Bytes(Cow::Borrowed(b"5")),
        Value::List(List::owned(vec![AnyValue::Int(5)])),
        Value::Map(Map::owned(vec![("a".into(), AnyValue::Int(5))])),
        Value::Time(Time::utc(5)),
        Value::Duration(5),
        Value::TraceId([5; 16]),
        Value::SpanId([5; 8]),
    ]
}

#[test]
fn different_types_are_only_unequal() {
    for (i, left) in samples().iter().enumerate() {
        for (j, right) in samples().iter().enumerate() {
            let numbers = [i, j].iter().all(|at| matches!(at, 2 | 3));
            let equal = i == j || numbers;
            assert_eq!(compare(left, Comparison::Equal, right), equal, "{left:?} {right:?}");
            assert_eq!(compare(left, Comparison::NotEqual, right), !equal);
            if !equal {
                assert!(
                    !compare(left, Comparison::Less, right)
                        && !compare(left, Comparison::GreaterOrEqual, right)
                );
            }
        }
    }
}

#[test]
fn order_is_natural_where_there_is_one() {
    let less = |a: Value<'_>, b: Value<'_>| {
        compare(&a, Comparison::Less, &b)
            && compare(&b, Comparison::Greater, &a)
            && compare(&a, Comparison::LessOrEqual, &b)
            && !compare(&a, Comparison::GreaterOrEqual, &b)
    };
    assert!(less(Value::Bool(false), Value::Bool(true)));
    assert!(less(Value::Int(-3), Value::Double(0.5)));
    assert!(less(Value::string("a"), Value::string("b")));
    assert!(less(Value::Bytes(Cow::Borrowed(&[1, 2])), Value::Bytes(Cow::Borrowed(&[1, 3]))));
    let nan = Value::Double(f64::NAN);
    assert!(!compare(&nan, Comparison::Equal, &nan) && compare(&nan, Comparison::NotEqual, &nan));
    let empty = Value::Bytes(Cow::Borrowed(&[]));
    assert!(compare(&empty, Comparison::Equal, &Value::Nil));
    assert!(compare(&Value::Nil, Comparison::LessOrEqual, &Value::Nil));
    let list = Value::List(List::owned(vec![]));
    assert!(!compare(&list, Comparison::LessOrEqual, &list) && compare(&list, Comparison::Equal, &list));
}

#[test]
fn maps_are_equal_in_any_order() {
    let map =
        |keys: [&'static str; 2]| AnyValue::KvList(keys.map(|key| (key.into(), AnyValue::from(key))).into());
    assert!(deep_equal(&map(["a", "b"]), &map(["b", "a"])));
    assert!(!deep_equal(&map(["a", "b"]), &map(["a", "c"])));
}

#[test]
fn arithmetic_follows_go() {
    let int = |op, a, b| math(op, &Value::Int(a), &Value::Int(b)).map(|value| value.int().unwrap());
    assert_eq!(int(MathOp::Divide, -7, 2), Ok(-3));
    assert_eq!(int(MathOp::Add, i64::MAX, 1), Ok(i64::MIN));
    assert_eq!(int(MathOp::Divide, i64::MIN, -1), Ok(i64::MIN));
    assert_eq!(int(MathOp::Divide, 1, 0), Err(EvalError::DivideByZero));
    let mixed = math(MathOp::Multiply, &Value::Int(2), &Value::Double(1.5)).unwrap();
    assert_eq!(mixed.double(), Ok(3.0));
    let time = Value::Time(Time::utc(10));
    let later = math(MathOp::Add, &Value::Duration(5), &time).unwrap();
    assert!(matches!(math(MathOp::Subtract, &later, &time), Ok(Value::Duration(5))));
    assert!(math(MathOp::Multiply, &time, &Value::Int(2)).is_err());
    assert!(math(MathOp::Add, &Value::Nil, &Value::Int(2)).is_err());
    assert!(math(MathOp::Add, &Value::string("a"), &Value::string("b")).is_err());
}

#[test]
fn likes_accept_what_the_collector_accepts() {
    let text = |value: Value<'static>| string_like(value).unwrap().map(Cow::into_owned);
    assert_eq!(text(Value::Double(1e21)).as_deref(), Some("1e+21"));
    assert_eq!(text(Value::Double(1e-7)).as_deref(), Some("1e-7"));
    assert_eq!(text(Value::Double(-0.000_001)).as_deref(), Some("-0.000001"));
    assert_eq!(text(Value::Bytes(Cow::Borrowed(&[10, 255]))).as_deref(), Some("0aff"));
    assert_eq!(text(samples().remove(7)).as_deref(), Some("{\"a\":5}"));
    assert_eq!(text(Value::Nil), None);
    assert_eq!(float_like(&Value::string("0x1p-2")), Ok(Some(0.25)));
    assert_eq!(float_like(&Value::string("1e3")), Ok(Some(1000.0)));
    assert!(float_like(&Value::string(" 1")).is_err() && float_like(&Value::string("")).is_err());
    assert!(float_like(&Value::string("1e999")).is_err());
    assert_eq!(int_like(&Value::string("x")), Ok(None));
    assert_eq!(int_like(&Value::Double(f64::NAN)), Ok(Some(0)));
    assert_eq!(int_like(&Value::Double(-2.9)), Ok(Some(-2)));
    assert_eq!(bool_like(&Value::string("T")), Ok(Some(true)));
    assert!(bool_like(&Value::string("tRuE")).is_err());
    assert_eq!(bytes_like(Value::Int(1)).unwrap().unwrap()[..], [0, 0, 0, 0, 0, 0, 0, 1]);
}

#[test]
fn keys_are_followed_and_created() {
    let mut value = AnyValue::Empty;
    let keys = [Key::Name("a".into()), Key::Index(1), Key::Name("b".into())];
    put(&mut value, &keys, AnyValue::Int(7)).unwrap();
    assert_eq!(write_json(&value).unwrap(), r#"{"a":[null,{"b":7}]}"#);
    assert_eq!(look_up(&value, &keys).unwrap(), Some(&AnyValue::Int(7)));
    assert_eq!(look_up(&value, &[Key::Name("x".into()), Key::Name("y".into())]).unwrap(), None);
    assert_eq!(look_up(&value, &[Key::Name("a".into()), Key::Index(-1)]), Err(EvalError::Bounds(-1)));
    assert!(look_up(&value, &[Key::Index(0)]).is_err());
    assert!(put(&mut value, &[Key::Name("a".into()), Key::Index(2)], AnyValue::Int(1)).is_err());
    assert!(put(&mut AnyValue::Empty, &[Key::Index(1 << 40)], AnyValue::Int(1)).is_err());
    let deep = vec![Key::Index(0); 200];
    assert!(put(&mut AnyValue::Empty, &deep, AnyValue::Int(1)).is_err());
}

#[test]
fn json_is_read_with_doubles_and_the_last_of_equal_keys() {
    let read =
        |text: &str| parse_json(text).and_then(|value| write_json(&value).map_err(|error| error.to_string()));
    assert_eq!(read(r#" {"b":1,"a":[null,true,"x"],"b":2.5}"#).unwrap(), r#"{"a":[null,true,"x"],"b":2.5}"#);
    assert_eq!(parse_json("[3]").unwrap(), AnyValue::Array(vec![AnyValue::Double(3.0)]));
    let many = (0..40).map(|n| format!("\"k{}\":{n}", n % 20)).collect::<Vec<_>>().join(",");
    let many = format!("{{{many}}}");
    let many = parse_json(&many).unwrap();
    assert_eq!(many.as_kvlist().unwrap().len(), 20);
    assert_eq!(many.as_kvlist().unwrap()[0].1, AnyValue::Double(20.0));
    assert_eq!(read("{oops"), Err("invalid JSON at line 1 column 2".to_owned()));
    assert!(read("12").is_err() && read("{} x").is_err() && read("").is_err());
    assert!(read(&"[".repeat(100_000)).is_err());
}
