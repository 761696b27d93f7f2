//! The engine under test, and a way to run statements that are not measured.

use bench_common::{POOL, Place, Result};
use orm::engine::{Engine, Next, NoRows, RowSink, Sql};
use orm::mysql::{MySqlEngine, MySqlOptions, SslMode};
use orm::sqlite::{SqliteEngine, SqliteOptions, Synchronous};
use orm::{AnyEngine, ValueRef};

pub struct Connected {
    pub engine: AnyEngine,
    /// An engine of the same database that is not hidden: it lends connections.
    backend: Box<dyn Engine>,
    pub has_pool: bool,
}

impl Connected {
    pub async fn connect(place: &Place) -> Result<Connected> {
        let sqlite = match place {
            Place::Memory => SqliteOptions::memory(),
            Place::File(path) => SqliteOptions::file(path).pool_size(POOL).synchronous(Synchronous::Normal),
            Place::Server(url) => {
                let options = MySqlOptions::parse(url)?.pool_size(POOL).ssl_mode(SslMode::Disabled);
                let engine = AnyEngine::new(MySqlEngine::connect(options.clone()).await?);
                let backend = Box::new(MySqlEngine::connect(options.pool_size(1)).await?);
                return Ok(Connected { engine, backend, has_pool: true });
            }
        };
        let has_pool = !matches!(place, Place::Memory);
        let engine = SqliteEngine::connect(sqlite).await?;
        Ok(Connected { engine: AnyEngine::new(engine.clone()), backend: Box::new(engine), has_pool })
    }

    pub async fn execute(&self, statements: &[&str]) -> Result {
        let mut connection = self.backend.acquire().await?;
        for statement in statements {
            connection.run(&Sql::new(*statement), &[], &mut NoRows).await?;
        }
        Ok(())
    }

    pub async fn number(&self, query: &str) -> Result<i64> {
        let mut number = Number(None);
        self.backend.acquire().await?.run(&Sql::new(query), &[], &mut number).await?;
        number.0.ok_or_else(|| anyhow::anyhow!("no number came back"))
    }
}

struct Number(Option<i64>);

impl RowSink for Number {
    fn row(&mut self, row: &[ValueRef<'_>]) -> orm::Result<Next> {
        if let [ValueRef::Int(number), ..] = row {
            self.0 = Some(*number);
        }
        Ok(Next::Enough)
    }

    fn restart(&mut self) {
        self.0 = None;
    }
}
