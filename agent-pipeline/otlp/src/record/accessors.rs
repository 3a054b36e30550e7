//! Getter and setter pairs for plain fields, so that a record type reads as a list of its fields.

/// One line a field: kind, getter, setter, number. The type must have a `message: Message` member.
macro_rules! accessors {
    ($($(#[$doc:meta])* $kind:ident $get:ident $set:ident = $number:literal;)*) => {
        $(accessors!(@$kind [$(#[$doc])*] $get $set $number);)*
    };
    (@text $doc:tt $get:ident $set:ident $n:literal) => {
        accessors!(@pair $doc $get -> &str, $set: &str, |m| m.text($n), |m, v| m.set_bytes($n, v.as_bytes()));
    };
    (@id16 $doc:tt $get:ident $set:ident $n:literal) => {
        accessors!(@pair $doc $get -> &[u8], $set: [u8; 16], |m| m.bytes($n), |m, v| m.set_id($n, &v));
    };
    (@id8 $doc:tt $get:ident $set:ident $n:literal) => {
        accessors!(@pair $doc $get -> &[u8], $set: [u8; 8], |m| m.bytes($n), |m, v| m.set_id($n, &v));
    };
    (@fixed64 $doc:tt $get:ident $set:ident $n:literal) => {
        accessors!(@pair $doc $get -> u64, $set: u64, |m| m.bits($n), |m, v| m.set_fixed64($n, v));
    };
    (@fixed32 $doc:tt $get:ident $set:ident $n:literal) => {
        accessors!(@pair $doc $get -> u32, $set: u32, |m| m.uint32($n), |m, v| m.set_fixed32($n, v));
    };
    (@uint32 $doc:tt $get:ident $set:ident $n:literal) => {
        accessors!(@pair $doc $get -> u32, $set: u32, |m| m.uint32($n), |m, v| m.set_varint($n, u64::from(v)));
    };
    (@int32 $doc:tt $get:ident $set:ident $n:literal) => {
        accessors!(@pair $doc $get -> i32, $set: i32, |m| m.int32($n), |m, v| m.set_varint($n, $crate::wire::int::from_int32(v)));
    };
    (@pair [$($doc:tt)*] $get:ident -> $out:ty, $set:ident: $in:ty, |$m:ident| $read:expr, |$w:ident, $v:ident| $write:expr) => {
        $($doc)*
        pub fn $get(&self) -> $out {
            let $m = &self.message;
            $read
        }

        #[doc = concat!("Sets [`Self::", stringify!($get), "`]; an equal value changes nothing.")]
        pub fn $set(&mut self, value: $in) {
            let ($w, $v) = (&mut self.message, value);
            $write;
        }
    };
    (attributes) => {
        /// The attributes, decoded at the first call.
        pub fn attributes(&self) -> &$crate::value::Attributes<'a> {
            self.message.attributes()
        }

        /// The attributes, to be changed.
        pub fn attributes_mut(&mut self) -> &mut $crate::value::Attributes<'a> {
            self.message.attributes_mut()
        }
    };
}
