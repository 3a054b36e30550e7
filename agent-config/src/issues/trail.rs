//! The path of a walk through the tree, kept on the stack of the walk and written out only when there is a problem.

use super::{ConfigPath, Segment};

/// One step of a walk, linked to the step before it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Trail<'a> {
    Root(&'a ConfigPath),
    Key(&'a Trail<'a>, &'a str),
    Index(&'a Trail<'a>, usize),
}

impl<'a> Trail<'a> {
    pub(crate) fn key(&'a self, key: &'a str) -> Self {
        Self::Key(self, key)
    }

    pub(crate) fn index(&'a self, index: usize) -> Self {
        Self::Index(self, index)
    }

    pub(crate) fn to_path(self) -> ConfigPath {
        let mut steps = Vec::new();
        let mut trail = self;
        let root = loop {
            match trail {
                Trail::Root(root) => break root,
                Trail::Key(before, key) => {
                    steps.push(Segment::Key(key.to_owned()));
                    trail = *before;
                }
                Trail::Index(before, index) => {
                    steps.push(Segment::Index(index));
                    trail = *before;
                }
            }
        };
        steps.extend(root.segments().iter().rev().cloned());
        steps.reverse();
        ConfigPath::from(steps)
    }
}
