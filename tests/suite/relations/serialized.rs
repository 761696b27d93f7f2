//! Relation fields in serde's formats.

use orm::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::json;

#[derive(Model, Serialize, Deserialize, Debug, Default, Clone)]
#[orm(table = "sr_teams")]
struct Team {
    #[orm(primary_key)]
    id: i64,
    #[orm(length = 20)]
    name: String,
    #[orm(has_many, cascade = "all, delete-orphan", order_by = "id")]
    #[serde(default)]
    members: HasMany<Member>,
    #[orm(has_one)]
    #[serde(default)]
    badge: HasOne<Badge>,
    #[orm(many_to_many, through = "sr_team_skills", order_by = "id")]
    #[serde(default)]
    skills: ManyToMany<Skill>,
}

#[derive(Model, Serialize, Deserialize, Debug, Default, Clone)]
#[orm(table = "sr_members")]
struct Member {
    #[orm(primary_key)]
    id: i64,
    #[orm(length = 20)]
    name: String,
    #[orm(references = Team)]
    team_id: i64,
    #[orm(belongs_to = "team_id")]
    #[serde(default, skip_serializing_if = "BelongsTo::is_not_loaded")]
    team: BelongsTo<Team>,
}

#[derive(Model, Serialize, Deserialize, Debug, Default, Clone)]
#[orm(table = "sr_badges")]
struct Badge {
    #[orm(primary_key)]
    id: i64,
    #[orm(references = Team, unique)]
    team_id: Option<i64>,
    #[orm(belongs_to = "team_id")]
    #[serde(default)]
    team: BelongsTo<Option<Team>>,
}

#[derive(Model, Serialize, Deserialize, Debug, Default, Clone)]
#[orm(table = "sr_skills")]
struct Skill {
    #[orm(primary_key)]
    id: i64,
    #[orm(length = 20)]
    name: String,
}

type Tables = (Team, Member, Badge, Skill);

fn member(name: &str) -> Member {
    Member { name: name.into(), ..Default::default() }
}

fn skill(name: &str) -> Skill {
    Skill { name: name.into(), ..Default::default() }
}

fn team() -> Team {
    Team {
        name: "red".into(),
        members: [member("Ann"), member("Bob")].into(),
        badge: Badge::default().into(),
        skills: [skill("dance")].into(),
        ..Default::default()
    }
}

case!(results_of_an_engine_are_serialized_with_what_was_loaded, |db| {
    db.create::<Tables>().await?;
    let mut session = db.session();
    session.add(team());
    session.commit().await?;
    let teams = db.engine().query::<Team>().with(|t| (t.members(), t.badge(), t.skills())).all().await?;
    let written = serde_json::to_value(&teams)?;
    assert_eq!(
        written,
        json!([{
            "id": 1,
            "name": "red",
            "members": [{"id": 1, "name": "Ann", "team_id": 1}, {"id": 2, "name": "Bob", "team_id": 1}],
            "badge": {"id": 1, "team_id": 1, "team": null},
            "skills": [{"id": 1, "name": "dance"}],
        }])
    );
    let shallow = db.engine().query::<Team>().one().await?;
    assert_eq!(
        serde_json::to_value(&shallow)?,
        json!({"id": 1, "name": "red", "members": null, "badge": null, "skills": null}),
        "what was not loaded is nothing"
    );
    let ann = db.engine().query::<Member>().with(|m| m.team()).filter(|m| m.name.eq("Ann")).one().await?;
    assert_eq!(serde_json::to_value(&ann)?["team"]["name"], "red");

    // And back: what was read is merged, changed.
    let mut read: Vec<Team> = serde_json::from_value(written)?;
    let mut red = read.remove(0);
    red.name = "blue".into();
    assert_eq!(red.members.len()?, 2);
    let mut session = db.session();
    let blue = session.merge(red).await?;
    assert_eq!(session.plan()?.to_string().lines().count(), 1);
    session.commit().await?;
    assert_eq!(session[blue].members.len()?, 2);
    // Nothing says nothing: the members stay.
    let silent: Team = serde_json::from_value(json!({"id": 1, "name": "green", "members": null}))?;
    session.merge(silent).await?;
    session.commit().await?;
    assert_eq!(db.engine().query::<Member>().count().await?, 2);
});

case!(a_graph_from_outside_is_added_as_it_is, |db| {
    db.create::<Tables>().await?;
    let graph: Team = serde_json::from_value(json!({
        "id": 0,
        "name": "red",
        "members": [{"id": 0, "name": "Ann", "team_id": 0}],
        "badge": {"id": 0, "team_id": null},
    }))?;
    let mut session = db.session();
    let red = session.add(graph);
    session.commit().await?;
    assert_eq!(session[red].members.len()?, 1);
    assert!(session[red].skills.is_empty()?, "nothing was said of a new object: it is empty");
    assert_eq!(db.engine().query::<Badge>().one().await?.team_id, Some(1));
});

case!(objects_of_a_session_are_detached_before_they_are_serialized, |db| {
    db.create::<Tables>().await?;
    let mut session = db.session();
    let red = session.add(team());
    session.commit().await?;
    let text = serde_json::to_string(&session[red]).expect_err("handles cannot be written").to_string();
    assert!(
        text.contains("a relation holds a handle of a `Member`") && text.contains("session.detach"),
        "{text}"
    );
    let owned = session.detach(red).expect("it is there");
    assert_eq!(serde_json::to_value(&owned)?["members"][1]["name"], "Bob");
    let text = {
        let mut session = db.session();
        let red = session.query::<Team>().one().await?;
        session[red].members.push(member("Cid"));
        serde_json::to_string(&session[red]).expect_err("it is not whole").to_string()
    };
    assert!(text.contains("is not loaded and was changed"), "{text}");
});
