//! Types, modules, functions and fields named like what the derives use.

#![deny(warnings, missing_docs, unreachable_pub, missing_debug_implementations, rust_2018_idioms)]
#![deny(unused_qualifications, single_use_lifetimes, clippy::all, clippy::pedantic)]
#![forbid(unsafe_code)]

#[allow(dead_code)]
mod scope {
    pub(crate) struct Result;
    pub(crate) struct Option;
    pub(crate) struct Some;
    pub(crate) struct Ok;
    pub(crate) struct Row;
    pub(crate) struct Path;
    pub(crate) struct Field;
    pub(crate) struct Kind;
    pub(crate) struct Model;
    pub(crate) struct AnyModel;
    pub(crate) struct ColumnType;
    pub(crate) struct Encoded;
    pub(crate) struct Auto;
    pub(crate) struct Default;
    pub(crate) struct RelationOf;
    pub(crate) struct RelationDef;
    pub(crate) struct Items;
    pub(crate) struct ToMany;
    pub(crate) struct Deref;
    pub(crate) struct Unrelated;
    pub(crate) struct Into;
    pub(crate) struct Clone;
    pub(crate) struct Copy;
    pub(crate) struct Debug;
    pub(crate) struct Send;
    pub(crate) const COLUMNS: i64 = 1;
    pub(crate) const MODEL: i64 = 1;
    pub(crate) const RELATIONS: i64 = 1;
    pub(crate) mod core {}
    pub(crate) mod std {}
    pub(crate) mod inventory {}
}

#[allow(unused_imports, clippy::wildcard_imports)]
use scope::*;

/// The name that the columns of `User` would have.
#[derive(orm::ModelType)]
struct UserColumns(String);

/// The name that the relations of `User` would have.
#[derive(orm::ModelType)]
struct UserRelations(String);

/// The name of the parameter of the columns.
#[derive(orm::ModelEnum)]
enum K {
    Err,
    r#Type,
}

#[derive(orm::ModelEnum)]
#[orm(integer)]
enum Number {
    Some,
    None,
}

#[derive(orm::Model)]
struct User {
    #[orm(primary_key)]
    column: i64,
    value: UserColumns,
    row: K,
    at: Number,
    r#fn: bool,
    definition: i32,
    read: i32,
    #[orm(default = "me")]
    columns: ::std::option::Option<String>,
    model: orm::Auto<i32>,
    self_: i32,
    __orm: i32,
    #[orm(skip)]
    eq: Vec<i32>,
    text: UserRelations,
    #[orm(references = Self)]
    index: i64,
    #[orm(belongs_to = "index")]
    relation: orm::BelongsTo<Self>,
    #[orm(has_many, via = "relation", order_by = "column")]
    relations: orm::HasMany<User>,
    #[orm(many_to_many, through = "links")]
    items: orm::ManyToMany<User>,
}

fn main() {
    let _ = |row: orm::Cols<User>| row.value.is_null() & row.r#fn.eq(true) & row.row.eq(K::r#Type);
    let user = User {
        column: COLUMNS,
        value: UserColumns(String::new()),
        row: K::Err,
        at: Number::Some,
        r#fn: true,
        definition: 1,
        read: 1,
        columns: ::std::option::Option::None,
        model: orm::Auto::Unset,
        self_: 1,
        __orm: 1,
        eq: Vec::new(),
        text: UserRelations(String::new()),
        index: 0,
        relation: ::std::default::Default::default(),
        relations: ::std::default::Default::default(),
        items: ::std::default::Default::default(),
    };
    let _ = |row: orm::Cols<User>| row.relation().relations().exists() & row.items().exists() & row.text.is_null();
    assert!(user.eq.is_empty() && !user.items.is_loaded());
    assert!(user.relation.get_owned().is_err() && user.relations.is_empty().is_ok_and(|empty| empty));
    let _ = Number::None;
    assert_eq!(<User as orm::Model>::model().columns[4].name, "fn");
}
