//! Joins, aliases, and what relations can be asked.

use orm::alias;

use super::*;

case!(joins, |db| {
    let mut sheet = sheet(&db).await?;
    let engine = db.engine();

    let emails = engine.query::<Address>().select(|a| (a.user().name, a.email_address));
    sheet.add("join along a relationship", emails).await?;

    let sandys = engine.query::<Address>().filter(|a| a.user().name.eq("sandy")).select(|a| a.email_address);
    sheet.add("join and where", sandys).await?;

    let address = alias::<Address>();
    let emails = engine
        .query::<User>()
        .join(&address, |u, a| a.user_id.eq(u.id))
        .select(|u| (u.name, address.email_address));
    sheet.add("join to a collection", emails).await?;

    let address = alias::<Address>().optional();
    let all = engine
        .query::<User>()
        .left_join(&address, |u, a| a.user_id.eq(u.id) & a.email_address.ends_with(".org"))
        .select(|u| (u.name, address.email_address));
    sheet.add("outer join with more conditions", all).await?;

    let managers = engine.query::<Employee>().select(|e| (e.name, e.manager().name));
    sheet.add("outer join to a nullable parent", managers).await?;

    let upper = engine.query::<Employee>().select(|e| (e.name, e.manager().manager().name));
    sheet.add("self-join twice", upper).await?;

    let report = alias::<Employee>();
    let pairs = engine
        .query::<Employee>()
        .join(&report, |e, r| r.manager_id.eq(e.id))
        .select(|e| (e.name, report.name));
    sheet.add("aliased self-join", pairs).await?;

    let (first, second) = (alias::<Address>(), alias::<Address>());
    let both = engine
        .query::<User>()
        .join(&first, |u, a| a.user_id.eq(u.id) & a.email_address.eq("sandy@sqlalchemy.org"))
        .join(&second, |u, a| a.user_id.eq(u.id) & a.email_address.eq("sandy@squirrelpower.org"))
        .select(|u| u.name);
    sheet.add("the same entity twice", both).await?;

    let item = alias::<Item>();
    let matrix =
        engine.query::<User>().cross_join(&item).filter(|u| u.id.eq(1)).select(|u| (u.name, item.name));
    sheet.add("cartesian product", matrix).await?;

    let anyone = engine
        .query::<User>()
        .filter(|u| u.addresses().any(|a| a.email_address.eq("pat999@aol.com")))
        .select(|u| u.name);
    sheet.add("any", anyone).await?;

    let nobody = engine.query::<User>().filter(|u| !u.addresses().exists()).select(|u| u.name);
    sheet.add("not any", nobody).await?;

    let led =
        engine.query::<Employee>().filter(|e| e.manager().has(|m| m.name.eq("krabs"))).select(|e| e.name);
    sheet.add("has", led).await?;

    let top = engine.query::<Employee>().filter(|e| e.manager().is_none()).select(|e| e.name);
    sheet.add("a parent that is None", top).await?;

    let owner = engine.query::<User>().filter(|u| u.addresses().any(|a| a.id.eq(1))).select(|u| u.name);
    sheet.add("contains", owner).await?;

    let children = engine.query::<Address>().filter(|a| a.user_id.eq(2)).select(|a| a.email_address);
    sheet.add("with_parent", children).await?;

    let buyers = engine
        .query::<User>()
        .filter(|u| u.orders().any(|o| o.items().any(|i| i.name.eq("net"))))
        .select(|u| u.name);
    sheet.add("any through a secondary table", buyers).await?;

    sheet.compare("joins", 16);
});
