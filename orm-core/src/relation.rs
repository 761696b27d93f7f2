//! The relation fields of models: `HasMany`, `HasOne`, `BelongsTo`, `ManyToMany`. A typed face over `Items`. Reading never does
//! I/O and never lies: what was not loaded is an error that says how to load it.

#[cfg(feature = "serde")]
mod serialized;

use std::any::Any;
use std::fmt;
use std::marker::PhantomData;

use crate::definition::{AnyModel, Item, Items, Load, ModelDef, RelationKind, Seen};
use crate::error::{Error, ErrorKind, Result};
use crate::handle::Handle;
use crate::model::Model;
use crate::unit::UnitOfWork;

/// What the derive asks of a relation field's type. Sealed by its impls.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a relation field",
    label = "expected `HasMany<T>`, `HasOne<T>`, `BelongsTo<T>`, `BelongsTo<Option<T>>` or `ManyToMany<T>`"
)]
pub trait RelationField: Sized {
    /// The model that it leads to.
    type Target: Model;
    /// How many rows it leads to.
    const KIND: RelationKind;
    /// Whether there may be no row: the key column takes NULL.
    const OPTIONAL: bool;
    /// The field of a row that was read.
    fn not_loaded() -> Self;
    /// The plain storage.
    fn items(&self) -> &Items;
    /// The plain storage, to change.
    fn items_mut(&mut self) -> &mut Items;
}

/// A new object, or the handle of one that a session holds.
#[diagnostic::on_unimplemented(message = "`{Self}` is neither a `{T}` nor a handle of one")]
pub trait Member<T> {
    #[doc(hidden)]
    fn item(self) -> Item;
}

impl<T: Model> Member<T> for T {
    fn item(self) -> Item {
        Item::Owned(Box::new(self))
    }
}

impl<T: Model> Member<T> for Handle<T> {
    fn item(self) -> Item {
        Item::Tracked(self.slot, self.session)
    }
}

impl<T: Model> Member<T> for &Handle<T> {
    fn item(self) -> Item {
        Item::Tracked(self.slot, self.session)
    }
}

fn not_loaded(target: &ModelDef) -> Error {
    Error::new(ErrorKind::NotLoaded { target: target.name.into() })
}

fn readable<T: Model>(items: &Items) -> Result<()> {
    match items.load {
        Load::NotLoaded => Err(not_loaded(T::model())),
        Load::Unset | Load::Loaded | Load::Partial => Ok(()),
    }
}

fn typed<T: Model>(object: &dyn AnyModel) -> Result<&T> {
    let object: &dyn Any = object;
    object.downcast_ref().ok_or_else(|| Error::not_found(T::model().name))
}

fn object<'s, T: Model>(item: Seen<'s>, session: Option<&'s UnitOfWork>) -> Result<&'s T> {
    match (item.object(), item, session) {
        (Some(owned), _, _) => typed(owned),
        (None, Seen::Tracked(slot, id), Some(session)) => {
            session.get_ref(Handle::<T>::new(slot, id)).ok_or_else(|| {
                Error::app(format!(
                    "a `{}` of this relation is gone, or belongs to another session",
                    T::model().name
                ))
            })
        }
        (None, _, _) => Err(Error::app(format!(
            "these `{}` objects live in a session: pass it, as in `iter(&session)`",
            T::model().name
        ))),
    }
}

fn copy<T: Model + Clone>(items: &Items) -> Items {
    let mut list = Vec::with_capacity(items.list.len());
    let mut copied = items.copied;
    for item in items.list.iter() {
        list.push(match item {
            Seen::Tracked(slot, session) => {
                copied = true;
                Item::Tracked(slot, session)
            }
            Seen::Shared(shared) => Item::Shared(shared.clone()),
            Seen::Owned(object) => match typed::<T>(object) {
                Ok(object) => Item::Owned(Box::new(object.clone())),
                Err(_) => continue,
            },
        });
    }
    Items { load: items.load, list: list.into(), removed: items.removed.clone(), copied }
}

