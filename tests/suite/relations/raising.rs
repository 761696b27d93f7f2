//! Relations that are not to be loaded after the query.

use orm::ErrorKind;

use super::*;

/// Its relations say themselves that queries alone load them.
#[derive(Model, Debug, Default, Clone)]
#[orm(table = "rel_bands")]
struct Band {
    #[orm(primary_key)]
    id: i64,
    #[orm(has_many, cascade = "all, delete-orphan", load = "raise")]
    songs: HasMany<Song>,
}

#[derive(Model, Debug, Default, Clone)]
#[orm(table = "rel_songs")]
struct Song {
    #[orm(primary_key)]
    id: i64,
    #[orm(references = Band)]
    band_id: i64,
    #[orm(belongs_to = "band_id", load = "raise")]
    band: BelongsTo<Band>,
}

async fn shop(db: &crate::harness::Database) -> orm::Result<()> {
    db.create::<Shop>().await?;
    let mut session = db.session();
    for name in ["Ann", "Bob"] {
        session.add(Customer { orders: [order(1), order(2)].into(), ..customer(name) });
    }
    session.commit().await
}

case!(rule_27_a_query_can_forbid_that_a_relation_is_loaded_later, |db| {
    shop(&db).await?;
    let mut session = db.session();
    let query = session.query::<Customer>().order_by(|c| c.name.asc());
    let customers = query.with(|c| (c.orders().raise(), c.address())).all().await?;
    assert!(!session[customers[0]].orders.is_loaded());
    assert!(session[customers[0]].address.is_loaded());
    let before = db.engine().statement_count();
    let error = session.load(customers[0], |c| c.orders()).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "`orders` of Customer#0 (id {}) is not loaded after the query, because the query that gave it said `raise()`: \
             load it together with the query, by `.with(..)`",
            session[customers[0]].id
        )
    );
    assert!(matches!(error.kind(), ErrorKind::LoadRefused { relation, .. } if relation == "orders"));
    assert!(session.load(&customers, |c| c.orders().lines()).await.is_err());
    assert_eq!(db.engine().statement_count(), before);
    // Reading is the error that it is for any relation which is not loaded.
    let error = session[customers[0]].orders.len().unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::NotLoaded { .. }));
    // A query may load it all the same, and then there is nothing to refuse.
    session.query::<Customer>().with(|c| c.orders()).all().await?;
    assert_eq!(session[customers[0]].orders.len()?, 2);
    session.load(customers[0], |c| c.orders()).await?;
    // What nobody marked is loaded as ever.
    let orders = session.query::<Order>().all().await?;
    session.load(orders[0], |o| o.lines()).await?;
});

case!(rule_27_a_cohort_load_leaves_out_who_must_not_be_loaded, |db| {
    shop(&db).await?;
    let mut session = db.session();
    let ann =
        session.query::<Customer>().filter(|c| c.name.eq("Ann")).with(|c| c.orders().raise()).one().await?;
    let all = session.query::<Customer>().order_by(|c| c.name.asc()).all().await?;
    assert_eq!(all[0], ann);
    session.load(all[1], |c| c.orders()).await?;
    assert!(session[all[1]].orders.is_loaded() && !session[ann].orders.is_loaded());
});

case!(rule_27_a_relation_can_forbid_that_it_is_loaded_later, |db| {
    db.create::<(Band, Song)>().await?;
    let mut session = db.session();
    session.add(Band { songs: [Song::default(), Song::default()].into(), ..Default::default() });
    session.commit().await?;
    let mut session = db.session();
    let band = session.query::<Band>().one().await?;
    let error = session.load(band, |b| b.songs()).await.unwrap_err();
    assert!(error.to_string().contains("because the relation says `load = \"raise\"`"), "{error}");
    let song = session.query::<Song>().first().await?.expect("there are songs");
    assert!(session.load(song, |s| s.band()).await.is_err(), "even where the band is in the session");
    // A query that asks for it gets it.
    session.query::<Band>().with(|b| b.songs()).all().await?;
    assert_eq!(session[band].songs.len()?, 2);
});

case!(rule_27_a_delete_loads_what_it_must_know_whatever_is_forbidden, |db| {
    db.create::<(Band, Song)>().await?;
    let mut session = db.session();
    session.add(Band { songs: [Song::default()].into(), ..Default::default() });
    session.commit().await?;
    let mut session = db.session();
    let band = session.query::<Band>().with(|b| b.songs().raise()).one().await?;
    session.delete(band);
    session.commit().await?;
    assert_eq!(db.engine().query::<Song>().count().await?, 0);
});
