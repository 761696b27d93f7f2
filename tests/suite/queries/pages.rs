//! Keyset pagination: every row once, whatever the order; cursors as text, and those of other queries.

use super::*;

use orm::{Cursor, Page};

#[derive(Model, Debug, Default, Clone, PartialEq)]
#[orm(table = "entries")]
struct Entry {
    #[orm(primary_key, generated = false)]
    id: i64,
    #[orm(length = 20)]
    title: String,
    rank: Option<i32>,
    score: f64,
}

/// Entries with many equal titles and ranks, some of them NULL.
async fn entries(db: &Database, count: i64) -> Result<()> {
    db.create::<(Entry,)>().await?;
    let mut session = db.session();
    for id in 1..=count {
        session.add(Entry {
            id,
            title: ["b", "a", "c"][(id % 3) as usize].into(),
            rank: (id % 4 != 0).then_some((id % 5) as i32),
            score: (id % 7) as f64 / 10.0,
        });
    }
    session.commit().await
}

/// The keys of all pages forth, and of all pages back from the last one, checked against the whole query.
macro_rules! walks {
    ($db:expr, $size:expr, $query:expr) => {{
        let query = || $query($db.engine().query::<Entry>());
        let all: Vec<i64> =
            query().order_by(|e| e.id.asc()).all().await?.iter().map(|entry| entry.id).collect();
        let mut forth = Vec::new();
        let mut place: Option<Cursor<Entry>> = None;
        let last: Page<Entry, Entry> = loop {
            let page = query().order_by(|e| e.id.asc()).page(place.as_ref(), $size).await?;
            assert!(page.rows.len() <= $size);
            assert_eq!(page.previous.is_some(), place.is_some());
            forth.extend(page.rows.iter().map(|entry| entry.id));
            place = page.next.clone();
            if place.is_none() {
                break page;
            }
        };
        assert_eq!(forth, all);
        let mut back: Vec<i64> = last.rows.iter().map(|entry| entry.id).collect();
        let mut place = last.previous;
        while let Some(cursor) = &place {
            let cursor = cursor.to_string().parse()?;
            let page = query().order_by(|e| e.id.asc()).page(Some(&cursor), $size).await?;
            let mut rows: Vec<i64> = page.rows.iter().map(|entry| entry.id).collect();
            rows.append(&mut back);
            back = rows;
            assert!(page.next.is_some());
            place = page.previous;
        }
        assert_eq!(back, all);
    }};
}

case!(pages_give_every_row_once_forth_and_back, |db| {
    entries(&db, 60).await?;
    for size in [1, 7, 20, 60, 100] {
        walks!(db, size, |q: Query<AnyEngine, Entry>| q);
    }
    walks!(db, 7, |q: Query<AnyEngine, Entry>| q.order_by(|e| e.title.asc()));
    walks!(db, 7, |q: Query<AnyEngine, Entry>| q.order_by(|e| (e.title.desc(), e.score.asc())));
});

case!(pages_mind_nulls_and_mixed_directions, |db| {
    entries(&db, 60).await?;
    walks!(db, 7, |q: Query<AnyEngine, Entry>| q.order_by(|e| e.rank.asc()));
    walks!(db, 7, |q: Query<AnyEngine, Entry>| q.order_by(|e| e.rank.desc()));
    walks!(db, 7, |q: Query<AnyEngine, Entry>| q.order_by(|e| e.rank.asc().nulls_last()));
    walks!(db, 7, |q: Query<AnyEngine, Entry>| q.order_by(|e| e.rank.desc().nulls_first()));
    walks!(db, 5, |q: Query<AnyEngine, Entry>| q.order_by(|e| (
        e.title.asc(),
        e.rank.desc(),
        e.score.asc(),
        (e.score * 2.0).desc()
    )));
});