fn format<T: Model + fmt::Debug>(items: &Items, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    if items.load == Load::NotLoaded && items.list.is_empty() {
        return f.write_str("NotLoaded");
    }
    let mut list = f.debug_list();
    for item in items.list.iter() {
        match (item, object::<T>(item, None)) {
            (_, Ok(object)) => list.entry(object),
            (Seen::Tracked(slot, _), Err(_)) => list.entry(&format_args!("{}#{}", T::model().name, slot.0)),
            (_, Err(_)) => list.entry(&"?"),
        };
    }
    list.finish()
}

macro_rules! collections {
    ($($(#[$doc:meta])* $name:ident $kind:ident;)*) => {$(
        $(#[$doc])*
        pub struct $name<T> {
            items: Items,
            _type: PhantomData<fn() -> T>,
        }

        impl<T> Default for $name<T> {
            fn default() -> Self {
                $name { items: Items::default(), _type: PhantomData }
            }
        }

        impl<T: Model + Clone> Clone for $name<T> {
            fn clone(&self) -> Self {
                $name { items: copy::<T>(&self.items), _type: PhantomData }
            }
        }

        impl<T: Model + fmt::Debug> fmt::Debug for $name<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                format::<T>(&self.items, f)
            }
        }

        #[diagnostic::do_not_recommend]
        impl<T: Model> RelationField for $name<T> {
            type Target = T;
            const KIND: RelationKind = RelationKind::$kind;
            const OPTIONAL: bool = true;
            fn not_loaded() -> Self {
                $name { items: Items::not_loaded(), _type: PhantomData }
            }
            fn items(&self) -> &Items {
                &self.items
            }
            fn items_mut(&mut self) -> &mut Items {
                &mut self.items
            }
        }

        impl<T: Model, M: Member<T>, const N: usize> From<[M; N]> for $name<T> {
            fn from(members: [M; N]) -> Self {
                members.into_iter().collect()
            }
        }

        impl<T: Model, M: Member<T>> From<Vec<M>> for $name<T> {
            fn from(members: Vec<M>) -> Self {
                members.into_iter().collect()
            }
        }

        impl<T: Model, M: Member<T>> FromIterator<M> for $name<T> {
            fn from_iter<I: IntoIterator<Item = M>>(members: I) -> Self {
                let mut list = Vec::new();
                for member in members {
                    list.push(member.item());
                }
                $name { items: Items::loaded(list), _type: PhantomData }
            }
        }

        impl<T: Model> $name<T> {
            /// Adds a new object, or one that the session holds. On a collection that is not loaded it is a pending
            /// addition; the collection stays not loaded.
            pub fn push(&mut self, member: impl Member<T>) {
                let item = member.item();
                if let Item::Tracked(slot, _) = item {
                    self.items.removed.forget(slot);
                    if self.items.slots().any(|known| known == slot) {
                        return;
                    }
                }
                self.items.list.push(item);
            }

            /// Takes an object out; whether it was there, as far as that is known. On a collection that is not loaded the
            /// removal is pending.
            pub fn remove(&mut self, member: Handle<T>) -> bool {
                let found = self.items.take_out(member.slot);
                if !found && self.items.load == Load::NotLoaded {
                    self.items.removed.push(member.slot);
                }
                found
            }

            /// Takes all objects out. A collection that is not loaded is loaded by the next flush, to see what was there.
            pub fn clear(&mut self) {
                self.items.list.clear();
                self.items.load = Load::Loaded;
            }

            /// Holds exactly these from now on.
            pub fn set<M: Member<T>>(&mut self, members: impl IntoIterator<Item = M>) {
                self.items = $name::<T>::from_iter(members).items;
            }

            /// The objects, read from the session that holds them.
            pub fn iter<'s>(
                &'s self,
                session: &'s UnitOfWork,
            ) -> Result<impl Iterator<Item = &'s T> + use<'s, T>> {
                Ok(self.read(Some(session))?.into_iter())
            }

            /// The objects of an untracked result, or of an object that was not added yet.
            pub fn iter_owned(&self) -> Result<impl Iterator<Item = &T>> {
                Ok(self.read(None)?.into_iter())
            }

            fn read<'s>(&'s self, session: Option<&'s UnitOfWork>) -> Result<Vec<&'s T>> {
                readable::<T>(&self.items)?;
                let mut objects = Vec::with_capacity(self.items.list.len());
                for item in self.items.list.iter() {
                    objects.push(object(item, session)?);
                }
                Ok(objects)
            }

            /// The handles of the objects, copied out, so that the session can be changed while walking them. New objects
            /// have none before the session took them in.
            pub fn handles(&self) -> Result<Vec<Handle<T>>> {
                readable::<T>(&self.items)?;
                let mut handles = Vec::with_capacity(self.items.list.len());
                for item in self.items.list.iter() {
                    if let Seen::Tracked(slot, session) = item {
                        handles.push(Handle::new(slot, session));
                    }
                }
                Ok(handles)
            }

            /// How many objects there are.
            pub fn len(&self) -> Result<usize> {
                readable::<T>(&self.items)?;
                Ok(self.items.list.len())
            }

            /// Whether there is none.
            pub fn is_empty(&self) -> Result<bool> {
                self.len().map(|len| len == 0)
            }

            /// Whether an object is among them.
            pub fn contains(&self, member: Handle<T>) -> Result<bool> {
                readable::<T>(&self.items)?;
                Ok(self.items.slots().any(|slot| slot == member.slot))
            }

            /// Whether all that is there is known.
            pub fn is_loaded(&self) -> bool {
                matches!(self.items.load, Load::Loaded | Load::Partial)
            }

            /// Whether nothing is known of what is there: for serde's `skip_serializing_if`.
            pub fn is_not_loaded(&self) -> bool {
                self.items.load == Load::NotLoaded
            }
        }
    )*};
}

