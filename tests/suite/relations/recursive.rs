//! Relations of a model to itself, followed so many steps or to the end.

use orm::ErrorKind;

use super::*;

/// A tree of three levels below the root: a(b(c, d(e)), f).
async fn tree(db: &crate::harness::Database) -> orm::Result<()> {
    db.create::<(Folder,)>().await?;
    let mut session = db.session();
    let d = Folder { children: [folder("e")].into(), ..folder("d") };
    let b = Folder { children: [folder("c"), d].into(), ..folder("b") };
    session.add(Folder { children: [b, folder("f")].into(), ..folder("a") });
    session.commit().await
}

/// `a(b(c d(e)) f)`; a question mark where the children are not loaded.
fn shown(session: &UnitOfWork, folder: &Folder) -> orm::Result<String> {
    if !folder.children.is_loaded() {
        return Ok(format!("{}?", folder.name));
    }
    let children: orm::Result<Vec<String>> =
        folder.children.iter(session)?.map(|child| shown(session, child)).collect();
    Ok(together(&folder.name, &children?))
}

fn shown_owned(folder: &Folder) -> orm::Result<String> {
    if !folder.children.is_loaded() {
        return Ok(format!("{}?", folder.name));
    }
    let children: orm::Result<Vec<String>> = folder.children.iter_owned()?.map(shown_owned).collect();
    Ok(together(&folder.name, &children?))
}

fn together(name: &str, children: &[String]) -> String {
    if children.is_empty() { name.to_owned() } else { format!("{name}({})", children.join(" ")) }
}

case!(rule_28_a_self_reference_loads_to_a_given_depth, |db| {
    tree(&db).await?;
    for (levels, wanted) in
        [(0, "a?"), (1, "a(b? f?)"), (2, "a(b(c? d?) f)"), (3, "a(b(c d(e?)) f)"), (9, "a(b(c d(e)) f)")]
    {
        let mut session = db.session();
        let before = db.engine().statement_count();
        let root = session
            .query::<Folder>()
            .filter(|f| f.name.eq("a"))
            .with(|f| f.children().depth(levels))
            .one()
            .await?;
        assert_eq!(db.engine().statement_count() - before, u64::from(levels.min(4)) + 1);
        assert_eq!(shown(&session, &session[root])?, wanted);
        let roots = db.engine().query::<Folder>().filter(|f| f.name.eq("a"));
        let roots = roots.with(|f| f.children().depth(levels)).all().await?;
        assert_eq!(shown_owned(&roots[0])?, wanted);
    }
});

case!(rule_28_a_self_reference_loads_wholly_by_one_recursive_statement, |db| {
    tree(&db).await?;
    let mut session = db.session();
    let before = db.engine().statement_count();
    let root =
        session.query::<Folder>().filter(|f| f.name.eq("a")).with(|f| f.children().recursive()).one().await?;
    assert_eq!(db.engine().statement_count() - before, 2);
    assert_eq!(shown(&session, &session[root])?, "a(b(c d(e)) f)");
    let before = db.engine().statement_count();
    let roots = db.engine().query::<Folder>().filter(|f| f.name.eq("a"));
    let roots = roots.with(|f| f.children().recursive()).all().await?;
    assert_eq!(db.engine().statement_count() - before, 2);
    assert_eq!(shown_owned(&roots[0])?, "a(b(c d(e)) f)");
});

case!(rule_28_later_loads_follow_a_self_reference_as_well, |db| {
    tree(&db).await?;
    let mut session = db.session();
    let root = session.query::<Folder>().filter(|f| f.name.eq("a")).one().await?;
    session.load(root, |f| f.children().depth(2)).await?;
    assert_eq!(shown(&session, &session[root])?, "a(b(c? d?) f)");
    // What is loaded is walked; what lacks below it is one statement.
    let before = db.engine().statement_count();
    session.load(root, |f| f.children().recursive()).await?;
    assert_eq!(db.engine().statement_count() - before, 1);
    assert_eq!(shown(&session, &session[root])?, "a(b(c d(e)) f)");
    session.load(root, |f| f.children().recursive()).await?;
    assert_eq!(db.engine().statement_count() - before, 1);
});

