//! The functions that every backend has in some form. What each is in a backend's SQL is a fact of its dialect.

/// A function of one row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Function {
    /// The first argument that is not NULL.
    Coalesce,
    /// NULL where both are equal, else the first.
    NullIf,
    /// The greatest of the arguments; NULL where one is NULL.
    Greatest,
    /// The smallest of the arguments; NULL where one is NULL.
    Least,

    /// A text in small letters.
    Lower,
    /// A text in capital letters.
    Upper,
    /// A text without blanks at both ends.
    Trim,
    /// A text without blanks at its start.
    TrimStart,
    /// A text without blanks at its end.
    TrimEnd,
    /// The number of characters.
    Length,
    /// The number of bytes.
    ByteLength,
    /// So many characters of a text from one on, counted from 1; nothing where that is below 1.
    Substring,
    /// The first characters of a text.
    Left,
    /// The last characters of a text.
    Right,
    /// A text with one text in place of another.
    Replace,
    /// Two texts, one after the other.
    Concat,
    /// Where a text is in another, from 1; 0 where it is not.
    Position,
    /// A text made so many characters long, filled at its start with a character, or cut at its end.
    PadStart,
    /// A text made so many characters long, filled at its end with a character, or cut there.
    PadEnd,
    /// A text so many times.
    Repeat,
    /// The characters of a text from the last to the first.
    Reverse,
    /// Whether a text matches a regular expression, letter case included.
    RegexMatch,
    /// Bytes as hexadecimal digits, in capital letters.
    Hex,

    /// A number without its sign.
    Abs,
    /// -1, 0 or 1.
    Sign,
    /// The smallest whole number that is not below.
    Ceil,
    /// The greatest whole number that is not above.
    Floor,
    /// A floating point number rounded to so many digits, half away from zero.
    Round,
    /// A decimal number rounded to so many digits, half away from zero.
    RoundDecimal,
    /// A number to the power of another.
    Power,
    /// The square root; NULL of a negative number.
    SquareRoot,
    /// e to the power of a number.
    Exp,
    /// The natural logarithm; NULL of a number that is not positive.
    Ln,
    /// A number from 0 to below 1, another one for each row.
    Random,
    /// An integer that is bound where nothing around it says that it is one.
    Integer,
    /// A decimal number that was computed, as exact as the backend keeps decimal numbers.
    Exact,

    /// The date and time in UTC, at the start of the statement.
    Now,
    /// The date in UTC.
    Today,
    /// A part of a date or time, as an integer.
    Part(DatePart),
    /// The date of a date and time.
    DateOf,
    /// The time of day of a date and time.
    TimeOf,
    /// A date or a date and time, so many units later. A day that the month has not becomes its last.
    Add(TimeUnit),
    /// Midnights between two dates, with the sign of the second minus the first.
    DaysUntil,
    /// Whole seconds between two moments, with the sign of the second minus the first.
    SecondsUntil,
    /// The first moment of the unit that a date and time is in.
    StartOf(TimeUnit),
    /// The first day of the unit that a date is in.
    StartOfDate(TimeUnit),

    /// Of a document (the first argument) and a path in it (the second).
    Json(JsonFunction),
}

/// A part of a date or time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DatePart {
    /// The year.
    Year,
    /// The quarter of the year, 1 to 4.
    Quarter,
    /// 1 to 12.
    Month,
    /// The day of the month, 1 to 31.
    Day,
    /// 1 for Monday to 7 for Sunday.
    Weekday,
    /// The day of the year, 1 to 366.
    DayOfYear,
    /// 0 to 23.
    Hour,
    /// 0 to 59.
    Minute,
    /// 0 to 59.
    Second,
    /// 0 to 999,999.
    Microsecond,
}

/// A length of time on the calendar or the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TimeUnit {
    /// A year.
    Year,
    /// A month.
    Month,
    /// Seven days; they start with a Monday.
    Week,
    /// A day.
    Day,
    /// An hour.
    Hour,
    /// A minute.
    Minute,
    /// A second.
    Second,
}

/// What is asked of a place in a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum JsonFunction {
    /// The text that is there; NULL where it is no text.
    Text,
    /// The integer that is there; NULL where it is no integer.
    Integer,
    /// The number that is there; NULL where it is no number.
    Number,
    /// The truth value that is there; NULL where it is none.
    Bool,
    /// What is there, as a document.
    Document,
    /// Whether something is there, `null` included.
    Exists,
    /// How many elements the array has that is there; NULL where it is no array.
    ArrayLength,
    /// `object`, `array`, `string`, `number`, `boolean` or `null`; NULL where nothing is there.
    Kind,
    /// Whether the array that is there has an element, which is given as a document (the third argument).
    Contains,
    /// The document with another document (the third argument) in that place.
    Set,
    /// The document without that place.
    Remove,
}
