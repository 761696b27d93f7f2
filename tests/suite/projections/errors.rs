//! What cannot be read is an error before anything is sent, and says what to write.

#![allow(dead_code)] // what cannot be read is never looked at

use super::*;
use orm::ErrorKind;

#[derive(Projection, Debug)]
#[orm(from = Member)]
struct Writer {
    name: String,
    posts: Vec<Written>,
}

#[derive(Projection, Debug)]
#[orm(from = Post)]
struct Written {
    title: String,
    author: Again,
}

#[derive(Projection, Debug)]
#[orm(from = Member)]
struct Again {
    #[orm(expr = |m| m.posts())]
    others: Vec<Written>,
}

async fn error_of<P: Projection<Model = Member> + std::fmt::Debug>(db: &Database) -> orm::Result<String> {
    let log = db.log();
    let error = db.engine().query::<Member>().project::<P>().all().await.expect_err("it cannot be read");
    assert_eq!(log.take(), [""; 0]);
    assert!(matches!(error.kind(), ErrorKind::InvalidQuery { .. }));
    Ok(error.to_string())
}

case!(a_circle_of_projections_needs_a_depth, |db| {
    club(&db).await?;
    let text = error_of::<Writer>(&db).await?;
    assert!(
        text.contains(
            "`Written` contains itself, through `Writer.posts` and `Written.author` and `Again.others`"
        ),
        "{text}"
    );
    assert!(text.contains("#[orm(depth = 3)]"), "{text}");
});

#[derive(Projection, Debug)]
#[orm(from = Team)]
struct Through {
    #[orm(expr = |t| t.members().posts())]
    posts: Vec<JustTitle>,
}

#[derive(Projection, Debug)]
#[orm(from = Post)]
struct JustTitle {
    title: String,
}

case!(a_collection_beyond_a_collection_is_read_inside_of_it, |db| {
    club(&db).await?;
    let error = db.engine().query::<Team>().project::<Through>().all().await.expect_err("two collections");
    let text = error.to_string();
    assert!(text.contains("`Through.posts` leads through the collection `Team.members`"), "{text}");
});

#[derive(Projection, Debug)]
#[orm(from = Member)]
struct Sums {
    #[orm(expr = |m| m.posts())]
    sums: Vec<Sum>,
}

#[derive(Projection, Debug)]
#[orm(from = Post)]
struct Sum {
    #[orm(expr = |p| p.likes.sum())]
    likes: Option<i64>,
}

case!(an_aggregate_in_a_list_has_no_group, |db| {
    club(&db).await?;
    let error = db.engine().query::<Member>().project::<Sums>().all().await.expect_err("no group");
    let text = error.to_string();
    assert!(text.contains("`Sums.sums` reads `Sum`, which computes an aggregate"), "{text}");
});

#[derive(Projection, Debug)]
#[orm(from = Member)]
struct Loading {
    #[orm(expr = |m| m.posts().with(|p| p.tags()))]
    posts: Vec<JustTitle>,
}

case!(a_projection_names_its_relations_itself, |db| {
    club(&db).await?;
    let text = error_of::<Loading>(&db).await?;
    assert!(text.contains("leave `with` out"), "{text}");
    let loading = db.engine().query::<Member>().with(|m| m.posts()).project::<Again>();
    let text = loading.all().await.expect_err("`with` loads nothing here").to_string();
    assert!(text.contains("`Again` names its own: give it a field in place of `with`"), "{text}");
});

case!(a_value_of_another_type_is_an_error_that_names_the_field, |db| {
    if db.is_server() {
        return Ok(());
    }
    club(&db).await?;
    db.execute("UPDATE pro_members SET age = 'old' WHERE name = 'Ann'").await?;
    #[derive(Projection, Debug)]
    #[orm(from = Member)]
    struct Years {
        #[orm(column = "age")]
        years: Option<i32>,
    }
    let error = db.engine().query::<Member>().project::<Years>().all().await.expect_err("no number");
    let text = error.to_string();
    assert!(text.contains("Years") && text.contains("years"), "{text}");
    let ErrorKind::Decode { .. } = error.kind() else { panic!("{error:?}") };
});
