//! How a Rust type is kept in a column: the trait, the logical types, and the impls for the types that the library knows.
//! Implement [`ColumnType`] and [`Scalar`] for a type of your own, or derive `ModelType` (newtypes) or `ModelEnum`.

mod auto;
#[cfg(feature = "chrono")]
mod chrono;
#[cfg(feature = "decimal")]
mod decimal;
#[cfg(feature = "json")]
mod json;
mod number;
mod text;
#[cfg(feature = "uuid")]
mod uuid;

use std::borrow::Cow;

use crate::value::{Encoded, ValueRef};

pub use auto::Auto;
#[cfg(feature = "json")]
pub use json::Json;

/// The logical type of a column; each backend maps it to a type of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SqlType {
    /// True or false.
    Bool,
    /// A signed integer of 1 byte.
    I8,
    /// A signed integer of 2 bytes.
    I16,
    /// A signed integer of 4 bytes.
    I32,
    /// A signed integer of 8 bytes.
    I64,
    /// An unsigned integer of 1 byte.
    U8,
    /// An unsigned integer of 2 bytes.
    U16,
    /// An unsigned integer of 4 bytes.
    U32,
    /// An unsigned integer of 8 bytes.
    U64,
    /// A binary floating point number of 4 bytes.
    F32,
    /// A binary floating point number of 8 bytes.
    F64,
    /// Text of at most `length` characters (Unicode scalar values), or of any length.
    Text {
        /// The greatest number of characters.
        length: Option<u32>,
    },
    /// Bytes, at most `length` of them, or any number.
    Bytes {
        /// The greatest number of bytes.
        length: Option<u32>,
    },
    /// A calendar date.
    Date,
    /// A time of day.
    Time,
    /// A date and a time of day without a zone.
    DateTime,
    /// A moment, kept as its UTC date and time.
    Timestamp,
    /// A UUID, kept as 16 bytes.
    Uuid,
    /// An exact decimal number.
    Decimal {
        /// How many digits in all.
        precision: u8,
        /// How many of them after the point.
        scale: u8,
    },
    /// A JSON document.
    Json,
}

impl SqlType {
    /// Whether values come out of every database in the form in which a field gives them.
    pub(crate) const fn has_one_form(self) -> bool {
        self.is_integer() || matches!(self, SqlType::Text { .. } | SqlType::Bytes { .. } | SqlType::Uuid)
    }

    /// Whether this is one of the integer types.
    pub const fn is_integer(self) -> bool {
        matches!(
            self,
            SqlType::I8
                | SqlType::I16
                | SqlType::I32
                | SqlType::I64
                | SqlType::U8
                | SqlType::U16
                | SqlType::U32
                | SqlType::U64
        )
    }
}

/// Why a value did not fit the type it was read as. The reader adds model and column.
#[derive(Clone, Debug)]
pub struct Mismatch(Box<(Cow<'static, str>, Cow<'static, str>)>);

impl Mismatch {
    /// What was wanted, as in "i32", and what was there, as in "an integer out of range".
    #[cold]
    pub fn new(expected: impl Into<Cow<'static, str>>, found: impl Into<Cow<'static, str>>) -> Self {
        Mismatch(Box::new((expected.into(), found.into())))
    }

    /// The usual case: the value is of another type.
    #[cold]
    pub fn wrong_type(expected: impl Into<Cow<'static, str>>, found: ValueRef<'_>) -> Self {
        Mismatch::new(expected, found.type_name())
    }

    /// What was wanted.
    pub fn expected(&self) -> &str {
        &self.0.0
    }

    /// What was there.
    pub fn found(&self) -> &str {
        &self.0.1
    }
}

