//! Matches the columns that a statement gives with those that a type needs. An error names what is missing, doubled or too
//! much.

use std::task::{Context, Poll};

use smallvec::SmallVec;

use super::row::SqlLayout;
use crate::engine::{Next, RowSink};
use crate::error::{Error, Result};
use crate::value::ValueRef;

/// Puts the columns of each row into the order of a layout, on their way to another sink.
pub(super) struct Matched<K> {
    sink: K,
    layout: SqlLayout,
    /// Where each column of the layout stands in the row.
    places: Vec<usize>,
}

/// A sink, owned or not.
pub(super) trait Inner: Send {
    fn inner(&mut self) -> &mut dyn RowSink;
    fn hands_on(&self) -> bool;
}

impl<K: RowSink> Inner for &mut K {
    fn inner(&mut self) -> &mut dyn RowSink {
        *self
    }
    fn hands_on(&self) -> bool {
        (**self).hands_on()
    }
}

impl Inner for Box<dyn RowSink> {
    fn inner(&mut self) -> &mut dyn RowSink {
        self.as_mut()
    }
    fn hands_on(&self) -> bool {
        self.as_ref().hands_on()
    }
}

impl<K: Inner> Matched<K> {
    pub(super) fn new(sink: K, layout: SqlLayout) -> Self {
        Matched { sink, layout, places: Vec::new() }
    }
}

impl<K: Inner> RowSink for Matched<K> {
    fn row(&mut self, row: &[ValueRef<'_>]) -> Result<Next> {
        if self.places.is_empty() {
            return self.sink.inner().row(row);
        }
        let mut ordered: SmallVec<[ValueRef<'_>; 16]> = SmallVec::new();
        for place in &self.places {
            ordered.push(row.get(*place).copied().unwrap_or(ValueRef::Null));
        }
        self.sink.inner().row(&ordered)
    }

    fn restart(&mut self) {
        self.sink.inner().restart();
    }

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Next> {
        self.sink.inner().poll_ready(cx)
    }

    fn hands_on(&self) -> bool {
        self.sink.hands_on()
    }

    fn wants_columns(&self) -> bool {
        true
    }

    fn columns(&mut self, names: &[&str]) -> Result<()> {
        match &self.layout {
            SqlLayout::Positions(count) if *count == names.len() => Ok(()),
            SqlLayout::Positions(count) => Err(Error::invalid_query(format!(
                "the statement gives {} columns, and the tuple has {count} values",
                names.len()
            ))),
            SqlLayout::Named { name, columns } => {
                self.places = places(name, columns, names)?;
                Ok(())
            }
        }
    }
}

/// Where each wanted column stands among those that are given.
fn places(name: &str, wanted: &[&str], given: &[&str]) -> Result<Vec<usize>> {
    let mut places = Vec::with_capacity(wanted.len());
    for column in wanted {
        let mut found = given.iter().enumerate().filter(|(_, other)| *other == column);
        match (found.next(), found.next()) {
            (Some((place, _)), None) => places.push(place),
            (None, _) => {
                let reason = format!(
                    "the statement gives no column `{column}`, which `{name}` needs: select it, or read a tuple; \
                     it gives {}",
                    listed(given)
                );
                return Err(Error::invalid_query(reason));
            }
            (Some(_), Some(_)) => {
                let reason = format!(
                    "the statement gives two columns `{column}`, and `{name}` needs one: select only its own, or \
                     rename the other by AS"
                );
                return Err(Error::invalid_query(reason));
            }
        }
    }
    match given.iter().find(|other| !wanted.contains(other)) {
        None => Ok(places),
        Some(other) => Err(Error::invalid_query(format!(
            "the statement gives a column `{other}`, which `{name}` does not have: leave it out, or read a tuple; \
             `{name}` has {}",
            listed(wanted)
        ))),
    }
}

fn listed(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    quoted.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_found_by_name_in_any_order() {
        assert_eq!(places("User", &["id", "name"], &["name", "id"]).ok(), Some(vec![1, 0]));
    }
}
