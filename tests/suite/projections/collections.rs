//! Nested lists: one more statement for each collection and level, however many rows there are.

use super::*;

#[derive(Projection, Debug, PartialEq, Clone)]
#[orm(from = Tag)]
struct TagLine {
    label: String,
}

#[derive(Projection, Debug, PartialEq)]
#[orm(from = Post)]
struct PostLine {
    title: String,
    tags: Vec<TagLine>,
}

#[derive(Projection, Debug, PartialEq)]
#[orm(from = Member)]
struct Feed {
    name: String,
    posts: Vec<PostLine>,
}

fn post(title: &str, tags: &[&str]) -> PostLine {
    let tags = tags.iter().map(|label| TagLine { label: (*label).into() }).collect();
    PostLine { title: title.into(), tags }
}

case!(each_level_is_one_statement, |db| {
    club(&db).await?;
    let log = db.log();
    let feeds = db.engine().query::<Member>().order_by(|m| m.id.asc()).project::<Feed>().all().await?;
    // As the relation asks: the newest first.
    let posts = vec![post("a3", &[]), post("a2", &["rust", "sql"]), post("a1", &["rust"])];
    assert_eq!(
        feeds,
        [
            Feed { name: "Ann".into(), posts },
            Feed { name: "Bob".into(), posts: vec![post("b1", &["sql"])] },
            Feed { name: "Cid".into(), posts: vec![] },
        ]
    );
    assert_eq!(
        log.take(),
        [
            "SELECT pro_members.name, pro_members.id FROM pro_members ORDER BY pro_members.id ASC",
            "SELECT pro_posts.title, pro_posts.id, pro_posts.author_id FROM pro_posts \
             WHERE pro_posts.author_id IN (?, ?, ?, ?) ORDER BY pro_posts.author_id ASC, pro_posts.id DESC",
            "SELECT pro_tags.label, pro_post_tags.post_id FROM pro_tags \
             INNER JOIN pro_post_tags ON pro_post_tags.tag_id = pro_tags.id \
             WHERE pro_post_tags.post_id IN (?, ?, ?, ?) ORDER BY pro_post_tags.post_id ASC, pro_tags.id ASC",
        ]
    );
    let mut session = db.session();
    let in_session = session.query::<Member>().order_by(|m| m.id.asc()).project::<Feed>().all().await?;
    assert_eq!(in_session, feeds);
});

case!(nothing_is_read_below_where_there_is_nothing, |db| {
    club(&db).await?;
    let log = db.log();
    let nobody = db.engine().query::<Member>().filter(|m| m.name.eq("Eve")).project::<Feed>();
    assert_eq!(nobody.all().await?, []);
    assert_eq!(log.take().len(), 1);
    let cid = db.engine().query::<Member>().filter(|m| m.name.eq("Cid")).project::<Feed>().one().await?;
    assert_eq!(cid, Feed { name: "Cid".into(), posts: vec![] });
    assert_eq!(log.take().len(), 2);
});

#[derive(Projection, Debug, PartialEq)]
#[orm(from = Member)]
struct Best {
    #[orm(expr = |m| m.posts().filter(|p| p.likes.gt(0)).order_by(|p| p.likes.desc()).limit(2))]
    best: Vec<Title>,
    name: String,
    #[orm(expr = |m| m.posts().filter(|p| p.tags().any(|t| t.label.eq("sql"))))]
    about_sql: Vec<Title>,
}

#[derive(Projection, Debug, PartialEq)]
#[orm(from = Post)]
struct Title {
    title: String,
    #[orm(expr = |p| p.author().name)]
    by: String,
}

fn title(title: &str, by: &str) -> Title {
    Title { title: title.into(), by: by.into() }
}

case!(a_list_is_filtered_sorted_and_limited_for_each_owner, |db| {
    club(&db).await?;
    let log = db.log();
    let best = db.engine().query::<Member>().order_by(|m| m.id.asc()).project::<Best>().all().await?;
    assert_eq!(
        best[0],
        Best {
            best: vec![title("a2", "Ann"), title("a3", "Ann")],
            name: "Ann".into(),
            about_sql: vec![title("a2", "Ann")],
        }
    );
    assert_eq!(best[1], Best { best: vec![], name: "Bob".into(), about_sql: vec![title("b1", "Bob")] });
    let sql = log.take();
    assert_eq!(sql.len(), 3);
    assert_eq!(
        sql[1],
        "SELECT * FROM (SELECT pro_posts.title AS c0, pro_members.name AS c1, pro_posts.author_id AS owner0, \
         ROW_NUMBER() OVER (PARTITION BY pro_posts.author_id ORDER BY pro_posts.likes DESC, pro_posts.id ASC) AS row_of_owner \
         FROM pro_posts INNER JOIN pro_members ON pro_members.id = pro_posts.author_id \
         WHERE pro_posts.author_id IN (?, ?, ?, ?) AND (pro_posts.likes > ?)) AS numbered \
         WHERE row_of_owner <= 2 ORDER BY row_of_owner"
    );
});

