//! Values that are selected behind what a query gives, and kept aside while its rows are read: what a page ends with, what a
//! map is keyed by. However the rows are read, they do not see them.

use std::sync::{Arc, Mutex, PoisonError};

use crate::engine::{Next, RowSink};
use crate::error::Result;
use crate::node::Node;
use crate::value::{Value, ValueRef};

/// Some values of each row of a query. Cloning shares them.
#[doc(hidden)]
#[derive(Clone, Debug)]
pub struct Tail {
    /// Where they stand.
    positions: Vec<usize>,
    /// How many values the row has without those that are selected for this alone, which stand behind it.
    width: usize,
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
    /// Selects these values behind what a query selects already, unless they are columns among that.
    pub(crate) fn select(output: &mut Vec<Node>, nodes: Vec<Node>, most: Option<usize>) -> Self {
        let width = output.len();
        let mut positions = Vec::with_capacity(nodes.len());
        for node in nodes {
            let is_it = |known: &Node| match (known, &node) {
                (Node::Column(one, known), Node::Column(other, column)) => {
                    one == other && std::ptr::eq(*known, *column)
                }
                _ => false,
            };
            positions.push(output.iter().position(is_it).unwrap_or(output.len()));
            if positions.last() == Some(&output.len()) {
                output.push(node);
            }
        }
        Tail { positions, width, most, kept: Arc::default() }
    }

    /// The values of each row, and whether there were more rows.
    pub(crate) fn take(&self) -> (Vec<Vec<Value>>, bool) {
        let Kept { rows, more } =
            std::mem::take(&mut *self.kept.lock().unwrap_or_else(PoisonError::into_inner));
        (rows, more)
    }
}

/// A sink that keeps these values of each row, and hands on what the query selects by itself.
pub(crate) struct Tailed<'s> {
    pub(crate) tail: &'s Tail,
    pub(crate) sink: &'s mut dyn RowSink,
}

impl RowSink for Tailed<'_> {
    fn row(&mut self, row: &[ValueRef<'_>]) -> Result<Next> {
        let Tail { positions, width, most, kept } = self.tail;
        {
            let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
            if Some(kept.rows.len()) == *most {
                kept.more = true;
                return Ok(Next::Enough);
            }
            kept.rows.push(positions.iter().map(|position| row[*position].to_value()).collect());
        }
        self.sink.row(&row[..*width])
    }

    fn restart(&mut self) {
        *self.tail.kept.lock().unwrap_or_else(PoisonError::into_inner) = Kept::default();
        self.sink.restart();
    }
}
