//! Values: columns by name, renamed ones, computed ones, aggregates of groups; and what a query of projections can do.

use super::*;
use orm::{ErrorKind, count_rows};

#[derive(Projection, Debug, PartialEq)]
#[orm(from = Member)]
struct Line {
    name: String,
    rank: Rank,
    #[orm(column = "age")]
    years: Option<i32>,
    #[orm(expr = |m| m.posts().count())]
    posts_count: i64,
}

fn line(name: &str, rank: Rank, years: Option<i32>, posts_count: i64) -> Line {
    Line { name: name.into(), rank, years, posts_count }
}

case!(only_the_named_columns_are_read, |db| {
    club(&db).await?;
    let log = db.log();
    let lines = db.engine().query::<Member>().project::<Line>().order_by(|m| m.id.asc()).all().await?;
    assert_eq!(
        lines,
        [
            line("Ann", Rank::Regular, Some(31), 3),
            line("Bob", Rank::Guest, None, 1),
            line("Cid", Rank::Guest, None, 0),
        ]
    );
    assert_eq!(
        log.take(),
        ["SELECT pro_members.name, pro_members.rank, pro_members.age, \
          (SELECT COUNT(*) FROM pro_posts WHERE pro_posts.author_id = pro_members.id) \
          FROM pro_members ORDER BY pro_members.id ASC"]
    );
});

#[derive(Projection, Debug, PartialEq)]
#[orm(from = "Member")]
struct Grouped {
    rank: Rank,
    #[orm(expr = |_| count_rows())]
    members: i64,
    #[orm(expr = |m| m.age.max())]
    oldest: Option<i32>,
    #[orm(expr = |m| m.age.sum().or(0))]
    years: i64,
}

case!(a_field_is_an_aggregate_of_a_group, |db| {
    club(&db).await?;
    let groups = db
        .engine()
        .query::<Member>()
        .group_by(|m| m.rank)
        .having(|_| count_rows().gt(0))
        .order_by(|m| m.rank.asc())
        .project::<Grouped>()
        .all()
        .await?;
    assert_eq!(
        groups,
        [
            Grouped { rank: Rank::Guest, members: 2, oldest: None, years: 0 },
            Grouped { rank: Rank::Regular, members: 1, oldest: Some(31), years: 31 },
        ]
    );
    let counted = db.engine().query::<Member>().group_by(|m| m.rank).project::<Grouped>().count().await?;
    assert_eq!(counted, 2);
});

#[derive(Projection, Debug, PartialEq)]
#[orm(from = Post)]
struct Along {
    title: String,
    #[orm(expr = |p| p.author().name)]
    author: String,
    #[orm(expr = |p| p.author().team().name)]
    team: Option<String>,
    /// A value that is always there fits an `Option`.
    likes: Option<i64>,
}

case!(a_field_walks_a_path, |db| {
    club(&db).await?;
    let log = db.log();
    let first = db
        .engine()
        .query::<Post>()
        .filter(|p| p.author().team().name.eq("Reds"))
        .order_by(|p| p.id.desc())
        .project::<Along>()
        .first()
        .await?;
    let expected =
        Along { title: "b1".into(), author: "Bob".into(), team: Some("Reds".into()), likes: Some(0) };
    assert_eq!(first, Some(expected));
    let sql = log.take();
    assert_eq!(sql.len(), 1);
    assert_eq!(sql[0].matches("JOIN").count(), 2, "{sql:?}");
});

case!(the_ends_of_a_query_give_projections, |db| {
    club(&db).await?;
    let engine = db.engine();
    let by_name = |name: &'static str| engine.query::<Member>().filter(move |m| m.name.eq(name));
    assert_eq!(by_name("Bob").project::<Line>().one().await?.name, "Bob");
    assert_eq!(by_name("Eve").project::<Line>().one_or_none().await?, None);
    let error = by_name("Eve").project::<Line>().one().await.expect_err("nobody has that name");
    assert!(matches!(error.kind(), ErrorKind::NotFound { .. }));
    let query = engine.query::<Member>().project::<Line>().order_by(|m| m.name.desc()).limit(1).offset(1);
    assert_eq!(query.all().await?, [line("Bob", Rank::Guest, None, 1)]);
    assert_eq!(by_name("Ann").project::<Line>().count().await?, 1);
    assert!(by_name("Ann").project::<Line>().exists().await?);
});

case!(a_session_gives_values_and_flushes_before, |db| {
    club(&db).await?;
    let mut session = db.session();
    let dee = session.add(Member { name: "Dee".into(), ..Default::default() });
    let lines = session.query::<Member>().filter(|m| m.name.eq("Dee")).project::<Line>().all().await?;
    assert_eq!(lines, [line("Dee", Rank::Guest, None, 0)]);
    session[dee].age = Some(7);
    let without = session.query::<Member>().autoflush(false).project::<Line>();
    let lines = without.filter(|m| m.name.eq("Dee")).all().await?;
    assert_eq!(lines[0].years, None);
    session.rollback().await?;
});

#[derive(Projection, Debug, PartialEq)]
#[orm(from = Member)]
struct JustName {
    name: String,
}

case!(equal_projections_are_one_where_they_are_distinct, |db| {
    club(&db).await?;
    let mut session = db.session();
    session.add(Member { name: "Ann".into(), ..Default::default() });
    session.commit().await?;
    let names = db.engine().query::<Member>().distinct().project::<JustName>();
    assert_eq!(names.order_by(|m| m.name.asc()).all().await?.len(), 3);
});

case!(a_join_that_the_query_asks_for_narrows_projections, |db| {
    club(&db).await?;
    let twin = orm::alias::<Post>();
    let popular = db
        .engine()
        .query::<Member>()
        .join(&twin, |m, p| m.id.eq(p.author_id) & p.likes.ge(3))
        .order_by(|_| twin.id.asc())
        .project::<JustName>()
        .all()
        .await?;
    assert_eq!(popular, [JustName { name: "Ann".into() }, JustName { name: "Ann".into() }]);
});
