//! Values in the forms of MySQL's protocol: bound values on their way out, rows on their way in. No I/O.
//!
//! The driver gives the bytes of a cell and the type of its column, and takes bytes with a type code. The forms between
//! are written here rather than by the driver's own types: they cost less per cell, and dates need no further crate.

mod arguments;
mod rows;

pub(crate) use arguments::{Types, arguments, longest};
pub(crate) use rows::{Form, Reader};
