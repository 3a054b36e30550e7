//! The editors, in files by what they change.

macro_rules! editor {
    (
        $id:ident, $name:literal, [$($param:expr),* $(,)?], $run:expr,
        [$statement:expr, $before:expr, $after:expr]
        $(, $field:ident: $value:expr)* $(,)?
    ) => {
        #[allow(clippy::needless_update, reason = "a row that says everything needs no base")]
        pub(in crate::function) const $id: crate::function::Editor = crate::function::Editor {
            name: $name,
            params: &[$($param),*],
            run: $run,
            example: crate::function::example($statement, $before, $after),
            $($field: $value,)*
            ..crate::function::Editor::BASE
        };
    };
}

#[cfg(test)]
mod tests;

pub(super) mod aggregate;
pub(super) mod exponential;
pub(super) mod extract;
pub(super) mod flatten;
pub(super) mod keys;
pub(super) mod list;
pub(super) mod merge;
pub(super) mod metric;
pub(super) mod replace;
pub(super) mod semconv;
pub(super) mod set;
