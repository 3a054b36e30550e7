//! The expressions of the older metric filter: `MetricName == "cpu" && Label("host") matches "^a"`.
//!
//! The part of the Collector's expression language that has to do with the name and the labels of a data point. Checked
//! when the configuration is: a text that has no type `bool` is refused.

use agent_otlp::Attributes;
use agent_ottl::pattern;
use regex::Regex;

use crate::value::as_text;

/// How deep parentheses may lie inside each other.
const MAX_DEPTH: usize = 64;

/// A compiled expression.
#[derive(Debug)]
pub(super) struct Expression(Test);

#[derive(Debug)]
enum Test {
    Constant(bool),
    HasLabel(String),
    Not(Box<Test>),
    And(Box<Test>, Box<Test>),
    Or(Box<Test>, Box<Test>),
    Compare(Text, Relation, Text),
    OneOf(Text, Vec<String>),
    Matches(Text, Regex),
}

#[derive(Debug)]
enum Text {
    Literal(String),
    MetricName,
    Label(String),
}

#[derive(Clone, Copy, Debug)]
enum Relation {
    Equal,
    NotEqual,
    Contains,
    StartsWith,
    EndsWith,
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Name(String),
    Text(String),
    Sign(&'static str),
}

const SIGNS: [&str; 11] = ["==", "!=", "&&", "||", "!", "(", ")", "[", "]", ",", "."];

impl Expression {
    /// Compiles a text.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn new(text: &str) -> Result<Self, String> {
        let problem = |reason: &str| format!("expression {text:?} is not supported: {reason}");
        let tokens = tokens(text).map_err(|reason| problem(&reason))?;
        let mut parser = Parser { tokens: &tokens, next: 0, depth: 0 };
        let whole = parser.any().map_err(|reason| problem(&reason))?;
        if parser.next < tokens.len() { Err(problem("something follows its end")) } else { Ok(Self(whole)) }
    }

    /// Whether it holds for a point of a metric.
    pub(super) fn holds(&self, metric: &str, labels: &Attributes<'_>) -> bool {
        self.0.holds(metric, labels)
    }
}

impl Test {
    fn holds(&self, metric: &str, labels: &Attributes<'_>) -> bool {
        let with = |text: &Text, f: &dyn Fn(&str) -> bool| match text {
            Text::Literal(text) => f(text),
            Text::MetricName => f(metric),
            Text::Label(key) => labels.get(key).map_or_else(|| f(""), |value| f(&as_text(value))),
        };
        match self {
            Self::Constant(truth) => *truth,
            Self::HasLabel(key) => labels.contains_key(key),
            Self::Not(inner) => !inner.holds(metric, labels),
            Self::And(left, right) => left.holds(metric, labels) && right.holds(metric, labels),
            Self::Or(left, right) => left.holds(metric, labels) || right.holds(metric, labels),
            Self::Compare(left, relation, right) => with(left, &|left| {
                with(right, &|right| match relation {
                    Relation::Equal => left == right,
                    Relation::NotEqual => left != right,
                    Relation::Contains => left.contains(right),
                    Relation::StartsWith => left.starts_with(right),
                    Relation::EndsWith => left.ends_with(right),
                })
            }),
            Self::OneOf(text, list) => with(text, &|text| list.iter().any(|other| other == text)),
            Self::Matches(text, regex) => with(text, &|text| regex.is_match(text)),
        }
    }
}

fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut out = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (token, after) = if matches!(first, '"' | '\'' | '`') {
            quoted(rest, first)?
        } else if let Some(sign) = SIGNS.into_iter().find(|sign| rest.starts_with(sign)) {
            (Token::Sign(sign), rest.get(sign.len()..).unwrap_or_default())
        } else {
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
            let (name, after) = rest.split_at(end);
            if name.is_empty() {
                return Err(format!("unexpected {first:?}"));
            }
            (Token::Name(name.to_owned()), after)
        };
        out.push(token);
        rest = after.trim_start();
    }
    Ok(out)
}

fn quoted(text: &str, quote: char) -> Result<(Token, &str), String> {
    let mut content = String::new();
    let mut chars = text.char_indices().skip(1);
    while let Some((at, character)) = chars.next() {
        match character {
            _ if character == quote => {
                return Ok((Token::Text(content), text.get(at + 1..).unwrap_or_default()));
            }
            '\\' if quote != '`' => match chars.next().map(|(_, escaped)| escaped) {
                Some('n') => content.push('\n'),
                Some('t') => content.push('\t'),
                Some(other @ ('\\' | '"' | '\'')) => content.push(other),
                _ => return Err("unknown escape in string".to_owned()),
            },
            _ => content.push(character),
        }
    }
    Err("a string is not closed".to_owned())
}

