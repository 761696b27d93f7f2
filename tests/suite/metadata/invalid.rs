//! Sets of models that cannot work: the error says which model it is, and what to write instead.

use orm::prelude::*;
use orm::{ErrorKind, Metadata};

async fn complaint(engine: &AnyEngine, metadata: Metadata) -> String {
    let sent = engine.statement_count();
    let error = metadata.create_all(engine).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::InvalidModel { .. }), "{error}");
    let same = metadata.create_table_sql(engine.dialect()).unwrap_err();
    assert_eq!(error.to_string(), same.to_string());
    // A look at what is there may have gone out, but no DDL.
    assert!(engine.statement_count() <= sent + 1);
    error.to_string()
}

case!(a_set_without_models_says_how_models_get_there, |db| {
    assert_eq!(
        complaint(db.engine(), Metadata::empty()).await,
        "invalid model: no model is linked into this program: derive `Model` on a struct, and where the models live in a \
         crate of their own, name it (`use my_models as _;`) so that it is linked, or list them with \
         `Metadata::empty().with::<User>()`"
    );
    assert!(Metadata::empty().drop_all(db.engine()).await.is_err());
});

#[derive(Model, Debug)]
#[orm(table = "shared")]
struct One {
    #[orm(primary_key)]
    id: i64,
}

mod other {
    use orm::prelude::*;

    #[derive(Model, Debug)]
    #[orm(table = "shared")]
    pub(super) struct Two {
        #[orm(primary_key)]
        id: i64,
    }
}

case!(two_models_of_one_table_are_named, |db| {
    let both = Metadata::empty().with::<other::Two>().with::<One>();
    assert_eq!(
        complaint(db.engine(), both).await,
        "invalid model: `suite::metadata::invalid::One` and `suite::metadata::invalid::other::Two` both use table \
         `shared`: give one of them another `#[orm(table = \"..\")]`"
    );
    // The same model twice is one model.
    Metadata::empty().with::<One>().with::<One>().create_all(db.engine()).await?;
});

#[derive(Model, Debug)]
#[orm(table = "targets")]
struct Target {
    #[orm(primary_key)]
    id: i64,
    #[orm(length = 20, unique)]
    code: String,
}

#[derive(Model, Debug)]
#[orm(table = "wrong_types")]
struct WrongType {
    #[orm(primary_key)]
    id: i64,
    #[orm(references = Target)]
    target: i32,
}

#[derive(Model, Debug)]
#[orm(table = "wrong_lengths")]
struct WrongLength {
    #[orm(primary_key)]
    id: i64,
    #[orm(references = Target::code, length = 30)]
    code: String,
}

case!(a_reference_of_another_type_is_named, |db| {
    assert_eq!(
        complaint(db.engine(), Metadata::empty().with::<Target>().with::<WrongType>()).await,
        "invalid model: `WrongType.target` references `Target.id`, but their types differ (I32 and I64): give both the \
         same type and length"
    );
    let text = complaint(db.engine(), Metadata::empty().with::<Target>().with::<WrongLength>()).await;
    assert!(text.contains("`WrongLength.code` references `Target.code`, but their types differ"), "{text}");
});

case!(a_reference_to_a_model_outside_of_the_set_is_named, |db| {
    assert_eq!(
        complaint(db.engine(), Metadata::empty().with::<WrongType>()).await,
        "invalid model: `WrongType.target` references `Target`, which is not in this set of models: add \
         `.with::<Target>()`"
    );
});

#[derive(Model, Debug)]
#[orm(table = "pairs")]
struct Pair {
    #[orm(primary_key)]
    a: i64,
    #[orm(primary_key)]
    b: i64,
}

#[derive(Model, Debug)]
#[orm(table = "pair_references")]
struct PairReference {
    #[orm(primary_key)]
    id: i64,
    #[orm(references = Pair)]
    pair: i64,
}

case!(a_reference_to_a_key_of_several_columns_names_one, |db| {
    assert_eq!(
        complaint(db.engine(), Metadata::empty().with::<Pair>().with::<PairReference>()).await,
        "invalid model: `PairReference.pair` references `Pair`, whose primary key has several columns, `a, b`: give \
         `PairReference` a field for each and write `#[orm(foreign_key(.., references = Pair))]` on the struct, or name one \
         unique column, as in `references = Pair::column`"
    );
});

#[derive(Model, Debug)]
#[orm(table = "endless_keys")]
struct EndlessKey {
    #[orm(primary_key)]
    key: String,
}

case!(text_without_a_length_is_a_key_where_the_database_can, |db| {
    let metadata = Metadata::empty().with::<EndlessKey>();
    if db.is_server() {
        assert_eq!(
            complaint(db.engine(), metadata).await,
            "invalid model: `EndlessKey.key`: text that is a key or has an index needs a greatest length: write \
             `#[orm(length = 191)]`"
        );
    } else {
        metadata.create_all(db.engine()).await?;
    }
});
