//! Places in JSON documents: what is there, and documents with something else there.

use std::marker::PhantomData;

use super::call;
use crate::column::level::{Level, PerGroup, PerRow};
use crate::column::{Aggregate, Column, Expr};
use crate::node::{Function, JsonFunction, Node};
use crate::types::{ColumnType, Document};
use crate::value::Value;

/// A place in a document, such as `d.data.at("address.lines[0]")`. What is there is asked for as a type:
/// [`text`](JsonPlace::text) is NULL where something else than a text is there.
#[must_use = "a place is no expression: say what is asked of it, as in `.text()`"]
pub struct JsonPlace<T, L> {
    document: Node,
    path: Path,
    _type: PhantomData<fn() -> (T, L)>,
}

/// A path in the words of the databases, `$."address"."lines"[0]`.
#[derive(Clone, Debug)]
struct Path(String);

impl Path {
    fn key(&mut self, key: &str) {
        self.0.push('.');
        // Escaped as documents are written: MariaDB compares the escaped texts.
        self.0.push_str(&serde_json::Value::from(key).to_string());
    }

    fn index(&mut self, index: u32) {
        self.0.push_str(&format!("[{index}]"));
    }

    /// `a.b[0].c`: keys with dots between them, positions in brackets. A bracket that holds no number is part of its key.
    fn steps(&mut self, path: &str) {
        for step in path.split('.') {
            let (mut key, mut indexes) = (step, Vec::new());
            while let Some((before, number)) = key.strip_suffix(']').and_then(|rest| rest.rsplit_once('[')) {
                let Ok(index) = number.parse::<u32>() else { break };
                indexes.push(index);
                key = before;
            }
            if !key.is_empty() || indexes.is_empty() {
                self.key(key);
            }
            for index in indexes.into_iter().rev() {
                self.index(index);
            }
        }
    }
}

impl<T, L> std::fmt::Debug for JsonPlace<T, L> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("JsonPlace").field("path", &self.path.0).finish_non_exhaustive()
    }
}

impl<T, L> Clone for JsonPlace<T, L> {
    fn clone(&self) -> Self {
        JsonPlace { document: self.document.clone(), path: self.path.clone(), _type: PhantomData }
    }
}

/// What an array in a document is asked for: texts, whole numbers, truth values.
#[diagnostic::on_unimplemented(
    message = "an array of a document cannot be searched for `{Self}`",
    label = "expected a text, an `i64` or a `bool`"
)]
pub trait JsonScalar {
    /// The value as a document.
    fn document(self) -> String;
}

impl JsonScalar for &str {
    fn document(self) -> String {
        serde_json::Value::from(self).to_string()
    }
}

impl JsonScalar for String {
    fn document(self) -> String {
        serde_json::Value::from(self).to_string()
    }
}

impl JsonScalar for i64 {
    fn document(self) -> String {
        self.to_string()
    }
}

impl JsonScalar for bool {
    fn document(self) -> String {
        self.to_string()
    }
}

fn text(text: String) -> Node {
    Node::Value(Value::Text(text.into()))
}

impl<T, L: Level> JsonPlace<T, L> {
    fn new(document: Node) -> Self {
        JsonPlace { document, path: Path("$".into()), _type: PhantomData }
    }

    /// The value of a key of the object that is there, whatever characters the key has: `d.data.key("a.b").key("c")`.
    pub fn key(mut self, key: &str) -> Self {
        self.path.key(key);
        self
    }

    /// The element of the array that is there, from 0: `d.data.at("lines").index(0)`.
    pub fn index(mut self, index: u32) -> Self {
        self.path.index(index);
        self
    }

    /// A place further down. See `at` of a column.
    pub fn at(mut self, path: &str) -> Self {
        self.path.steps(path);
        self
    }

    fn asked<U>(self, function: JsonFunction) -> Expr<U, L> {
        Expr::new(call(Function::Json(function), vec![self.document, text(self.path.0)]))
    }

    fn asked_with<U>(self, function: JsonFunction, document: String) -> Expr<U, L> {
        let arguments = vec![self.document, text(self.path.0), text(document)];
        Expr::new(call(Function::Json(function), arguments))
    }