#[derive(Projection, Debug, PartialEq)]
#[orm(from = Team)]
struct Roster {
    name: String,
    members: Vec<JustName>,
}

#[derive(Projection, Debug, PartialEq)]
#[orm(from = Member)]
struct JustName {
    name: String,
}

#[derive(Projection, Debug, PartialEq)]
#[orm(from = Member)]
struct Colleague {
    name: String,
    team: Option<Roster>,
    #[orm(expr = |m| m.posts().order_by(|p| p.id.asc()))]
    articles: Vec<Title>,
}

case!(a_list_inside_of_a_reference_goes_to_each_owner, |db| {
    club(&db).await?;
    let log = db.log();
    let all = db.engine().query::<Member>().order_by(|m| m.id.asc()).project::<Colleague>().all().await?;
    assert_eq!(log.take().len(), 3);
    let roster = || Roster {
        name: "Reds".into(),
        members: vec![JustName { name: "Ann".into() }, JustName { name: "Bob".into() }],
    };
    assert_eq!(all[0].team, Some(roster()));
    assert_eq!(all[0].articles, [title("a1", "Ann"), title("a2", "Ann"), title("a3", "Ann")]);
    assert_eq!(all[1].team, Some(roster()));
    assert_eq!(all[1].articles, [title("b1", "Bob")]);
    assert_eq!(all[2], Colleague { name: "Cid".into(), team: None, articles: vec![] });
});

#[derive(Projection, Debug, PartialEq)]
#[orm(from = Post)]
struct OfAuthor {
    title: String,
    #[orm(expr = |p| p.author().posts().filter(|other| other.likes.ge(3)))]
    popular_of_author: Vec<JustTitle>,
}

#[derive(Projection, Debug, PartialEq)]
#[orm(from = Post)]
struct JustTitle {
    title: String,
}

case!(a_list_hangs_on_a_row_along_a_path, |db| {
    club(&db).await?;
    let posts = db.engine().query::<Post>().order_by(|p| p.id.asc()).project::<OfAuthor>().all().await?;
    let titles: Vec<&str> = posts[0].popular_of_author.iter().map(|post| post.title.as_str()).collect();
    assert_eq!((posts[0].title.as_str(), titles.as_slice()), ("a1", ["a3", "a2"].as_slice()));
    assert_eq!(posts[1].popular_of_author, posts[0].popular_of_author);
    assert_eq!(posts[3].popular_of_author, []);
});

#[derive(Model, Debug, Default, Clone)]
#[orm(table = "pro_shelves")]
struct Shelf {
    #[orm(primary_key, length = 20)]
    room: String,
    #[orm(primary_key)]
    number: i32,
    #[orm(has_many, via = "shelf")]
    volumes: HasMany<Volume>,
}

#[derive(Model, Debug, Default, Clone)]
#[orm(table = "pro_volumes", foreign_key(shelf_room, shelf_number, references = Shelf))]
struct Volume {
    #[orm(primary_key)]
    id: i64,
    #[orm(length = 20)]
    shelf_room: String,
    shelf_number: i32,
    #[orm(belongs_to = "shelf_room, shelf_number")]
    shelf: BelongsTo<Shelf>,
    #[orm(length = 20)]
    title: String,
}

#[derive(Projection, Debug, PartialEq)]
#[orm(from = Shelf)]
struct ShelfCard {
    number: i32,
    volumes: Vec<VolumeLine>,
}

#[derive(Projection, Debug, PartialEq)]
#[orm(from = Volume)]
struct VolumeLine {
    title: String,
    shelf: Place,
}

#[derive(Projection, Debug, PartialEq)]
#[orm(from = Shelf)]
struct Place {
    room: String,
}

