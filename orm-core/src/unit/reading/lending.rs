//! Statements that no query of the session makes: streams, which borrow its connection, and the program's own SQL.

use super::run;
use crate::engine::{Done, RowSink};
use crate::error::Result;
use crate::render::Rendered;
use crate::unit::{Effect, Errand, Lender, Lent, Phase, UnitOfWork};
use crate::value::{Value, ValueRef};

impl UnitOfWork {
    /// Flushes, and lends a connection to a stream: that of the transaction, which has no other use until the stream ends,
    /// or else one of its own.
    pub(crate) async fn lend(&mut self, errand: Errand) -> Result<Lent> {
        let caller = errand.caller;
        self.prepare(errand).await?;
        match self.transaction.take() {
            Some(mut link) => {
                link.caller = caller;
                self.phase = Phase::Streaming;
                Ok(Lent { link, of: Lender::Transaction })
            }
            None => Ok(Lent { link: self.engine.connect(caller).await?, of: Lender::Pool }),
        }
    }

    /// Runs a statement that no query builder made. After one that may have written, every object is stale.
    pub(crate) async fn run_sql(
        &mut self,
        errand: Errand,
        statement: &Rendered,
        sink: &mut dyn RowSink,
    ) -> Result<Done> {
        let Errand { caller, effect, .. } = errand;
        self.prepare(errand).await?;
        let bound: Vec<ValueRef<'_>> = statement.values.iter().map(Value::as_ref).collect();
        let sql = self.engine.own_text(&statement.sql);
        let outcome = run(&mut self.transaction, &self.engine, &sql, &bound, sink, caller).await;
        if effect == Effect::Writes {
            self.objects.epoch += 1;
        }
        outcome
    }

    /// What comes before a statement: pending changes, and the transaction that a write takes part in.
    async fn prepare(&mut self, errand: Errand) -> Result<()> {
        let Errand { what, autoflush, effect, caller } = errand;
        self.ready()?;
        if effect == Effect::Writes {
            self.writable(|| what.to_owned())?;
        }
        self.autoflush(what, autoflush, caller).await?;
        match effect {
            Effect::Writes => self.begin_from(self.options.transaction, caller).await,
            Effect::Reads => Ok(()),
        }
    }

    /// A stream ended: its connection goes on with the transaction, unless that was given up meanwhile.
    pub(crate) fn take_back(&mut self, lent: Lent) {
        if lent.of == Lender::Transaction && self.phase == Phase::Streaming {
            self.transaction = Some(lent.link);
            self.phase = Phase::Active;
        }
    }

    /// A stream was dropped before its end, and the transaction with it.
    pub(crate) fn lose_lent(&mut self) {
        if self.phase == Phase::Streaming {
            self.fail(
                "a stream was dropped before its end inside a transaction, which was rolled back: `close` keeps it"
                    .into(),
            );
        }
    }
}
