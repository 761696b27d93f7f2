//! Plans of foreign keys of several columns: handed down, let go of, written later, followed.

use insta::assert_snapshot;

use super::{plan, with_rows};
use crate::relations::composite::{Bin, Page, Seal, Store, Warehouse, bin, item, page, seal, warehouse};

planned!(a_key_is_handed_down_from_level_to_level, |db| {
    let mut session = db.session();
    session.add(item("loose"));
    let full = Bin { items: [item("axe"), item("bow")].into(), ..bin(1) };
    session.add(Warehouse { bins: [full, bin(2)].into(), ..warehouse("north") });
    assert_snapshot!(plan(&mut session)?, @"");
});

planned!(what_refers_by_several_columns_goes_or_lets_go_of_them_together, |db| {
    db.create::<Store>().await?;
    let (mut session, north) = with_rows(&db, |session| {
        let full = Bin { items: [item("axe")].into(), seal: seal("red").into(), ..bin(1) };
        session.add(Warehouse { bins: [full].into(), ..warehouse("north") })
    })
    .await?;
    session.delete(north);
    assert_snapshot!(plan(&mut session)?, @"");
});

planned!(the_column_that_two_keys_share_is_written_at_once, |db| {
    let mut session = db.session();
    let pages = session.add_all([page(7), page(8)]);
    session[pages[0]].up = pages[1].into();
    session[pages[1]].up = pages[0].into();
    assert_snapshot!(plan(&mut session)?, @"");
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
    assert_snapshot!(plan(&mut session)?, @"");
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
    assert_snapshot!(plan(&mut session)?, @"");
    session.add(Seal { bin: first.into(), ..seal("blue") });
    assert_snapshot!(plan(&mut session)?, @"");
});

planned!(a_tree_by_several_columns_is_written_level_by_level, |db| {
    let mut session = db.session();
    let leaf = Page { down: [page(4)].into(), ..page(3) };
    session.add(Page { down: [page(2), leaf].into(), ..page(1) });
    assert_snapshot!(plan(&mut session)?, @"");
});
