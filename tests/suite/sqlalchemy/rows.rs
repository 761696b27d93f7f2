//! The rows of the chapter.

use orm::Result;
use orm::prelude::*;

use super::*;
use crate::harness::Database;

/// Creates the tables and fills them.
pub(super) async fn fill(db: &Database) -> Result<()> {
    db.create::<(User, Address, Order, Item, Employee)>().await?;
    let mut session = db.session();
    let items = [("ball", 300), ("net", 900), ("nut", 20)]
        .map(|(name, price)| session.add(Item { name: name.into(), price, ..Default::default() }));
    session.commit().await?;
    let [ball, net, nut] = items;
    let order =
        |total, items: &[Handle<Item>]| Order { total, items: items.to_vec().into(), ..Default::default() };
    let mut user = |name: &str, fullname: Option<&str>, emails: &[&str], orders: Vec<Order>| {
        let addresses: Vec<Address> = emails
            .iter()
            .map(|email| Address { email_address: (*email).into(), ..Default::default() })
            .collect();
        session.add(User {
            name: name.into(),
            fullname: fullname.map(Into::into),
            addresses: addresses.into(),
            orders: orders.into(),
            ..Default::default()
        });
    };
    user(
        "spongebob",
        Some("Spongebob Squarepants"),
        &["spongebob@sqlalchemy.org"],
        vec![order(1_200, &[ball, net]), order(900, &[net])],
    );
    let emails = ["sandy@sqlalchemy.org", "sandy@squirrelpower.org"];
    user("sandy", Some("Sandy Cheeks"), &emails, vec![order(40, &[nut])]);
    user("patrick", Some("Patrick Star"), &["pat999@aol.com"], vec![]);
    user("squidward", None, &[], vec![]);
    session.commit().await?;
    let employee = |name: &str, manager: Option<Handle<Employee>>| Employee {
        name: name.into(),
        manager: manager.map_or_else(BelongsTo::default, Into::into),
        ..Default::default()
    };
    let krabs = session.add(employee("krabs", None));
    session.commit().await?;
    let cook = session.add(employee("cook", Some(krabs)));
    session.add(employee("cashier", Some(krabs)));
    session.commit().await?;
    session.add(employee("helper", Some(cook)));
    session.commit().await
}
