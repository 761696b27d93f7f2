//! Children of two parents, of which one takes them along when it goes. Rules 10 and 11.

use super::*;
use orm::SessionFactory;

#[derive(Model, Debug, Default, Clone)]
#[orm(table = "two_clubs")]
struct Club {
    #[orm(primary_key)]
    id: i64,
    #[orm(has_many, cascade = "all, delete-orphan")]
    teams: HasMany<Team>,
}

#[derive(Model, Debug, Default, Clone)]
#[orm(table = "two_teams")]
struct Team {
    #[orm(primary_key)]
    id: i64,
    #[orm(references = Club)]
    club_id: i64,
    #[orm(belongs_to = "club_id")]
    club: BelongsTo<Club>,
    #[orm(has_many, cascade = "all, delete-orphan")]
    players: HasMany<Player>,
}

/// Goes with its team, and stays without a trainer; it cannot be without its agent.
#[derive(Model, Debug, Default, Clone)]
#[orm(table = "two_players")]
struct Player {
    #[orm(primary_key)]
    id: i64,
    #[orm(references = Team)]
    team_id: i64,
    #[orm(belongs_to = "team_id")]
    team: BelongsTo<Team>,
    #[orm(references = Person)]
    trainer_id: Option<i64>,
    #[orm(belongs_to = "trainer_id")]
    trainer: BelongsTo<Option<Person>>,
    #[orm(references = Person)]
    agent_id: i64,
    #[orm(belongs_to = "agent_id")]
    agent: BelongsTo<Person>,
}

#[derive(Model, Debug, Default, Clone)]
#[orm(table = "two_people")]
struct Person {
    #[orm(primary_key)]
    id: i64,
    #[orm(has_many, via = "trainer")]
    trained: HasMany<Player>,
    #[orm(has_many, via = "agent")]
    represented: HasMany<Player>,
}

type Sports = (Club, Team, Player, Person);

/// A club with a team of one player, and his agent.
async fn found(session: &mut UnitOfWork) -> orm::Result<()> {
    let player = Player { agent: Person::default().into(), ..Default::default() };
    let team = Team { players: [player].into(), ..Default::default() };
    session.add(Club { teams: [team].into(), ..Default::default() });
    session.commit().await
}

case!(rule_10_a_child_that_goes_with_one_parent_does_not_keep_the_other, |db| {
    db.create::<Sports>().await?;
    found(&mut db.engine().session()).await?;
    let mut session = db.engine().session();
    let agent = session.query::<Person>().one().await?;
    let team = session.query::<Team>().one().await?;
    session.delete(agent);
    session.delete(team);
    session.commit().await?;
    assert_eq!(db.engine().query::<Player>().count().await?, 0);
    assert_eq!(db.engine().query::<Person>().count().await?, 0);
});

case!(rule_10_a_child_that_goes_with_an_orphan_may_refer_to_what_is_deleted, |db| {
    db.create::<Sports>().await?;
    found(&mut db.engine().session()).await?;
    let mut session = SessionFactory::new(db.engine()).autoflush(false).session();
    let trainer = session.add(Person::default());
    session.commit().await?;
    let club = session.query::<Club>().one().await?;
    let team = session.query::<Team>().one().await?;
    let player = session.query::<Player>().one().await?;
    session[player].trainer = trainer.into();
    session.delete(trainer);
    // One that stays may not refer there.
    let error = session.flush().await.expect_err("it refers to what is deleted");
    assert!(error.to_string().contains("which is deleted"), "{error}");
    session[club].teams.remove(team);
    session.commit().await?;
    assert_eq!(db.engine().query::<Player>().count().await?, 0);
    assert_eq!(db.engine().query::<Person>().count().await?, 1, "the agent");
});

case!(rule_11_a_child_that_goes_with_an_orphan_does_not_keep_its_other_parent, |db| {
    db.create::<Sports>().await?;
    found(&mut db.engine().session()).await?;
    let mut session = db.engine().session();
    let agent = session.query::<Person>().one().await?;
    let club = session.query::<Club>().one().await?;
    session.delete(agent);
    session[club].teams.clear();
    session.commit().await?;
    assert_eq!(db.engine().query::<Player>().count().await?, 0);
    assert_eq!(db.engine().query::<Person>().count().await?, 0);
});
