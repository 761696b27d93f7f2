//! Foreign keys of several columns: definitions, loads, changes, cascades, orphans, changed keys. Rules 1, 7, 10, 11, 13, 15, 28.

use super::*;
use orm::ErrorKind;

/// Identified by its warehouse and a number of its own.
#[derive(Model, Debug, Default, Clone)]
#[orm(table = "co_warehouses")]
pub(crate) struct Warehouse {
    #[orm(primary_key)]
    pub(crate) id: i64,
    #[orm(length = 50)]
    pub(crate) name: String,
    #[orm(has_many, cascade = "all, delete-orphan", order_by = "number")]
    pub(crate) bins: HasMany<Bin>,
}

/// Its key holds the key of its parent.
#[derive(Model, Debug, Default, Clone)]
#[orm(table = "co_bins")]
pub(crate) struct Bin {
    #[orm(primary_key, references = Warehouse)]
    pub(crate) warehouse_id: i64,
    #[orm(primary_key)]
    pub(crate) number: i32,
    #[orm(length = 50)]
    pub(crate) label: String,
    #[orm(belongs_to = "warehouse_id")]
    pub(crate) warehouse: BelongsTo<Warehouse>,
    #[orm(has_many, cascade = "all, delete-orphan", order_by = "id")]
    pub(crate) items: HasMany<Item>,
    #[orm(has_one)]
    pub(crate) seal: HasOne<Seal>,
}

/// Refers to a bin by both columns.
#[derive(Model, Debug, Default, Clone)]
#[orm(table = "co_items")]
#[orm(foreign_key(warehouse_id, bin_number, references = Bin, on_update = "cascade"))]
pub(crate) struct Item {
    #[orm(primary_key)]
    pub(crate) id: i64,
    #[orm(length = 50)]
    pub(crate) name: String,
    pub(crate) warehouse_id: i64,
    pub(crate) bin_number: i32,
    #[orm(belongs_to = "warehouse_id, bin_number")]
    pub(crate) bin: BelongsTo<Bin>,
}

/// May refer to a bin, or to none.
#[derive(Model, Debug, Default, Clone)]
#[orm(table = "co_seals", unique(warehouse_id, bin_number))]
#[orm(foreign_key(warehouse_id, bin_number, references = Bin, on_delete = "set null"))]
pub(crate) struct Seal {
    #[orm(primary_key)]
    pub(crate) id: i64,
    #[orm(length = 20)]
    pub(crate) code: String,
    pub(crate) warehouse_id: Option<i64>,
    pub(crate) bin_number: Option<i32>,
    #[orm(belongs_to = "bin_number, warehouse_id")]
    pub(crate) bin: BelongsTo<Option<Bin>>,
}

pub(crate) type Store = (Warehouse, Bin, Item, Seal);

pub(crate) fn warehouse(name: &str) -> Warehouse {
    Warehouse { name: name.into(), ..Default::default() }
}

pub(crate) fn bin(number: i32) -> Bin {
    Bin { number, label: format!("bin {number}"), ..Default::default() }
}

pub(crate) fn item(name: &str) -> Item {
    Item { name: name.into(), ..Default::default() }
}

pub(crate) fn seal(code: &str) -> Seal {
    Seal { code: code.into(), ..Default::default() }
}

async fn items(db: &crate::harness::Database) -> orm::Result<Vec<String>> {
    let items = db.engine().query::<Item>().order_by(|i| i.name.asc()).all().await?;
    Ok(items.iter().map(|i| format!("{} in {}/{}", i.name, i.warehouse_id, i.bin_number)).collect())
}

/// A warehouse of two bins, with three items in the first one.
async fn north(
    db: &crate::harness::Database,
) -> orm::Result<(UnitOfWork, Handle<Warehouse>, Vec<Handle<Bin>>)> {
    let mut session = db.session();
    let first = Bin { items: [item("axe"), item("bow"), item("cup")].into(), ..bin(1) };
    let north = session.add(Warehouse { bins: [first, bin(2)].into(), ..warehouse("north") });
    session.commit().await?;
    let bins = session[north].bins.handles()?;
    Ok((session, north, bins))
}