struct Parser<'t> {
    tokens: &'t [Token],
    next: usize,
    depth: usize,
}

type Parsed<T> = Result<T, String>;

impl Parser<'_> {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.next)
    }

    fn take(&mut self, token: &Token) -> bool {
        let found = self.peek() == Some(token);
        self.next += usize::from(found);
        found
    }

    fn sign(&mut self, sign: &'static str) -> bool {
        self.take(&Token::Sign(sign))
    }

    fn word(&mut self, word: &str) -> bool {
        self.take(&Token::Name(word.to_owned()))
    }

    fn any(&mut self) -> Parsed<Test> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err("it nests too deeply".to_owned());
        }
        let mut left = self.all()?;
        while self.sign("||") || self.word("or") {
            left = Test::Or(Box::new(left), Box::new(self.all()?));
        }
        self.depth -= 1;
        Ok(left)
    }

    fn all(&mut self) -> Parsed<Test> {
        let mut left = self.one()?;
        while self.sign("&&") || self.word("and") {
            left = Test::And(Box::new(left), Box::new(self.one()?));
        }
        Ok(left)
    }

    fn one(&mut self) -> Parsed<Test> {
        let mut negations = 0_usize;
        while self.sign("!") || self.word("not") {
            negations += 1;
        }
        let test = self.plain()?;
        Ok(if negations.is_multiple_of(2) { test } else { Test::Not(Box::new(test)) })
    }

    fn plain(&mut self) -> Parsed<Test> {
        if self.sign("(") {
            let inner = self.any()?;
            return if self.sign(")") { Ok(inner) } else { Err("`)` is missing".to_owned()) };
        }
        if self.word("true") {
            return Ok(Test::Constant(true));
        }
        if self.word("false") {
            return Ok(Test::Constant(false));
        }
        if self.word("HasLabel") {
            return self.argument().map(Test::HasLabel);
        }
        let left = self.text()?;
        self.relation(left)
    }

    fn relation(&mut self, left: Text) -> Parsed<Test> {
        let relations = [
            ("contains", Relation::Contains),
            ("startsWith", Relation::StartsWith),
            ("endsWith", Relation::EndsWith),
        ];
        if self.sign("==") {
            return Ok(Test::Compare(left, Relation::Equal, self.text()?));
        }
        if self.sign("!=") {
            return Ok(Test::Compare(left, Relation::NotEqual, self.text()?));
        }
        for (word, relation) in relations {
            if self.word(word) {
                return Ok(Test::Compare(left, relation, self.text()?));
            }
        }
        if self.word("matches") {
            let Text::Literal(text) = self.text()? else {
                return Err("a pattern must be a string".to_owned());
            };
            let regex =
                pattern::compile(&text).map_err(|error| format!("{text:?} is no pattern: {error}"))?;
            return Ok(Test::Matches(left, regex));
        }
        if self.word("in") && self.sign("[") {
            return self.list().map(|list| Test::OneOf(left, list));
        }
        Err("a comparison is missing".to_owned())
    }

    fn list(&mut self) -> Parsed<Vec<String>> {
        let mut list = Vec::new();
        loop {
            match self.text()? {
                Text::Literal(text) => list.push(text),
                _ => return Err("a list holds strings".to_owned()),
            }
            if self.sign("]") {
                return Ok(list);
            }
            if !self.sign(",") {
                return Err("`]` is missing".to_owned());
            }
        }
    }

    fn text(&mut self) -> Parsed<Text> {
        if self.word("MetricName") {
            return Ok(Text::MetricName);
        }
        if self.word("Label") {
            return self.argument().map(Text::Label);
        }
        match self.peek().cloned() {
            Some(Token::Text(text)) => {
                self.next += 1;
                Ok(Text::Literal(text))
            }
            Some(Token::Name(name)) => Err(format!("{name:?} is not known")),
            _ => Err("a value is missing".to_owned()),
        }
    }

    /// `("key")`.
    fn argument(&mut self) -> Parsed<String> {
        let argument = if self.sign("(") { self.text()? } else { return Err("`(` is missing".to_owned()) };
        match argument {
            Text::Literal(key) if self.sign(")") => Ok(key),
            _ => Err("a key in parentheses is missing".to_owned()),
        }
    }
}
