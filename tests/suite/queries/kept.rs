//! Queries of one shape, whose text is rendered once: each still has its own values, and what depends on a value is no part
//! of a shape.

use orm::functions::tuple;

use super::*;

/// The points that a query of this shape gives: a value in the select list, which the text has first, and one in the filter.
async fn shifted(db: &Database, by: i64, from: i64) -> Result<Vec<i64>> {
    let query = db.engine().query::<Person>().filter(|p| p.points.ge(from));
    query.order_by(|p| p.id.asc()).select(|p| p.points + by).all().await
}

case!(statements_of_one_shape_have_values_of_their_own, |db| {
    people(&db).await?;
    for _ in 0..3 {
        assert_eq!(shifted(&db, 100, 7).await?, [110, 107]);
        assert_eq!(shifted(&db, 7, 0).await?, [17, 7, 14]);
    }
    for (text, found) in [("nn", &["Ann", "ann"][..]), ("A", &["Ann"]), ("v", &["Éva"])] {
        assert_eq!(names(db.engine().query::<Person>().filter(|p| p.name.contains(text))).await?, found);
    }
    for ids in [&[1, 3][..], &[2, 4], &[2, 2], &[1], &[]] {
        let query = db.engine().query::<Person>().filter(|p| p.id.in_(ids.iter().copied()));
        let mut expected = ids.to_vec();
        expected.dedup();
        assert_eq!(query.order_by(|p| p.id.asc()).select(|p| p.id).all().await?, expected);
    }
});

case!(a_null_has_a_text_of_its_own, |db| {
    people(&db).await?;
    for _ in 0..2 {
        for (age, found) in [(Some(31), &["Ann"][..]), (None, &["ann"]), (Some(20), &["Bob"])] {
            assert_eq!(names(db.engine().query::<Person>().filter(|p| p.age.eq(age))).await?, found);
        }
    }
});

case!(a_value_that_is_no_number_is_refused_whatever_was_asked_before, |db| {
    people(&db).await?;
    let scored = |score: f64| db.engine().query::<Person>().filter(move |p| p.score.eq(score)).all();
    assert_eq!(scored(1.5).await?.len(), 1);
    assert!(scored(f64::NAN).await.unwrap_err().to_string().contains("NaN"));
    assert_eq!(scored(7.5).await?.len(), 1);
});

case!(what_is_selected_beside_a_group_is_compared_by_its_values, |db| {
    people(&db).await?;
    let grouped = |by: i64, selected: i64| {
        let query = db.engine().query::<Person>().group_by(move |p| p.points + by);
        query.select(move |p| p.points + selected).all()
    };
    assert_eq!(grouped(1, 1).await?.len(), 4);
    assert!(grouped(1, 2).await.is_err());
    assert_eq!(grouped(2, 2).await?.len(), 4);
});

case!(a_separator_and_a_limit_are_part_of_the_text, |db| {
    people(&db).await?;
    let joined = |separator: &'static str| {
        let query = db.engine().query::<Person>().filter(|p| p.id.gt(2));
        query.select(move |p| p.nick.concat_rows(separator).order_by(p.id.asc())).one()
    };
    assert_eq!(joined("-").await?.as_deref(), Some("Bob-"));
    assert_eq!(joined("+").await?.as_deref(), Some("Bob+"));
    for rows in [1, 3, 2] {
        assert_eq!(db.engine().query::<Person>().limit(rows).all().await?.len() as u64, rows);
    }
});

case!(a_stream_and_raw_sql_take_other_values_each_time, |db| {
    people(&db).await?;
    for id in [2, 1, 4] {
        let mut rows = db.engine().query::<Person>().filter(|p| p.id.eq(id)).stream().await?;
        assert_eq!(rows.try_next().await?.map(|person| person.id), Some(id));
        assert_eq!(rows.try_next().await?, None);
        let number: i64 = db.engine().sql("SELECT ? + 1").bind(id).scalar().await?;
        assert_eq!(number, id + 1);
    }
});

case!(lists_of_similar_length_have_one_text, |db| {
    people(&db).await?;
    let log = db.log();
    let found = async |ids: Vec<i64>| {
        let query = db.engine().query::<Person>();
        let within = query.filter(|p| p.id.in_(ids.clone())).order_by(|p| p.id.asc()).select(|p| p.id);
        let query = db.engine().query::<Person>();
        let pairs = query.filter(|p| tuple((p.id, p.id)).in_(ids.iter().map(|id| (*id, *id)))).count();
        let query = db.engine().query::<Person>();
        let outside = query.filter(|p| p.id.not_in(ids.clone())).order_by(|p| p.id.asc()).select(|p| p.id);
        Ok::<_, orm::Error>((within.all().await?, pairs.await?, outside.all().await?))
    };
    assert_eq!(found((3..=11).collect()).await?, (vec![3, 4], 2, vec![1, 2]));
    let texts = log.take();
    assert_eq!(texts[0].matches('?').count(), 10, "{}", texts[0]);
    assert_eq!(found((4..=13).collect()).await?, (vec![4], 1, vec![1, 2, 3]));
    assert_eq!(log.take(), texts);
    // The last value is what makes a list longer, but for NULL, which has a text of its own.
    let ages = [80, 81, 82, 83, 84, 85, 86, 87, 31].map(Some).into_iter();
    let query = db.engine().query::<Person>();
    assert_eq!(names(query.filter(|p| p.age.in_(ages.clone()))).await?, ["Ann"]);
    let query = db.engine().query::<Person>();
    assert_eq!(names(query.filter(|p| p.age.in_(ages.chain([None])))).await?, ["Ann", "ann"]);
});
