//! Spans and events with the field names of OpenTelemetry.

use std::time::Duration;

use orm::prelude::*;
use tracing::Level;

use super::{User, traced, user};

case!(a_statement_is_a_span_with_the_names_of_opentelemetry, |db| {
    db.create::<(User,)>().await?;
    user("Ann").insert(&mut db.engine().clone()).await?;
    let engine = db.engine().clone();
    let (found, trace) =
        traced(async { engine.query::<User>().filter(|u| u.age.is_null()).all().await }).await;
    assert_eq!(found?.len(), 1);
    let spans = trace.spans();
    let [span] = spans.as_slice() else { panic!("{spans:?}") };
    assert_eq!((span.name.as_str(), span.level), ("statement", Level::DEBUG));
    let target = db.engine().target();
    let system = if !db.is_server() {
        "sqlite"
    } else if db.backend().is_mariadb() {
        "mariadb"
    } else {
        "mysql"
    };
    assert_eq!(span.field("otel.kind"), Some("client"));
    assert_eq!(span.field("db.system.name"), Some(system));
    assert_eq!(span.field("db.namespace"), Some(target.database.as_str()));
    assert_eq!(span.field("db.operation.name"), Some("SELECT"));
    assert_eq!(
        trace.statements(),
        ["SELECT users.id, users.name, users.age FROM users WHERE users.age IS NULL"]
    );
    assert_eq!(span.field("db.response.returned_rows"), Some("1"));
    assert!(span.field("server.address").is_some());
    assert_eq!(span.field("error.type"), None);

    let events = trace.events();
    let [event] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!((event.level, event.field("message")), (Level::DEBUG, Some("statement done")));
    assert_eq!(event.span, span.span, "the event is in the span");
    assert_eq!(event.field("returned_rows"), Some("1"));
    assert!(event.field("duration_ms").unwrap().parse::<f64>()? > 0.0);
});

case!(a_commit_is_a_span_for_each_statement, |db| {
    db.create::<(User,)>().await?;
    let mut session = db.session();
    session.add_all([user("Ann"), user("Bob")]);
    let (done, trace) = traced(session.commit()).await;
    done?;
    let mut statements = trace.statements();
    statements.retain(|sql| !sql.starts_with("SELECT"));
    assert_eq!(statements, ["BEGIN", "INSERT INTO users (name, age) VALUES (?, ?), (?, ?)", "COMMIT"]);
    let insert =
        trace.spans().into_iter().find(|span| span.field("db.operation.name") == Some("INSERT")).unwrap();
    assert_eq!(insert.field("db.rows_affected"), Some("2"));
});

case!(a_statement_that_fails_says_what_it_was, |db| {
    db.create::<(User,)>().await?;
    user("Ann").insert(&mut db.engine().clone()).await?;
    let mut session = db.session();
    session.add_all([user("Bob"), user("Ann")]);
    let (done, trace) = traced(session.commit()).await;
    assert!(done.is_err());
    let spans = trace.spans();
    let failed = spans.iter().find(|span| span.field("db.operation.name") == Some("INSERT")).unwrap();
    assert_eq!(failed.field("error.type"), Some("unique"));
    let events = trace.events();
    let event = events.iter().find(|event| event.field("message") == Some("statement failed")).unwrap();
    assert!(event.field("error").unwrap().starts_with("a row with the same unique value exists"));
    assert_eq!(trace.statements().last().map(String::as_str), Some("ROLLBACK"));
});

case!(bound_values_are_shown_only_when_that_is_switched_on, |db| {
    const SECRET: &str = "s3cr3t";
    db.create::<(User,)>().await?;
    let engine = db.engine().clone();
    let work = async || {
        let mut session = engine.session();
        let secret = session.add(User { age: Some(7), ..user(SECRET) });
        session.flush().await?;
        session[secret].name.push('!');
        session.flush().await?;
        session.query::<User>().filter(|u| u.name.eq(SECRET)).all().await?;
        session.add(User { id: session[secret].id, ..Default::default() });
        // An object of the same key: the error is told as well.
        assert!(session.commit().await.is_err());
        session.rollback().await
    };
    let (done, trace) = traced(work()).await;
    done?;
    assert!(!format!("{trace:?}").contains(SECRET), "{trace:?}");
    assert!(trace.spans().iter().all(|span| span.field("db.query.parameters").is_none()));

    engine.set_log_values(true);
    let (done, trace) = traced(work()).await;
    done?;
    let spans = trace.spans();
    let values = |operation: &str| {
        let span = spans.iter().find(|span| span.field("db.operation.name") == Some(operation)).unwrap();
        span.field("db.query.parameters").unwrap()
    };
    assert_eq!(values("INSERT"), "'s3cr3t', 7");
    assert_eq!(values("UPDATE").split_once(", ").unwrap().0, "'s3cr3t!'");

    engine.set_log_values(false);
    let (done, trace) = traced(work()).await;
    done?;
    assert!(!format!("{trace:?}").contains(SECRET));
});

case!(a_slow_statement_is_a_warning, |db| {
    db.create::<(User,)>().await?;
    let engine = db.engine().clone();
    let (name, query) = ("s3cr3t".to_owned(), || engine.query::<User>());
    let warnings = async || {
        let (done, trace) = traced(query().filter(|u| u.name.eq(&name)).all()).await;
        done.unwrap();
        assert!(!format!("{trace:?}").contains("s3cr3t"));
        trace.events().into_iter().filter(|event| event.level == Level::WARN).collect::<Vec<_>>()
    };
    assert!(warnings().await.is_empty(), "off at first");
    engine.set_slow_statement_threshold(Some(Duration::from_secs(60)));
    assert!(warnings().await.is_empty());
    engine.set_slow_statement_threshold(Some(Duration::ZERO));
    let slow = warnings().await;
    let [warning] = slow.as_slice() else { panic!("{slow:?}") };
    assert_eq!(warning.field("message"), Some("slow statement"));
    assert!(warning.field("db.query.text").unwrap().starts_with("SELECT"));
    assert!(warning.field("duration_ms").unwrap().parse::<f64>()? > 0.0);
    assert!(warning.field("code.file.path").unwrap().ends_with("traces.rs"));
    engine.set_slow_statement_threshold(None);
    assert!(warnings().await.is_empty());
});

case!(a_slow_statement_is_a_warning_even_where_nothing_else_is_listened_to, |db| {
    db.create::<(User,)>().await?;
    db.engine().set_slow_statement_threshold(Some(Duration::ZERO));
    // Nobody listens at all: nothing breaks.
    assert_eq!(db.engine().query::<User>().count().await?, 0);
});
