//! Times as text: strptime directives on top of Go's reference layouts, as the Collector has them.
//!
//! A format is first turned into a layout (`%Y` becomes `2006`) and that is then read as Go reads layouts. So digits
//! and names in a format that mean something to Go mean it here too.

mod layout;
mod parse;
mod show;
mod strptime;

#[cfg(test)]
mod tests;

pub(crate) use layout::Layout;
