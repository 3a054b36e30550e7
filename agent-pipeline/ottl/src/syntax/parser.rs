//! Tokens to tree: values, calls and paths. Conditions are in `condition`.
//!
//! Recursive descent with a bound on depth, so that no text can exhaust the stack.

use super::ast::{Arg, Call, Key, Logic, MathOp, Path, Segment, Statement, Value, ValueKind};
use super::lex::{Kind, Token, syntax, tokens};
use crate::error::Fault;

/// How deep calls, parentheses, lists and maps may lie inside each other.
const MAX_DEPTH: usize = 64;
/// The longest text of a statement.
const MAX_LENGTH: usize = 64 * 1024;

pub(super) type Parsed<T> = Result<T, Fault>;

/// A place in the tokens.
pub(super) struct Parser<'t> {
    text: &'t str,
    tokens: &'t [Token],
    pub(super) next: usize,
    depth: usize,
}

/// Parses an editor call with its optional `where`.
pub(crate) fn parse_statement(text: &str) -> Parsed<Statement> {
    with_parser(text, |parser| {
        let (name, at) = parser.name("an editor")?;
        if name.starts_with(|c: char| c.is_ascii_uppercase()) {
            let message = format!("editor names must start with a lowercase letter but got {name:?}");
            return Err(Fault::at(at, message));
        }
        if !parser.is_sign('(') {
            return Err(parser.unexpected("`(` after the editor's name"));
        }
        let editor = parser.call(name, at)?;
        if let Some(key) = editor.keys.first() {
            return Err(Fault::at(key.value.at, "only paths and converters may be indexed, not editors"));
        }
        let condition = if parser.keyword("where") { Some(parser.condition()?) } else { None };
        Ok(Statement { editor, condition })
    })
}

