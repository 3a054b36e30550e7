//! A value decoded at the first look, through a shared or an exclusive reference.
//!
//! The standard cell has no stable way to initialise through `&mut` and hand out `&mut` without an unwrap, hence
//! two places: one for the first shared look, one for the value once someone may change it.

use std::cell::OnceCell;

/// Decoded at first use.
#[derive(Clone, Debug)]
pub(crate) struct Lazy<T> {
    shared: OnceCell<T>,
    exclusive: Option<T>,
}

impl<T> Lazy<T> {
    pub(crate) const fn new() -> Self {
        Self { shared: OnceCell::new(), exclusive: None }
    }

    /// The value, if someone looked at it before.
    pub(crate) fn seen(&self) -> Option<&T> {
        self.exclusive.as_ref().or_else(|| self.shared.get())
    }

    /// The value, if someone looked at it.
    pub(crate) fn into_inner(self) -> Option<T> {
        self.exclusive.or_else(|| self.shared.into_inner())
    }

    pub(crate) fn get(&self, decode: impl FnOnce() -> T) -> &T {
        match &self.exclusive {
            Some(value) => value,
            None => self.shared.get_or_init(decode),
        }
    }

    pub(crate) fn get_mut(&mut self, decode: impl FnOnce() -> T) -> &mut T {
        let shared = self.shared.take();
        self.exclusive.get_or_insert_with(|| shared.unwrap_or_else(decode))
    }
}