case!(the_key_ends_the_order_of_a_page_and_is_compared_in_one_condition, |db| {
    entries(&db, 10).await?;
    let log = db.log();
    let first = db.engine().query::<Entry>().order_by(|e| e.title.desc()).page(None, 2).await?;
    let second =
        db.engine().query::<Entry>().order_by(|e| e.title.desc()).page(first.next.as_ref(), 2).await?;
    let ids: Vec<i64> = first.rows.iter().chain(&second.rows).map(|entry| entry.id).collect();
    assert_eq!(ids, [8, 5, 2, 9]);
    let sql = log.take();
    let columns = "entries.id, entries.title, entries.rank, entries.score";
    assert_eq!(
        sql[0],
        format!("SELECT {columns} FROM entries ORDER BY entries.title DESC, entries.id DESC LIMIT 3")
    );
    assert_eq!(
        sql[1],
        format!(
            "SELECT {columns} FROM entries WHERE (entries.title <= ?) AND ((entries.title < ?) OR ((entries.title = ?) \
             AND (entries.id < ?))) ORDER BY entries.title DESC, entries.id DESC LIMIT 3"
        )
    );
});

case!(a_page_starts_behind_its_cursor_whatever_happened_meanwhile, |db| {
    entries(&db, 10).await?;
    let first = db.engine().query::<Entry>().page(None, 3).await?;
    db.engine().delete::<Entry>(3).await?;
    db.engine().delete::<Entry>(5).await?;
    db.engine().insert(Entry { id: 0, title: "new".into(), rank: None, score: 0.0 }).await?;
    let second = db.engine().query::<Entry>().page(first.next.as_ref(), 3).await?;
    assert_eq!(second.rows.iter().map(|entry| entry.id).collect::<Vec<_>>(), [4, 6, 7]);
    let back = db.engine().query::<Entry>().page(second.previous.as_ref(), 9).await?;
    assert_eq!(back.rows.iter().map(|entry| entry.id).collect::<Vec<_>>(), [0, 1, 2]);
    assert!(back.previous.is_none());
});

case!(pages_of_a_session_give_handles_and_of_a_selection_tuples, |db| {
    entries(&db, 10).await?;
    let mut session = db.session();
    let page = session.query::<Entry>().order_by(|e| e.id.desc()).page(None, 4).await?;
    let ids: Vec<i64> = page.rows.iter().map(|entry| session[entry].id).collect();
    assert_eq!(ids, [10, 9, 8, 7]);
    let titles =
        db.engine().query::<Entry>().order_by(|e| e.score.desc()).select(|e| e.title).page(None, 3).await?;
    assert_eq!(titles.rows, ["b", "c", "a"]);
    let empty = db.engine().query::<Entry>().filter(|e| e.id.gt(99)).page(None, 3).await?;
    assert!(empty.rows.is_empty() && empty.next.is_none() && empty.previous.is_none());
});

case!(a_cursor_of_another_query_is_refused, |db| {
    entries(&db, 10).await?;
    let page = db.engine().query::<Entry>().order_by(|e| e.title.asc()).page(None, 3).await?;
    let cursor = page.next.expect("there are more");
    let other = db.engine().query::<Entry>().order_by(|e| e.title.desc()).page(Some(&cursor), 3).await;
    assert_eq!(
        other.unwrap_err().to_string(),
        "invalid query: the cursor is of another query than this one of `Entry`: it goes with the same model and the \
         same order only"
    );
    let filtered = db.engine().query::<Entry>().filter(|e| e.id.gt(5)).order_by(|e| e.title.asc());
    assert_eq!(filtered.page(Some(&cursor), 10).await?.rows.len(), 4);
    let broken = "no cursor".parse::<Cursor<Entry>>().unwrap_err();
    assert!(broken.to_string().contains("the text is no cursor of this version"), "{broken}");
});

case!(what_has_no_key_is_not_read_in_pages, |db| {
    entries(&db, 10).await?;
    let refused = async |error: orm::Error, reason: &str| {
        assert!(error.to_string().contains(reason), "{error}");
    };
    let groups = db.engine().query::<Entry>().group_by(|e| e.title).select(|e| e.title).page(None, 3).await;
    refused(groups.map(|_| ()).unwrap_err(), "groups have no key").await;
    let distinct = db.engine().query::<Entry>().distinct().select(|e| e.title).page(None, 3).await;
    refused(distinct.map(|_| ()).unwrap_err(), "without equal rows").await;
    let limited = db.engine().query::<Entry>().limit(5).page(None, 3).await;
    refused(limited.map(|_| ()).unwrap_err(), "leave limit and offset out").await;
    let none = db.engine().query::<Entry>().page(None, 0).await;
    refused(none.map(|_| ()).unwrap_err(), "at least one row").await;
});
