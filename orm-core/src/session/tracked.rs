//! A session that tracks: rows become handles.

use std::panic::Location;

use super::Session;
use crate::any_engine::AnyEngine;
use crate::definition::{AnyModel, ModelDef};
use crate::engine::{Done, RowSink};
use crate::error::Result;
use crate::handle::Handle;
use crate::key::KeyValues;
use crate::model::Model;
use crate::node::{Conflict, Output};
use crate::render::Rendered;
use crate::unit::{Errand, Lent, Populate, Request, UnitOfWork, Upserted, WriteRequest};

impl Session for UnitOfWork {
    type Row<T: Model> = Handle<T>;

    fn engine(&self) -> &AnyEngine {
        UnitOfWork::engine(self)
    }

    async fn find<T: Model>(
        &mut self,
        key: KeyValues,
        caller: &'static Location<'static>,
    ) -> Result<Option<Handle<T>>> {
        let session = self.session_id();
        let slot = self.get_slot(T::model(), key, caller).await?;
        Ok(slot.map(|slot| Handle::new(slot, session)))
    }

    async fn store<T: Model>(&mut self, object: T, _caller: &'static Location<'static>) -> Result<Handle<T>> {
        Ok(self.add(object))
    }

    async fn remove<T: Model>(&mut self, key: KeyValues, caller: &'static Location<'static>) -> Result<bool> {
        let found: Option<Handle<T>> = self.find(key, caller).await?;
        if let Some(handle) = found {
            self.delete(handle);
        }
        Ok(found.is_some())
    }

    async fn rows<T: Model>(&mut self, request: Request) -> Result<Vec<Handle<T>>> {
        let session = self.session_id();
        let slots = self.select(T::model(), &request).await?;
        let mut handles = Vec::with_capacity(slots.len());
        for slot in slots {
            handles.push(Handle::new(slot, session));
        }
        Ok(handles)
    }

    async fn fetch(&mut self, request: &Request, output: Output, sink: &mut dyn RowSink) -> Result<()> {
        self.select_into(request, output, sink).await
    }

    async fn write(&mut self, request: &WriteRequest, sink: &mut dyn RowSink) -> Result<u64> {
        UnitOfWork::write(self, request, sink).await
    }

    async fn insert_rows(
        &mut self,
        model: &'static ModelDef,
        rows: Vec<Box<dyn AnyModel>>,
        caller: &'static Location<'static>,
    ) -> Result<Vec<Box<dyn AnyModel>>> {
        UnitOfWork::insert_rows(self, model, rows, caller).await
    }

    async fn upsert_rows(
        &mut self,
        model: &'static ModelDef,
        rows: Vec<Box<dyn AnyModel>>,
        conflict: &Conflict,
        caller: &'static Location<'static>,
    ) -> Result<Upserted> {
        UnitOfWork::upsert_rows(self, model, rows, conflict, caller).await
    }

    async fn run(
        &mut self,
        rendered: Rendered,
        sink: &mut dyn RowSink,
        caller: &'static Location<'static>,
    ) -> Result<()> {
        self.run_select(rendered, sink, caller).await
    }

    fn place<T: Model>(&mut self, object: T) -> Result<Handle<T>> {
        self.place_as(object, Populate::Stale)
    }

    fn place_as<T: Model>(&mut self, object: T, populate: Populate) -> Result<Handle<T>> {
        let slot = self.place_object(Box::new(object), populate)?;
        Ok(Handle::new(slot, self.session_id()))
    }

    fn end_placing(&mut self) {
        UnitOfWork::end_placing(self);
    }

    async fn lend(&mut self, errand: Errand) -> Result<Lent> {
        UnitOfWork::lend(self, errand).await
    }

    async fn run_sql(
        &mut self,
        errand: Errand,
        statement: &Rendered,
        sink: &mut dyn RowSink,
    ) -> Result<Done> {
        UnitOfWork::run_sql(self, errand, statement, sink).await
    }

    fn take_back(&mut self, lent: Lent) {
        UnitOfWork::take_back(self, lent);
    }

    fn lose_lent(&mut self) {
        UnitOfWork::lose_lent(self);
    }
}
