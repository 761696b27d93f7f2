//! `create_engine`: a connection string in, an engine without a backend in its type out.

use orm_core::{AnyEngine, Error, Result};

/// Makes an engine from a connection string; the scheme picks the backend. One connection is made at once, so that an
/// unreachable server, a wrong password or a missing file shows here.
///
/// | scheme | backend | feature |
/// |---|---|---|
/// | `sqlite::memory:`, `sqlite://file.db`, `sqlite:///abs/file.db?mode=ro` | SQLite | `sqlite` (default) |
/// | `mysql://user:password@host:3306/db`, `mariadb://..`, `mysql+pymysql://..` (the driver part is ignored) | MySQL, MariaDB | `mysql` |
///
/// A password with special characters is percent-encoded: `p%40ss` for `p@ss`. For pool sizes and timeouts, make a
/// backend's own options and engine, and hide it with [`AnyEngine::new`].
///
/// # Errors
/// `Config` for a scheme that is not known, or whose feature is off; `Connect` where no connection can be made. No error
/// shows the password.
///
/// ```
/// # async fn example() -> orm::Result<()> {
/// let engine = orm::create_engine("sqlite::memory:").await?;
/// assert_eq!(engine.dialect().name(), "sqlite");
/// # Ok(())
/// # }
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(example()).unwrap();
/// ```
pub async fn create_engine(url: &str) -> Result<AnyEngine> {
    let scheme = url.split(':').next().unwrap_or_default();
    let (backend, _driver) = scheme.split_once('+').unwrap_or((scheme, ""));
    match backend {
        "sqlite" => sqlite(url).await,
        "mysql" | "mariadb" => mysql(url).await,
        _ => Err(Error::config(unknown(url, backend))),
    }
}

/// A URL may hold a password anywhere when it is malformed, so only what looks like a scheme is repeated.
fn unknown(url: &str, backend: &str) -> String {
    let known = "sqlite, mysql and mariadb are known, as in `sqlite::memory:`, `sqlite://file.db` and \
                 `mysql://user:password@host/db`";
    let is_scheme = url.contains(':') && backend.chars().all(|character| character.is_ascii_alphanumeric());
    if is_scheme && !backend.is_empty() {
        format!("no backend for URLs that start with `{backend}:`; {known}")
    } else {
        format!("a connection string starts with a scheme; {known}")
    }
}

#[cfg(feature = "sqlite")]
async fn sqlite(url: &str) -> Result<AnyEngine> {
    let options = orm_sqlite::SqliteOptions::parse(url)?;
    Ok(AnyEngine::new(orm_sqlite::SqliteEngine::connect(options).await?))
}

#[cfg(not(feature = "sqlite"))]
async fn sqlite(_url: &str) -> Result<AnyEngine> {
    Err(Error::config(
        "this is a SQLite URL, and the feature `sqlite` of the crate `orm` is off: switch it on in Cargo.toml",
    ))
}

#[cfg(feature = "mysql")]
async fn mysql(url: &str) -> Result<AnyEngine> {
    let options = orm_mysql::MySqlOptions::parse(url)?;
    Ok(AnyEngine::new(orm_mysql::MySqlEngine::connect(options).await?))
}

#[cfg(not(feature = "mysql"))]
async fn mysql(_url: &str) -> Result<AnyEngine> {
    Err(Error::config(
        "this is a MySQL or MariaDB URL, and the feature `mysql` of the crate `orm` is off: write \
         `orm = { version = \"..\", features = [\"mysql\"] }` in Cargo.toml",
    ))
}
