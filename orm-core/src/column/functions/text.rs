//! Functions of texts and bytes.

use super::{call, integer};
use crate::column::level::{Both, Level, PerGroup, PerRow};
use crate::column::{Aggregate, Column, Count, Expr, Operand};
use crate::node::{Function, Node};
use crate::types::{Binary, Carried, Carries, Textual};
use crate::value::Value;

fn character(character: char) -> Node {
    Node::Value(Value::Text(character.to_string().into()))
}

macro_rules! text_functions {
    ($(<$($l:ident)?> $type:ty, $level:ty;)*) => {$(
        impl<T: Textual $(, $l: Level)?> $type {
            /// The text in small letters: `u.name.lower().eq("ann")`. Letters whose small form is several characters stay.
            pub fn lower(self) -> Expr<T, $level> {
                Expr::new(call(Function::Lower, vec![self.into_node()]))
            }
            /// The text in capital letters: `u.name.upper().eq("ANN")`. Letters whose capital form is several characters
            /// stay, as `ß` does.
            pub fn upper(self) -> Expr<T, $level> {
                Expr::new(call(Function::Upper, vec![self.into_node()]))
            }
            /// The text without blanks at both ends: `u.name.trim().ne("")`. Blanks are spaces, nothing else.
            pub fn trim(self) -> Expr<T, $level> {
                Expr::new(call(Function::Trim, vec![self.into_node()]))
            }
            /// The text without blanks at its start: `u.name.trim_start()`.
            pub fn trim_start(self) -> Expr<T, $level> {
                Expr::new(call(Function::TrimStart, vec![self.into_node()]))
            }
            /// The text without blanks at its end: `u.name.trim_end()`.
            pub fn trim_end(self) -> Expr<T, $level> {
                Expr::new(call(Function::TrimEnd, vec![self.into_node()]))
            }
            /// The number of characters (Unicode scalar values): `u.name.length().gt(20)`.
            pub fn length(self) -> Expr<Carried<T, i64>, $level>
            where
                T: Carries<i64>,
            {
                Expr::new(call(Function::Length, vec![self.into_node()]))
            }
            /// The number of bytes in UTF-8: `u.name.byte_length().gt(80)`.
            pub fn byte_length(self) -> Expr<Carried<T, i64>, $level>
            where
                T: Carries<i64>,
            {
                Expr::new(call(Function::ByteLength, vec![self.into_node()]))
            }
            /// So many characters from one on, counted from 1 as SQL does: `u.name.substring(1, 3)` is the first three. A
            /// start below 1 gives no characters, and so does a count below 1.
            pub fn substring<A: Count, B: Count>(
                self,
                start: A,
                count: B,
            ) -> Expr<T, Both<$level, Both<A::Level, B::Level>>> {
                let arguments = vec![self.into_node(), start.count(), count.count()];
                Expr::new(call(Function::Substring, arguments))
            }
            /// The first characters: `u.name.left(1)` is the initial.
            pub fn left<A: Count>(self, count: A) -> Expr<T, Both<$level, A::Level>> {
                Expr::new(call(Function::Left, vec![self.into_node(), count.count()]))
            }
            /// The last characters: `u.phone.right(4)`.
            pub fn right<A: Count>(self, count: A) -> Expr<T, Both<$level, A::Level>> {
                Expr::new(call(Function::Right, vec![self.into_node(), count.count()]))
            }
            /// One text in place of another, everywhere: `u.phone.replace("-", "")`. Nothing is replaced by an empty text to
            /// be found.
            pub fn replace<A: Operand<String>, B: Operand<String>>(
                self,
                from: A,
                to: B,
            ) -> Expr<T, Both<$level, Both<A::Level, B::Level>>> {
                Expr::new(call(Function::Replace, vec![self.into_node(), from.operand(), to.operand()]))
            }
            /// Another text behind this one: `u.first.concat(" ").concat(u.last)`. NULL where one of them is NULL: say
            /// `u.nick.or("")` where that is not meant.
            pub fn concat<A: Operand<String>>(self, other: A) -> Expr<T, Both<$level, A::Level>> {
                Expr::new(call(Function::Concat, vec![self.into_node(), other.operand()]))
            }
            /// Where another text starts in this one, counted from 1, and 0 where it does not: `u.email.position("@")`.
            pub fn position<A: Operand<String>>(
                self,
                text: A,
            ) -> Expr<Carried<T, i64>, Both<$level, A::Level>>
            where
                T: Carries<i64>,
            {
                Expr::new(call(Function::Position, vec![self.into_node(), text.operand()]))
            }
            /// The text made so many characters long, filled at its start: `u.code.pad_start(6, '0')`. What is longer is cut
            /// at its end.
            pub fn pad_start(self, length: u32, fill: char) -> Expr<T, $level> {
                let arguments = vec![self.into_node(), integer(length), character(fill)];
                Expr::new(call(Function::PadStart, arguments))
            }
            /// The text made so many characters long, filled at its end: `u.code.pad_end(6, ' ')`. What is longer is cut at
            /// its end.
            pub fn pad_end(self, length: u32, fill: char) -> Expr<T, $level> {
                let arguments = vec![self.into_node(), integer(length), character(fill)];
                Expr::new(call(Function::PadEnd, arguments))
            }
            /// The text so many times: `u.mark.repeat(3)`.
            pub fn repeat(self, times: u32) -> Expr<T, $level> {
                Expr::new(call(Function::Repeat, vec![self.into_node(), integer(times)]))
            }
            /// The characters from the last to the first: `u.name.reverse()`.
            pub fn reverse(self) -> Expr<T, $level> {
                Expr::new(call(Function::Reverse, vec![self.into_node()]))
            }
            /// Whether a part of the text matches a regular expression of the server, letter case included:
            /// `u.name.matches("^[A-Z]")`. MySQL and MariaDB have different ones; SQLite has none, and says `Unsupported`.
            pub fn matches<A: Operand<String>>(self, pattern: A) -> Expr<bool, Both<$level, A::Level>> {
                Expr::new(call(Function::RegexMatch, vec![self.into_node(), pattern.operand()]))
            }
        }

        impl<T: Binary $(, $l: Level)?> $type {
            /// The bytes as hexadecimal digits in capital letters: `f.hash.hex().eq("00FF")`.
            pub fn hex(self) -> Expr<Carried<T, String>, $level>
            where
                T: Carries<String>,
            {
                Expr::new(call(Function::Hex, vec![self.into_node()]))
            }
            /// The number of bytes: `f.content.size().gt(1_000)`.
            pub fn size(self) -> Expr<Carried<T, i64>, $level>
            where
                T: Carries<i64>,
            {
                Expr::new(call(Function::ByteLength, vec![self.into_node()]))
            }
        }
    )*};
}

text_functions! {
    <> Column<T>, PerRow;
    <L> Expr<T, L>, L;
    <> Aggregate<T>, PerGroup;
}