case!(a_generated_key_is_handed_down_through_keys_of_several_columns, |db| {
    db.create::<Store>().await?;
    let (session, north, bins) = north(&db).await?;
    let id = session[north].id;
    assert!(id > 0);
    assert_eq!((session[bins[0]].warehouse_id, session[bins[0]].number), (id, 1));
    assert_eq!(items(&db).await?, ["axe", "bow", "cup"].map(|name| format!("{name} in {id}/1")));
    let first = session[bins[0]].items.handles()?[0];
    assert_eq!((session[first].warehouse_id, session[first].bin_number), (id, 1));
    assert_eq!(session[first].bin.handle()?, Some(bins[0]));
});

case!(children_that_are_added_first_still_get_the_key_that_their_parent_gets, |db| {
    db.create::<Store>().await?;
    let mut session = db.session();
    let axe = session.add(item("axe"));
    let first = session.add(bin(7));
    let south = session.add(warehouse("south"));
    session[axe].bin = first.into();
    session[first].warehouse = south.into();
    session.commit().await?;
    let id = session[south].id;
    assert_eq!((session[axe].warehouse_id, session[axe].bin_number), (id, 7));
    assert_eq!(items(&db).await?, [format!("axe in {id}/7")]);
});

case!(rule_28_relations_are_loaded_by_keys_of_several_columns, |db| {
    db.create::<Store>().await?;
    let (mut session, north, _) = north(&db).await?;
    let south = Bin { items: [item("dam")].into(), ..bin(1) };
    session.add(Warehouse { bins: [south].into(), ..warehouse("south") });
    session.commit().await?;
    let north_id = session[north].id;

    let mut session = db.session();
    let log = db.log();
    let bins = session
        .query::<Bin>()
        .order_by(|b| (b.warehouse_id.asc(), b.number.asc()))
        .with(|b| b.items())
        .all()
        .await?;
    assert_eq!(log.take().len(), 2);
    let names = |session: &UnitOfWork, bin: &Handle<Bin>| -> orm::Result<Vec<String>> {
        Ok(session[*bin].items.iter(session)?.map(|item| item.name.clone()).collect())
    };
    assert_eq!(names(&session, &bins[0])?, ["axe", "bow", "cup"]);
    assert!(names(&session, &bins[1])?.is_empty(), "empty is loaded");
    assert_eq!(names(&session, &bins[2])?, ["dam"]);

    let mut session = db.session();
    let all = session.query::<Item>().order_by(|i| i.id.asc()).all().await?;
    log.take();
    for item in &all {
        session.load(item, |i| i.bin().warehouse()).await?;
        session.load(item, |i| i.bin()).await?;
        assert_eq!(session[*item].bin.get(&session)?.number, 1);
    }
    assert_eq!(log.take().len(), 2, "one for the bins, one for the warehouses");

    let owned =
        db.engine().query::<Warehouse>().order_by(|w| w.id.asc()).with(|w| w.bins().items()).all().await?;
    let first = owned[0].bins.iter_owned()?.next().expect("it has bins");
    assert_eq!(first.items.len()?, 3);
    assert_eq!(owned[0].id, north_id);
});

case!(paths_join_all_columns_of_a_key, |db| {
    db.create::<Store>().await?;
    let _written = north(&db).await?;
    let engine = db.engine();
    let inside =
        engine.query::<Item>().filter(|i| i.bin().label.eq("bin 1") & i.bin().warehouse().name.eq("north"));
    assert_eq!(inside.count().await?, 3);
    assert_eq!(engine.query::<Bin>().filter(|b| b.items().any(|i| i.name.eq("bow"))).count().await?, 1);
    assert_eq!(engine.query::<Bin>().filter(|b| b.items().count().eq(0)).one().await?.number, 2);
    assert_eq!(engine.query::<Seal>().filter(|s| s.bin().is_none()).count().await?, 0);
    assert_eq!(engine.query::<Bin>().filter(|b| b.seal().is_none()).count().await?, 2);
});

