//! Relation fields in serde's formats: a collection is a sequence, a reference its object or nothing. What was not loaded is
//! nothing as well, and reads back as a field of which nothing was said. Objects of a session cannot be reached from here: a
//! handle is an error that says to detach.

use serde::de::{Deserialize, Deserializer};
use serde::ser::{Error as _, Serialize, SerializeSeq, Serializer};

use super::{BelongsTo, HasMany, HasOne, ManyToMany, RelationField, Target, object};
use crate::definition::{Items, Load, Seen};
use crate::model::Model;

/// Whether there is anything to write. Additions to what is not loaded are neither nothing nor all.
fn is_known<T: Model, S: Serializer>(items: &Items) -> Result<bool, S::Error> {
    match items.load {
        Load::NotLoaded if items.list.is_empty() && items.removed.slots().is_empty() => Ok(false),
        Load::NotLoaded => Err(S::Error::custom(format_args!(
            "a relation to `{}` is not loaded and was changed: load it, or write the change, before it is serialized",
            T::model().name
        ))),
        Load::Unset | Load::Loaded | Load::Partial => Ok(true),
    }
}

fn owned<T: Model, S: Serializer>(item: Seen<'_>) -> Result<&T, S::Error> {
    object(item, None).map_err(|_| {
        S::Error::custom(format_args!(
            "a relation holds a handle of a `{}`, whose object lives in a session: serialize the result of \
             `session.detach(..)`, or of a query of the engine",
            T::model().name
        ))
    })
}

fn sequence<T: Model + Serialize, S: Serializer>(items: &Items, serializer: S) -> Result<S::Ok, S::Error> {
    if !is_known::<T, S>(items)? {
        return serializer.serialize_none();
    }
    let mut sequence = serializer.serialize_seq(Some(items.list.len()))?;
    for item in items.list.iter() {
        sequence.serialize_element(owned::<T, S>(item)?)?;
    }
    sequence.end()
}

fn single<T: Model + Serialize, S: Serializer>(items: &Items, serializer: S) -> Result<S::Ok, S::Error> {
    match items.list.first() {
        Some(item) if is_known::<T, S>(items)? => serializer.serialize_some(owned::<T, S>(item)?),
        Some(_) | None => serializer.serialize_none(),
    }
}

macro_rules! collections {
    ($($name:ident)+) => {$(
        /// A sequence of the objects; nothing where the relation was not loaded.
        impl<T: Model + Serialize> Serialize for $name<T> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                sequence::<T, S>(self.items(), serializer)
            }
        }

        /// From a sequence of objects; from nothing, a field of which nothing was said.
        impl<'de, T: Model + Deserialize<'de>> Deserialize<'de> for $name<T> {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let objects: Option<Vec<T>> = Option::deserialize(deserializer)?;
                Ok(objects.map_or_else($name::default, $name::from))
            }
        }
    )+};
}
collections! { HasMany ManyToMany }

/// The object; nothing where there is none, or it was not loaded.
impl<T: Target<Model: Serialize>> Serialize for BelongsTo<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        single::<T::Model, S>(self.items(), serializer)
    }
}

/// The object; nothing where there is none, or it was not loaded.
impl<T: Model + Serialize> Serialize for HasOne<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        single::<T, S>(self.items(), serializer)
    }
}

/// From an object; from nothing, a field of which nothing was said.
impl<'de, T: Target<Model: Deserialize<'de>>> Deserialize<'de> for BelongsTo<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let object: Option<T::Model> = Option::deserialize(deserializer)?;
        Ok(object.map_or_else(BelongsTo::default, BelongsTo::new))
    }
}

/// From an object; from nothing, a field of which nothing was said.
impl<'de, T: Model + Deserialize<'de>> Deserialize<'de> for HasOne<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let object: Option<T> = Option::deserialize(deserializer)?;
        Ok(object.map_or_else(HasOne::default, HasOne::new))
    }
}
