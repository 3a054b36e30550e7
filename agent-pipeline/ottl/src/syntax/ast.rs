//! The tree of a statement. Offsets are bytes in the text.

/// An editor call with its condition.
#[derive(Clone, Debug)]
pub(crate) struct Statement {
    pub(crate) editor: Call,
    pub(crate) condition: Option<Logic>,
}

/// A function call, with the keys that look into its result.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) name: String,
    pub(crate) at: usize,
    pub(crate) args: Vec<Arg>,
    pub(crate) keys: Vec<Key>,
}

/// One argument.
#[derive(Clone, Debug)]
pub(crate) struct Arg {
    pub(crate) name: Option<String>,
    pub(crate) at: usize,
    pub(crate) value: Value,
}

/// A value and its place.
#[derive(Clone, Debug)]
pub(crate) struct Value {
    pub(crate) at: usize,
    pub(crate) kind: ValueKind,
}

/// What a value is.
#[derive(Clone, Debug)]
pub(crate) enum ValueKind {
    Nil,
    Bool(bool),
    Int(i64),
    Float(f64),
    String(String),
    Bytes(Vec<u8>),
    /// An upper case name: an enum symbol, or a function where one is asked for.
    Enum(String),
    /// A converter's name without a call.
    Function(String),
    Path(Path),
    Call(Call),
    List(Vec<Value>),
    Map(Vec<(String, Value)>),
    Negative(Box<Value>),
    Math(MathOp, Box<Value>, Box<Value>),
}

/// `context.segment.segment["key"]`.
#[derive(Clone, Debug)]
pub(crate) struct Path {
    pub(crate) segments: Vec<Segment>,
}

/// One name of a path, with the keys behind it.
#[derive(Clone, Debug)]
pub(crate) struct Segment {
    pub(crate) name: String,
    pub(crate) at: usize,
    pub(crate) keys: Vec<Key>,
}

/// What stands in brackets.
#[derive(Clone, Debug)]
pub(crate) struct Key {
    pub(crate) value: Value,
}

/// An operation on numbers and times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MathOp {
    Add,
    Subtract,
    Multiply,
    Divide,
}

/// How two values are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// A condition.
#[derive(Clone, Debug)]
pub(crate) enum Logic {
    Or(Vec<Logic>),
    And(Vec<Logic>),
    Not(Box<Logic>),
    Constant(bool),
    Compare(Value, Comparison, Value),
    Call(Call),
}