case!(rule_7_both_sides_of_a_key_of_several_columns_say_the_same, |db| {
    db.create::<Store>().await?;
    let (mut session, _, bins) = north(&db).await?;
    let held = session[bins[0]].items.handles()?;
    session[bins[1]].items.push(held[0]);
    session[held[1]].bin = bins[1].into();
    assert_eq!(session.plan()?.row_count(), 2);
    let log = db.log();
    session.flush().await?;
    assert!(
        log.take_writes()
            .iter()
            .all(|sql| !sql.contains("warehouse_id = ?, ") && !sql.contains("SET warehouse_id"))
    );
    assert_eq!(session[bins[1]].items.handles()?, [held[0], held[1]]);
    assert_eq!(session[bins[0]].items.handles()?, [held[2]]);
    assert_eq!(session[held[0]].bin.handle()?, Some(bins[1]));
    session[held[2]].bin_number = 2; // a part of the raw key alone
    session.commit().await?;
    assert_eq!(session[held[2]].bin.handle()?, Some(bins[1]));
    assert_eq!(session[bins[1]].items.len()?, 3);
});

case!(rule_10_what_hangs_on_a_deleted_row_goes_or_lets_go_of_all_columns, |db| {
    db.create::<Store>().await?;
    let (mut session, north, bins) = north(&db).await?;
    let red = session.add(Seal { bin: bins[0].into(), ..seal("red") });
    session.commit().await?;
    assert_eq!(session[red].bin_number, Some(1));
    let mut session = db.session(); // knows nothing, loads what it needs
    let log = db.log();
    let north = session
        .get::<Warehouse>({
            let _ = north;
            1
        })
        .await?
        .expect("it is there");
    log.take();
    session.delete(north);
    session.commit().await?;
    let writes: Vec<String> =
        log.take_writes().into_iter().filter(|sql| !sql.starts_with("SELECT")).collect();
    assert_eq!(writes[0], "UPDATE co_seals SET warehouse_id = ?, bin_number = ? WHERE id = ?", "{writes:?}");
    assert!(items(&db).await?.is_empty());
    assert_eq!(db.engine().query::<Bin>().count().await?, 0);
    let left = db.engine().query::<Seal>().one().await?;
    assert_eq!((left.warehouse_id, left.bin_number), (None, None));
});

case!(rule_11_an_orphan_by_a_key_of_several_columns_goes, |db| {
    db.create::<Store>().await?;
    let (mut session, north, bins) = north(&db).await?;
    let held = session[bins[0]].items.handles()?;
    session[bins[0]].items.remove(held[0]);
    session[bins[0]].items.remove(held[1]);
    session[bins[1]].items.push(held[1]); // moved: it lives
    session.commit().await?;
    let id = session[north].id;
    assert_eq!(items(&db).await?, [format!("bow in {id}/2"), format!("cup in {id}/1")]);
});

case!(a_reference_by_several_columns_is_set_and_cleared, |db| {
    db.create::<Store>().await?;
    let (mut session, north, bins) = north(&db).await?;
    let red = session.add(seal("red"));
    session.commit().await?;
    assert!(session[red].bin.get(&session)?.is_none());
    session[bins[1]].seal.set(red);
    session.commit().await?;
    assert_eq!(session[red].warehouse_id, Some(session[north].id));
    assert_eq!(session[red].bin.handle()?, Some(bins[1]));
    session[red].bin.clear();
    session.commit().await?;
    assert_eq!((session[red].warehouse_id, session[red].bin_number), (None, None));
    assert_eq!(session[bins[1]].seal.handle()?, None);
    let mut session = db.session();
    let red = session.query::<Seal>().with(|s| s.bin()).one().await?;
    assert!(session[red].bin.get(&session)?.is_none());
});

