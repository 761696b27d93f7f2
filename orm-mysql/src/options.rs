//! How to reach a server, and how connections to it are kept: from a URL, refined by methods. No I/O.
//!
//! Invariant: nothing that prints these options shows the password.

mod url;

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use orm_core::engine::Target;
use orm_core::error::{Error, Result};
use orm_core::pool::PoolOptions;
use sqlx::ConnectOptions;
use sqlx::mysql::{MySqlConnectOptions, MySqlSslMode};

/// Whether a connection is encrypted, and what is checked of the server. The names are those of the MySQL clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SslMode {
    /// Not encrypted.
    Disabled,
    /// Encrypted where the server can; nothing is checked. What holds where nothing is said.
    Preferred,
    /// Encrypted; nothing is checked.
    Required,
    /// Encrypted, and the certificate is signed by a known authority.
    VerifyCa,
    /// Encrypted, and the certificate is signed by a known authority for this host.
    VerifyIdentity,
}

/// How to reach a server, and how connections to it are kept.
///
/// ```
/// use std::time::Duration;
/// use orm_mysql::MySqlOptions;
///
/// let options = MySqlOptions::parse("mysql://app:p%40ss@db.example.org/blog")?
///     .pool_size(20)
///     .acquire_timeout(Duration::from_secs(5));
/// assert!(!format!("{options:?}").contains("p@ss"));
/// # Ok::<(), orm_core::Error>(())
/// ```
#[derive(Clone)]
pub struct MySqlOptions {
    host: String,
    port: u16,
    socket: Option<PathBuf>,
    user: String,
    password: Option<String>,
    database: Option<String>,
    ssl_mode: Option<SslMode>,
    ssl_ca: Option<PathBuf>,
    ssl_cert: Option<PathBuf>,
    ssl_key: Option<PathBuf>,
    pool: PoolOptions,
    connect_timeout: Duration,
    statement_cache_capacity: usize,
    returning: Option<bool>,
}

impl Default for MySqlOptions {
    /// `mysql://root@localhost:3306`, without a database.
    fn default() -> Self {
        MySqlOptions {
            host: "localhost".into(),
            port: 3306,
            socket: None,
            user: "root".into(),
            password: None,
            database: None,
            ssl_mode: None,
            ssl_ca: None,
            ssl_cert: None,
            ssl_key: None,
            pool: PoolOptions::default(),
            connect_timeout: Duration::from_secs(10),
            statement_cache_capacity: 512,
            returning: None,
        }
    }
}

impl MySqlOptions {
    /// Reads a URL: `mysql://user:password@host:port/database?parameters`.
    ///
    /// - The scheme is `mysql` or `mariadb`; a driver as in SQLAlchemy's `mysql+pymysql` is accepted and ignored.
    /// - User, password, database and parameters are percent-decoded: a password `p@ss` is written `p%40ss`.
    /// - The database may be missing.
    /// - Parameters: `ssl-mode` (`disabled`, `preferred`, `required`, `verify-ca`, `verify-identity`), `ssl-ca`, `ssl-cert`
    ///   and `ssl-key` (paths of PEM files), `socket` (a path, in place of host and port), `connect-timeout` (seconds),
    ///   `charset` (only `utf8mb4`). `_` may stand for `-`. Any other is an error.
    /// - `ssl-ca` without `ssl-mode` means `verify-ca`, as it does for the MySQL clients.
    pub fn parse(text: &str) -> Result<Self> {
        url::parse(text)
    }

    /// The host to connect to.
    #[must_use]
    pub fn host(mut self, host: impl Into<String>) -> Self {
        self.host = host.into();
        self
    }

    /// The port to connect to.
    #[must_use]
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Connects through a Unix socket in place of host and port.
    #[must_use]
    pub fn socket(mut self, path: impl Into<PathBuf>) -> Self {
        self.socket = Some(path.into());
        self
    }

    /// The account.
    #[must_use]
    pub fn user(mut self, user: impl Into<String>) -> Self {
        self.user = user.into();
        self
    }

    /// The account's password.
    #[must_use]
    pub fn password(mut self, password: impl Into<String>) -> Self {
        self.password = Some(password.into());
        self
    }

    /// The database; without one, names of tables need their database in front.
    #[must_use]
    pub fn database(mut self, database: impl Into<String>) -> Self {
        self.database = Some(database.into());
        self
    }

    /// Whether connections are encrypted, and what is checked of the server.
    #[must_use]
    pub fn ssl_mode(mut self, mode: SslMode) -> Self {
        self.ssl_mode = Some(mode);
        self
    }

    /// A PEM file of authorities that are trusted, besides the public ones.
    #[must_use]
    pub fn ssl_ca(mut self, path: impl Into<PathBuf>) -> Self {
        self.ssl_ca = Some(path.into());
        self
    }

