//! The groups of one batch: resources by their attributes, in each the scopes by name and version.

use std::collections::HashMap;

use agent_otlp::{AnyValue, Attributes, BatchBuilder, ResourceRef, ScopeRef};

use agent_ottl::identity;

/// An attribute that moves to the resource.
pub(super) type Moved<'k, 'b> = (&'k str, AnyValue<'b>);

/// See the file's head. `R` is what a scope holds.
#[derive(Debug)]
pub(super) struct Groups<'k, 'b, R> {
    resources: &'b [ResourceRef<'b>],
    list: Vec<Group<'k, 'b, R>>,
    by_identity: HashMap<Vec<u8>, usize>,
    /// For each resource of the batch, the group of its records that move nothing.
    unmoved: Vec<Option<usize>>,
}

#[derive(Debug)]
struct Group<'k, 'b, R> {
    /// The resource to begin with.
    resource: usize,
    moved: Vec<Moved<'k, 'b>>,
    scopes: Vec<Scope<'b, R>>,
}

#[derive(Debug)]
struct Scope<'b, R> {
    scope: ScopeRef<'b>,
    records: Vec<R>,
}

impl<'k, 'b, R> Groups<'k, 'b, R> {
    pub(super) fn new(resources: &'b [ResourceRef<'b>]) -> Self {
        Self {
            resources,
            list: Vec::new(),
            by_identity: HashMap::new(),
            unmoved: vec![None; resources.len()],
        }
    }

    /// Adds to the records of the group and scope that a record with these attributes belongs to.
    pub(super) fn add(
        &mut self,
        resource: usize,
        moved: Vec<Moved<'k, 'b>>,
        scope: &ScopeRef<'b>,
        add: impl FnOnce(&mut Vec<R>),
    ) {
        let index = self.group(resource, moved);
        if let Some(group) = self.list.get_mut(index) {
            group.add(scope, add);
        }
    }

    fn group(&mut self, resource: usize, moved: Vec<Moved<'k, 'b>>) -> usize {
        let remembered = self.unmoved.get_mut(resource).filter(|_| moved.is_empty());
        if let Some(Some(index)) = &remembered {
            return *index;
        }
        let mut key = Vec::new();
        if let Some(resource) = self.resources.get(resource) {
            put_identity(resource.resource().attributes(), &moved, &mut key);
        }
        let next = self.list.len();
        let index = *self.by_identity.entry(key).or_insert(next);
        if let Some(remembered) = remembered {
            *remembered = Some(index);
        }
        if index == next {
            self.list.push(Group { resource, moved, scopes: Vec::new() });
        }
        index
    }

    /// Writes the groups in the order in which they came up; `write` adds the records of one scope.
    pub(super) fn write(self, out: &mut BatchBuilder, mut write: impl FnMut(Vec<R>, &mut BatchBuilder)) {
        for group in self.list {
            let origin = self.resources.get(group.resource).map(ResourceRef::resource);
            out.resource(|resource| {
                let attributes = resource.attributes_mut();
                for (key, value) in origin.iter().flat_map(|origin| origin.attributes().iter()) {
                    attributes.upsert(key, value.clone());
                }
                for (key, value) in group.moved {
                    attributes.upsert(key, value);
                }
            });
            for Scope { scope, records } in group.scopes {
                let origin = scope.scope();
                out.scope(|scope| {
                    *scope = origin;
                    scope.set_schema_url("");
                });
                write(records, out);
            }
        }
    }
}

impl<'b, R> Group<'_, 'b, R> {
    fn add(&mut self, wanted: &ScopeRef<'b>, add: impl FnOnce(&mut Vec<R>)) {
        let equal = |scope: &&mut Scope<'b, R>| {
            let (a, b) = (scope.scope.scope(), wanted.scope());
            a.name() == b.name() && a.version() == b.version()
        };
        if let Some(scope) = self.scopes.iter_mut().find(equal) {
            add(&mut scope.records);
        } else {
            let mut records = Vec::new();
            add(&mut records);
            self.scopes.push(Scope { scope: wanted.clone(), records });
        }
    }
}

/// The identity of the attributes once others were set in them.
fn put_identity<'a>(attributes: &Attributes<'a>, moved: &[Moved<'a, 'a>], out: &mut Vec<u8>) {
    let stays = attributes.iter().filter(|(key, _)| !moved.iter().any(|(other, _)| other == key));
    let moved = moved.iter().map(|(key, value)| (*key, value));
    identity::put_set(stays.chain(moved).collect(), out);
}
