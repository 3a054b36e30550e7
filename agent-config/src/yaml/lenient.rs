//! Indentation that YAML 1.2 forbids and the Collector's YAML library takes: inside brackets and quotes the lines may
//! begin anywhere, and a tab may follow a colon. Configurations that run today are written so, most often with a closing
//! bracket in the column of its key.
//!
//! The parser is strict there. White space in those places has no meaning, so some is put in, or a tab made a space, where
//! the parser stopped, and the text is read again.

use std::collections::HashMap;

use saphyr_parser::ScanError;

use crate::issues::Position;

/// A text on its way to being readable.
pub(super) struct Lenient {
    pub(super) text: String,
    /// Columns put in at the start of a line, by line.
    added: HashMap<usize, usize>,
    /// Bytes that may still be read again; bounds the time for a text that needs many repairs.
    budget: usize,
}

impl Lenient {
    pub(super) fn new(text: &str) -> Self {
        Self { text: text.to_owned(), added: HashMap::new(), budget: 8 * super::limits::TEXT_BYTES }
    }

    /// The place in the text as it was written.
    pub(super) fn original(&self, place: Position) -> Position {
        let added = self.added.get(&place.line).copied().unwrap_or_default();
        Position { column: place.column.saturating_sub(added).max(1), ..place }
    }

    /// Whether the text was changed so that reading may now get past the error.
    pub(super) fn repair(&mut self, error: &ScanError) -> bool {
        let Some(budget) = self.budget.checked_sub(self.text.len()) else { return false };
        self.budget = budget;
        let index = error.marker().index();
        let Some(offset) = self.text.char_indices().nth(index).map(|(offset, _)| offset) else {
            return false;
        };
        match error.info() {
            "invalid indentation in quoted scalar" => {
                let end = self.end_of_quoted(offset);
                end.is_some_and(|end| self.indent_lines(offset, end, error.marker().line() + 1))
            }
            "invalid indentation"
            | "invalid indentation in flow construct"
            | "tab cannot be used as indentation" => {
                let start = line_start(&self.text, offset);
                self.indent(start, error.marker().line())
            }
            "':' must be followed by a valid YAML whitespace" => self.spaces_for_tabs(offset),
            _ => false,
        }
    }

    /// Where the quoted scalar that begins at `start` ends.
    fn end_of_quoted(&self, start: usize) -> Option<usize> {
        let rest = self.text.get(start..)?;
        let quote = rest.chars().next().filter(|first| matches!(first, '"' | '\''))?;
        let mut characters = rest.char_indices().skip(1).peekable();
        while let Some((offset, character)) = characters.next() {
            match character {
                '\\' if quote == '"' => {
                    characters.next();
                }
                '\'' if quote == '\'' && characters.peek().is_some_and(|(_, next)| *next == '\'') => {
                    characters.next();
                }
                other if other == quote => return Some(start + offset),
                _ => {}
            }
        }
        None
    }

    /// Indents every line that begins between two offsets; `line` is the number of the first of them.
    fn indent_lines(&mut self, start: usize, end: usize, line: usize) -> bool {
        let breaks: Vec<usize> = self
            .text
            .get(start..end)
            .unwrap_or_default()
            .match_indices('\n')
            .map(|(offset, _)| start + offset + 1)
            .collect();
        // From the last to the first, so that offsets stay true.
        let mut changed = false;
        for (count, offset) in breaks.into_iter().enumerate().rev() {
            changed |= self.indent(offset, line + count);
        }
        changed
    }

    /// Moves the line that begins at `start` behind every indentation before it.
    fn indent(&mut self, start: usize, line: usize) -> bool {
        let before = self.text.get(..start).unwrap_or_default();
        let width = |line: &str| line.len() - line.trim_start_matches([' ', '-']).len();
        let deepest = before.lines().map(width).max().unwrap_or_default() + 1;
        let present = self.added.entry(line).or_default();
        if *present >= deepest {
            return false;
        }
        let missing = deepest - *present;
        *present = deepest;
        self.budget = self.budget.saturating_sub(before.len());
        self.text.insert_str(start, &" ".repeat(missing));
        true
    }

    /// Makes the tabs right before `offset` spaces.
    fn spaces_for_tabs(&mut self, offset: usize) -> bool {
        let before = self.text.get(..offset).unwrap_or_default();
        let kept = before.trim_end_matches([' ', '\t']).len();
        if !self.text.get(kept..offset).unwrap_or_default().contains('\t') {
            return false;
        }
        self.text.replace_range(kept..offset, &" ".repeat(offset - kept));
        true
    }
}

fn line_start(text: &str, offset: usize) -> usize {
    text.get(..offset).and_then(|before| before.rfind(['\n', '\r'])).map_or(0, |line_break| line_break + 1)
}
