//! Connecting: what is wrong is told apart, and the password is shown nowhere.

use std::time::Duration;

use orm_core::dialect::GeneratedKeys;
use orm_core::engine::Engine;
use orm_core::error::{Error, ErrorKind};
use orm_core::value::Value;
use orm_mysql::{MySqlEngine, MySqlOptions, SslMode};

use crate::server::{Kind, on_both, rows, run_once, url};

const PASSWORD: &str = "Tr0ub4dor";

/// An authority that signed nothing.
const STRANGER: &str = "\
-----BEGIN CERTIFICATE-----
MIIBfTCCASOgAwIBAgIUccd99Nitz73S9OwFWFySXMp045MwCgYIKoZIzj0EAwIw
EzERMA8GA1UEAwwIc3RyYW5nZXIwIBcNMjYxMTIyMTc0ODAyWhgPMjEyNjEwMjkx
NzQ4MDJaMBMxETAPBgNVBAMMCHN0cmFuZ2VyMFkwEwYHKoZIzj0CAQYIKoZIzj0D
AQcDQgAEzZdraQzV7SOX+Trq4/j99Ij4JHQcw/VATMyxURf2lqTVxdQ9T9O1f45o
GLulADMqY6wxB+6BXk8TYihW8YFMN6NTMFEwHQYDVR0OBBYEFIZsU0CZ5T4eiQu9
SUcH6ygZ2wtMMB8GA1UdIwQYMBaAFIZsU0CZ5T4eiQu9SUcH6ygZ2wtMMA8GA1Ud
EwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSAAwRQIgTO2TZrWq5DiAe9zwVDArYZIB
DCsGLt0yo48adMgRgSECIQCKTxHLYBaUxXYAKmro+Nbug9vFqn7mkEin0sAPwa1N
ew==
-----END CERTIFICATE-----
";

async fn refused(options: MySqlOptions) -> String {
    let error: Error = MySqlEngine::connect(options).await.expect_err("it must not connect");
    assert!(matches!(error.kind(), ErrorKind::Connect { .. }), "{error:?}");
    let text = format!("{error} {error:?} {:?}", std::error::Error::source(&error));
    assert!(!text.contains(PASSWORD), "{text}");
    error.to_string()
}

#[tokio::test]
async fn what_is_wrong_is_told_apart() {
    on_both(|database| async move {
        let good = database.options.clone();
        let text = refused(good.clone().password(PASSWORD)).await;
        assert!(
            text.contains("access denied for user 'orm'") && text.contains("check user and password"),
            "{text}"
        );
        let text = refused(good.clone().user("nobody").password(PASSWORD)).await;
        assert!(text.contains("access denied for user 'nobody'"), "{text}");
        let text = refused(good.clone().database("orm_mysql_missing")).await;
        assert!(text.contains("unknown database 'orm_mysql_missing': create it"), "{text}");
    })
    .await;
}

#[tokio::test]
async fn a_server_that_is_not_there_is_named() {
    let options = MySqlOptions::parse("mysql://app:Tr0ub4dor@127.0.0.1:1/db").unwrap();
    let text = refused(options).await;
    assert!(
        text.starts_with("cannot connect to mysql://app@127.0.0.1:1/db: the server cannot be reached"),
        "{text}"
    );
    let text = refused(MySqlOptions::parse("mysql://app:Tr0ub4dor@host.invalid/db").unwrap()).await;
    assert!(text.contains("cannot be reached"), "{text}");
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_given_up() {
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = silent.local_addr().unwrap().port();
    let options = MySqlOptions::default().host("127.0.0.1").port(port).password(PASSWORD);
    let text = refused(options.connect_timeout(Duration::from_millis(100))).await;
    assert!(text.contains("no answer within 100 ms"), "{text}");
}

#[tokio::test]
async fn something_that_is_no_database_server_is_an_error() {
    use tokio::io::AsyncWriteExt;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (mut socket, _peer) = listener.accept().await.unwrap();
        socket.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
    });
    let options = MySqlOptions::default().host("127.0.0.1").port(port).password(PASSWORD);
    refused(options.connect_timeout(Duration::from_secs(1))).await;
}

#[tokio::test]
async fn the_password_is_shown_nowhere() {
    on_both(|database| async move {
        let shown = format!("{:?}", database.options.clone().password(PASSWORD));
        assert!(!shown.contains(PASSWORD), "{shown}");
        let server = url(database.kind).unwrap();
        let password = server.split(':').nth(2).unwrap().split('@').next().unwrap();
        let engine = database.engine().await;
        let shown = format!("{engine:?} {:?} {:?}", engine.target(), database.options);
        assert!(!shown.contains(password) && shown.contains(&database.name), "{shown}");
    })
    .await;
}

