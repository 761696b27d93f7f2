//! Objects that come from outside and go there: `merge`, `detach`, `make_transient`, `expunge_all`. Graphs follow the relations
//! that cascade.

use std::any::Any;
use std::panic::Location;

use rustc_hash::FxHashSet;

use super::objects::Objects;
use super::reading::FOR_ITSELF;
use super::slot::ObjectState;
use super::{UnitOfWork, relate};
use crate::definition::{AnyModel, Cascade, Item, Items, Load, RelationKind};
use crate::error::{Error, ErrorKind, Result};
use crate::handle::{Handle, SlotId};
use crate::key::KeyValues;
use crate::links;
use crate::model::{Branch, Model};
use crate::now::BoxFuture;
use crate::value::ValueRef;

impl UnitOfWork {
    /// Takes in the state of an object from outside (a request body, another session's detached object): the row with its
    /// primary key is read, or the object that the session holds is taken, and all columns are copied into it; where there
    /// is no row, the object is added as a new one. Relations that hold something and cascade "merge" are merged as well.
    ///
    /// An object whose version is older than the row's is a [`Stale`](crate::ErrorKind::Stale) error.
    #[track_caller]
    pub fn merge<T: Model>(&mut self, object: T) -> impl Future<Output = Result<Handle<T>>> + Send + '_ {
        let caller = Location::caller();
        let object: Box<dyn AnyModel> = Box::new(object);
        async move {
            let slot = self.merge_object(object, caller).await?;
            Ok(Handle::new(slot, self.session_id()))
        }
    }

    fn merge_object(
        &mut self,
        mut object: Box<dyn AnyModel>,
        caller: &'static Location<'static>,
    ) -> BoxFuture<'_, Result<SlotId>> {
        Box::pin(async move {
            self.ready()?;
            let model = object.definition();
            let mut members = Vec::new();
            for relation in links::of(model)? {
                let Some(items) = object.relation_mut(relation.index) else { continue };
                let said = items.load == Load::Loaded || !items.list.is_empty();
                if said && relation.definition.cascade.has(Cascade::MERGE) {
                    members.push((relation.index, std::mem::take(&mut items.list)));
                }
                *items = Items::not_loaded();
            }
            let mut key = KeyValues::new();
            let mut is_new = false;
            for column in model.primary_key {
                let value = object.value(*column).into_value();
                is_new |= super::plan::is_absent(model, *column, value.as_ref());
                key.push(value);
            }
            let known = if is_new { None } else { self.get_slot(model, key, caller).await? };
            let slot = match known {
                Some(slot) => {
                    self.take_over(slot, object.as_ref())?;
                    slot
                }
                None => self.objects.add(object),
            };
            for (relation, list) in members {
                let mut merged = Vec::with_capacity(list.len());
                for item in list {
                    merged.push(match item {
                        Item::Owned(member) => self.merge_object(member, caller).await?,
                        Item::Tracked(member, session) if session == self.objects.session => member,
                        Item::Tracked(..) | Item::Shared(_) => {
                            return Err(Error::app(format!(
                                "a relation of the `{}` that is merged holds objects of another session or of a shared \
                                 result",
                                model.name
                            )));
                        }
                    });
                }
                self.set_relation(slot, relation, merged, caller).await?;
            }
            Ok(slot)
        })
    }

    /// Copies the columns of an object from outside into one of the session.
    fn take_over(&mut self, slot: SlotId, object: &dyn AnyModel) -> Result<()> {
        let model = object.definition();
        if let Some(version) = model.version_column() {
            let ours = self.objects.slot(slot).row_value(version.index).map(|value| value.into_value());
            let theirs = object.value(version.index).into_value();
            // No version says nothing; a version that is not the row's says that the row changed since.
            if theirs.as_ref() != ValueRef::Int(0) && ours.is_some_and(|ours| ours != theirs) {
                return Err(Error::new(ErrorKind::Stale { object: self.objects.label(slot) }));
            }
        }
        self.objects.touch(slot);
        let Some(target) = self.objects.slot_mut(slot).object.as_deref_mut() else { return Ok(()) };
        for column in model.columns.iter().filter(|column| !column.version) {
            let value = object.value(column.index);
            // The value came out of an object of the same model.
            let _fits = target.set_value(column.index, value.as_ref());
        }
        Ok(())
    }

    async fn set_relation(
        &mut self,
        slot: SlotId,
        relation: u8,
        members: Vec<SlotId>,
        caller: &'static Location<'static>,
    ) -> Result<()> {
        let Some(model) = self.objects.object(slot).map(|object| object.definition()) else { return Ok(()) };
        if self.objects.slot(slot).state == ObjectState::Persistent {
            // What it held before has to be known, so that it can be let go.
            let branch = Branch::new(relation);
            self.load_branches(model, &[slot], &[branch], FOR_ITSELF, caller).await?;
        }
        self.objects.touch(slot);
        let session = self.objects.session;
        if let Some(items) = self.objects.relation_mut(slot, relation) {
            let known: Vec<SlotId> = items.slots().collect();
            if known != members {
                *items =
                    Items::loaded(members.into_iter().map(|member| Item::Tracked(member, session)).collect());
            }
        }
        Ok(())
    }

    /// Takes an object out of the session, without writing it, and gives it. What its relations hold that cascade "expunge"
    /// leaves together with it, and is owned by it; other relations hold the handles that they held. None if the handle
    /// is of another session or the object is gone.
    pub fn expunge<T: Model>(&mut self, handle: Handle<T>) -> Option<T> {
        self.take_out(handle, Taken::Expunged)
    }

    /// Takes an object out of the session together with what its loaded collections and `HasOne` fields hold, as one owned
    /// graph, without writing anything. References to parents are not part of it. None if the handle is of another
    /// session or the object is gone.
    pub fn detach<T: Model>(&mut self, handle: Handle<T>) -> Option<T> {
        self.take_out(handle, Taken::Detached)
    }

    fn take_out<T: Model>(&mut self, handle: Handle<T>, how: Taken) -> Option<T> {
        let slot = self.objects.resolve(handle)?;
        let mut taken = FxHashSet::default();
        let object: Box<dyn Any> = take_graph(&mut self.objects, slot, how, &mut taken)?;
        object.downcast().ok().map(|object| *object)
    }

    /// Makes the session forget that an object has a row: added again, it is inserted as a new one. The key stays as it is;
    /// set it to 0 for a new one.
    ///
    /// # Panics
    /// With a handle of another session, or of an object that is gone.
    #[track_caller]
    pub fn make_transient<T: Model>(&mut self, handle: Handle<T>) {
        let slot = self.expect(handle);
        relate::take_back(&mut self.objects);
        self.objects.forget_row(slot);
        let entry = self.objects.slot_mut(slot);
        entry.take_before();
        entry.state = ObjectState::Transient;
    }

    /// Lets all objects go, without writing anything. All handles are dead then.
    pub fn expunge_all(&mut self) {
        self.objects = Objects::new(super::next_session());
        self.journal = super::Journal::default();
    }
}

