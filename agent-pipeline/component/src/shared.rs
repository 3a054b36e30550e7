//! What components of one type share over all graphs of the process.
//!
//! Not a registry that components find each other through: a value is found by its type, and a type that is private to
//! a component crate is seen there alone. The `file` exporter keeps its open files here, so that a replaced exporter and
//! its successor know that they write to the same one.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// One value for each type, made when it is first asked for, kept as long as the process.
#[derive(Clone, Default)]
pub struct Shared {
    values: Arc<Mutex<HashMap<TypeId, Arc<dyn Any + Send + Sync>>>>,
}

impl Shared {
    /// The value of this type.
    pub fn of<T: Default + Send + Sync + 'static>(&self) -> Arc<T> {
        let mut values = self.values.lock().unwrap_or_else(PoisonError::into_inner);
        let value = values.entry(TypeId::of::<T>()).or_insert_with(|| Arc::new(T::default()));
        // The key says which type it is, so the default is never made here.
        Arc::clone(value).downcast().unwrap_or_default()
    }
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Shared")
    }
}