#[tokio::test]
async fn the_server_is_known_and_the_session_is_set_up() {
    on_both(|database| async move {
        let engine = database.engine().await;
        let (name, returning) = match database.kind {
            Kind::MySql => ("mysql", false),
            Kind::MariaDb | Kind::MariaDbWithoutReturning => ("mariadb", true),
        };
        assert_eq!(engine.dialect().name(), name);
        assert_eq!(engine.target().database, database.name);
        let capabilities = engine.dialect().capabilities();
        assert_eq!(capabilities.insert_returning, returning);
        match capabilities.generated_keys {
            GeneratedKeys::Returning => assert!(returning),
            GeneratedKeys::Handed => panic!("the servers hand no keys"),
            GeneratedKeys::Consecutive { increment } => assert_eq!(increment, 1),
            GeneratedKeys::Verified { increment } => assert_eq!((increment, returning), (1, false)),
        }
        let mut connection = engine.acquire().await.unwrap();
        let sql = "SELECT @@time_zone, @@autocommit, @@collation_connection, @@character_set_client, @@lc_messages, \
                   @@sql_mode";
        let found = rows(&mut *connection, sql, &[]).await.unwrap().remove(0);
        let text = |text: &str| Value::Text(text.into());
        let expected = [text("+00:00"), Value::Int(1), text("utf8mb4_bin"), text("utf8mb4"), text("en_US")];
        assert_eq!(found[..5], expected);
        let Value::Text(mode) = &found[5] else { panic!("{found:?}") };
        let mut modes: Vec<&str> = mode.split(',').collect();
        modes.sort_unstable();
        assert_eq!(modes, [
            "ERROR_FOR_DIVISION_BY_ZERO",
            "NO_ENGINE_SUBSTITUTION",
            "NO_UNSIGNED_SUBTRACTION",
            "NO_ZERO_DATE",
            "NO_ZERO_IN_DATE",
            "STRICT_ALL_TABLES",
        ]);
        let asked = MySqlEngine::connect(database.options.clone().returning(Some(true))).await;
        match asked {
            Ok(engine) => {
                let capabilities = engine.dialect().capabilities();
                assert!(returning && capabilities.insert_returning);
                assert_eq!(capabilities.generated_keys, GeneratedKeys::Returning);
            }
            Err(error) => {
                assert!(!returning && matches!(error.kind(), ErrorKind::Unsupported { .. }), "{error}");
            }
        }
        let without = MySqlEngine::connect(database.options.clone().without_returning()).await.unwrap();
        assert!(!without.dialect().capabilities().insert_returning);
    })
    .await;
}

#[tokio::test]
async fn a_database_is_not_needed() {
    on_both(|database| async move {
        let options = MySqlOptions::parse(&url(database.kind).unwrap()).unwrap();
        let engine = MySqlEngine::connect(options).await.unwrap();
        let mut connection = engine.acquire().await.unwrap();
        assert_eq!(rows(&mut *connection, "SELECT DATABASE()", &[]).await.unwrap(), [[Value::Null]]);
    })
    .await;
}

#[tokio::test]
async fn tls_checks_the_server() {
    let Ok(authority) = std::env::var("ORM_TEST_TLS_CA") else {
        println!("no TLS: ORM_TEST_TLS_CA is not set");
        return;
    };
    let authority = &authority;
    on_both(|database| {
        let authority = authority.clone();
        async move {
            let options = database.options.clone().ssl_mode(SslMode::VerifyIdentity);
            let engine = MySqlEngine::connect(options.clone().ssl_ca(&authority)).await.unwrap();
            let mut connection = engine.acquire().await.unwrap();
            let found = rows(&mut *connection, "SHOW STATUS LIKE 'Ssl_cipher'", &[]).await.unwrap();
            assert!(matches!(&found[0][1], Value::Text(cipher) if !cipher.is_empty()), "{found:?}");

            // Without it only the public authorities are known, and none of them signed this certificate.
            let text = refused(options.clone()).await;
            assert!(text.contains("TLS failed") && text.contains("`ssl-ca`"), "{text}");
            let stranger = std::env::temp_dir().join(format!("{}.pem", database.name));
            std::fs::write(&stranger, STRANGER).unwrap();
            for mode in [SslMode::VerifyIdentity, SslMode::VerifyCa] {
                let text = refused(database.options.clone().ssl_mode(mode).ssl_ca(&stranger)).await;
                assert!(text.contains("TLS failed") && text.contains("UnknownIssuer"), "{text}");
            }
            std::fs::remove_file(&stranger).unwrap();
            let missing = database.options.clone().ssl_ca("/missing.pem");
            let text = refused(missing).await;
            assert!(text.contains("/missing.pem") || text.contains("No such file"), "{text}");
            // The login above told MySQL the password, so that it can do without TLS now.
            let engine =
                MySqlEngine::connect(database.options.clone().ssl_mode(SslMode::Disabled)).await.unwrap();
            let mut connection = engine.acquire().await.unwrap();
            let found = rows(&mut *connection, "SHOW STATUS LIKE 'Ssl_cipher'", &[]).await.unwrap();
            assert_eq!(found[0][1], Value::Text("".into()));
        }
    })
    .await;
}

#[tokio::test]
async fn accounts_with_conditions_are_told_what_they_need() {
    on_both(|database| async move {
        let engine = database.engine().await;
        let user = &database.name;
        let how = if database.kind == Kind::MySql { "WITH caching_sha2_password BY" } else { "BY" };
        let create = format!(
            "CREATE USER '{user}'@'127.0.0.1' IDENTIFIED {how} '{PASSWORD}' WITH MAX_USER_CONNECTIONS 1"
        );
        run_once(&engine, &create).await.unwrap();
        let options = database.options.clone().user(user).password(PASSWORD);
        let outcome = async {
            if database.kind == Kind::MySql {
                let text = refused(options.clone().ssl_mode(SslMode::Disabled)).await;
                assert!(
                    text.contains("only over an encrypted connection: write `ssl-mode=required`"),
                    "{text}"
                );
            }
            let text = refused(options.clone()).await;
            assert!(
                text.contains("access denied for user") && text.contains("the account may use it"),
                "{text}"
            );
            run_once(&engine, &format!("GRANT ALL ON {user}.* TO '{user}'@'127.0.0.1'")).await.unwrap();
            let limited = MySqlEngine::connect(options.clone()).await.unwrap();
            let _first = limited.acquire().await.unwrap();
            let error = limited.acquire().await.err().unwrap();
            assert!(matches!(error.kind(), ErrorKind::Connect { .. }), "{error:?}");
            assert!(error.to_string().contains("lower the pool's size"), "{error}");
        };
        outcome.await;
        run_once(&engine, &format!("DROP USER '{user}'@'127.0.0.1'")).await.unwrap();
    })
    .await;
}