    /// The PEM files of the client's own certificate and key.
    #[must_use]
    pub fn ssl_client(mut self, certificate: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Self {
        self.ssl_cert = Some(certificate.into());
        self.ssl_key = Some(key.into());
        self
    }

    /// The greatest number of connections.
    #[must_use]
    pub fn pool_size(mut self, size: usize) -> Self {
        self.pool.size = size;
        self
    }

    /// How long a caller waits for a connection of the pool.
    #[must_use]
    pub fn acquire_timeout(mut self, limit: Duration) -> Self {
        self.pool.acquire_timeout = limit;
        self
    }

    /// How long connecting, and the test of an idle connection, may take.
    #[must_use]
    pub fn connect_timeout(mut self, limit: Duration) -> Self {
        self.connect_timeout = limit;
        self
    }

    /// A connection older than this is closed when it comes back (SQLAlchemy's `pool_recycle`).
    #[must_use]
    pub fn max_lifetime(mut self, limit: Option<Duration>) -> Self {
        self.pool.max_lifetime = limit;
        self
    }

    /// A connection that idled longer than this is closed in place of being lent. Keep it below the server's
    /// `wait_timeout`.
    #[must_use]
    pub fn idle_timeout(mut self, limit: Option<Duration>) -> Self {
        self.pool.idle_timeout = limit;
        self
    }

    /// A connection that idled at least this long is tested before it is lent; zero tests always, `None` never.
    #[must_use]
    pub fn pre_ping_after(mut self, idle: Option<Duration>) -> Self {
        self.pool.pre_ping_after = idle;
        self
    }

    /// How many prepared statements each connection keeps: 512 where nothing is said, at least 1.
    ///
    /// One more clears them all, which costs a wait of about 40 ms, and each is prepared anew when it runs again. The server
    /// counts the kept statements of all its clients against `max_prepared_stmt_count` (16,382 by default).
    #[must_use]
    pub fn statement_cache_capacity(mut self, capacity: usize) -> Self {
        self.statement_cache_capacity = capacity.max(1);
        self
    }

    /// Whether INSERT .. RETURNING is used. Where `None`: where the server has it, for what the database makes, but not for
    /// keys that the server promises to make one after the other (see [`MySqlEngine`](crate::MySqlEngine)). `Some(true)`: for
    /// those too; on a server that cannot, this is an error when the engine connects. `Some(false)`: never.
    #[must_use]
    pub fn returning(mut self, returning: Option<bool>) -> Self {
        self.returning = returning;
        self
    }

    /// Does without INSERT .. RETURNING, also where the server has it.
    #[must_use]
    pub fn without_returning(self) -> Self {
        self.returning(Some(false))
    }

    pub(crate) fn wants_returning(&self) -> Option<bool> {
        self.returning
    }

    pub(crate) fn pool_options(&self) -> PoolOptions {
        self.pool
    }

    pub(crate) fn connect_limit(&self) -> Duration {
        self.connect_timeout
    }

    pub(crate) fn kept_statements(&self) -> usize {
        self.statement_cache_capacity
    }

    /// Where these options lead, without the password.
    pub(crate) fn target(&self) -> Target {
        let database = self.database.clone().unwrap_or_default();
        let place = match &self.socket {
            Some(path) => path.display().to_string(),
            None if self.host.contains(':') => format!("[{}]:{}", self.host, self.port),
            None => format!("{}:{}", self.host, self.port),
        };
        Target { address: format!("mysql://{}@{place}/{database}", self.user), database }
    }

    fn effective_ssl_mode(&self) -> SslMode {
        match (self.ssl_mode, &self.ssl_ca) {
            (Some(mode), _) => mode,
            (None, Some(_)) => SslMode::VerifyCa,
            (None, None) => SslMode::Preferred,
        }
    }

    /// The same for sqlx, which must not set up the session: [`crate::engine`] does that in one statement.
    pub(crate) fn for_sqlx(&self) -> Result<MySqlConnectOptions> {
        let ssl_mode = self.effective_ssl_mode();
        if self.ssl_ca.is_some() && !matches!(ssl_mode, SslMode::VerifyCa | SslMode::VerifyIdentity) {
            return Err(Error::config(
                "`ssl-ca` is only used with `ssl-mode=verify-ca` or `ssl-mode=verify-identity`: write one of them",
            ));
        }
        let mut options = MySqlConnectOptions::new()
            .host(&self.host)
            .port(self.port)
            .username(&self.user)
            .ssl_mode(match ssl_mode {
                SslMode::Disabled => MySqlSslMode::Disabled,
                SslMode::Preferred => MySqlSslMode::Preferred,
                SslMode::Required => MySqlSslMode::Required,
                SslMode::VerifyCa => MySqlSslMode::VerifyCa,
                SslMode::VerifyIdentity => MySqlSslMode::VerifyIdentity,
            })
            .statement_cache_capacity(self.statement_cache_capacity)
            .pipes_as_concat(false)
            .no_engine_substitution(false)
            .timezone(None)
            .set_names(false)
            .disable_statement_logging();
        if let Some(path) = &self.socket {
            options = options.socket(path);
        }
        if let Some(password) = &self.password {
            options = options.password(password);
        }
        if let Some(database) = &self.database {
            options = options.database(database);
        }
        if let Some(path) = &self.ssl_ca {
            options = options.ssl_ca(path);
        }
        match (&self.ssl_cert, &self.ssl_key) {
            (Some(certificate), Some(key)) => {
                options = options.ssl_client_cert(certificate).ssl_client_key(key);
            }
            (None, None) => {}
            (Some(_), None) => return Err(Error::config("`ssl-cert` needs `ssl-key`")),
            (None, Some(_)) => return Err(Error::config("`ssl-key` needs `ssl-cert`")),
        }
        Ok(options)
    }
}

impl fmt::Debug for MySqlOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let MySqlOptions {
            host: _,
            port: _,
            socket: _,
            user: _,
            password,
            database: _,
            ssl_mode: _,
            ssl_ca,
            ssl_cert,
            ssl_key,
            pool,
            connect_timeout,
            statement_cache_capacity,
            returning,
        } = self;
        f.debug_struct("MySqlOptions")
            .field("address", &self.target().address)
            .field("password", &password.as_ref().map(|_| "***"))
            .field("ssl_mode", &self.effective_ssl_mode())
            .field("ssl_ca", ssl_ca)
            .field("ssl_cert", ssl_cert)
            .field("ssl_key", ssl_key)
            .field("pool", pool)
            .field("connect_timeout", connect_timeout)
            .field("statement_cache_capacity", statement_cache_capacity)
            .field("returning", returning)
            .finish()
    }
}
