//! Conditions: `or` below `and` below `not`.

use super::ast::{Logic, ValueKind};
use super::lex::Kind;
use super::parser::{Parsed, Parser};
use crate::error::Fault;

impl Parser<'_> {
    /// A condition.
    pub(super) fn condition(&mut self) -> Parsed<Logic> {
        let mut terms = vec![self.term()?];
        while self.keyword("or") {
            terms.push(self.term()?);
        }
        Ok(if terms.len() == 1 { terms.remove(0) } else { Logic::Or(terms) })
    }

    fn term(&mut self) -> Parsed<Logic> {
        let mut factors = vec![self.bool_value()?];
        while self.keyword("and") {
            factors.push(self.bool_value()?);
        }
        Ok(if factors.len() == 1 { factors.remove(0) } else { Logic::And(factors) })
    }

    fn bool_value(&mut self) -> Parsed<Logic> {
        if self.keyword("not") {
            return Ok(Logic::Not(Box::new(self.plain_bool()?)));
        }
        self.plain_bool()
    }

    /// A comparison, a constant, a converter, or a condition in parentheses.
    ///
    /// A parenthesis may open either a condition or a sum. The sum is tried first; of two failures the one that got
    /// further tells what is wrong.
    fn plain_bool(&mut self) -> Parsed<Logic> {
        let start = self.next;
        let as_value = self.comparison();
        let Err(value_fault) = as_value else { return as_value };
        let reached = self.next;
        self.next = start;
        if !self.sign('(') {
            return Err(value_fault);
        }
        let inner = self.deeper(Self::condition).and_then(|inner| self.expect(')').map(|()| inner));
        inner.map_err(|fault| further(fault, value_fault, self.next < reached))
    }

    fn comparison(&mut self) -> Parsed<Logic> {
        let left = self.value()?;
        if let Some(Kind::Compare(op)) = self.peek() {
            let op = *op;
            self.next += 1;
            return Ok(Logic::Compare(left, op, self.value()?));
        }
        match left.kind {
            ValueKind::Bool(truth) => Ok(Logic::Constant(truth)),
            ValueKind::Call(call) => Ok(Logic::Call(call)),
            _ => Err(self.unexpected("a comparison to make a condition")),
        }
    }
}

fn further(condition: Fault, value: Fault, value_got_further: bool) -> Fault {
    if value_got_further { value } else { condition }
}