/// A key without a column of its own, inside the child's key.
#[derive(Model, Debug, Default, Clone)]
#[orm(table = "co_shelves")]
pub(crate) struct Shelf {
    #[orm(primary_key)]
    pub(crate) a: i64,
    #[orm(primary_key)]
    pub(crate) b: i64,
    #[orm(has_many)]
    pub(crate) boards: HasMany<Board>,
}
#[derive(Model, Debug, Default, Clone)]
#[orm(table = "co_boards", foreign_key(a, b, references = Shelf))]
pub(crate) struct Board {
    #[orm(primary_key)]
    pub(crate) a: i64,
    #[orm(primary_key)]
    pub(crate) b: i64,
    #[orm(primary_key)]
    pub(crate) c: i64,
    #[orm(belongs_to = "a, b")]
    pub(crate) shelf: BelongsTo<Shelf>,
}

case!(rule_13_a_key_of_several_columns_that_is_never_null_is_not_blanked, |db| {
    db.create::<(Shelf, Board)>().await?;
    let mut session = db.session();
    let shelf = session.add(Shelf { a: 1, b: 2, boards: [Board { c: 3, ..Default::default() }].into() });
    session.commit().await?;
    let board = session[shelf].boards.handles()?[0];
    assert_eq!((session[board].a, session[board].b), (1, 2));
    session[shelf].boards.clear();
    let error = session.commit().await.expect_err("the key is part of the child's key");
    let text = error.to_string();
    assert!(
        text.contains("`Shelf.boards`") && text.contains("`a, b`, where `a` is part of its primary key"),
        "{text}"
    );
    session.rollback().await?;
    assert_eq!(db.engine().query::<Board>().count().await?, 1);
});

case!(rule_15_children_follow_a_key_of_several_columns_that_changes, |db| {
    db.create::<Store>().await?;
    let (mut session, north, bins) = north(&db).await?;
    session.add(Seal { bin: bins[0].into(), ..seal("red") });
    session.commit().await?;
    let id = session[north].id;
    let mut session = db.session(); // the children are not loaded
    let first = session.get::<Bin>((id, 1)).await?.expect("it is there");
    session[first].number = 9;
    session.commit().await?;
    assert_eq!(items(&db).await?, ["axe", "bow", "cup"].map(|name| format!("{name} in {id}/9")));
    let red = db.engine().query::<Seal>().one().await?;
    assert_eq!((red.warehouse_id, red.bin_number), (Some(id), Some(9)));
    assert_eq!(session.get::<Bin>((id, 9)).await?, Some(first));
    session.load(first, |b| b.items()).await?;
    assert_eq!(session[first].items.len()?, 3);
    // Loaded, they are in step at once, also those that the database changes.
    let held = session[first].items.handles()?;
    session[first].number = 5;
    session.flush().await?;
    assert_eq!(session[held[2]].bin_number, 5);
    assert_eq!(session[held[2]].bin.handle()?, Some(first));
    assert_eq!(session[first].items.handles()?, held);
    session.rollback().await?;
    assert_eq!((session[first].number, session[held[2]].bin_number), (9, 9));
    assert_eq!(session.get::<Bin>((id, 9)).await?, Some(first));
});

case!(rule_15_a_key_that_cannot_be_followed_says_what_would_help, |db| {
    db.create::<(Shelf, Board)>().await?;
    let mut session = db.session();
    let shelf = session.add(Shelf { a: 1, b: 2, boards: [Board { c: 3, ..Default::default() }].into() });
    session.commit().await?;
    session[shelf].b = 4;
    let text = session.commit().await.expect_err("neither row can go first").to_string();
    assert!(text.contains("`Board.(a, b)` would follow with `on_update = \"cascade\"`"), "{text}");
});

/// Two keys that share a column: everything of one tenant refers to things of the same tenant.
mod tenants {
    use super::*;

