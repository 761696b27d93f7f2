//! What is written on relation fields stands in the definition, and paths lead where the types say.

#![deny(warnings, missing_docs, unreachable_pub, missing_debug_implementations, rust_2018_idioms)]
#![deny(single_use_lifetimes, clippy::all, clippy::pedantic)]
#![forbid(unsafe_code, unused)]

use orm::definition::{Cascade, RelationDef, RelationKind, Through};
use orm::prelude::*;
use orm::{AnyModel, Column};

type Key = Option<i64>;
type Notes = HasMany<Note>;
type Parent = BelongsTo<Option<Node>>;

/// A node of a tree.
#[derive(Model, Debug, Default, Clone)]
pub struct Node {
    /// The key.
    #[orm(primary_key)]
    pub id: i64,
    #[orm(references = Self)]
    parent_id: Option<i64>,
    /// In a circle, by an alias.
    #[orm(belongs_to = "parent_id")]
    pub parent: Parent,
    #[orm(has_many, via = "parent", cascade = "all, delete-orphan", order_by = "-id, parent_id", passive_deletes)]
    children: HasMany<Self>,
    /// By an alias.
    #[orm(has_many, cascade = "")]
    pub(crate) notes: Notes,
    #[orm(has_one, view_only)]
    r#abstract: HasOne<Note>,
    #[orm(many_to_many, through = "node_tags", cascade = "save-update")]
    tags: ManyToMany<Tag>,
    #[orm(many_to_many, through = Mark, via = "node_id")]
    marks: ManyToMany<Tag>,
    #[orm(has_many, via = "other", view_only, filter = of_itself)]
    some: HasMany<Note>,
    #[orm(skip)]
    skipped: Option<Box<Node>>,
}

fn of_itself(note: Cols<Note>) -> Expr<bool> {
    note.node_id.eq(note.other_id)
}

#[derive(Model, Debug, Default, Clone)]
#[orm(unique(node_id))]
struct Note {
    #[orm(primary_key, references = Node)]
    node_id: i64,
    #[orm(belongs_to = "node_id", cascade = "none")]
    node: orm::BelongsTo<Node>,
    #[orm(references = crate::Node)]
    other_id: Key,
    #[orm(belongs_to = "other_id", cascade = "ALL")]
    other: BelongsTo<Option<Node>>,
}

#[derive(Model, Debug, Default, Clone)]
struct Tag {
    #[orm(primary_key)]
    name: String,
}

#[derive(Model, Debug, Default, Clone)]
struct Mark {
    #[orm(primary_key, references = Node)]
    node_id: i64,
    #[orm(primary_key, references = Tag::name)]
    tag: String,
}

/// A key of two columns, one of which may be NULL.
#[derive(Model)]
#[orm(foreign_key(node, tag, references = Mark, on_update = "cascade"))]
#[orm(foreign_key(tag, node, references = Mark, fields = "tag, node_id"))]
#[allow(missing_debug_implementations)]
pub struct Pair {
    #[orm(primary_key)]
    id: i64,
    node: Option<i64>,
    tag: String,
    #[orm(belongs_to = "node, tag")]
    mark: BelongsTo<Option<Mark>>,
}

fn definition<T: Model>(field: &str) -> &'static RelationDef {
    T::model().relations.iter().find(|relation| relation.field == field).expect("there is such a relation")
}

fn main() {
    let children = definition::<Node>("children");
    assert_eq!(children.kind, RelationKind::HasMany);
    assert!((children.target)().is(Node::model()));
    assert_eq!((children.via, children.passive_deletes, children.view_only), (Some("parent"), true, false));
    assert_eq!(children.cascade, Cascade::ALL.with(Cascade::DELETE_ORPHAN));
    assert_eq!(children.order_by, [("id", true), ("parent_id", false)]);

    let parent = definition::<Node>("parent");
    assert_eq!((parent.kind, parent.columns), (RelationKind::BelongsTo, [1].as_slice()));
    assert_eq!(parent.cascade, Cascade::DEFAULT);

    let (notes, one) = (definition::<Node>("notes"), definition::<Node>("abstract"));
    assert_eq!((notes.kind, notes.cascade), (RelationKind::HasMany, Cascade::NONE));
    assert_eq!((one.kind, one.view_only), (RelationKind::HasOne, true));

    let (tags, marks) = (definition::<Node>("tags"), definition::<Node>("marks"));
    assert_eq!((tags.kind, tags.cascade), (RelationKind::ManyToMany, Cascade::SAVE));
    assert!(matches!(tags.through, Some(Through::Table("node_tags"))));
    assert!(matches!(marks.through, Some(Through::Model(model)) if model().is(Mark::model())));
    assert_eq!(marks.via, Some("node_id"));

    assert_eq!(definition::<Note>("node").cascade, Cascade::NONE);
    assert_eq!(definition::<Note>("other").cascade, Cascade::ALL);
    assert_eq!(definition::<Pair>("mark").columns, [1, 2]);
    let [pair, turned] = Pair::model().foreign_keys else { panic!("there are two") };
    assert_eq!((pair.columns, turned.columns), ([1, 2].as_slice(), [2, 1].as_slice()));
    assert_eq!((pair.fields, turned.fields), ([""; 0].as_slice(), ["tag", "node_id"].as_slice()));
    assert!((pair.reference.model)().is(Mark::model()));
    assert!(definition::<Node>("some").filter.is_some() && definition::<Node>("some").view_only);
    assert!(Tag::model().relations.is_empty());

    let mut node = Node { children: [Node::default(), Node::default()].into(), ..Node::default() };
    let object: &mut dyn AnyModel = &mut node;
    assert!(object.relation(1).is_some() && object.relation_mut(6).is_some());
    assert!(object.relation(7).is_none() && object.relation_mut(7).is_none());
    assert_eq!(node.clone().children.len().expect("they were given"), 2);
    let Node { r#abstract, skipped, marks, .. } = node;
    assert!(!r#abstract.is_loaded() && skipped.is_none() && marks.is_empty().expect("a new object is complete"));

    let _ = |row: Cols<Node>| -> Column<Option<i64>> { row.parent().id };
    let _ = |row: Cols<Note>| -> Column<i64> { row.node().id };
    let _ = |row: Cols<Note>| -> Column<Option<i64>> { row.node().r#abstract().node_id };
    let _ = |row: Cols<Node>| row.notes().any(|note| note.other().is_none() & note.node().notes().exists());
    let _ = |row: Cols<Node>| row.tags().count().eq(row.children().count());
    let _ = |row: Cols<Pair>| row.mark().tag.eq("a") & row.node.eq(row.id) & row.tag.eq("b");
    let _ = |row: Cols<Mark>| row.tag.eq("a");
}
