//! Each statement tells where in the application it was asked for: the line of the call, never one of the library.

use orm::prelude::*;
use orm::{Metadata, Result};

use super::{User, traced, user};

/// Checks that all statements of a future were asked for on one line of this file.
async fn asked_for_on<T>(line: u32, future: impl Future<Output = Result<T>> + Send) -> Result<T> {
    let (output, trace) = traced(future).await;
    let spans = trace.spans();
    assert!(!spans.is_empty(), "line {line}: nothing was sent");
    for span in spans {
        let place = (span.field("code.file.path").unwrap(), span.field("code.line.number").unwrap());
        let statement = span.field("db.query.text").unwrap();
        assert_eq!(place, (file!(), &*line.to_string()), "{statement}");
    }
    output
}

case!(queries_are_of_the_line_that_runs_them, |db| {
    db.create::<(User,)>().await?;
    user("Ann").insert(&mut db.engine().clone()).await?;
    let query = || db.engine().query::<User>();
    asked_for_on(line!(), query().all()).await?;
    asked_for_on(line!(), query().first()).await?;
    asked_for_on(line!(), query().one()).await?;
    asked_for_on(line!(), query().one_or_none()).await?;
    asked_for_on(line!(), query().count()).await?;
    asked_for_on(line!(), query().exists()).await?;

    let mut session = db.session();
    asked_for_on(line!(), session.query::<User>().all()).await?;
    asked_for_on(line!(), session.query::<User>().one()).await?;
    asked_for_on(line!(), session.query::<User>().count()).await?;
    asked_for_on(line!(), session.query::<User>().exists()).await?;
});

case!(sessions_write_on_the_line_that_flushes, |db| {
    db.create::<(User,)>().await?;
    let mut session = db.session();
    let ann = session.add(user("Ann"));
    asked_for_on(line!(), session.commit()).await?;
    session[ann].age = Some(1);
    asked_for_on(line!(), session.flush()).await?;
    asked_for_on(line!(), session.refresh(ann)).await?;
    session[ann].age = Some(2);
    asked_for_on(line!(), session.query::<User>().all()).await?;
    asked_for_on(line!(), session.rollback()).await?;
    asked_for_on(line!(), session.get::<User>(7)).await?;
    asked_for_on(line!(), session.begin()).await?;
    asked_for_on(line!(), session.commit()).await?;
    session.begin().await?;
    asked_for_on(line!(), session.close()).await?;
});

case!(crud_is_of_the_line_that_calls_it, |db| {
    db.create::<(User,)>().await?;
    let mut engine = db.engine().clone();
    asked_for_on(line!(), user("Ann").insert(&mut engine)).await?;
    asked_for_on(line!(), User::get(&mut engine, 1)).await?;
    asked_for_on(line!(), User::delete(&mut engine, 1)).await?;
    asked_for_on(line!(), engine.insert(user("Bob"))).await?;
    asked_for_on(line!(), engine.get::<User>(1)).await?;
    asked_for_on(line!(), engine.delete::<User>(1)).await?;
    let mut session = db.session();
    asked_for_on(line!(), User::get(&mut session, 1)).await?;
    asked_for_on(line!(), User::delete(&mut session, 1)).await?;
});

case!(tables_are_of_the_line_that_creates_them, |db| {
    let metadata = Metadata::empty().with::<User>();
    asked_for_on(line!(), metadata.create_all(db.engine())).await?;
    asked_for_on(line!(), metadata.drop_all(db.engine())).await?;
});