    #[derive(Model, Debug, Default, Clone)]
    #[orm(table = "co_users")]
    pub(super) struct User {
        #[orm(primary_key)]
        pub(super) tenant: i64,
        #[orm(primary_key)]
        pub(super) id: i64,
        #[orm(has_many, via = "author")]
        pub(super) written: HasMany<Task>,
        #[orm(has_many, via = "assignee_id")]
        pub(super) assigned: HasMany<Task>,
    }

    #[derive(Model, Debug, Default, Clone)]
    #[orm(table = "co_tasks")]
    #[orm(foreign_key(tenant, author_id, references = User))]
    #[orm(foreign_key(tenant, assignee_id, references = User))]
    #[allow(clippy::duplicated_attributes)]
    pub(super) struct Task {
        #[orm(primary_key)]
        pub(super) id: i64,
        pub(super) tenant: i64,
        pub(super) author_id: i64,
        pub(super) assignee_id: Option<i64>,
        #[orm(belongs_to = "tenant, author_id")]
        pub(super) author: BelongsTo<User>,
        #[orm(belongs_to = "tenant, assignee_id")]
        pub(super) assignee: BelongsTo<Option<User>>,
    }

    pub(super) fn user(tenant: i64, id: i64) -> User {
        User { tenant, id, ..Default::default() }
    }
}

case!(keys_that_share_a_column_let_go_of_their_own_columns_only, |db| {
    use tenants::{Task, User, user};
    db.create::<(User, Task)>().await?;
    let mut session = db.session();
    let [ann, bob, eve] = session.add_all([user(1, 1), user(1, 2), user(2, 1)])[..] else { unreachable!() };
    let task = session.add(Task { author: ann.into(), assignee: bob.into(), ..Default::default() });
    session.commit().await?;
    assert_eq!((session[task].tenant, session[task].author_id, session[task].assignee_id), (1, 1, Some(2)));
    session[task].assignee.clear();
    session.commit().await?;
    assert_eq!((session[task].tenant, session[task].author_id, session[task].assignee_id), (1, 1, None));
    assert!(session[bob].assigned.is_empty()?);
    session[bob].assigned.push(task);
    session.commit().await?;
    assert_eq!(session[task].assignee_id, Some(2));
    session.delete(bob);
    session.commit().await?;
    assert_eq!((session[task].tenant, session[task].assignee_id), (1, None));
    session.add(Task { author: ann.into(), assignee: eve.into(), ..Default::default() });
    let error = session.flush().await.expect_err("they are of different tenants");
    let text = error.to_string();
    assert!(
        text.contains("User#0")
            && text.contains("User#2")
            && text.contains("different values for its `tenant`"),
        "{text}"
    );
});

/// A key of several columns to the row's own table.
#[derive(Model, Debug, Default, Clone)]
#[orm(table = "co_pages", foreign_key(book, parent, references = Self))]
pub(crate) struct Page {
    #[orm(primary_key)]
    pub(crate) book: i64,
    #[orm(primary_key)]
    pub(crate) number: i64,
    pub(crate) parent: Option<i64>,
    #[orm(belongs_to = "book, parent")]
    pub(crate) up: BelongsTo<Option<Page>>,
    #[orm(has_many, cascade = "all, delete-orphan", order_by = "number")]
    pub(crate) down: HasMany<Page>,
}

pub(crate) fn page(number: i64) -> Page {
    Page { book: 1, number, ..Default::default() }
}