/// How objects leave the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Taken {
    /// With what hangs on them.
    Detached,
    /// With what they cascade to.
    Expunged,
}

fn take_graph(
    objects: &mut Objects,
    slot: SlotId,
    how: Taken,
    taken: &mut FxHashSet<SlotId>,
) -> Option<Box<dyn AnyModel>> {
    if !taken.insert(slot) {
        return None;
    }
    objects.forget_row(slot);
    let mut object = objects.slot_mut(slot).object.take()?;
    objects.evict(slot);
    let model = object.definition();
    for relation in links::of(model).unwrap_or_default() {
        let Some(items) = object.relation_mut(relation.index) else { continue };
        let follows = match how {
            Taken::Detached => {
                relation.definition.kind != RelationKind::BelongsTo && items.load == Load::Loaded
            }
            Taken::Expunged if !relation.definition.cascade.has(Cascade::EXPUNGE) => continue,
            Taken::Expunged => true,
        };
        let load = items.load;
        let list = std::mem::take(&mut items.list);
        let mut owned = Vec::with_capacity(list.len());
        if follows {
            for item in list {
                match item {
                    Item::Tracked(member, _) => {
                        if let Some(member) = take_graph(objects, member, how, taken) {
                            owned.push(Item::Owned(member));
                        }
                    }
                    Item::Owned(_) | Item::Shared(_) => owned.push(item),
                }
            }
        }
        *items = if follows { Items { load, ..Items::loaded(owned) } } else { Items::not_loaded() };
    }
    Some(object)
}