/// Parses a condition that stands alone.
pub(crate) fn parse_condition(text: &str) -> Parsed<Logic> {
    with_parser(text, |parser: &mut Parser<'_>| Parser::condition(parser))
}

fn with_parser<T>(text: &str, parse: impl FnOnce(&mut Parser<'_>) -> Parsed<T>) -> Parsed<T> {
    if text.len() > MAX_LENGTH {
        return Err(Fault::whole(format!("longer than {MAX_LENGTH} bytes")));
    }
    let tokens = tokens(text)?;
    let mut parser = Parser { text, tokens: &tokens, next: 0, depth: 0 };
    let parsed = parse(&mut parser)?;
    match parser.peek() {
        None => Ok(parsed),
        Some(_) => Err(parser.unexpected("the end")),
    }
}

impl Parser<'_> {
    pub(super) fn peek(&self) -> Option<&Kind> {
        self.tokens.get(self.next).map(|token| &token.kind)
    }

    /// Where the next token begins.
    pub(super) fn at(&self) -> usize {
        self.tokens.get(self.next).map_or(self.text.len(), |token| token.at)
    }

    pub(super) fn unexpected(&self, wanted: &str) -> Fault {
        let found = self.peek().map_or_else(|| "end".to_owned(), Kind::describe);
        Fault::at(self.at(), syntax(&format!("unexpected {found}, expected {wanted}")))
    }

    pub(super) fn is_sign(&self, sign: char) -> bool {
        self.peek() == Some(&Kind::Sign(sign))
    }

    pub(super) fn sign(&mut self, sign: char) -> bool {
        let found = self.is_sign(sign);
        self.next += usize::from(found);
        found
    }

    pub(super) fn expect(&mut self, sign: char) -> Parsed<()> {
        if self.sign(sign) { Ok(()) } else { Err(self.unexpected(&format!("`{sign}`"))) }
    }

    pub(super) fn keyword(&mut self, word: &str) -> bool {
        let found = matches!(self.peek(), Some(Kind::Name(name)) if name == word);
        self.next += usize::from(found);
        found
    }

    fn name(&mut self, wanted: &str) -> Parsed<(String, usize)> {
        let at = self.at();
        match self.peek() {
            Some(Kind::Name(name)) => {
                let name = name.clone();
                self.next += 1;
                Ok((name, at))
            }
            _ => Err(self.unexpected(wanted)),
        }
    }

    /// Runs `parse` one level deeper.
    pub(super) fn deeper<T>(&mut self, parse: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.depth == MAX_DEPTH {
            return Err(Fault::at(self.at(), format!("nested deeper than {MAX_DEPTH} levels")));
        }
        self.depth += 1;
        let parsed = parse(self);
        self.depth -= 1;
        parsed
    }

    /// A call whose name is read and whose `(` is next.
    pub(super) fn call(&mut self, name: String, at: usize) -> Parsed<Call> {
        self.expect('(')?;
        let args = self.deeper(|parser| parser.sequence(')', Self::arg))?;
        let named = args.iter().skip_while(|arg| arg.name.is_none()).find(|arg| arg.name.is_none());
        if let Some(arg) = named {
            return Err(Fault::at(arg.at, "unnamed argument used after named argument"));
        }
        let keys = self.keys()?;
        Ok(Call { name, at, args, keys })
    }

    /// Comma-separated elements up to `close`, which is taken.
    fn sequence<T>(
        &mut self,
        close: char,
        mut element: impl FnMut(&mut Self) -> Parsed<T>,
    ) -> Parsed<Vec<T>> {
        let mut elements = Vec::new();
        if self.sign(close) {
            return Ok(elements);
        }
        loop {
            elements.push(element(self)?);
            if self.sign(close) {
                return Ok(elements);
            }
            if !self.sign(',') {
                return Err(self.unexpected(&format!("`,` or `{close}`")));
            }
        }
    }

    fn arg(&mut self) -> Parsed<Arg> {
        let at = self.at();
        let named = self.tokens.get(self.next + 1).is_some_and(|token| token.kind == Kind::Sign('='));
        let name = if named {
            let (name, _) = self.name("an argument's name")?;
            self.next += 1;
            Some(name)
        } else {
            None
        };
        Ok(Arg { name, at, value: self.value()? })
    }

    /// A value: sums of products.
    pub(super) fn value(&mut self) -> Parsed<Value> {
        let mut left = self.product()?;
        loop {
            let op = match self.peek() {
                Some(Kind::Sign('+')) => MathOp::Add,
                Some(Kind::Sign('-')) => MathOp::Subtract,
                _ => return Ok(left),
            };
            self.next += 1;
            left = math(op, left, self.product()?);
        }
    }

    fn product(&mut self) -> Parsed<Value> {
        let mut left = self.factor()?;
        loop {
            let op = match self.peek() {
                Some(Kind::Sign('*')) => MathOp::Multiply,
                Some(Kind::Sign('/')) => MathOp::Divide,
                _ => return Ok(left),
            };
            self.next += 1;
            left = math(op, left, self.factor()?);
        }
    }

    fn factor(&mut self) -> Parsed<Value> {
        let at = self.at();
        if self.sign('+') {
            return self.deeper(Self::factor);
        }
        if self.sign('-') {
            let value = self.deeper(Self::factor)?;
            let kind = match value.kind {
                ValueKind::Int(number) => ValueKind::Int(number.wrapping_neg()),
                ValueKind::Float(number) => ValueKind::Float(-number),
                _ => ValueKind::Negative(Box::new(value)),
            };
            return Ok(Value { at, kind });
        }
        if self.sign('(') {
            let value = self.deeper(Self::value)?;
            self.expect(')')?;
            return Ok(value);
        }
        let kind = self.simple()?;
        Ok(Value { at, kind })
    }

    /// A value without operators.
    fn simple(&mut self) -> Parsed<ValueKind> {
        let Some(kind) = self.peek().cloned() else { return Err(self.unexpected("a value")) };
        let at = self.at();
        let literal = match kind {
            Kind::Name(name) => {
                self.next += 1;
                return self.named(name, at);
            }
            Kind::Bytes(bytes) => ValueKind::Bytes(bytes),
            Kind::Float(number) => ValueKind::Float(number),
            Kind::Int(number) => ValueKind::Int(number),
            Kind::String(text) => ValueKind::String(text),
            Kind::Sign('[') => {
                self.next += 1;
                return self.deeper(|parser| parser.sequence(']', Self::value)).map(ValueKind::List);
            }
            Kind::Sign('{') => {
                self.next += 1;
                return self.deeper(|parser| parser.sequence('}', Self::member)).map(ValueKind::Map);
            }
            Kind::Sign(_) | Kind::Compare(_) => return Err(self.unexpected("a value")),
        };
        self.next += 1;
        Ok(literal)
    }

    fn member(&mut self) -> Parsed<(String, Value)> {
        let Some(Kind::String(key)) = self.peek().cloned() else {
            return Err(self.unexpected("a string as key of the map"));
        };
        self.next += 1;
        self.expect(':')?;
        Ok((key, self.value()?))
    }

    /// What begins with a name: a keyword, a converter, an enum or a path.
    fn named(&mut self, name: String, at: usize) -> Parsed<ValueKind> {
        match name.as_str() {
            "nil" => return Ok(ValueKind::Nil),
            "true" | "false" => return Ok(ValueKind::Bool(name == "true")),
            "not" | "and" | "or" => {
                self.next -= 1;
                return Err(self.unexpected("a value"));
            }
            _ => {}
        }
        if name.starts_with(|c: char| c.is_ascii_lowercase()) {
            if self.is_sign('(') {
                return Err(Fault::at(
                    at,
                    format!("converter names must start with an uppercase letter but got {name:?}"),
                ));
            }
            return self.path(name, at).map(ValueKind::Path);
        }
        if self.is_sign('(') {
            return self.call(name, at).map(ValueKind::Call);
        }
        if name.contains(|c: char| c.is_ascii_lowercase()) {
            return Ok(ValueKind::Function(name));
        }
        Ok(ValueKind::Enum(name))
    }

    fn path(&mut self, name: String, at: usize) -> Parsed<Path> {
        let mut segments = vec![Segment { name, at, keys: self.keys()? }];
        while self.sign('.') {
            let (name, at) = self.name("a path segment")?;
            segments.push(Segment { name, at, keys: self.keys()? });
        }
        Ok(Path { segments })
    }

    fn keys(&mut self) -> Parsed<Vec<Key>> {
        let mut keys = Vec::new();
        while self.sign('[') {
            let value = self.deeper(Self::value)?;
            self.expect(']')?;
            keys.push(Key { value });
        }
        Ok(keys)
    }
}

fn math(op: MathOp, left: Value, right: Value) -> Value {
    Value { at: left.at, kind: ValueKind::Math(op, Box::new(left), Box::new(right)) }
}
