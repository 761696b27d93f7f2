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

/// Models that can be told wrong in one place each.
mod wrong {
    use orm::prelude::*;

    #[derive(Model, Debug)]
    #[orm(table = "bad_orders")]
    pub(super) struct Order {
        #[orm(primary_key)]
        id: i64,
        #[orm(primary_key)]
        year: i32,
        #[orm(has_many)]
        lines: HasMany<Line>,
    }

    #[derive(Model, Debug)]
    #[orm(table = "bad_lines")]
    pub(super) struct Line {
        #[orm(primary_key)]
        id: i64,
    }

    #[derive(Model, Debug)]
    #[orm(table = "bad_vias")]
    pub(super) struct Via {
        #[orm(primary_key)]
        id: i64,
        #[orm(has_many, via = "owner")]
        nothing: HasMany<Thing>,
    }

    #[derive(Model, Debug)]
    #[orm(table = "bad_things")]
    pub(super) struct Thing {
        #[orm(primary_key)]
        id: i64,
        #[orm(references = Via)]
        via_id: i64,
    }

    #[derive(Model, Debug)]
    #[orm(table = "bad_elsewheres")]
    pub(super) struct Elsewhere {
        #[orm(primary_key)]
        id: i64,
        #[orm(has_many, via = "other")]
        visitors: HasMany<Visitor>,
    }

    #[derive(Model, Debug)]
    #[orm(table = "bad_visitors")]
    pub(super) struct Visitor {
        #[orm(primary_key)]
        id: i64,
        #[orm(references = Line)]
        line_id: i64,
        #[orm(belongs_to = "line_id")]
        other: BelongsTo<Line>,
        #[orm(references = Elsewhere)]
        elsewhere_id: i64,
    }

    #[derive(Model, Debug)]
    #[orm(table = "bad_follows")]
    pub(super) struct User {
        #[orm(primary_key)]
        id: i64,
        #[orm(many_to_many, through = "bad_follow_links")]
        following: ManyToMany<User>,
        #[orm(many_to_many, through = "bad_follow_links")]
        followers: ManyToMany<User>,
    }

    #[derive(Model, Debug)]
    #[orm(table = "bad_members")]
    pub(super) struct Member {
        #[orm(primary_key)]
        id: i64,
        #[orm(many_to_many, through = Friendship)]
        friends: ManyToMany<Member>,
    }

    #[derive(Model, Debug)]
    #[orm(table = "bad_friendships")]
    pub(super) struct Friendship {
        #[orm(primary_key, references = Member)]
        one: i64,
        #[orm(primary_key, references = Member)]
        other: i64,
    }
}

#[test]
fn a_missing_other_side_of_a_key_of_several_columns_says_what_to_write() {
    assert_eq!(
        reason(Metadata::empty().with::<wrong::Order>().with::<wrong::Line>()),
        "invalid model: `Order.lines` has no other side: give `Line` a field for each of `id, year`, and \
         `#[orm(foreign_key(.., references = Order))]`"
    );
}

#[test]
fn a_via_that_names_nothing_lists_the_candidates() {
    assert_eq!(
        reason(Metadata::empty().with::<wrong::Via>().with::<wrong::Thing>()),
        "invalid model: `Via.nothing` names `via = \"owner\"`, but `Thing` has no such foreign key to `Via`: the candidates \
         are `via_id`"
    );
}

#[test]
fn a_via_that_leads_elsewhere_names_both_fields() {
    let models = Metadata::empty().with::<wrong::Elsewhere>().with::<wrong::Visitor>();
    assert_eq!(
        reason(models),
        "invalid model: `Elsewhere.visitors` names `via = \"other\"`, but `Visitor.other` leads to `Line`: the candidates are \
         `elsewhere_id`"
    );
}

#[test]
fn one_table_cannot_link_in_two_ways() {
    assert_eq!(
        reason(Metadata::empty().with::<wrong::User>()),
        "invalid model: `User.followers` links through table `bad_follow_links` by the columns `followers_id, user_id`, and \
         something else uses it with `following_id, user_id`: give each its own table, or make the links a model and write \
         `through = ThatModel` on both"
    );
}

#[test]
fn links_with_two_keys_to_one_side_list_them() {
    assert_eq!(
        reason(Metadata::empty().with::<wrong::Member>().with::<wrong::Friendship>()),
        "invalid model: `Member.friends` goes through `Friendship`, which must have one foreign key to `Member`, and has 2 \
         (`one`, `other`): say which, with `via = \"..\"`"
    );
}

/// The same models without the relation that is wrong.
mod keys {
    use orm::prelude::*;

    #[derive(Model, Debug)]
    #[orm(table = "bad_key_orders")]
    pub(super) struct Order {
        #[orm(primary_key)]
        id: i64,
        #[orm(primary_key)]
        year: i32,
        #[orm(length = 10)]
        code: String,
    }

    #[derive(Model, Debug)]
    #[orm(table = "bad_key_codes")]
    pub(super) struct Code {
        #[orm(primary_key)]
        id: i64,
        #[orm(references = Order::code, length = 10)]
        order_code: String,
    }

    #[derive(Model, Debug)]
    #[orm(table = "bad_key_pairs", foreign_key(code, year, references = Order, fields = "code, year"))]
    pub(super) struct Pair {
        #[orm(primary_key)]
        id: i64,
        #[orm(length = 10)]
        code: String,
        year: i32,
    }

    #[derive(Model, Debug)]
    #[orm(table = "bad_key_types", foreign_key(a, b, references = Order, fields = "id, year"))]
    pub(super) struct Types {
        #[orm(primary_key)]
        id: i64,
        a: i64,
        b: i64,
    }
}

#[test]
fn a_key_refers_to_columns_that_tell_rows_apart() {
    let orders = || Metadata::empty().with::<keys::Order>();
    assert_eq!(
        reason(orders().with::<keys::Code>()),
        "invalid model: `Code.order_code` references `Order.code`, which may stand in several rows: write `#[orm(unique)]` on \
         `code`, or refer to the primary key"
    );
    assert_eq!(
        reason(orders().with::<keys::Pair>()),
        "invalid model: `Pair.(code, year)` references `Order.(code, year)`, which may stand in several rows: write \
         `#[orm(unique(code, year))]` on `Order`, or refer to the primary key"
    );
}

#[test]
fn types_of_keys_of_several_columns_are_compared_field_by_field() {
    assert_eq!(
        reason(Metadata::empty().with::<keys::Order>().with::<keys::Types>()),
        "invalid model: `Types.b` references `Order.year`, but their types differ (I64 and I32): give both the same type and \
         length"
    );
}
