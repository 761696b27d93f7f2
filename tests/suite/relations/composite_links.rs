//! Many-to-many relations where keys have several columns: through a table, and through a model. Rule 14.

use super::*;
use orm::ErrorKind;

/// Known by an edition and a number.
#[derive(Model, Debug, Default, Clone)]
#[orm(table = "cl_volumes")]
struct Volume {
    #[orm(primary_key)]
    work: i64,
    #[orm(primary_key)]
    number: i32,
    #[orm(many_to_many, through = "cl_volume_topics", order_by = "label")]
    topics: ManyToMany<Topic>,
    #[orm(many_to_many, through = Loan)]
    readers: ManyToMany<Reader>,
    #[orm(has_many, cascade = "all, delete-orphan")]
    loans: HasMany<Loan>,
}

#[derive(Model, Debug, Default, Clone)]
#[orm(table = "cl_topics")]
struct Topic {
    #[orm(primary_key)]
    id: i64,
    #[orm(length = 20)]
    label: String,
    #[orm(many_to_many, through = "cl_volume_topics")]
    volumes: ManyToMany<Volume>,
}

/// Known by a town and a card.
#[derive(Model, Debug, Default, Clone)]
#[orm(table = "cl_readers")]
struct Reader {
    #[orm(primary_key, length = 10)]
    town: String,
    #[orm(primary_key)]
    card: i32,
    #[orm(many_to_many, through = Loan)]
    volumes: ManyToMany<Volume>,
}

/// A link with something of its own.
#[derive(Model, Debug, Default, Clone)]
#[orm(table = "cl_loans")]
#[orm(foreign_key(work, number, references = Volume))]
#[orm(foreign_key(town, card, references = Reader))]
struct Loan {
    #[orm(primary_key, length = 10)]
    town: String,
    #[orm(primary_key)]
    card: i32,
    #[orm(primary_key)]
    work: i64,
    #[orm(primary_key)]
    number: i32,
    #[orm(server_default = "14")]
    days: orm::Auto<i32>,
    #[orm(belongs_to = "work, number")]
    volume: BelongsTo<Volume>,
    #[orm(belongs_to = "town, card")]
    reader: BelongsTo<Reader>,
}

type Stacks = (Volume, Topic, Reader, Loan);

fn volume(work: i64, number: i32) -> Volume {
    Volume { work, number, ..Default::default() }
}

fn topic(label: &str) -> Topic {
    Topic { label: label.into(), ..Default::default() }
}

fn reader(town: &str, card: i32) -> Reader {
    Reader { town: town.into(), card, ..Default::default() }
}

async fn linked(db: &crate::harness::Database) -> orm::Result<Vec<String>> {
    let volumes = db
        .engine()
        .query::<Volume>()
        .order_by(|v| (v.work.asc(), v.number.asc()))
        .with(|v| v.topics())
        .all()
        .await?;
    let mut pairs = Vec::new();
    for volume in &volumes {
        for topic in volume.topics.iter_owned()? {
            pairs.push(format!("{}/{} {}", volume.work, volume.number, topic.label));
        }
    }
    Ok(pairs)
}

case!(rule_14_a_table_links_a_key_of_two_columns, |db| {
    db.create::<Stacks>().await?;
    let mut session = db.session();
    let [sea, air] = ["sea", "air"].map(|label| session.add(topic(label)));
    let first = session.add(Volume { topics: [sea, air].into(), ..volume(1, 1) });
    let second = session.add(volume(1, 2));
    session[sea].volumes.push(second);
    let plan = session.plan()?.to_string();
    assert!(
        plan.contains("INSERT INTO cl_volume_topics (topic_id, volume_work, volume_number): 3 rows"),
        "{plan}"
    );
    session.commit().await?;
    assert_eq!(linked(&db).await?, ["1/1 air", "1/1 sea", "1/2 sea"]);
    assert_eq!(session[second].topics.handles()?, [sea], "the other side follows");
    session[second].topics.push(sea); // both sides alike, and there already
    session[first].topics.remove(sea);
    session[sea].volumes.remove(first);
    session.commit().await?;
    assert_eq!(linked(&db).await?, ["1/1 air", "1/2 sea"]);
    let volumes = db.engine().query::<Volume>().filter(|v| v.topics().any(|t| t.label.eq("sea")));
    assert_eq!(volumes.one().await?.number, 2);
    let topics = db.engine().query::<Topic>().filter(|t| t.volumes().any(|v| v.number.eq(1)));
    assert_eq!(topics.one().await?.label, "air");
    session.delete(first);
    session.commit().await?;
    assert_eq!(linked(&db).await?, ["1/2 sea"]);
    assert!(session[air].volumes.is_empty()?);
});

case!(rule_14_a_link_by_two_columns_that_is_gone_is_stale, |db| {
    db.create::<Stacks>().await?;
    let mut session = db.session();
    let first = session.add(Volume { topics: [topic("sea")].into(), ..volume(1, 1) });
    session.commit().await?;
    db.execute("DELETE FROM cl_volume_topics").await?;
    session[first].topics.clear();
    let error = session.commit().await.expect_err("the link is gone");
    assert!(matches!(error.kind(), ErrorKind::Stale { .. }), "{error}");
});

