//! From tokens to what is to be done.

use std::collections::BTreeMap;
use std::iter::Peekable;
use std::vec::IntoIter;

use super::lexer::{Piece, Token, pieces};

/// Commands, each of which gets the result of the one before as its last argument.
pub(super) type Pipeline = Vec<Vec<Operand>>;

#[derive(Debug)]
pub(super) enum Operand {
    Path { variable: Option<String>, fields: Vec<String> },
    Text(String),
    Number(i64),
    Truth(bool),
    Function(String),
    Inner(Pipeline),
}

#[derive(Debug)]
pub(super) enum Node {
    Text(String),
    Print(Pipeline),
    /// `$name := value`, or `$name = value` for a variable that is there.
    Set {
        name: String,
        declare: bool,
        value: Pipeline,
    },
    If {
        branches: Vec<(Pipeline, Vec<Node>)>,
        otherwise: Vec<Node>,
    },
    With {
        value: Pipeline,
        body: Vec<Node>,
    },
    Range {
        names: Vec<String>,
        over: Pipeline,
        body: Vec<Node>,
    },
}

/// Named templates by their names.
pub(super) type Defines = BTreeMap<String, Vec<Node>>;

/// Parses a file: what it prints, and what it defines for all.
pub(super) fn parse(template: &str, defines: &mut Defines) -> Result<Vec<Node>, String> {
    let mut parser = Parser { pieces: pieces(template)?.into_iter(), defines };
    match parser.nodes()? {
        (nodes, None) => Ok(nodes),
        (_, Some(tokens)) => Err(format!("{tokens:?} ends nothing")),
    }
}

struct Parser<'a> {
    pieces: IntoIter<Piece>,
    defines: &'a mut Defines,
}

type Tokens = Peekable<IntoIter<Token>>;

impl Parser<'_> {
    /// Nodes up to the `else` or `end` that belongs to none of them.
    fn nodes(&mut self) -> Result<(Vec<Node>, Option<Vec<Token>>), String> {
        let mut nodes = Vec::new();
        while let Some(piece) = self.pieces.next() {
            let tokens = match piece {
                Piece::Text(text) => {
                    nodes.push(Node::Text(text));
                    continue;
                }
                Piece::Action(tokens) => tokens,
            };
            if let Some(Token::Word(word)) = tokens.first()
                && matches!(word.as_str(), "else" | "end")
            {
                return Ok((nodes, Some(tokens)));
            }
            nodes.extend(self.action(tokens)?);
        }
        Ok((nodes, None))
    }

    fn action(&mut self, tokens: Vec<Token>) -> Result<Option<Node>, String> {
        let word = match tokens.first() {
            Some(Token::Word(word)) => word.clone(),
            _ => String::new(),
        };
        let mut tokens = tokens.into_iter().peekable();
        match word.as_str() {
            "if" => self.branches(tokens).map(Some),
            "with" => {
                tokens.next();
                let value = all(tokens)?;
                Ok(Some(Node::With { value, body: self.body()? }))
            }
            "range" => {
                tokens.next();
                let (names, over) = names(tokens)?;
                Ok(Some(Node::Range { names, over, body: self.body()? }))
            }
            "define" => {
                let Some(Token::Text(name)) = tokens.nth(1) else {
                    return Err("a define has no name".into());
                };
                let body = self.body()?;
                match self.defines.insert(name.clone(), body) {
                    None => Ok(None),
                    Some(_) => Err(format!("{name} is defined twice")),
                }
            }
            _ => set_or_print(tokens).map(Some),
        }
    }

    fn body(&mut self) -> Result<Vec<Node>, String> {
        let (nodes, end) = self.nodes()?;
        match end.as_deref() {
            Some([Token::Word(word)]) if word == "end" => Ok(nodes),
            end => Err(format!("end is missing: {end:?}")),
        }
    }

    fn branches(&mut self, mut tokens: Tokens) -> Result<Node, String> {
        let mut branches = Vec::new();
        loop {
            tokens.next();
            let condition = all(tokens)?;
            let (nodes, end) = self.nodes()?;
            branches.push((condition, nodes));
            let mut end = end.ok_or("an if does not end")?.into_iter().peekable();
            let word = end.next();
            match (word == Some(Token::Word("end".to_owned())), end.peek()) {
                (true, None) => return Ok(Node::If { branches, otherwise: Vec::new() }),
                (false, None) => return Ok(Node::If { branches, otherwise: self.body()? }),
                (false, Some(Token::Word(word))) if word == "if" => tokens = end,
                (_, next) => return Err(format!("not understood: {next:?}")),
            }
        }
    }
}

fn set_or_print(mut tokens: Tokens) -> Result<Node, String> {
    let mut ahead = tokens.clone();
    if let Some(Token::Path { variable: Some(name), .. }) = ahead.next() {
        let declare = ahead.next();
        if matches!(declare, Some(Token::Declare | Token::Assign)) {
            let declare = declare == Some(Token::Declare);
            return Ok(Node::Set { name, declare, value: all(ahead)? });
        }
    }
    Ok(Node::Print(pipeline(&mut tokens, false)?))
}

/// `[$a, [$b]] := over`.
fn names(tokens: Tokens) -> Result<(Vec<String>, Pipeline), String> {
    let (mut names, mut ahead) = (Vec::new(), tokens.clone());
    while let Some(Token::Path { variable: Some(name), fields }) = ahead.next()
        && fields.is_empty()
    {
        names.push(name);
        match ahead.next() {
            Some(Token::Comma) => {}
            Some(Token::Declare) => return Ok((names, all(ahead)?)),
            _ => break,
        }
    }
    Ok((Vec::new(), all(tokens)?))
}

fn all(mut tokens: Tokens) -> Result<Pipeline, String> {
    pipeline(&mut tokens, false)
}

fn pipeline(tokens: &mut Tokens, inner: bool) -> Result<Pipeline, String> {
    let (mut commands, mut command) = (Vec::new(), Vec::new());
    loop {
        let operand = match tokens.next() {
            Some(Token::Pipe) => {
                commands.push(std::mem::take(&mut command));
                continue;
            }
            Some(Token::Close) if inner => break,
            None if !inner => break,
            Some(Token::Open) => Operand::Inner(pipeline(tokens, true)?),
            Some(Token::Path { variable, fields }) => Operand::Path { variable, fields },
            Some(Token::Text(text)) => Operand::Text(text),
            Some(Token::Number(number)) => Operand::Number(number),
            Some(Token::Word(word)) if word == "true" => Operand::Truth(true),
            Some(Token::Word(word)) if word == "false" => Operand::Truth(false),
            Some(Token::Word(word)) => Operand::Function(word),
            other => return Err(format!("not understood in a pipeline: {other:?}")),
        };
        command.push(operand);
    }
    commands.push(command);
    if commands.iter().any(Vec::is_empty) {
        return Err("a command is empty".to_owned());
    }
    Ok(commands)
}