case!(a_list_hangs_on_a_key_of_several_columns, |db| {
    db.create::<(Shelf, Volume)>().await?;
    let mut session = db.session();
    for (room, number) in [("attic", 1), ("attic", 2), ("cellar", 1)] {
        let volumes = (1..=number)
            .map(|count| Volume { title: format!("{room} {number} {count}"), ..Default::default() });
        session.add(Shelf { room: room.into(), number, volumes: volumes.collect() });
    }
    session.commit().await?;
    let query = db.engine().query::<Shelf>().order_by(|s| (s.room.asc(), s.number.asc()));
    let shelves = query.project::<ShelfCard>().all().await?;
    let line =
        |title: &str, room: &str| VolumeLine { title: title.into(), shelf: Place { room: room.into() } };
    assert_eq!(
        shelves,
        [
            ShelfCard { number: 1, volumes: vec![line("attic 1 1", "attic")] },
            ShelfCard { number: 2, volumes: vec![line("attic 2 1", "attic"), line("attic 2 2", "attic")] },
            ShelfCard { number: 1, volumes: vec![line("cellar 1 1", "cellar")] },
        ]
    );
});

#[derive(Model, Debug, Clone)]
#[orm(table = "pro_parcels")]
struct Parcel {
    #[orm(primary_key)]
    id: uuid::Uuid,
    #[orm(has_many)]
    stamps: HasMany<Stamp>,
}

#[derive(Model, Debug, Clone)]
#[orm(table = "pro_stamps")]
struct Stamp {
    #[orm(primary_key)]
    id: uuid::Uuid,
    #[orm(references = Parcel)]
    parcel_id: uuid::Uuid,
    value: i32,
}

#[derive(Projection)]
#[orm(from = Parcel)]
struct Stamped {
    stamps: Vec<StampValue>,
}

#[derive(Projection)]
#[orm(from = Stamp)]
struct StampValue {
    value: i32,
}

case!(a_list_hangs_on_a_key_that_is_no_number, |db| {
    db.create::<(Parcel, Stamp)>().await?;
    let mut session = db.session();
    for count in 0..3 {
        let id = uuid::Uuid::new_v4();
        session.add(Parcel { id, stamps: HasMany::default() });
        for value in 0..count {
            session.add(Stamp { id: uuid::Uuid::new_v4(), parcel_id: id, value });
        }
    }
    session.commit().await?;
    let parcels = db.engine().query::<Parcel>().project::<Stamped>().all().await?;
    let mut sums: Vec<i32> =
        parcels.iter().map(|parcel| parcel.stamps.iter().map(|stamp| stamp.value + 1).sum()).collect();
    sums.sort_unstable();
    assert_eq!(sums, [0, 1, 3]);
});

case!(key_lists_are_chunked, |db| {
    db.create::<Club>().await?;
    let mut session = db.session();
    session.add_all((0..1200).map(|number| Member {
        name: format!("member {number}"),
        posts: [Post { title: format!("of {number}"), ..Default::default() }].into(),
        ..Default::default()
    }));
    session.commit().await?;
    let log = db.log();
    let feeds = db.engine().query::<Member>().project::<Feed>().all().await?;
    // The members; their posts in some parts; the tags of those in as many.
    let lists = db.backend().either(3, 2);
    assert_eq!(log.take().len(), 1 + lists + lists);
    assert_eq!(feeds.len(), 1200);
    for feed in &feeds {
        assert_eq!(feed.posts[0].title, feed.name.replace("member", "of"));
    }
});

#[derive(Model, Debug, Default, Clone)]
#[orm(table = "pro_folders")]
struct Folder {
    #[orm(primary_key)]
    id: i64,
    #[orm(length = 20)]
    name: String,
    #[orm(references = Self)]
    parent_id: Option<i64>,
    #[orm(belongs_to = "parent_id")]
    parent: BelongsTo<Option<Folder>>,
    #[orm(has_many, via = "parent")]
    children: HasMany<Folder>,
}

#[derive(Projection, Debug)]
#[orm(from = Folder)]
struct Branch {
    name: String,
    #[orm(depth = 2)]
    children: Vec<Branch>,
}

fn folder(name: &str, children: Vec<Folder>) -> Folder {
    Folder { name: name.into(), children: children.into(), ..Default::default() }
}

fn shown(branches: &[Branch]) -> String {
    let parts: Vec<String> =
        branches.iter().map(|branch| format!("{}({})", branch.name, shown(&branch.children))).collect();
    parts.join(" ")
}

case!(a_list_of_itself_is_read_to_its_depth, |db| {
    db.create::<(Folder,)>().await?;
    let mut session = db.session();
    let deep = folder("b", vec![folder("c", vec![folder("d", vec![])])]);
    session.add(folder("a", vec![deep, folder("e", vec![])]));
    session.commit().await?;
    let log = db.log();
    let roots = db.engine().query::<Folder>().filter(|f| f.parent_id.is_null()).project::<Branch>();
    assert_eq!(shown(&roots.all().await?), "a(b(c()) e())");
    assert_eq!(log.take().len(), 3);
});
