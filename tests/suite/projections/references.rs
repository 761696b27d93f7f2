//! Nested projections of one row: joined into the same statement, an `Option` where the row may be missing.

use super::*;

#[derive(Projection, Debug, PartialEq)]
#[orm(from = Team)]
struct TeamLine {
    name: String,
}

#[derive(Projection, Debug, PartialEq)]
#[orm(from = Team)]
struct Motto {
    motto: Option<String>,
    #[orm(expr = |t| t.members().count())]
    members: i64,
}

#[derive(Projection, Debug, PartialEq)]
#[orm(from = Member)]
struct Card {
    name: String,
    team: Option<TeamLine>,
    rank: Rank,
}

#[derive(Projection, Debug, PartialEq)]
#[orm(from = Member)]
struct WithMotto {
    name: String,
    #[orm(expr = |m| m.team())]
    group: Option<Motto>,
    badge: Option<BadgeLine>,
}

#[derive(Projection, Debug, PartialEq)]
#[orm(from = Badge)]
struct BadgeLine {
    color: Option<String>,
}

#[derive(Projection, Debug, PartialEq)]
#[orm(from = Post)]
struct PostCard {
    author: Card,
    title: String,
    #[orm(expr = |p| p.author().team())]
    team: Option<TeamLine>,
}

fn reds() -> Option<TeamLine> {
    Some(TeamLine { name: "Reds".into() })
}

case!(a_reference_is_joined_into_the_statement, |db| {
    club(&db).await?;
    let log = db.log();
    let cards = db.engine().query::<Member>().order_by(|m| m.id.asc()).project::<Card>().all().await?;
    assert_eq!(
        cards,
        [
            Card { name: "Ann".into(), team: reds(), rank: Rank::Regular },
            Card { name: "Bob".into(), team: reds(), rank: Rank::Guest },
            Card { name: "Cid".into(), team: None, rank: Rank::Guest },
        ]
    );
    assert_eq!(
        log.take(),
        ["SELECT pro_members.name, pro_teams.name, pro_members.rank FROM pro_members \
          LEFT JOIN pro_teams ON pro_teams.id = pro_members.team_id ORDER BY pro_members.id ASC"]
    );
});

case!(a_row_whose_values_are_all_null_is_there, |db| {
    club(&db).await?;
    let log = db.log();
    let members = db.engine().query::<Member>().order_by(|m| m.id.asc()).project::<WithMotto>().all().await?;
    let motto = || Some(Motto { motto: None, members: 2 });
    assert_eq!(members[0].group, motto());
    assert_eq!(members[0].badge, Some(BadgeLine { color: Some("red".into()) }));
    assert_eq!((&members[1].group, &members[1].badge), (&motto(), &Some(BadgeLine { color: None })));
    assert_eq!((&members[2].group, &members[2].badge), (&None, &None));
    let sql = log.take().concat();
    // The keys say whether there is a row, where no value does.
    assert!(sql.starts_with("SELECT pro_members.name, pro_teams.id, pro_teams.motto, ("), "{sql}");
    assert!(sql.contains("pro_badges.id, pro_badges.color FROM"), "{sql}");
});

case!(references_go_on_from_references, |db| {
    club(&db).await?;
    let log = db.log();
    let mut session = db.session();
    let posts = session.query::<Post>().order_by(|p| p.id.desc()).project::<PostCard>().all().await?;
    let author = Card { name: "Bob".into(), team: reds(), rank: Rank::Guest };
    assert_eq!(posts[0], PostCard { author, title: "b1".into(), team: reds() });
    let sql = log.take();
    assert_eq!(sql.len(), 1);
    // One path is one join, however often it is read.
    assert_eq!(sql[0].matches("JOIN").count(), 2, "{sql:?}");
});

case!(projections_stand_beside_other_things, |db| {
    club(&db).await?;
    let log = db.log();
    let rows: Vec<(TeamLine, Option<i64>)> = db
        .engine()
        .query::<Team>()
        .group_by(|t| (t.id, t.name))
        .select(|t| (TeamLine::of(t), t.id.max()))
        .all()
        .await?;
    assert_eq!(rows[0].0.name, "Reds");
    let query = db.engine().query::<Member>().order_by(|m| m.id.asc());
    let rows =
        query.select(|m| (m.name, BadgeLine::of(m.badge()), TeamLine::of(m.team()), m.rank)).all().await?;
    let badge = |color: Option<&str>| Some(BadgeLine { color: color.map(Into::into) });
    assert_eq!(rows[0], ("Ann".into(), badge(Some("red")), reds(), Rank::Regular));
    assert_eq!(rows[1], ("Bob".into(), badge(None), reds(), Rank::Guest));
    assert_eq!(rows[2], ("Cid".into(), None, None, Rank::Guest));
    assert_eq!(log.take().len(), 2);
});
