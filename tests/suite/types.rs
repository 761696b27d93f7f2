//! Every column type: what goes in comes out, at the limits of the type, on every backend; what a column cannot hold is
//! refused before it is sent, in the same words everywhere.

mod numbers;
mod text;
mod moments;
mod decimals;
mod documents;
mod own;
mod unset;
mod decoding;
mod filters;

use std::fmt::Debug;

use orm::{Crud, Error, ErrorKind, Model};

use crate::harness::{Database, Outcome};

/// A model whose rows can be told apart by number, whatever else is in them.
trait Numbered: Model<Key = i64> + Clone + Debug + PartialEq {
    fn numbered(self, id: i64) -> Self;
}

macro_rules! numbered {
    ($($model:ident)+) => {$(
        impl Numbered for $model {
            fn numbered(self, id: i64) -> Self {
                $model { id, ..self }
            }
        }
    )+};
}
use numbered;

/// Writes rows in one flush and reads them back; writes the same again, which is no change; then moves every row's values
/// on to the next row in one flush, so that the UPDATE of several rows meets all of them as well.
async fn round_trip<T: Numbered>(db: &Database, rows: Vec<T>) -> Outcome {
    db.create::<(T,)>().await?;
    update_many(db, &rows).await?;
    let rows: Vec<T> = (1..).zip(rows).map(|(id, row)| row.numbered(id)).collect();
    let mut session = db.session();
    session.add_all(rows.clone());
    session.commit().await?;
    check(db, &rows).await?;

    let mut session = db.session();
    let mut handles = Vec::new();
    for (id, row) in (1..).zip(&rows) {
        let handle = T::get(&mut session, id).await?.unwrap();
        assert_eq!(&session[handle], row);
        session[handle] = row.clone();
        assert!(!session.is_modified(handle), "{:?}", session.changes(handle));
        handles.push(handle);
    }
    let mut moved = Vec::new();
    for (id, (handle, row)) in (1..).zip(handles.iter().zip(rows.iter().cycle().skip(1))) {
        session[handle] = row.clone().numbered(id);
        moved.push(row.clone().numbered(id));
    }
    session.commit().await?;
    check(db, &moved).await
}

/// The rows again and again, so many that an UPDATE of them may take another form than one of a few. They do not stay.
async fn update_many<T: Numbered>(db: &Database, rows: &[T]) -> Outcome {
    let many = |skipped| {
        let rows = rows.iter().cycle().skip(skipped).take(48);
        (1_001..).zip(rows).map(|(id, row)| row.clone().numbered(id))
    };
    if T::model().columns.iter().any(|column| column.unique) {
        return Ok(());
    }
    let mut session = db.session();
    let handles = session.add_all(many(0));
    session.commit().await?;
    for (handle, row) in handles.iter().zip(many(1)) {
        session[handle] = row;
    }
    session.commit().await?;
    for (id, row) in (1_001..).zip(many(1)) {
        assert_eq!(T::get(&mut db.engine().clone(), id).await?, Some(row));
    }
    for handle in handles {
        session.delete(handle);
    }
    Ok(session.commit().await?)
}

async fn check<T: Numbered>(db: &Database, rows: &[T]) -> Outcome {
    for (id, row) in (1..).zip(rows) {
        let found = T::get(&mut db.engine().clone(), id).await?;
        assert_eq!(found.as_ref(), Some(row));
    }
    assert_eq!(db.engine().query::<T>().all().await?.len(), rows.len());
    Ok(())
}

/// The reason for which a value is refused; nothing was sent for it, and nothing is there.
async fn refusal<T: Model>(db: &Database, object: T, column: &str) -> Result<String, Error> {
    db.create::<(T,)>().await?;
    let sent = db.engine().statement_count();
    let error = object.insert(&mut db.engine().clone()).await.err().expect("the value is refused");
    assert_eq!(db.engine().statement_count(), sent, "nothing was sent");
    assert_eq!(db.engine().query::<T>().count().await?, 0);
    match error.kind() {
        ErrorKind::InvalidValue { model, column: found, reason } => {
            assert_eq!((model.as_str(), found.as_str()), (T::model().name, column));
            assert!(
                error
                    .to_string()
                    .starts_with(&format!("`{model}.{column}` cannot hold this value: {reason}"))
            );
            Ok(reason.clone())
        }
        _ => panic!("{error}"),
    }
}
