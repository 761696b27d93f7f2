//! What `select` picks: expressions, aggregates of groups, functions of windows, whole models; subqueries, common table
//! expressions, sets and joins that no relation says.

use super::*;

use orm::node::Bound;
use orm::{alias, case, count_rows, query, query_from, row_number, values, window};

case!(a_select_gives_tuples_of_what_it_names, |db| {
    people(&db).await?;
    let rows: Vec<(String, Option<i32>)> =
        db.engine().query::<Person>().order_by(|p| p.id.asc()).select(|p| (p.name, p.age)).all().await?;
    assert_eq!(rows[0], ("Ann".into(), Some(31)));
    let names: Vec<String> = db.engine().query::<Person>().select(|p| p.name).all().await?;
    assert_eq!(names.len(), 4);
    let first: Option<i64> = db.engine().query::<Person>().select(|p| p.points + 1).first().await?;
    assert!(first.is_some());
    let mut session = db.session();
    let mixed =
        session.query::<Person>().order_by(|p| p.id.asc()).select(|p| (p, p.points * 2)).all().await?;
    let (ann, doubled) = mixed[0];
    assert_eq!((session[ann].name.as_str(), doubled), ("Ann", 20));
});

case!(groups_have_aggregates, |db| {
    people(&db).await?;
    let query = db
        .engine()
        .query::<Person>()
        .group_by(|p| p.active)
        .having(|p| count_rows().gt(1) & p.points.sum().is_not_null())
        .order_by(|p| p.active.asc())
        .select(|p| {
            (
                p.active,
                count_rows(),
                p.points.sum(),
                p.points.avg(),
                p.name.min(),
                p.age.count(),
                p.visits.max().filter(p.points.gt(0)),
                p.score.sum().or(0.0),
            )
        });
    let rows = query.all().await?;
    assert_eq!(
        rows,
        [
            (false, 2, Some(0), Some(0.0), Some("ann".into()), 1, Some(5), 5.0),
            (true, 2, Some(10), Some(5.0), Some("Ann".into()), 2, Some(0), 1.5),
        ]
    );
    let all: (i64, Option<i64>) =
        db.engine().query::<Person>().select(|p| (count_rows(), p.points.sum())).one().await?;
    assert_eq!(all, (4, Some(10)));
    let counted = db.engine().query::<Person>().group_by(|p| p.active).select(|p| p.active).count().await?;
    assert_eq!(counted, 2);
});

case!(functions_of_windows_see_rows_around, |db| {
    people(&db).await?;
    let rows = db
        .engine()
        .query::<Person>()
        .order_by(|p| p.id.asc())
        .select(|p| {
            (
                p.name,
                row_number().over(window().partition_by(p.active).order_by(p.points.desc())),
                p.points.sum().over(window().order_by(p.id.asc()).rows(Bound::Unbounded, Bound::CurrentRow)),
                p.points.lag(1).over(window().order_by(p.id.asc())).or(0),
                p.name.lead(1).over(window().order_by(p.id.asc())),
            )
        })
        .all()
        .await?;
    assert_eq!(rows[0], ("Ann".into(), 1, Some(10), 0, Some("ann".into())));
    assert_eq!(rows[3], ("Éva".into(), 1, Some(10), 0, None));
});

case!(queries_stand_inside_of_others, |db| {
    people(&db).await?;
    let engine = db.engine();
    let grown = query::<Person>().filter(|p| p.age.gt(25)).select(|p| p.id);
    let found = engine.query::<Person>().filter(|p| p.id.in_query(grown));
    assert_eq!(names(found).await?, ["Ann", "Éva"]);
    let other = engine.query::<Person>().filter(|p| {
        let twin = alias::<Person>();
        query_from(&twin).filter(|t| t.points.gt(p.points)).not_exists()
    });
    assert_eq!(names(other).await?, ["Ann"]);
    let best = engine.query::<Person>().order_by(|p| p.id.asc()).select(|p| {
        let twin = alias::<Person>();
        (p.name, query_from(&twin).filter(|t| t.active.eq(p.active)).select(|t| t.points.max()).scalar())
    });
    assert_eq!(best.all().await?[1], ("ann".into(), Some(7)));
    let totals = query::<Person>().group_by(|p| p.active).select(|p| (p.active, p.points.sum())).subquery();
    let joined = engine
        .query::<Person>()
        .join(&totals, |p, t| p.active.eq(t.0))
        .order_by(|p| p.id.asc())
        .select(|p| (p.name, totals.1));
    assert_eq!(joined.all().await?[0], ("Ann".into(), Some(10)));
    let from = engine.query_from(&totals).filter(|t| t.1.ge(0)).order_by(|t| t.0.asc()).all().await?;
    assert_eq!(from, [(false, Some(0)), (true, Some(10))]);
});

