//! SQL of the user's own: fragments with places for expressions, and functions of the database by their name. Both are
//! typed at their edge: the type that is asked for is believed, and checked when a row is read.

use std::marker::PhantomData;
use std::ops::{BitAnd, BitOr, Not};

use super::level::{Both, Level, PerGroup, PerRow};
use super::{Aggregate, Column, Condition, Expr, Operand};
use crate::node::Node;
use crate::types::ColumnType;
use crate::value::Value;

/// What stands in a place of a fragment or of a function: a value of any type that a column has, a column, an expression.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot stand in a fragment of SQL",
    label = "expected a value that a column can hold, a column or an expression"
)]
pub trait Argument {
    /// Whether it is of one row or computed from several.
    type Level: Level;
    /// The plain expression.
    fn argument(self) -> Node;
}

impl<T: ColumnType> Argument for T {
    type Level = PerRow;
    fn argument(self) -> Node {
        Node::Value(self.encode().into_value())
    }
}

impl Argument for &String {
    type Level = PerRow;
    fn argument(self) -> Node {
        Node::Value(Value::Text(self.as_str().into()))
    }
}

impl Argument for &str {
    type Level = PerRow;
    fn argument(self) -> Node {
        Node::Value(Value::Text(self.into()))
    }
}

impl<T> Argument for Column<T> {
    type Level = PerRow;
    fn argument(self) -> Node {
        self.into_node()
    }
}

impl<T, L: Level> Argument for Expr<T, L> {
    type Level = L;
    fn argument(self) -> Node {
        self.into_node()
    }
}

impl<T> Argument for Aggregate<T> {
    type Level = PerGroup;
    fn argument(self) -> Node {
        self.into_node()
    }
}

/// A tuple of up to twelve [`Argument`]s.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no tuple of arguments",
    label = "expected a tuple: `()`, `(u.name,)`, `(u.name, 3)`"
)]
pub trait Arguments {
    /// Whether they are of one row or computed from several.
    type Level: Level;
    /// The plain expressions.
    fn arguments(self) -> Vec<Node>;
}

impl Arguments for () {
    type Level = PerRow;
    fn arguments(self) -> Vec<Node> {
        Vec::new()
    }
}

macro_rules! levels {
    ($name:ident) => { $name::Level };
    ($name:ident $($more:ident)+) => { Both<$name::Level, levels!($($more)+)> };
}

macro_rules! arguments_of_tuples {
    ($($($name:ident)+;)*) => {$(
        impl<$($name: Argument),+> Arguments for ($($name,)+) {
            type Level = levels!($($name)+);
            #[allow(non_snake_case)]
            fn arguments(self) -> Vec<Node> {
                let ($($name,)+) = self;
                vec![$($name.argument()),+]
            }
        }
    )*};
}
arguments_of_tuples! {
    A; A B; A B C; A B C D; A B C D E; A B C D E F; A B C D E F G; A B C D E F G H; A B C D E F G H I;
    A B C D E F G H I J; A B C D E F G H I J K; A B C D E F G H I J K M;
}

/// A function of the database by its name, with the type that its result has:
/// `function::<String, _>("SOUNDEX", (u.name,))`. The name is part of the program, never of its input.
pub fn function<T: ColumnType, A: Arguments>(name: &'static str, arguments: A) -> Expr<T, A::Level> {
    Expr::new(Node::Named { name, arguments: arguments.arguments() })
}

/// A fragment of SQL, made by [`sql!`](crate::sql). It is a condition, and stands beside any column or expression that it is
/// compared with; [`typed`](Fragment::typed), or a type in front of its text, makes it an expression to select or to go on with.
pub struct Fragment<L> {
    node: Node,
    _level: PhantomData<fn() -> L>,
}

impl<L> Clone for Fragment<L> {
    fn clone(&self) -> Self {
        Fragment { node: self.node.clone(), _level: PhantomData }
    }
}

impl<L> std::fmt::Debug for Fragment<L> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Fragment").field(&self.node).finish()
    }
}

