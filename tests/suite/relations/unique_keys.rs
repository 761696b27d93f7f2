//! Relations to a unique column that is not the primary key. Rules 7, 10, 15, 28.

use super::*;

/// Referred to by its code, which may change.
#[derive(Model, Debug, Default, Clone)]
#[orm(table = "uk_parts")]
struct Part {
    #[orm(primary_key)]
    id: i64,
    #[orm(length = 20, unique)]
    code: String,
    #[orm(has_many, cascade = "all, delete-orphan", order_by = "id")]
    uses: HasMany<Use>,
    #[orm(has_many, order_by = "id")]
    notes: HasMany<Note>,
}

/// The database lets it follow.
#[derive(Model, Debug, Default, Clone)]
#[orm(table = "uk_uses")]
struct Use {
    #[orm(primary_key)]
    id: i64,
    #[orm(length = 20)]
    place: String,
    #[orm(references = Part::code, length = 20, on_update = "cascade")]
    part_code: String,
    #[orm(belongs_to = "part_code")]
    part: BelongsTo<Part>,
}

/// Follows by an UPDATE of its own.
#[derive(Model, Debug, Default, Clone)]
#[orm(table = "uk_notes")]
struct Note {
    #[orm(primary_key)]
    id: i64,
    #[orm(references = Part::code, length = 20)]
    part_code: Option<String>,
    #[orm(belongs_to = "part_code")]
    part: BelongsTo<Option<Part>>,
}

type Works = (Part, Use, Note);

fn part(code: &str) -> Part {
    Part { code: code.into(), ..Default::default() }
}

fn at(place: &str) -> Use {
    Use { place: place.into(), ..Default::default() }
}

async fn uses(db: &crate::harness::Database) -> orm::Result<Vec<String>> {
    let uses = db.engine().query::<Use>().order_by(|u| u.place.asc()).all().await?;
    Ok(uses.iter().map(|one| format!("{} {}", one.place, one.part_code)).collect())
}

/// A bolt that is used twice and noted once, and a nut.
async fn works(db: &crate::harness::Database) -> orm::Result<(UnitOfWork, [Handle<Part>; 2])> {
    let mut session = db.session();
    let bolt = session.add(Part {
        uses: [at("a"), at("b")].into(),
        notes: [Note::default()].into(),
        ..part("bolt")
    });
    let nut = session.add(part("nut"));
    session.commit().await?;
    Ok((session, [bolt, nut]))
}

case!(a_relation_by_a_unique_column_is_written_and_loaded, |db| {
    db.create::<Works>().await?;
    let _written = works(&db).await?;
    assert_eq!(uses(&db).await?, ["a bolt", "b bolt"]);
    let mut session = db.session();
    let log = db.log();
    let parts =
        session.query::<Part>().order_by(|p| p.code.asc()).with(|p| (p.uses(), p.notes())).all().await?;
    assert_eq!(log.take().len(), 3);
    assert_eq!((session[parts[0]].uses.len()?, session[parts[0]].notes.len()?), (2, 1));
    assert!(session[parts[1]].uses.is_empty()?);
    let mut session = db.session();
    let all = session.query::<Use>().all().await?;
    log.take();
    for one in &all {
        session.load(one, |u| u.part()).await?;
        assert_eq!(session[*one].part.get(&session)?.code, "bolt");
    }
    assert_eq!(log.take().len(), 1);
    let engine = db.engine();
    assert_eq!(engine.query::<Use>().filter(|u| u.part().id.gt(0)).count().await?, 2);
    assert_eq!(
        engine.query::<Part>().filter(|p| p.uses().any(|u| u.place.eq("a"))).one().await?.code,
        "bolt"
    );
    assert_eq!(engine.query::<Part>().filter(|p| p.notes().count().eq(0)).one().await?.code, "nut");
});

case!(rule_7_both_sides_of_a_relation_by_a_unique_column_agree, |db| {
    db.create::<Works>().await?;
    let (mut session, [bolt, nut]) = works(&db).await?;
    let [a, b] = session[bolt].uses.handles()?[..] else { panic!("there are two") };
    session[a].part = nut.into();
    session.commit().await?;
    assert_eq!(session[nut].uses.handles()?, [a]);
    assert_eq!(session[bolt].uses.handles()?, [b]);
    session[nut].uses.push(b);
    session.commit().await?;
    assert_eq!(session[b].part.handle()?, Some(nut));
    assert!(session[bolt].uses.is_empty()?);
    session[a].part_code = "bolt".into(); // the raw key alone
    session.commit().await?;
    assert_eq!(session[a].part.handle()?, Some(bolt));
    assert_eq!(session[bolt].uses.handles()?, [a]);
    assert_eq!(session[nut].uses.handles()?, [b]);
});

