//! Queries of a session: rows become its objects, or go to a sink of the caller's own.

use std::panic::Location;

use super::run;
use crate::along::Along;
use crate::definition::{AnyModel, ModelDef};
use crate::engine::RowSink;
use crate::error::Result;
use crate::handle::SlotId;
use crate::node::{Output, Select};
use crate::render::Rendered;
use crate::unit::related::{Origin, TrackingAlong};
use crate::unit::tail::Tailed;
use crate::unit::tracking::{self, Populate, Tracking};
use crate::unit::{Request, UnitOfWork};
use crate::value::{Value, ValueRef};

impl UnitOfWork {
    pub(crate) async fn select(
        &mut self,
        model: &'static ModelDef,
        request: &Request,
    ) -> Result<Vec<SlotId>> {
        let Request { select, with, autoflush, populate_existing: _, tail, caller } = request;
        self.ready()?;
        self.autoflush(model.name, *autoflush, caller).await?;
        let populate = request.populate();
        let (select, along) = Along::of_query(select, model, with)?;
        if along.is_empty() {
            let statement = self.engine.prepare(&select, Output::Rows)?;
            self.begin_for_lock(&select, caller).await?;
            let mut sink = Tracking::new(&mut self.objects, model, populate);
            let mut tailed;
            let taker: &mut dyn RowSink = match tail {
                Some(tail) => {
                    tailed = Tailed { tail, sink: &mut sink };
                    &mut tailed
                }
                None => &mut sink,
            };
            run(&mut self.transaction, &self.engine, &statement.sql, &statement.bound(), taker, caller)
                .await?;
            let found = sink.found.into_vec();
            self.objects.remember_cohort(&found);
            if !with.is_empty() {
                self.load_branches(model, &found, with, (populate, Origin::Query), caller).await?;
            }
            return Ok(found);
        }
        let statement = self.engine.prepare_along(&select, &along)?;
        let sink = Tracking::new(&mut self.objects, model, populate);
        let mut sink = TrackingAlong::new(sink, &along);
        run(&mut self.transaction, &self.engine, &statement.sql, &statement.bound(), &mut sink, caller)
            .await?;
        let TrackingAlong { tracking, reader, .. } = sink;
        let (found, prefetched) = (tracking.found.into_vec(), reader.finish());
        self.objects.remember_cohort(&found);
        self.load_prefetched(model, &found, with, (populate, Origin::Query), prefetched, caller).await?;
        Ok(found)
    }

    pub(crate) async fn select_into(
        &mut self,
        request: &Request,
        output: Output,
        sink: &mut dyn RowSink,
    ) -> Result<()> {
        let Request { select, with: _, autoflush, populate_existing: _, tail, caller } = request;
        self.ready()?;
        self.autoflush(select.model().map_or("rows", |model| model.name), *autoflush, caller).await?;
        let statement = self.engine.prepare(select, output)?;
        let mut tailed;
        let sink: &mut dyn RowSink = match tail {
            Some(tail) => {
                tailed = Tailed { tail, sink };
                &mut tailed
            }
            None => sink,
        };
        self.begin_for_lock(select, caller).await?;
        self.ready()?;
        run(&mut self.transaction, &self.engine, &statement.sql, &statement.bound(), sink, caller).await?;
        Ok(())
    }

    /// Runs a SELECT as it is, without a flush before it.
    pub(crate) async fn run_select(
        &mut self,
        rendered: Rendered,
        sink: &mut dyn RowSink,
        caller: &'static Location<'static>,
    ) -> Result<()> {
        self.ready()?;
        let bound: Vec<ValueRef<'_>> = rendered.values.iter().map(Value::as_ref).collect();
        let sql = self.engine.own_text(&rendered.sql);
        run(&mut self.transaction, &self.engine, &sql, &bound, sink, caller).await?;
        Ok(())
    }

    /// Takes an object that a row of a mixed selection was read into.
    pub(crate) fn place_object(&mut self, object: Box<dyn AnyModel>, populate: Populate) -> Result<SlotId> {
        let slot = tracking::take(&mut self.objects, object, populate)?;
        self.placed.push(slot);
        Ok(slot)
    }

    /// The objects that were taken from one query are siblings: their relations are loaded at once.
    pub(crate) fn end_placing(&mut self) {
        let placed = std::mem::take(&mut self.placed);
        for (_, siblings) in self.objects.by_model(&placed) {
            self.objects.remember_cohort(&siblings);
        }
    }

    /// A lock lasts as long as its transaction: a query that locks begins the session's.
    async fn begin_for_lock(&mut self, select: &Select, caller: &'static Location<'static>) -> Result<()> {
        match select.lock {
            Some(_) => self.begin_from(self.options.transaction, caller).await,
            None => Ok(()),
        }
    }
}