case!(rule_28_a_recursive_load_is_as_deep_as_the_data, |db| {
    db.create::<(Folder,)>().await?;
    // Servers stop after a thousand rounds unless they are told otherwise; MariaDB without a word.
    let rows: Vec<String> = (1..=1_500).map(|number| format!("({number}, 'n{number}', NULL)")).collect();
    db.execute(&format!("INSERT INTO rel_folders (id, name, parent_id) VALUES {}", rows.join(", "))).await?;
    db.execute("UPDATE rel_folders SET parent_id = id - 1 WHERE id > 1").await?;
    let mut session = db.session();
    let top =
        session.query::<Folder>().filter(|f| f.id.eq(1)).with(|f| f.children().recursive()).one().await?;
    let mut level = top;
    let mut depth = 0;
    while let Some(child) = session[level].children.handles()?.first().copied() {
        level = child;
        depth += 1;
    }
    assert_eq!(depth, 1_499);
    // Values inside values would overflow the stack.
    let error = db.engine().query::<Folder>().filter(|f| f.id.eq(1)).with(|f| f.children().recursive()).all();
    let error = error.await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::InvalidQuery { .. }), "{error}");
    assert!(error.to_string().contains("load it in a session"), "{error}");
});

case!(rule_28_ancestors_are_a_self_reference_too, |db| {
    tree(&db).await?;
    let leaf = |name: &'static str| db.engine().query::<Folder>().filter(move |f| f.name.eq(name));
    let above = |folder: &Folder| -> orm::Result<String> {
        let mut names = folder.name.clone();
        let mut folder = folder;
        while let Some(parent) = folder.parent.get_owned()? {
            names += &format!(" < {}", parent.name);
            folder = parent;
        }
        Ok(names)
    };
    let before = db.engine().statement_count();
    let e = leaf("e").with(|f| f.parent().recursive()).one().await?;
    assert_eq!(db.engine().statement_count() - before, 2);
    assert_eq!(above(&e)?, "e < d < b < a");
    let e = leaf("e").with(|f| f.parent().depth(3)).one().await?;
    assert!(above(&e).is_err(), "the root's own parent was not asked for");
    // Parents that several share.
    let all = db.engine().query::<Folder>().order_by(|f| f.name.asc()).with(|f| f.parent().recursive());
    let all: orm::Result<Vec<String>> = all.all().await?.iter().map(above).collect();
    assert_eq!(all?, ["a", "b < a", "c < b < a", "d < b < a", "e < d < b < a", "f < a"]);

    let mut session = db.session();
    let e = session.query::<Folder>().filter(|f| f.name.eq("e")).one().await?;
    session.load(e, |f| f.parent().recursive()).await?;
    let mut names = Vec::new();
    let mut folder = e;
    while let Some(parent) = session[folder].parent.handle()? {
        names.push(session[parent].name.clone());
        folder = parent;
    }
    assert_eq!(names, ["d", "b", "a"]);
});

case!(rule_28_a_cycle_in_the_data_ends_a_recursive_load, |db| {
    tree(&db).await?;
    // a -> b -> d -> e -> a: nobody is the root any more.
    db.execute("UPDATE rel_folders SET parent_id = (SELECT id FROM (SELECT id FROM rel_folders WHERE name = 'e') AS e) \
                WHERE name = 'a'")
        .await?;
    let mut session = db.session();
    let a =
        session.query::<Folder>().filter(|f| f.name.eq("a")).with(|f| f.children().recursive()).one().await?;
    let e = session.query::<Folder>().filter(|f| f.name.eq("e")).one().await?;
    assert_eq!(session[e].children.handles()?, [a]);
    let mut session = db.session();
    let a =
        session.query::<Folder>().filter(|f| f.name.eq("a")).with(|f| f.children().depth(50)).one().await?;
    assert_eq!(session[a].children.len()?, 2);
    // Values cannot hold each other: the object that closes the cycle does not hold its children.
    let roots = db.engine().query::<Folder>().filter(|f| f.name.eq("a"));
    let roots = roots.with(|f| f.children().recursive()).all().await?;
    assert_eq!(shown_owned(&roots[0])?, "a(b(c d(e(a?))) f)");
    let roots = db.engine().query::<Folder>().filter(|f| f.name.eq("a"));
    let narrowed = roots.with(|f| f.children().filter(|c| c.name.ne("c")).recursive()).all().await?;
    assert_eq!(shown_owned(&narrowed[0])?, "a(b(d(e(a?))) f)");
});

