//! The converters, in files by what they work on.

macro_rules! converter {
    (
        $id:ident, $name:literal, [$($param:expr),* $(,)?], $run:expr,
        [$statement:expr, $before:expr, $after:expr]
        $(, $field:ident: $value:expr)* $(,)?
    ) => {
        #[allow(clippy::needless_update, reason = "a row that says everything needs no base")]
        pub(in crate::function) const $id: crate::function::Converter = crate::function::Converter {
            name: $name,
            params: &[$($param),*],
            run: $run,
            example: crate::function::example($statement, $before, $after),
            $($field: $value,)*
            ..crate::function::Converter::BASE
        };
    };
}

#[cfg(test)]
mod tests;

pub(super) mod case;
pub(super) mod decode;
pub(super) mod hash;
pub(super) mod list;
pub(super) mod metric;
pub(super) mod murmur;
pub(super) mod network;
pub(super) mod number;
pub(super) mod parse;
pub(super) mod pattern;
pub(super) mod severity;
pub(super) mod text;
pub(super) mod time;
pub(super) mod types;
pub(super) mod url;
pub(super) mod user_agent;
pub(super) mod xml;