case!(common_table_expressions_are_written_once, |db| {
    people(&db).await?;
    let engine = db.engine();
    let grown = query::<Person>().filter(|p| p.age.gt(25)).cte("grown");
    let twin = grown.alias();
    let pairs = engine.query_from(&grown).join(&twin, |g, t| g.id.lt(t.id)).select(|g| (g.name, twin.name));
    assert_eq!(pairs.to_sql()?.sql.matches("WITH").count(), 1);
    assert_eq!(pairs.all().await?, [("Ann".into(), "Éva".into())]);
    let numbers = query::<Person>()
        .filter(|p| p.id.eq(1))
        .select(|p| (p.id, p.points))
        .recursive_cte("numbers", |so_far| {
            query_from(so_far).filter(|n| n.0.lt(5)).select(|n| (n.0 + 1, n.1 * 2))
        });
    let rows = engine.query_from(&numbers).order_by(|n| n.0.asc()).all().await?;
    assert_eq!(rows, [(1, 10), (2, 20), (3, 40), (4, 80), (5, 160)]);
});

case!(sets_put_queries_together, |db| {
    people(&db).await?;
    let engine = db.engine();
    let grown = || query::<Person>().filter(|p| p.age.gt(25));
    let active = engine.query::<Person>().filter(|p| p.active);
    assert_eq!(names(active.union(grown())).await?, ["Ann", "Bob", "Éva"]);
    let active = engine.query::<Person>().filter(|p| p.active);
    assert_eq!(names(active.intersect(grown())).await?, ["Ann"]);
    let active = engine.query::<Person>().filter(|p| p.active);
    assert_eq!(names(active.except(grown())).await?, ["Bob"]);
    let labels = engine
        .query::<Person>()
        .select(|p| p.name)
        .union_all(query::<Person>().filter(|p| p.nick.is_not_null()).select(|p| p.nick.or("")))
        .order_by(|l| l.asc())
        .limit(3)
        .all()
        .await?;
    assert_eq!(labels, ["", "Ann", "Bob"]);
});

case!(values_that_are_sent_along_join_like_a_table, |db| {
    people(&db).await?;
    let wanted = values([(1_i64, "first".to_owned()), (3, "third".to_owned())]);
    let rows = db
        .engine()
        .query::<Person>()
        .join(&wanted, |p, w| p.id.eq(w.0))
        .order_by(|p| p.id.asc())
        .select(|p| (p.name, wanted.1))
        .all()
        .await?;
    assert_eq!(rows, [("Ann".into(), "first".into()), ("Bob".into(), "third".into())]);
    let twin = alias::<Person>().optional();
    let pairs = db
        .engine()
        .query::<Person>()
        .left_join(&twin, |p, t| t.points.lt(p.points) & t.active)
        .order_by(|p| (p.id.asc(), twin.id.asc()))
        .select(|p| (p.name, twin.name))
        .all()
        .await?;
    assert_eq!(
        pairs,
        [
            ("Ann".into(), Some("Bob".to_owned())),
            ("ann".into(), None),
            ("Bob".into(), None),
            ("Éva".into(), Some("Bob".into()))
        ]
    );
});

case!(a_case_has_the_value_of_the_first_condition_that_holds, |db| {
    people(&db).await?;
    let rows = db
        .engine()
        .query::<Person>()
        .order_by(|p| p.id.asc())
        .select(|p| {
            (
                case().when(p.age.is_null(), "unknown").when(p.age.lt(25), "young").otherwise("grown"),
                case().when(p.active, p.points).or_null(),
                p.nick.or(p.name),
                p.points.cast::<f64>() / 4.0,
                p.nick.null_if(p.name),
            )
        })
        .all()
        .await?;
    assert_eq!(rows[0], ("grown".into(), Some(10), "Ann".into(), 2.5, None));
    assert_eq!(rows[1], ("unknown".into(), None, "annie".into(), -1.75, Some("annie".into())));
    assert_eq!(rows[2], ("young".into(), Some(0), "Bob".into(), 0.0, None));
});

case!(a_lateral_query_sees_the_rows_before_it, |db| {
    people(&db).await?;
    let person = alias::<Person>();
    let next = query::<Person>()
        .filter(|other| other.points.lt(person.points))
        .order_by(|other| other.points.desc())
        .limit(1)
        .select(|other| other.name)
        .lateral();
    let pairs = db
        .engine()
        .query_from(&person)
        .cross_join(&next)
        .order_by(|p| p.id.asc())
        .select(|p| (p.name, next.columns()));
    if db.backend() == crate::harness::Backend::MySql {
        let expected = [("Ann", "Éva"), ("Bob", "ann"), ("Éva", "Bob")];
        assert_eq!(pairs.all().await?, expected.map(|(one, other)| (one.to_owned(), other.to_owned())));
    } else {
        let refused = pairs.all().await.unwrap_err();
        assert!(matches!(refused.kind(), orm::ErrorKind::Unsupported { .. }), "{refused}");
    }
});

case!(sets_keep_equal_rows_where_the_backend_can, |db| {
    people(&db).await?;
    let flags = || db.engine().query::<Person>().select(|p| p.active);
    let few = || query::<Person>().filter(|p| p.points.ge(0)).select(|p| p.active);
    let both = flags().intersect_all(few()).order_by(|flag| flag.asc());
    let rest = flags().except_all(few());
    if db.is_server() {
        assert_eq!(both.all().await?, [false, true, true]);
        assert_eq!(rest.all().await?, [false]);
    } else {
        for refused in [both.all().await.unwrap_err(), rest.all().await.unwrap_err()] {
            assert!(matches!(refused.kind(), orm::ErrorKind::Unsupported { .. }), "{refused}");
        }
    }
});
