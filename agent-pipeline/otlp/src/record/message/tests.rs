//! By places and by a walk, a message reads and writes the same.

use proptest::prelude::*;

use super::*;

const ATTRIBUTE: u32 = 6;

/// A field of a message: its number, and what it holds.
#[derive(Clone, Debug)]
enum Piece {
    Varint(u32, u64),
    Fixed(u32, u64),
    Bytes(u32, Vec<u8>),
    Attribute(String, i64),
}

fn piece() -> impl Strategy<Value = Piece> {
    // Numbers with and without a place, twice and not.
    let number = || prop_oneof![1..6_u32, 7..20_u32, Just(4000_u32)];
    prop_oneof![
        1 => (number(), any::<u64>()).prop_map(|(number, value)| Piece::Varint(number, value)),
        1 => (number(), any::<u64>()).prop_map(|(number, value)| Piece::Fixed(number, value)),
        1 => (number(), prop::collection::vec(any::<u8>(), 0..200))
            .prop_map(|(number, bytes)| Piece::Bytes(number, bytes)),
        3 => ("[ab]{1,2}", any::<i64>()).prop_map(|(key, value)| Piece::Attribute(key, value)),
    ]
}

fn message(pieces: &[Piece]) -> Vec<u8> {
    let mut out = Vec::new();
    for piece in pieces {
        match piece {
            Piece::Varint(number, value) => wire::put_varint_field(&mut out, *number, *value),
            Piece::Fixed(number, value) => wire::put_fixed64(&mut out, *number, *value),
            Piece::Bytes(number, bytes) => wire::put_bytes(&mut out, *number, bytes),
            Piece::Attribute(key, value) => {
                let mut attributes = Attributes::default();
                attributes.upsert(key.clone(), *value);
                attributes.encode(ATTRIBUTE, &mut out);
            }
        }
    }
    out
}

/// A change, or several.
#[derive(Clone, Debug)]
enum Change {
    Set(u32, u64),
    Remove(u32),
    Upsert(String, i64),
    Delete(String),
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        (1..20_u32, any::<u64>()).prop_map(|(number, value)| Change::Set(number, value)),
        (1..20_u32).prop_map(Change::Remove),
        ("[abc]", any::<i64>()).prop_map(|(key, value)| Change::Upsert(key, value)),
        "[abc]".prop_map(Change::Delete),
    ]
}

fn apply(change: &Change, message: &mut Message<'_>) {
    match change {
        Change::Set(ATTRIBUTE, _) | Change::Remove(ATTRIBUTE) => {}
        Change::Set(number, value) => message.set_fixed64(*number, *value),
        Change::Remove(number) => message.replace(*number, |_| {}),
        Change::Upsert(key, value) => message.attributes_mut().upsert(key.clone(), *value),
        Change::Delete(key) => drop(message.attributes_mut().remove(key)),
    }
}

proptest! {
    #[test]
    fn fields_are_found_where_a_walk_finds_them(pieces in prop::collection::vec(piece(), 0..12)) {
        let bytes = message(&pieces);
        let message = Message::new(&bytes, ATTRIBUTE);
        for number in (1..22).filter(|number| *number != ATTRIBUTE) {
            prop_assert_eq!(message.last(number), wire::last(&bytes, number));
            let all: Vec<_> = Fields::new(&bytes).filter(|f| f.number == number).map(|f| f.value).collect();
            prop_assert_eq!(message.values(number).collect::<Vec<_>>(), all);
        }
        let pair = [2, 19];
        let last = Fields::new(&bytes).filter(|f| pair.contains(&f.number)).last().map(|f| (f.number, f.value));
        prop_assert_eq!(message.last_among(&pair).map(|f| (f.number, f.value)), last);
        let attributes = pieces.iter().filter(|piece| matches!(piece, Piece::Attribute(..))).count();
        prop_assert_eq!(message.attributes().len(), attributes);
    }

    #[test]
    fn it_is_written_as_by_a_walk(
        pieces in prop::collection::vec(piece(), 0..12),
        changes in prop::collection::vec(change(), 0..5),
    ) {
        let bytes = message(&pieces);
        let mut message = Message::new(&bytes, ATTRIBUTE);
        for change in &changes {
            apply(change, &mut message);
        }
        let attributes = message.attributes.seen().filter(|attributes| attributes.changed());
        let mut walked = Vec::new();
        message.encode_by_walk(attributes, &mut walked);
        message.edits.iter().for_each(|(_, bytes)| walked.extend_from_slice(bytes));
        let mut encoded = Vec::new();
        message.encode(&mut encoded);
        prop_assert_eq!(encoded, walked);
    }

    #[test]
    fn room_of_another_message_changes_nothing(
        first in prop::collection::vec(piece(), 0..12),
        second in prop::collection::vec(piece(), 0..12),
        changes in prop::collection::vec(change(), 0..5),
    ) {
        let (first, second) = (message(&first), message(&second));
        let mut before = Message::new(&first, ATTRIBUTE);
        for change in &changes {
            apply(change, &mut before);
        }
        before.leave();
        let mut reused = Message::new(&second, ATTRIBUTE);
        let mut fresh = Message::new(&second, ATTRIBUTE);
        let (mut by_reused, mut by_fresh) = (Vec::new(), Vec::new());
        for change in &changes {
            apply(change, &mut reused);
            apply(change, &mut fresh);
        }
        reused.encode(&mut by_reused);
        fresh.encode(&mut by_fresh);
        prop_assert_eq!(by_reused, by_fresh);
    }
}
