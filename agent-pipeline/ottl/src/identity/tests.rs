//! What counts for the identity of a set and what does not.

use super::*;

fn identity(set: &[(&str, AnyValue<'static>)]) -> Vec<u8> {
    let mut out = Vec::new();
    put_set(set.iter().map(|(key, value)| (*key, value)).collect(), &mut out);
    out
}

fn map(members: Vec<(&'static str, AnyValue<'static>)>) -> AnyValue<'static> {
    AnyValue::KvList(members.into_iter().map(|(key, value)| (Cow::Borrowed(key), value)).collect())
}

#[test]
fn order_does_not_count_at_any_level() {
    let inner = |turned: bool| {
        let mut members = vec![("x", AnyValue::Int(1)), ("y", AnyValue::Empty)];
        if turned {
            members.reverse();
        }
        map(members)
    };
    let a = identity(&[("a", AnyValue::Bool(true)), ("b", inner(false))]);
    assert_eq!(a, identity(&[("b", inner(true)), ("a", AnyValue::Bool(true))]));
    let list = |values: [i64; 2]| AnyValue::Array(values.into_iter().map(AnyValue::Int).collect());
    assert_ne!(identity(&[("a", list([1, 2]))]), identity(&[("a", list([2, 1]))]));
}

#[test]
fn every_difference_counts() {
    let sets = [
        identity(&[]),
        identity(&[("a", AnyValue::Empty)]),
        identity(&[("a", AnyValue::from(""))]),
        identity(&[("a", AnyValue::from("1"))]),
        identity(&[("a", AnyValue::Int(1))]),
        identity(&[("a", AnyValue::Double(1.0))]),
        identity(&[("a", AnyValue::Double(0.0))]),
        identity(&[("a", AnyValue::Double(-0.0))]),
        identity(&[("a", AnyValue::from(vec![b'1']))]),
        identity(&[("a", AnyValue::Array(Vec::new()))]),
        identity(&[("a", map(Vec::new()))]),
        identity(&[("a", AnyValue::Int(1)), ("a", AnyValue::Int(1))]),
        identity(&[("ab", AnyValue::from("c"))]),
        identity(&[("a", AnyValue::from("bc"))]),
    ];
    for (index, set) in sets.iter().enumerate() {
        assert!(!sets.iter().skip(index + 1).any(|other| other == set), "{index}");
    }
}