collections! {
    /// Any number of objects whose foreign key points here.
    HasMany HasMany;
    /// Any number of objects, through a table of links.
    ManyToMany ManyToMany;
}

/// What a reference points at: `User`, or `Option<User>` where the foreign key may be NULL.
pub trait Target {
    /// The model.
    type Model: Model;
    /// What reading gives: `&User` or `Option<&User>`.
    type Ref<'a>;
    /// Whether there may be none.
    const OPTIONAL: bool;
    #[doc(hidden)]
    fn wrap(found: Option<&Self::Model>) -> Result<Self::Ref<'_>>;
}

impl<T: Model> Target for T {
    type Model = T;
    type Ref<'a> = &'a T;
    const OPTIONAL: bool = false;
    fn wrap(found: Option<&T>) -> Result<&T> {
        found.ok_or_else(|| Error::not_found(T::model().name))
    }
}

impl<T: Model> Target for Option<T> {
    type Model = T;
    type Ref<'a> = Option<&'a T>;
    const OPTIONAL: bool = true;
    fn wrap(found: Option<&T>) -> Result<Option<&T>> {
        Ok(found)
    }
}

/// The object that a foreign key of this one points at: `BelongsTo<User>`, or `BelongsTo<Option<User>>` where the key may
/// be NULL.
pub struct BelongsTo<T> {
    items: Items,
    _type: PhantomData<fn() -> T>,
}

/// The object whose foreign key points here, if there is one.
pub struct HasOne<T> {
    items: Items,
    _type: PhantomData<fn() -> T>,
}

