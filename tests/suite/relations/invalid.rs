//! Relations that cannot work: found when the models of the program are put together, with both fields named.

use orm::Metadata;
use orm::prelude::*;

#[derive(Model, Debug)]
#[orm(table = "bad_parents")]
struct Parent {
    #[orm(primary_key)]
    id: i64,
    #[orm(has_many)]
    children: HasMany<Child>,
}

#[derive(Model, Debug)]
#[orm(table = "bad_children")]
struct Child {
    #[orm(primary_key)]
    id: i64,
    #[orm(references = Parent)]
    mother: i64,
    #[orm(references = Parent)]
    father: i64,
}

#[derive(Model, Debug)]
#[orm(table = "bad_lonely")]
struct Lonely {
    #[orm(primary_key)]
    id: i64,
    #[orm(has_many)]
    children: HasMany<Stranger>,
}

#[derive(Model, Debug)]
#[orm(table = "bad_strangers")]
struct Stranger {
    #[orm(primary_key)]
    id: i64,
}

fn reason(metadata: Metadata) -> String {
    let dialect = orm::sqlite::SqliteOptions::parse("sqlite::memory:").expect("it is a URL");
    let engine = crate::harness::block_on(orm::sqlite::SqliteEngine::connect(dialect)).expect("it opens");
    let engine = orm::AnyEngine::new(engine);
    metadata.create_table_sql(engine.dialect()).expect_err("it cannot work").to_string()
}

#[test]
fn several_candidates_are_listed_and_none_is_guessed() {
    let text = reason(Metadata::empty().with::<Parent>().with::<Child>());
    assert_eq!(
        text,
        "invalid model: `Parent.children` may be the other side of several foreign keys: say which, with `via = \"..\"`; the \
         candidates are `mother`, `father`"
    );
}

#[test]
fn a_missing_other_side_says_what_to_write() {
    let text = reason(Metadata::empty().with::<Lonely>().with::<Stranger>());
    assert_eq!(
        text,
        "invalid model: `Lonely.children` has no other side: give `Stranger` a field with `#[orm(references = Lonely)]`"
    );
}

#[test]
fn a_target_that_is_not_in_the_set_says_so() {
    let text = reason(Metadata::empty().with::<Lonely>());
    assert!(text.contains("`Lonely.children`") && text.contains("no other side"), "{text}");
}