    /// The text that is there: `d.data.at("name").text().eq("Ann")`. NULL where it is no text.
    pub fn text(self) -> Expr<Option<String>, L> {
        self.asked(JsonFunction::Text)
    }

    /// The integer that is there: `d.data.at("age").int().ge(18)`. NULL where it is no integer.
    pub fn int(self) -> Expr<Option<i64>, L> {
        self.asked(JsonFunction::Integer)
    }

    /// The number that is there: `d.data.at("price").float().lt(9.5)`. NULL where it is no number.
    pub fn float(self) -> Expr<Option<f64>, L> {
        self.asked(JsonFunction::Number)
    }

    /// The truth value that is there: `d.data.at("paid").bool().eq(true)`. NULL where it is none.
    pub fn bool(self) -> Expr<Option<bool>, L> {
        self.asked(JsonFunction::Bool)
    }

    /// What is there, as a document: `d.data.at("address").json()`. NULL where nothing is there.
    pub fn json(self) -> Expr<Option<serde_json::Value>, L> {
        self.asked(JsonFunction::Document)
    }

    /// Whether something is there, `null` included: `d.data.at("address").exists()`.
    pub fn exists(self) -> Expr<bool, L> {
        self.asked(JsonFunction::Exists)
    }

    /// How many elements the array has that is there: `d.data.at("lines").array_length().gt(1)`. NULL where it is no array.
    pub fn array_length(self) -> Expr<Option<i64>, L> {
        self.asked(JsonFunction::ArrayLength)
    }

    /// What is there: `object`, `array`, `string`, `number`, `boolean` or `null`; NULL where nothing is there:
    /// `d.data.at("age").kind().eq("number")`.
    pub fn kind(self) -> Expr<Option<String>, L> {
        self.asked(JsonFunction::Kind)
    }

    /// Whether the array that is there has an element: `d.data.at("tags").contains("new")`. False where it is no array.
    /// MySQL and MariaDB look into arrays inside of it as well.
    pub fn contains(self, element: impl JsonScalar) -> Expr<bool, L> {
        self.asked_with(JsonFunction::Contains, element.document())
    }
}

impl<T: ColumnType, L: Level> JsonPlace<T, L> {
    /// The whole document with another value in this place: `d.data.at("seen").set(true)`. A place whose object or array is
    /// not there stays away.
    pub fn set(self, value: impl Into<serde_json::Value>) -> Expr<T, L> {
        self.asked_with(JsonFunction::Set, value.into().to_string())
    }

    /// The whole document without this place: `d.data.at("draft").remove()`.
    pub fn remove(self) -> Expr<T, L> {
        self.asked(JsonFunction::Remove)
    }
}

macro_rules! json_functions {
    ($(<$($l:ident)?> $type:ty, $level:ty;)*) => {$(
        impl<T: Document $(, $l: Level)?> $type {
            /// A place in the document: keys with dots between them, positions of arrays from 0 in brackets, as in
            /// `d.data.at("address.lines[0]").text()`. For keys with such characters there is `key`.
            pub fn at(self, path: &str) -> JsonPlace<T, $level> {
                JsonPlace::new(self.into_node()).at(path)
            }
            /// The value of a key of the document, whatever characters the key has: `d.data.key("a.b").int()`.
            pub fn key(self, key: &str) -> JsonPlace<T, $level> {
                JsonPlace::new(self.into_node()).key(key)
            }
            /// The document as a place, to ask for its kind, its length, its elements: `d.tags.root().contains("new")`.
            pub fn root(self) -> JsonPlace<T, $level> {
                JsonPlace::new(self.into_node())
            }
        }
    )*};
}

json_functions! {
    <> Column<T>, PerRow;
    <L> Expr<T, L>, L;
    <> Aggregate<T>, PerGroup;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_quotes_its_keys() {
        let written = |path: &str| {
            let mut written = Path("$".into());
            written.steps(path);
            written.0
        };
        assert_eq!(written("a.b[0].c"), r#"$."a"."b"[0]."c""#);
        assert_eq!(written("[1][2]"), "$[1][2]");
        assert_eq!(written("a[x]"), r#"$."a[x]""#);
        assert_eq!(written(""), r#"$."""#);
        assert_eq!(written(r#"a"\b"#), r#"$."a\"\\b""#);
    }
}
