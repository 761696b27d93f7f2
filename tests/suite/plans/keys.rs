//! Plans of foreign keys of several columns: handed down, let go of, written later, followed.

use insta::assert_snapshot;

use super::{plan, with_rows};
use crate::relations::composite::{Bin, Page, Seal, Store, Warehouse, bin, item, page, seal, warehouse};

planned!(a_key_is_handed_down_from_level_to_level, |db| {
    let mut session = db.session();
    session.add(item("loose"));
    let full = Bin { items: [item("axe"), item("bow")].into(), ..bin(1) };
    session.add(Warehouse { bins: [full, bin(2)].into(), ..warehouse("north") });
    assert_snapshot!(plan(&mut session)?, @r"
    INSERT INTO co_warehouses (name): 1 row: Warehouse#1
    INSERT INTO co_bins (warehouse_id, number, label): 2 rows: Bin#2, Bin#3
    INSERT INTO co_items (name, warehouse_id, bin_number): 3 rows: Item#0, Item#4, Item#5
    ");
});

planned!(what_refers_by_several_columns_goes_or_lets_go_of_them_together, |db| {
    db.create::<Store>().await?;
    let (mut session, north) = with_rows(&db, |session| {
        let full = Bin { items: [item("axe")].into(), seal: seal("red").into(), ..bin(1) };
        session.add(Warehouse { bins: [full].into(), ..warehouse("north") })
    })
    .await?;
    session.delete(north);
    assert_snapshot!(plan(&mut session)?, @r"
    UPDATE co_seals (warehouse_id, bin_number): 1 row: Seal#3 (id 1)
    DELETE FROM co_items: 1 row: Item#2 (id 1)
    DELETE FROM co_bins: 1 row: Bin#1 (warehouse_id 1, number 1)
    DELETE FROM co_warehouses: 1 row: Warehouse#0 (id 1)
    ");
});

planned!(the_column_that_two_keys_share_is_written_at_once, |db| {
    let mut session = db.session();
    let pages = session.add_all([page(7), page(8)]);
    session[pages[0]].up = pages[1].into();
    session[pages[1]].up = pages[0].into();
    assert_snapshot!(plan(&mut session)?, @r"
    INSERT INTO co_pages (book, number, parent): 1 row: Page#0
    INSERT INTO co_pages (book, number, parent): 1 row: Page#1
    UPDATE co_pages (parent): 1 row: Page#0
    ");
});

planned!(a_moved_child_changes_only_the_column_that_differs, |db| {
    db.create::<Store>().await?;
    let (mut session, north) = with_rows(&db, |session| {
        let full = Bin { items: [item("axe")].into(), ..bin(1) };
        session.add(Warehouse { bins: [full, bin(2)].into(), ..warehouse("north") })
    })
    .await?;
    let bins = session[north].bins.handles()?;
    let axe = session[bins[0]].items.handles()?[0];
    session[axe].bin = bins[1].into();
    assert_snapshot!(plan(&mut session)?, @"UPDATE co_items (bin_number): 1 row: Item#3 (id 1)");
});

planned!(rows_follow_a_key_that_changes_or_are_left_to_the_database, |db| {
    db.create::<Store>().await?;
    let (mut session, north) = with_rows(&db, |session| {
        let full = Bin { items: [item("axe")].into(), seal: seal("red").into(), ..bin(1) };
        session.add(Warehouse { bins: [full].into(), ..warehouse("north") })
    })
    .await?;
    let first = session[north].bins.handles()?[0];
    session[first].number = 5;
    assert_snapshot!(plan(&mut session)?, @r"
    PARK co_seals (bin_number): 1 row: Seal#3 (id 1)
    UPDATE co_bins (number): 1 row: Bin#1 (warehouse_id 1, number 5)
    UPDATE co_seals (bin_number): 1 row: Seal#3 (id 1)
    ");
    // A bin has one seal: the new one takes the place of the old one.
    session.add(Seal { bin: first.into(), ..seal("blue") });
    assert_snapshot!(plan(&mut session)?, @r"
    UPDATE co_seals (warehouse_id, bin_number): 1 row: Seal#3 (id 1)
    UPDATE co_bins (number): 1 row: Bin#1 (warehouse_id 1, number 5)
    INSERT INTO co_seals (code, warehouse_id, bin_number): 1 row: Seal#4
    ");
});

planned!(a_tree_by_several_columns_is_written_level_by_level, |db| {
    let mut session = db.session();
    let leaf = Page { down: [page(4)].into(), ..page(3) };
    session.add(Page { down: [page(2), leaf].into(), ..page(1) });
    assert_snapshot!(plan(&mut session)?, @r"
    INSERT INTO co_pages (book, number, parent): 1 row: Page#0
    INSERT INTO co_pages (book, number, parent): 2 rows: Page#1, Page#2
    INSERT INTO co_pages (book, number, parent): 1 row: Page#3
    ");
});