case!(a_tree_by_a_key_of_several_columns_goes_in_moves_and_goes, |db| {
    db.create::<(Page,)>().await?;
    let mut session = db.session();
    let leaf = Page { down: [page(4), page(5)].into(), ..page(3) };
    let root = session.add(Page { down: [page(2), leaf].into(), ..page(1) });
    session.commit().await?;
    let [two, three] = session[root].down.handles()?[..] else { panic!("it has two") };
    let four = session[three].down.handles()?[0];
    session[four].up = two.into();
    session[three].down.push(page(6));
    session.commit().await?;
    let parents = |pages: Vec<Page>| pages.iter().map(|page| (page.number, page.parent)).collect::<Vec<_>>();
    let rows = db.engine().query::<Page>().order_by(|p| p.number.asc()).all().await?;
    assert_eq!(
        parents(rows),
        [(1, None), (2, Some(1)), (3, Some(1)), (4, Some(2)), (5, Some(3)), (6, Some(3))]
    );
    session.delete(three);
    session.commit().await?;
    assert_eq!(db.engine().query::<Page>().count().await?, 3);
    // Two rows that refer to each other: one key is written later, and the shared column stays.
    let [one, other] = session.add_all([page(7), page(8)])[..] else { unreachable!() };
    session[one].up = other.into();
    session[other].up = one.into();
    session.commit().await?;
    assert_eq!((session[one].parent, session[other].parent), (Some(8), Some(7)));
    session.delete(one);
    session.commit().await?;
    assert_eq!(db.engine().query::<Page>().count().await?, 3, "the other one hung on it");
});

case!(a_failed_key_of_several_columns_is_a_foreign_key_error, |db| {
    db.create::<Store>().await?;
    let mut session = db.session();
    session.add(Item { warehouse_id: 1, bin_number: 1, ..item("lost") });
    let error = session.commit().await.expect_err("there is no such bin");
    assert!(matches!(error.kind(), ErrorKind::ForeignKey { .. }), "{error}");
});

/// A chain of keys, each of which holds the one before; the database changes them all.
#[derive(Model, Debug, Default, Clone)]
#[orm(table = "co_regions")]
struct Region {
    #[orm(primary_key, length = 10)]
    code: String,
    #[orm(has_many, order_by = "name")]
    towns: HasMany<Town>,
}

#[derive(Model, Debug, Default, Clone)]
#[orm(table = "co_towns")]
struct Town {
    #[orm(primary_key, length = 10, references = Region, on_update = "cascade")]
    region_code: String,
    #[orm(primary_key, length = 10)]
    name: String,
    people: i32,
    #[orm(belongs_to = "region_code")]
    region: BelongsTo<Region>,
    #[orm(has_many)]
    houses: HasMany<House>,
}

#[derive(Model, Debug, Default, Clone)]
#[orm(table = "co_houses")]
#[orm(foreign_key(region_code, town, references = Town, on_update = "cascade"))]
struct House {
    #[orm(primary_key)]
    id: i64,
    #[orm(length = 10)]
    region_code: String,
    #[orm(length = 10)]
    town: String,
    #[orm(belongs_to = "region_code, town")]
    place: BelongsTo<Town>,
}

case!(rule_15_a_chain_of_keys_follows_and_is_in_step, |db| {
    db.create::<(Region, Town, House)>().await?;
    let mut session = db.session();
    let town = Town { name: "Ulm".into(), houses: [House::default()].into(), ..Default::default() };
    let region = session.add(Region { code: "bw".into(), towns: [town].into() });
    session.commit().await?;
    let town = session[region].towns.handles()?[0];
    let house = session[town].houses.handles()?[0];
    session[region].code = "wb".into();
    session[town].people = 7; // written under the old key, while it is there
    session.flush().await?;
    assert_eq!((session[town].region_code.as_str(), session[house].region_code.as_str()), ("wb", "wb"));
    assert_eq!(session.get::<Town>(("wb", "Ulm")).await?, Some(town));
    assert_eq!(session.get::<Town>(("bw", "Ulm")).await?, None);
    assert_eq!(session[house].place.handle()?, Some(town));
    session[town].people = 8;
    session.commit().await?;
    let towns = db.engine().query::<Town>().all().await?;
    assert_eq!((towns[0].region_code.as_str(), towns[0].people), ("wb", 8));
    session[region].code = "xx".into();
    session.flush().await?;
    session.rollback().await?;
    assert_eq!((session[town].region_code.as_str(), session[house].region_code.as_str()), ("wb", "wb"));
    assert_eq!(session.get::<Town>(("wb", "Ulm")).await?, Some(town));
});
