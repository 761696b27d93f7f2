//! An order that is given as text, such as `name,-age`: column names with commas between, `-` for the greatest first.

use super::{find, nearest, order_of};
use crate::definition::ModelDef;
use crate::error::{Error, Result};
use crate::node::{Direction, Order};
use crate::path::Path;

/// The terms of a text; names that are not allowed are errors. A text without any name is no order.
pub(crate) fn orders(
    model: &'static ModelDef,
    row: Path,
    text: &str,
    allowed: &[&str],
    terms: &mut Vec<Order>,
) -> Result<()> {
    let mut seen: Vec<&str> = Vec::new();
    for term in text.split(',') {
        let term = term.trim();
        let (name, direction) = match term.strip_prefix('-') {
            Some(name) => (name, Direction::Descending),
            None => (term, Direction::Ascending),
        };
        if name.is_empty() && text.trim().is_empty() {
            return Ok(());
        }
        if !allowed.contains(&name) {
            return Err(nearest::unknown(&format!("`{}` cannot be sorted by", model.name), name, allowed));
        }
        if seen.contains(&name) {
            return Err(Error::invalid_query(format!("the order names `{name}` twice: name it once")));
        }
        seen.push(name);
        terms.push(order_of(row, find(model, name)?, direction));
    }
    Ok(())
}