case!(rule_29_a_recursive_load_is_narrowed_at_each_level, |db| {
    tree(&db).await?;
    let mut session = db.session();
    let a = session
        .query::<Folder>()
        .filter(|f| f.name.eq("a"))
        .with(|f| f.children().order_by(|c| c.name.desc()).recursive())
        .one()
        .await?;
    assert_eq!(shown(&session, &session[a])?, "a(f b(d(e) c))");
    let mut session = db.session();
    let a = session
        .query::<Folder>()
        .filter(|f| f.name.eq("a"))
        .with(|f| f.children().filter(|c| c.name.ne("d")).recursive())
        .one()
        .await?;
    assert_eq!(shown(&session, &session[a])?, "a(b(c) f)");
    let mut session = db.session();
    let a = session
        .query::<Folder>()
        .filter(|f| f.name.eq("a"))
        .with(|f| f.children().order_by(|c| c.name.desc()).limit(1).recursive())
        .one()
        .await?;
    assert_eq!(shown(&session, &session[a])?, "a(f)");
});

#[derive(Model, Debug, Default, Clone)]
#[orm(table = "rel_stations")]
struct Station {
    #[orm(primary_key)]
    id: i64,
    #[orm(length = 20)]
    name: String,
    #[orm(has_many)]
    platforms: HasMany<Platform>,
    #[orm(many_to_many, through = Track, via = "start_id")]
    next: ManyToMany<Station>,
}

#[derive(Model, Debug, Default, Clone)]
#[orm(table = "rel_tracks")]
struct Track {
    #[orm(primary_key, references = Station, generated = false)]
    start_id: i64,
    #[orm(primary_key, references = Station, generated = false)]
    end_id: i64,
}

#[derive(Model, Debug, Default, Clone)]
#[orm(table = "rel_platforms")]
struct Platform {
    #[orm(primary_key)]
    id: i64,
    #[orm(references = Station)]
    station_id: i64,
    #[orm(belongs_to = "station_id")]
    station: BelongsTo<Station>,
}

case!(rule_28_a_graph_of_links_is_followed_to_the_end, |db| {
    db.create::<(Station, Track, Platform)>().await?;
    let mut session = db.session();
    let [a, b, c] = ["a", "b", "c"].map(|name| {
        let platforms = [Platform::default()].into();
        session.add(Station { name: name.into(), platforms, ..Default::default() })
    });
    session[a].next.push(b);
    session[b].next.push(c);
    session[c].next.push(a);
    session[c].next.push(b);
    session.commit().await?;
    let mut session = db.session();
    let before = db.engine().statement_count();
    let a = session
        .query::<Station>()
        .filter(|s| s.name.eq("a"))
        .with(|s| s.next().recursive().with(|s| s.platforms()))
        .one()
        .await?;
    assert_eq!(db.engine().statement_count() - before, 3);
    let b = session[a].next.handles()?[0];
    let c = session[b].next.handles()?[0];
    assert_eq!(session[c].next.handles()?, [a, b]);
    for station in [a, b, c] {
        assert_eq!(session[station].platforms.len()?, 1);
    }
    let plain = db.engine().query::<Station>().filter(|s| s.name.eq("a"));
    let plain = plain.with(|s| s.next().recursive().with(|s| s.platforms())).one().await?;
    let b = plain.next.iter_owned()?.next().expect("a leads to b");
    let c = b.next.iter_owned()?.next().expect("b leads to c");
    assert_eq!(c.platforms.len()?, 1);
    assert_eq!(c.next.len()?, 2);
});

case!(only_a_relation_of_a_model_to_itself_is_followed, |db| {
    db.create::<Shop>().await?;
    let mut session = db.session();
    session.add(Customer { orders: [order(1)].into(), ..customer("Ann") });
    session.commit().await?;
    let error = session.query::<Customer>().with(|c| c.orders().depth(2)).all().await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "invalid query: `depth` and `recursive` follow a relation of a model to itself, and `Customer.orders` leads to \
         `Order`: name each step, as in `.with(|u| u.posts().comments())`"
    );
    let error = db.engine().query::<Customer>().with(|c| c.orders().recursive()).all().await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::InvalidQuery { .. }));
});