case!(rule_15_links_follow_a_key_of_two_columns_that_changes, |db| {
    db.create::<Stacks>().await?;
    let mut session = db.session();
    let [sea, air] = ["sea", "air"].map(|label| session.add(topic(label)));
    let first = session.add(Volume { topics: [sea].into(), ..volume(1, 1) });
    session.commit().await?;
    session[first].number = 4;
    session[first].topics.push(air);
    session.commit().await?;
    assert_eq!(linked(&db).await?, ["1/4 air", "1/4 sea"]);
    session[first].topics.remove(sea);
    session.add(Volume { topics: [sea].into(), ..volume(1, 1) }); // takes the key that was given up
    session.commit().await?;
    assert_eq!(linked(&db).await?, ["1/1 sea", "1/4 air"]);
});

case!(rule_14_a_model_links_keys_of_two_columns, |db| {
    db.create::<Stacks>().await?;
    let mut session = db.session();
    let ann = session.add(reader("Rome", 7));
    let first = session.add(Volume { readers: [ann].into(), ..volume(1, 1) });
    session[ann].volumes.push(volume(1, 2));
    session.commit().await?;
    let loans = db.engine().query::<Loan>().order_by(|l| l.number.asc()).with(|l| l.reader()).all().await?;
    assert_eq!(
        loans.iter().map(|loan| (loan.number, loan.days)).collect::<Vec<_>>(),
        [(1, orm::Auto::Set(14)), (2, orm::Auto::Set(14))]
    );
    assert_eq!(loans[0].reader.get_owned()?.card, 7);
    assert_eq!(session[ann].volumes.len()?, 2);
    assert_eq!(session[first].readers.handles()?, [ann]);
    // The association object itself.
    let bob = session.add(reader("Oslo", 1));
    session[first].loans.push(Loan { reader: bob.into(), days: 3.into(), ..Default::default() });
    session.commit().await?;
    assert_eq!(session[first].readers.handles()?, [ann, bob]);
    let readers =
        db.engine().query::<Reader>().filter(|r| r.volumes().any(|v| v.number.eq(1))).count().await?;
    assert_eq!(readers, 2);
    session[first].readers.remove(ann);
    session.commit().await?;
    // A link that was made by its sides is an object as well, once it is asked for.
    session[first].readers.push(ann);
    session.flush().await?;
    assert!(!session[first].loans.is_loaded());
    session.load(first, |v| v.loans()).await?;
    assert_eq!(session[first].loans.len()?, 2);
    session[first].readers.remove(ann);
    session.commit().await?;
    assert_eq!(session[first].loans.len()?, 1);
    assert_eq!(db.engine().query::<Loan>().filter(|l| l.number.eq(1)).one().await?.town, "Oslo");
    session.delete(first);
    session.commit().await?;
    assert_eq!(db.engine().query::<Loan>().count().await?, 1);
});

/// Everything of one house stays in it: both keys of the links hold the house.
#[derive(Model, Debug, Default, Clone)]
#[orm(table = "cl_rooms")]
struct Room {
    #[orm(primary_key)]
    house: i64,
    #[orm(primary_key)]
    id: i64,
    #[orm(many_to_many, through = Access)]
    guests: ManyToMany<Guest>,
}

#[derive(Model, Debug, Default, Clone)]
#[orm(table = "cl_guests")]
struct Guest {
    #[orm(primary_key)]
    house: i64,
    #[orm(primary_key)]
    id: i64,
}

#[derive(Model, Debug, Default, Clone)]
#[orm(table = "cl_access")]
#[orm(foreign_key(house, room_id, references = Room))]
#[orm(foreign_key(house, guest_id, references = Guest))]
#[allow(clippy::duplicated_attributes)]
struct Access {
    #[orm(primary_key)]
    house: i64,
    #[orm(primary_key)]
    room_id: i64,
    #[orm(primary_key)]
    guest_id: i64,
}

case!(links_may_refer_to_both_sides_by_one_column, |db| {
    db.create::<(Room, Guest, Access)>().await?;
    let mut session = db.session();
    let [ann, eve] = session.add_all([Guest { house: 1, id: 1 }, Guest { house: 2, id: 1 }])[..] else {
        unreachable!()
    };
    let room = session.add(Room { house: 1, id: 5, guests: [ann].into() });
    session.commit().await?;
    let access = db.engine().query::<Access>().one().await?;
    assert_eq!((access.house, access.room_id, access.guest_id), (1, 5, 1));
    session[room].guests.push(eve);
    let text = session.flush().await.expect_err("she is a guest of another house").to_string();
    assert!(text.contains("different values for `house`"), "{text}");
    session[room].guests.remove(eve);
    session[room].guests.remove(ann);
    session.commit().await?;
    assert_eq!(db.engine().query::<Access>().count().await?, 0);
});