/// A type that a column can hold. Implement me for a type of your own, together with [`Scalar`]:
///
/// ```
/// use orm_core::{ColumnType, Encoded, Mismatch, Scalar, SqlType, ValueRef};
///
/// #[derive(Debug, PartialEq)]
/// struct Celsius(f64);
///
/// impl ColumnType for Celsius {
///     type Nullable = Option<Self>;
///     const TYPE: SqlType = f64::TYPE;
///     fn encode(&self) -> Encoded<'_> {
///         self.0.encode()
///     }
///     fn decode(value: ValueRef<'_>) -> Result<Self, Mismatch> {
///         f64::decode(value).map(Celsius)
///     }
/// }
/// impl Scalar for Celsius {}
///
/// assert_eq!(Celsius::decode(Celsius(21.5).encode().as_ref()).unwrap(), Celsius(21.5));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be stored in a column",
    label = "no column type is known for `{Self}`",
    note = "derive `orm::ModelEnum` on an enum, `orm::ModelType` on a newtype, implement `orm::ColumnType`, or mark the field `#[orm(skip)]`",
    note = "chrono, uuid, decimal and json types need the feature of that name"
)]
pub trait ColumnType: Sized + Send + Sync + 'static {
    /// The type of an expression that may be NULL as well: `Option<Self>`, or `Self` where it is an `Option` already.
    type Nullable: ColumnType;
    /// The logical type of the column.
    const TYPE: SqlType;
    /// Whether the column takes NULL.
    const NULLABLE: bool = false;
    /// Whether an integer, a text or bytes that [`decode`](ColumnType::decode) takes come out of
    /// [`encode`](ColumnType::encode) exactly as they went in, so that rows are known by them. `false` is always right.
    const AS_READ: bool = false;
    /// The value to write.
    fn encode(&self) -> Encoded<'_>;
    /// The value that was read.
    fn decode(value: ValueRef<'_>) -> Result<Self, Mismatch>;
    /// Whether the field holds "nothing was set", so that a default applies at insert.
    fn is_unset(&self) -> bool {
        false
    }
}

/// A column type that is not an `Option`. Implement me beside [`ColumnType`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be stored in a column",
    label = "no column type is known for `{Self}`",
    note = "derive `orm::ModelEnum` on an enum, `orm::ModelType` on a newtype, implement `orm::ColumnType` and `orm::Scalar`, or mark the field `#[orm(skip)]`",
    note = "chrono, uuid, decimal and json types need the feature of that name"
)]
pub trait Scalar: ColumnType<Nullable = Option<Self>> {}

impl<T: Scalar> ColumnType for Option<T> {
    type Nullable = Option<T>;
    const TYPE: SqlType = T::TYPE;
    const NULLABLE: bool = true;
    const AS_READ: bool = T::AS_READ;

    #[inline]
    fn encode(&self) -> Encoded<'_> {
        match self {
            Some(value) => value.encode(),
            None => Encoded::Borrowed(ValueRef::Null),
        }
    }

    #[inline]
    fn decode(value: ValueRef<'_>) -> Result<Self, Mismatch> {
        match value {
            ValueRef::Null => Ok(None),
            value => T::decode(value).map(Some),
        }
    }

    fn is_unset(&self) -> bool {
        self.is_none()
    }
}

/// Types that SQL computes with.
pub trait Numeric {}
impl<T: Numeric> Numeric for Option<T> {}

/// Types that have a sum and a mean.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no sum and no mean",
    label = "expected a number",
    note = "derive `orm::ModelType` with `#[orm(numeric)]` on a newtype of a number"
)]
pub trait Summed {
    /// The type of the sum: of integers the widest one.
    type Sum: Scalar;
    /// The type of the mean: of integers a floating point number.
    type Mean: Scalar;
}
impl<T: Summed> Summed for Option<T> {
    type Sum = T::Sum;
    type Mean = T::Mean;
}

/// Types that SQL matches as text.
pub trait Textual {}
impl<T: Textual> Textual for Option<T> {}

/// What is NULL where this type is: `U`, or `Option<U>` where `Self` is an `Option`. Of every column type; implemented by the
/// library.
pub trait Carries<U> {
    /// The type.
    type Type: ColumnType;
}
impl<T: Scalar, U: Scalar> Carries<U> for T {
    type Type = U;
}
impl<T: Scalar, U: Scalar> Carries<U> for Option<T> {
    type Type = Option<U>;
}

/// The type of a result that is NULL where its argument of type `T` is.
pub type Carried<T, U> = <T as Carries<U>>::Type;

/// The integer types.
pub trait Whole {}
impl<T: Whole> Whole for Option<T> {}

/// Types of bytes.
pub trait Binary {}
impl<T: Binary> Binary for Option<T> {}

/// Types with a calendar date: dates, and dates with a time.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no date",
    label = "expected a date, or a date and time",
    note = "a type of your own says so by `impl orm::types::Dated for ..`"
)]
pub trait Dated {}
impl<T: Dated> Dated for Option<T> {}

/// Types with a time of day: times, and dates with a time.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no time of day",
    label = "expected a time of day, or a date and time",
    note = "a type of your own says so by `impl orm::types::Timed for ..`"
)]
pub trait Timed {}
impl<T: Timed> Timed for Option<T> {}

/// A date and time, and the types of its parts.
pub trait Moment: Dated + Timed {
    /// The type of its date.
    type Date: Scalar;
    /// The type of its time of day.
    type Time: Scalar;
}
impl<T: Moment> Moment for Option<T> {
    type Date = T::Date;
    type Time = T::Time;
}

/// Types that are kept as JSON.
pub trait Document {}
impl<T: Document> Document for Option<T> {}
