//! DELETEs of many rows by their keys.

use super::Writer;
use super::failures::Written;
use crate::any_engine::{Shape, ShapeKind};
use crate::columns::ColumnSet;
use crate::engine::NoRows;
use crate::error::Result;
use crate::unit::batch;
use crate::unit::plan::Step;
use crate::value::{Encoded, ValueRef};
use crate::write;

impl Writer<'_> {
    pub(super) async fn delete(&mut self, step: &Step) -> Result<()> {
        let model = step.model.0;
        let identifying = write::identifying(model);
        let width = identifying.len();
        let limits = *self.engine.dialect().limits();
        let mut rest = step.rows.as_slice();
        while !rest.is_empty() {
            let most = batch::largest(rest.len(), width, limits.batch_rows, &limits);
            let (rows, others) = rest.split_at(most);
            let shape = Shape::new(model, ShapeKind::Delete, &ColumnSet::new(), rows.len());
            let sql = self.engine.text(shape, |dialect| write::delete(dialect, model, rows.len()));
            let mut values: Vec<Encoded<'_>> = Vec::with_capacity(width * rows.len());
            for row in rows {
                self.push_identities(row, &identifying, &mut values);
            }
            let bound: Vec<ValueRef<'_>> = values.iter().map(Encoded::as_ref).collect();
            let done = self.send(&sql, &bound, &mut NoRows).await?;
            if done.rows_affected != rows.len() as u64 {
                return Err(self.stale_row(step, rows, Written::No).await);
            }
            for row in rows {
                self.outcome.deleted.push(row.slot);
            }
            self.turns.after(rows.len(), 0).await;
            rest = others;
        }
        Ok(())
    }
}
