//! Relations that are only viewed, with a condition of their own.

use super::*;

#[derive(Model, Debug, Default, Clone)]
#[orm(table = "vw_shops")]
struct Shop {
    #[orm(primary_key)]
    id: i64,
    #[orm(has_many, view_only, filter = is_open, order_by = "-id")]
    open_bills: HasMany<Bill>,
    #[orm(has_many, cascade = "all, delete-orphan", order_by = "id")]
    bills: HasMany<Bill>,
    #[orm(has_one, view_only, filter = is_first)]
    first_bill: HasOne<Bill>,
    #[orm(many_to_many, through = "vw_shop_brands")]
    brands: ManyToMany<Brand>,
    #[orm(many_to_many, through = "vw_shop_brands", view_only, filter = is_known)]
    known_brands: ManyToMany<Brand>,
}

#[derive(Model, Debug, Default, Clone)]
#[orm(table = "vw_bills")]
struct Bill {
    #[orm(primary_key)]
    id: i64,
    number: i32,
    paid: bool,
    #[orm(references = Shop)]
    shop_id: i64,
    #[orm(belongs_to = "shop_id")]
    shop: BelongsTo<Shop>,
}

#[derive(Model, Debug, Default, Clone)]
#[orm(table = "vw_brands")]
struct Brand {
    #[orm(primary_key)]
    id: i64,
    #[orm(length = 20)]
    name: String,
}

fn is_open(bill: Cols<Bill>) -> Expr<bool> {
    bill.paid.eq(false)
}

fn is_first(bill: Cols<Bill>) -> Expr<bool> {
    bill.number.eq(1)
}

fn is_known(brand: Cols<Brand>) -> Expr<bool> {
    brand.name.ne("no name")
}

fn bill(number: i32, paid: bool) -> Bill {
    Bill { number, paid, ..Default::default() }
}

fn brand(name: &str) -> Brand {
    Brand { name: name.into(), ..Default::default() }
}

type Tables = (Shop, Bill, Brand);

async fn shops(db: &crate::harness::Database) -> orm::Result<()> {
    let mut session = db.session();
    session.add(Shop {
        bills: [bill(1, true), bill(2, false), bill(3, false)].into(),
        brands: [brand("Ant"), brand("no name")].into(),
        ..Default::default()
    });
    session.add(Shop { bills: [bill(4, true)].into(), ..Default::default() });
    session.commit().await
}

case!(a_condition_narrows_what_is_loaded_and_the_rest_is_not_partial, |db| {
    db.create::<Tables>().await?;
    shops(&db).await?;
    let mut session = db.session();
    let log = db.log();
    let shops = session
        .query::<Shop>()
        .order_by(|s| s.id.asc())
        .with(|s| (s.open_bills(), s.first_bill(), s.known_brands()))
        .all()
        .await?;
    assert_eq!(log.take().len(), 4);
    let open: Vec<i32> = session[shops[0]].open_bills.iter(&session)?.map(|bill| bill.number).collect();
    assert_eq!(open, [3, 2], "in the order of the relation");
    assert!(session[shops[1]].open_bills.is_empty()?, "empty is loaded");
    assert_eq!(session[shops[0]].first_bill.get(&session)?.map(|bill| bill.number), Some(1));
    assert!(session[shops[1]].first_bill.get(&session)?.is_none());
    assert_eq!(session[shops[0]].known_brands.len()?, 1);
    let _unchanged = session.commit().await?;

    let mut session = db.session();
    let shop = session.query::<Shop>().order_by(|s| s.id.asc()).first().await?.expect("there is one");
    session.load(shop, |s| s.open_bills().filter(|b| b.number.gt(2))).await?;
    assert_eq!(session[shop].open_bills.len()?, 1, "both conditions hold");

    let owned = db.engine().query::<Shop>().order_by(|s| s.id.asc()).with(|s| s.open_bills()).all().await?;
    assert_eq!(owned[0].open_bills.len()?, 2);
});

case!(a_condition_narrows_what_is_asked, |db| {
    db.create::<Tables>().await?;
    shops(&db).await?;
    let engine = db.engine();
    assert_eq!(engine.query::<Shop>().filter(|s| s.open_bills().exists()).count().await?, 1);
    assert_eq!(engine.query::<Shop>().filter(|s| s.open_bills().count().eq(2)).count().await?, 1);
    assert_eq!(engine.query::<Shop>().filter(|s| s.open_bills().any(|b| b.number.eq(1))).count().await?, 0);
    assert_eq!(engine.query::<Shop>().filter(|s| s.open_bills().all(|b| b.number.gt(1))).count().await?, 2);
    assert_eq!(
        engine.query::<Shop>().filter(|s| s.known_brands().any(|b| b.name.eq("no name"))).count().await?,
        0
    );
    // A path to one row keeps the owners whose row does not meet the condition.
    assert_eq!(engine.query::<Shop>().filter(|s| s.first_bill().paid.eq(true)).count().await?, 1);
    assert_eq!(engine.query::<Shop>().filter(|s| s.first_bill().is_none()).count().await?, 1);
});

case!(a_change_of_a_viewed_relation_is_an_error, |db| {
    db.create::<Tables>().await?;
    shops(&db).await?;
    let mut session = db.session();
    let shop = session
        .query::<Shop>()
        .order_by(|s| s.id.asc())
        .with(|s| (s.open_bills(), s.known_brands()))
        .first()
        .await?;
    let shop = shop.expect("there is one");
    session[shop].open_bills.push(bill(9, false));
    let text = session.commit().await.expect_err("it is only viewed").to_string();
    assert!(text.contains("`Shop.open_bills` of Shop#0") && text.contains("view_only"), "{text}");
    session.rollback().await?;
    session.load(shop, |s| s.open_bills()).await?;
    session[shop].open_bills.clear();
    assert!(session.commit().await.is_err());
    session.rollback().await?;
    session.load(shop, |s| s.known_brands()).await?;
    session[shop].known_brands.clear();
    assert!(session.commit().await.is_err());
});

case!(a_viewed_relation_never_shows_what_went_and_is_asked_anew_for_what_came, |db| {
    db.create::<Tables>().await?;
    shops(&db).await?;
    let mut session = db.session();
    let shops = session
        .query::<Shop>()
        .order_by(|s| s.id.asc())
        .with(|s| (s.open_bills(), s.bills(), s.brands(), s.known_brands()))
        .all()
        .await?;
    let [three, two] = session[shops[0]].open_bills.handles()?[..] else { panic!("there are two") };
    session[shops[0]].bills.remove(three);
    session.flush().await?;
    assert_eq!(session[shops[0]].open_bills.handles()?, [two]);
    session[two].shop = shops[1].into();
    session[shops[1]].brands.push(brand("Bee"));
    session.flush().await?;
    assert!(session[shops[0]].open_bills.is_empty()?);
    assert!(
        !session[shops[1]].open_bills.is_loaded(),
        "only the database knows whether it meets the condition"
    );
    assert!(!session[shops[1]].known_brands.is_loaded());
    session.load(shops[1], |s| (s.open_bills(), s.known_brands())).await?;
    assert_eq!(session[shops[1]].open_bills.handles()?, [two]);
    assert_eq!(session[shops[1]].known_brands.len()?, 1);
    assert_eq!(session[shops[1]].bills.len()?, 2);
});