macro_rules! references {
    ($($name:ident $bound:ident $model:ty, $kind:ident, $optional:expr, $reference:ty, $wrap:expr;)*) => {$(
        impl<T> Default for $name<T> {
            fn default() -> Self {
                $name { items: Items::default(), _type: PhantomData }
            }
        }

        impl<T: $bound> Clone for $name<T> where $model: Clone {
            fn clone(&self) -> Self {
                $name { items: copy::<$model>(&self.items), _type: PhantomData }
            }
        }

        impl<T: $bound> fmt::Debug for $name<T> where $model: fmt::Debug {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                format::<$model>(&self.items, f)
            }
        }

        #[diagnostic::do_not_recommend]
        impl<T: $bound> RelationField for $name<T> {
            type Target = $model;
            const KIND: RelationKind = RelationKind::$kind;
            const OPTIONAL: bool = $optional;
            fn not_loaded() -> Self {
                $name { items: Items::not_loaded(), _type: PhantomData }
            }
            fn items(&self) -> &Items {
                &self.items
            }
            fn items_mut(&mut self) -> &mut Items {
                &mut self.items
            }
        }

        impl<T: $bound> From<Handle<$model>> for $name<T> {
            fn from(handle: Handle<$model>) -> Self {
                $name::new(handle)
            }
        }

        impl<T: $bound> $name<T> {
            /// Points at a new object, or at one that the session holds.
            pub fn new(member: impl Member<$model>) -> Self {
                $name { items: Items::loaded(vec![member.item()]), _type: PhantomData }
            }

            /// Points at another object.
            pub fn set(&mut self, member: impl Member<$model>) {
                *self = $name::new(member);
            }

            /// The object, read from the session that holds it.
            pub fn get<'s>(&'s self, session: &'s UnitOfWork) -> Result<$reference> {
                self.read(Some(session))
            }

            /// The object of an untracked result, or of an object that was not added yet.
            pub fn get_owned<'s>(&'s self) -> Result<$reference> {
                self.read(None)
            }

            fn read<'s>(&'s self, session: Option<&'s UnitOfWork>) -> Result<$reference> {
                readable::<$model>(&self.items)?;
                let found: Option<&'s $model> = match self.items.list.first() {
                    Some(item) => Some(object(item, session)?),
                    None => None,
                };
                let wrap: fn(Option<&'s $model>) -> Result<$reference> = $wrap;
                wrap(found)
            }

            /// The object's handle; none where there is no object, or it is new and the session did not take it in yet.
            pub fn handle(&self) -> Result<Option<Handle<$model>>> {
                readable::<$model>(&self.items)?;
                Ok(match self.items.list.first() {
                    Some(Seen::Tracked(slot, session)) => Some(Handle::new(slot, session)),
                    _ => None,
                })
            }

            /// Whether it is known what is there.
            pub fn is_loaded(&self) -> bool {
                matches!(self.items.load, Load::Loaded | Load::Partial)
            }

            /// Whether nothing is known of what is there: for serde's `skip_serializing_if`.
            pub fn is_not_loaded(&self) -> bool {
                self.items.load == Load::NotLoaded
            }
        }
    )*};
}

references! {
    BelongsTo Target T::Model, BelongsTo, T::OPTIONAL, T::Ref<'s>, T::wrap;
    HasOne Model T, HasOne, true, Option<&'s T>, Ok;
}

impl<T: Model> From<T> for BelongsTo<T> {
    fn from(object: T) -> Self {
        BelongsTo::new(object)
    }
}

impl<T: Model> From<T> for BelongsTo<Option<T>> {
    fn from(object: T) -> Self {
        BelongsTo::new(object)
    }
}

impl<T: Model> From<T> for HasOne<T> {
    fn from(object: T) -> Self {
        HasOne::new(object)
    }
}

impl<T: Model> BelongsTo<Option<T>> {
    /// Points at nothing.
    pub fn clear(&mut self) {
        self.items = Items::loaded(Vec::new());
    }
}

impl<T: Model> HasOne<T> {
    /// Points at nothing.
    pub fn clear(&mut self) {
        self.items = Items::loaded(Vec::new());
    }
}