impl<L> Fragment<L> {
    /// Gives the fragment a type, which is believed and checked when a row is read.
    pub fn typed<T: ColumnType>(self) -> Expr<T, L> {
        Expr::new(self.node)
    }
}

impl Condition for Fragment<PerRow> {
    fn into_condition(self) -> Node {
        self.node
    }
}

impl<T: ColumnType, L: Level> Operand<T> for Fragment<L> {
    type Level = L;
    fn operand(self) -> Node {
        self.node
    }
}

impl<L: Level> Argument for Fragment<L> {
    type Level = L;
    fn argument(self) -> Node {
        self.node
    }
}

impl<L: Level, R: Operand<bool>> BitAnd<R> for Fragment<L> {
    type Output = Expr<bool, Both<L, R::Level>>;
    fn bitand(self, other: R) -> Self::Output {
        self.typed::<bool>() & other
    }
}

impl<L: Level, R: Operand<bool>> BitOr<R> for Fragment<L> {
    type Output = Expr<bool, Both<L, R::Level>>;
    fn bitor(self, other: R) -> Self::Output {
        self.typed::<bool>() | other
    }
}

impl<L: Level> Not for Fragment<L> {
    type Output = Expr<bool, L>;
    fn not(self) -> Self::Output {
        !self.typed::<bool>()
    }
}

/// What `sql!` becomes. The macro checks that there are as many expressions as places.
#[doc(hidden)]
pub fn fragment<A: Arguments>(text: &'static str, arguments: A) -> Fragment<A::Level> {
    Fragment { node: Node::Raw { text, arguments: arguments.arguments() }, _level: PhantomData }
}

/// A fragment of SQL, with an expression or a bound value in the place of each `{}`:
///
/// ```
/// # use orm_core::{Expr, sql};
/// # fn condition(name: Expr<String>, wanted: &str) -> impl orm_core::column::Condition {
/// sql!("lower({}) = {}", name, wanted)
/// # }
/// # fn length(name: Expr<String>) -> Expr<i64> {
/// sql!(i64, "length({}) + 1", name)
/// # }
/// ```
///
/// It is a condition, and may stand beside any expression that it is compared with. With a type in front of its text it is
/// an expression of that type, to be selected or sorted by; the type is believed, and checked when a row is read. The text is the backend's own SQL, part of the program and never of its input;
/// a wrong number of expressions and a `?` outside of quotes do not compile.
#[macro_export]
macro_rules! sql {
    ($text:literal $(, $argument:expr)* $(,)?) => {{
        const _: () = $crate::column::check_fragment($text, 0 $(+ $crate::sql!(@one $argument))*);
        $crate::column::fragment($text, ($($argument,)*))
    }};
    (@one $argument:expr) => { 1 };
    ($type:ty, $text:literal $(, $argument:expr)* $(,)?) => {{
        const _: () = $crate::column::check_fragment($text, 0 $(+ $crate::sql!(@one $argument))*);
        $crate::column::fragment($text, ($($argument,)*)).typed::<$type>()
    }};
}

/// Fails to compile where a fragment has another number of places than expressions, or a placeholder of its own.
#[doc(hidden)]
pub const fn check_fragment(text: &str, arguments: usize) {
    let bytes = text.as_bytes();
    let (mut at, mut places, mut quote) = (0, 0, 0_u8);
    while at < bytes.len() {
        let byte = bytes[at];
        if byte == b'{' && at + 1 < bytes.len() && bytes[at + 1] == b'}' {
            places += 1;
            at += 1;
        } else if quote != 0 {
            if byte == quote {
                quote = 0;
            }
        } else if matches!(byte, b'\'' | b'"' | b'`') {
            quote = byte;
        } else if byte == b'?' {
            panic!("a fragment of SQL has no `?`: write `{{}}`, and the value behind the text");
        }
        at += 1;
    }
    assert!(places == arguments, "a fragment of SQL has one expression for each `{{}}`, no more and no less");
}
