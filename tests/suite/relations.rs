//! Relations: graphs go in, come out and change with one commit. This file holds the models that the topics share.

mod cancelling;
mod cascades;
mod collections;
pub(crate) mod composite;
mod composite_links;
mod crates;
mod graphs;
mod invalid;
mod links;
mod loading;
mod merging;
mod nesting;
mod properties;
mod raising;
mod recursive;
mod strategies;
mod two_parents;
mod serialized;
mod unique_keys;
mod viewed;

use orm::prelude::*;

/// Has children that cannot live without it.
#[derive(Model, Debug, Default, Clone)]
#[orm(table = "rel_customers")]
pub(crate) struct Customer {
    #[orm(primary_key)]
    pub(crate) id: i64,
    #[orm(length = 50, unique)]
    pub(crate) name: String,
    #[orm(has_many, cascade = "all, delete-orphan")]
    pub(crate) orders: HasMany<Order>,
    #[orm(has_one, cascade = "all, delete-orphan")]
    pub(crate) address: HasOne<Address>,
}

/// The other side of a `HasOne`.
#[derive(Model, Debug, Default, Clone)]
#[orm(table = "rel_addresses")]
pub(crate) struct Address {
    #[orm(primary_key)]
    pub(crate) id: i64,
    #[orm(length = 50)]
    pub(crate) street: String,
    #[orm(references = Customer, unique)]
    pub(crate) customer_id: i64,
    #[orm(belongs_to = "customer_id")]
    pub(crate) customer: BelongsTo<Customer>,
}

/// A level in the middle.
#[derive(Model, Debug, Default, Clone)]
#[orm(table = "rel_orders")]
pub(crate) struct Order {
    #[orm(primary_key)]
    pub(crate) id: i64,
    pub(crate) number: i32,
    #[orm(references = Customer)]
    pub(crate) customer_id: i64,
    #[orm(belongs_to = "customer_id")]
    pub(crate) customer: BelongsTo<Customer>,
    #[orm(has_many, cascade = "all, delete-orphan", order_by = "position")]
    pub(crate) lines: HasMany<Line>,
}

/// The lowest level.
#[derive(Model, Debug, Default, Clone)]
#[orm(table = "rel_lines")]
pub(crate) struct Line {
    #[orm(primary_key)]
    pub(crate) id: i64,
    pub(crate) position: i32,
    #[orm(length = 50)]
    pub(crate) article: String,
    #[orm(references = Order)]
    pub(crate) order_id: i64,
    #[orm(belongs_to = "order_id")]
    pub(crate) order: BelongsTo<Order>,
    #[orm(many_to_many, through = "rel_line_tags")]
    pub(crate) tags: ManyToMany<Tag>,
}

/// Shared by many lines.
#[derive(Model, Debug, Default, Clone)]
#[orm(table = "rel_tags")]
pub(crate) struct Tag {
    #[orm(primary_key)]
    pub(crate) id: i64,
    #[orm(length = 50, unique)]
    pub(crate) label: String,
    #[orm(many_to_many, through = "rel_line_tags")]
    pub(crate) lines: ManyToMany<Line>,
}

pub(crate) type Shop = (Customer, Address, Order, Line, Tag);

/// A parent whose children live on without it.
#[derive(Model, Debug, Default, Clone)]
#[orm(table = "rel_authors")]
pub(crate) struct Author {
    #[orm(primary_key)]
    pub(crate) id: i64,
    #[orm(length = 50)]
    pub(crate) name: String,
    #[orm(has_many, via = "author")]
    pub(crate) books: HasMany<Book>,
    #[orm(has_many, via = "editor_id")]
    pub(crate) edited: HasMany<Book>,
}

/// Two relations to one model; one key may be NULL, the other may not.
#[derive(Model, Debug, Default, Clone)]
#[orm(table = "rel_books")]
pub(crate) struct Book {
    #[orm(primary_key)]
    pub(crate) id: i64,
    #[orm(length = 50)]
    pub(crate) title: String,
    #[orm(references = Author)]
    pub(crate) author_id: Option<i64>,
    #[orm(belongs_to = "author_id")]
    pub(crate) author: BelongsTo<Option<Author>>,
    #[orm(references = Author)]
    pub(crate) editor_id: i64,
    #[orm(belongs_to = "editor_id")]
    pub(crate) editor: BelongsTo<Author>,
}

pub(crate) type Library = (Author, Book);

/// A tree.
#[derive(Model, Debug, Default, Clone)]
#[orm(table = "rel_folders")]
pub(crate) struct Folder {
    #[orm(primary_key)]
    pub(crate) id: i64,
    #[orm(length = 50)]
    pub(crate) name: String,
    #[orm(references = Folder)]
    pub(crate) parent_id: Option<i64>,
    #[orm(belongs_to = "parent_id")]
    pub(crate) parent: BelongsTo<Option<Folder>>,
    #[orm(has_many, cascade = "all, delete-orphan")]
    pub(crate) children: HasMany<Folder>,
}

pub(crate) fn customer(name: &str) -> Customer {
    Customer { name: name.into(), ..Default::default() }
}

pub(crate) fn order(number: i32) -> Order {
    Order { number, ..Default::default() }
}

pub(crate) fn line(position: i32, article: &str) -> Line {
    Line { position, article: article.into(), ..Default::default() }
}

pub(crate) fn tag(label: &str) -> Tag {
    Tag { label: label.into(), ..Default::default() }
}

pub(crate) fn author(name: &str) -> Author {
    Author { name: name.into(), ..Default::default() }
}

pub(crate) fn folder(name: &str) -> Folder {
    Folder { name: name.into(), ..Default::default() }
}
