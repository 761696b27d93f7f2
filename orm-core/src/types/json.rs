//! JSON documents: `serde_json::Value` as it is, any serde type in [`Json`].

use std::ops::{Deref, DerefMut};

use super::{ColumnType, Document, Mismatch, Scalar, SqlType};
use crate::value::{Encoded, Value, ValueRef};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A value of your own type in a JSON column. It derefs to the value, so that fields are changed in place, and the
/// session sees such changes like any other.
///
/// ```
/// use orm_core::Json;
/// let mut tags = Json(vec!["new"]);
/// tags.push("red");
/// assert_eq!(tags.len(), 2);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Json<T>(pub T);

impl<T> Deref for Json<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> DerefMut for Json<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

impl<T: Serialize> Serialize for Json<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Json<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer).map(Json)
    }
}

/// Object keys are sorted on the way, so that equal documents are equal text. A document that serde refuses (a map whose
/// keys are no strings) is written as nothing that a JSON column takes: the check before the write reports it.
fn encode(document: &impl Serialize) -> Encoded<'_> {
    let text = serde_json::to_value(document).map(|value| value.to_string()).unwrap_or_default();
    Encoded::Owned(Value::Text(text.into()))
}

fn decode<T: DeserializeOwned>(value: ValueRef<'_>, expected: &'static str) -> Result<T, Mismatch> {
    let parsed = match value {
        ValueRef::Text(text) => serde_json::from_str(text),
        ValueRef::Bytes(bytes) => serde_json::from_slice(bytes),
        other => return Err(Mismatch::wrong_type(expected, other)),
    };
    parsed.map_err(|error| {
        Mismatch::new(expected, format!("JSON of another form ({:?} error)", error.classify()))
    })
}

impl Document for serde_json::Value {}
impl Scalar for serde_json::Value {}
impl ColumnType for serde_json::Value {
    type Nullable = Option<serde_json::Value>;
    const TYPE: SqlType = SqlType::Json;

    fn encode(&self) -> Encoded<'_> {
        encode(self)
    }

    fn decode(value: ValueRef<'_>) -> Result<Self, Mismatch> {
        decode(value, "JSON")
    }
}

impl<T> Document for Json<T> {}
impl<T: Serialize + DeserializeOwned + Send + Sync + 'static> Scalar for Json<T> {}
impl<T: Serialize + DeserializeOwned + Send + Sync + 'static> ColumnType for Json<T> {
    type Nullable = Option<Json<T>>;
    const TYPE: SqlType = SqlType::Json;

    fn encode(&self) -> Encoded<'_> {
        encode(&self.0)
    }

    fn decode(value: ValueRef<'_>) -> Result<Self, Mismatch> {
        decode(value, std::any::type_name::<T>()).map(Json)
    }
}
