//! Values that are selected behind what a query gives, and kept aside while its rows are read: what a page ends with, what a
//! map is keyed by. However the rows are read, they do not see them.

use std::sync::{Arc, Mutex, PoisonError};

use crate::engine::{Next, RowSink};
use crate::error::Result;
use crate::value::{Value, ValueRef};

/// The last values of each row of a query. Cloning shares them.
#[doc(hidden)]
#[derive(Clone, Debug)]
pub struct Tail {
    columns: usize,
    /// Further rows are counted as "more" and not read.
    most: Option<usize>,
    kept: Arc<Mutex<Kept>>,
}

#[derive(Debug, Default)]
struct Kept {
    rows: Vec<Vec<Value>>,
    more: bool,
}

impl Tail {
    pub(crate) fn new(columns: usize, most: Option<usize>) -> Self {
        Tail { columns, most, kept: Arc::default() }
    }

    /// The values of each row, and whether there were more rows.
    pub(crate) fn take(&self) -> (Vec<Vec<Value>>, bool) {
        let Kept { rows, more } =
            std::mem::take(&mut *self.kept.lock().unwrap_or_else(PoisonError::into_inner));
        (rows, more)
    }
}

/// A sink that keeps the last values of each row, and hands the others on.
pub(crate) struct Tailed<'s> {
    pub(crate) tail: &'s Tail,
    pub(crate) sink: &'s mut dyn RowSink,
}

impl RowSink for Tailed<'_> {
    fn row(&mut self, row: &[ValueRef<'_>]) -> Result<Next> {
        let Tail { columns, most, kept } = self.tail;
        let (head, tail) = row.split_at(row.len().saturating_sub(*columns));
        {
            let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
            if Some(kept.rows.len()) == *most {
                kept.more = true;
                return Ok(Next::Enough);
            }
            kept.rows.push(tail.iter().map(|value| value.to_value()).collect());
        }
        self.sink.row(head)
    }

    fn restart(&mut self) {
        *self.tail.kept.lock().unwrap_or_else(PoisonError::into_inner) = Kept::default();
        self.sink.restart();
    }
}