case!(rule_10_children_by_a_unique_column_go_or_let_go, |db| {
    db.create::<Works>().await?;
    let (_, [bolt, _]) = works(&db).await?;
    let mut session = db.session();
    let _ = bolt;
    let bolt = session.query::<Part>().filter(|p| p.code.eq("bolt")).one().await?;
    session.delete(bolt);
    session.commit().await?;
    assert!(uses(&db).await?.is_empty());
    assert_eq!(db.engine().query::<Note>().one().await?.part_code, None);
});

case!(rule_15_rows_follow_a_unique_column_that_changes, |db| {
    db.create::<Works>().await?;
    let (mut session, [bolt, _]) = works(&db).await?;
    let (used, noted) = (session[bolt].uses.handles()?, session[bolt].notes.handles()?);
    session[bolt].code = "screw".into();
    session[bolt].uses.push(at("c"));
    session.flush().await?;
    assert_eq!(session[used[0]].part_code, "screw");
    assert_eq!(session[noted[0]].part_code.as_deref(), Some("screw"));
    assert_eq!(session[used[1]].part.handle()?, Some(bolt));
    assert_eq!(session[bolt].uses.len()?, 3);
    session.commit().await?;
    assert_eq!(uses(&db).await?, ["a screw", "b screw", "c screw"]);

    let mut session = db.session(); // nothing is loaded
    let screw = session.query::<Part>().filter(|p| p.code.eq("screw")).one().await?;
    session[screw].code = "pin".into();
    session.commit().await?;
    assert_eq!(uses(&db).await?, ["a pin", "b pin", "c pin"]);
    assert_eq!(db.engine().query::<Note>().one().await?.part_code.as_deref(), Some("pin"));
    session[screw].code = "peg".into();
    session.flush().await?;
    session.rollback().await?;
    assert_eq!(session[screw].code, "pin");
    assert_eq!(db.engine().query::<Note>().one().await?.part_code.as_deref(), Some("pin"));
});

#[derive(Model, Debug, Default, Clone)]
#[orm(table = "uk_people")]
struct Person {
    #[orm(primary_key)]
    id: i64,
    #[orm(length = 50, unique)]
    email: Option<String>,
    #[orm(has_many)]
    letters: HasMany<Letter>,
}

#[derive(Model, Debug, Default, Clone)]
#[orm(table = "uk_letters")]
struct Letter {
    #[orm(primary_key)]
    id: i64,
    #[orm(references = Person::email, length = 50)]
    receiver: Option<String>,
    #[orm(belongs_to = "receiver")]
    person: BelongsTo<Option<Person>>,
}

case!(a_row_without_a_value_in_the_unique_column_cannot_be_referred_to, |db| {
    db.create::<(Person, Letter)>().await?;
    let mut session = db.session();
    let ann = session.add(Person::default());
    session[ann].letters.push(Letter::default());
    let text = session.flush().await.expect_err("she has no address").to_string();
    assert!(text.contains("by `email`, which is NULL there"), "{text}");
    session[ann].email = Some("ann@example.com".into());
    session.commit().await?;
    assert_eq!(db.engine().query::<Letter>().one().await?.receiver.as_deref(), Some("ann@example.com"));
});

/// The database would let go of it; the session says where it belongs.
#[derive(Model, Debug, Default, Clone)]
#[orm(table = "uk_labels")]
struct Label {
    #[orm(primary_key, length = 20)]
    word: String,
    #[orm(has_many)]
    marks: HasMany<Mark>,
}

#[derive(Model, Debug, Default, Clone)]
#[orm(table = "uk_marks")]
struct Mark {
    #[orm(primary_key)]
    id: i64,
    #[orm(references = Label, length = 20, on_update = "set null")]
    word: Option<String>,
    #[orm(belongs_to = "word")]
    label: BelongsTo<Option<Label>>,
}

case!(rule_15_rows_follow_where_the_database_would_let_go, |db| {
    db.create::<(Label, Mark)>().await?;
    let mut session = db.session();
    let label = session.add(Label { word: "old".into(), marks: [Mark::default(), Mark::default()].into() });
    session.commit().await?;
    session[label].word = "new".into();
    session.commit().await?;
    let marks = db.engine().query::<Mark>().all().await?;
    assert!(marks.iter().all(|mark| mark.word.as_deref() == Some("new")));
    assert_eq!(session[label].marks.len()?, 2);
});
