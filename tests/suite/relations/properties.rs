//! Random graphs and edits against a simple model in memory: whichever way a change is said, the rows, and what the session
//! shows of them, are those of the model. Rules 7 to 12, 14, 21, 22, 27.
//!
//! Each case is a sequence of steps made from a seed; it is printed where it fails. `ORM_TEST_SEED` sets the first seed,
//! `ORM_TEST_CASES` how many there are, `ORM_TEST_STEPS` how long each is.
//!
//! What the model leaves open the generator does not write: two different parents said for one child between two flushes,
//! a child that moves into a parent which is deleted by the same flush, a new parent that is deleted before its children were
//! written.

use std::collections::{BTreeMap, BTreeSet};
use std::pin::Pin;

use super::*;
use crate::harness::{Backend, Database, Outcome};
use orm::{ObjectState, SessionFactory, Value};

#[derive(Model, Debug, Default, Clone)]
#[orm(table = "pr_buyers")]
struct Buyer {
    #[orm(primary_key)]
    id: i64,
    n: i32,
    #[orm(has_many, cascade = "all, delete-orphan")]
    purchases: HasMany<Purchase>,
    #[orm(has_one, cascade = "all, delete-orphan")]
    badge: HasOne<Badge>,
}

#[derive(Model, Debug, Default, Clone)]
#[orm(table = "pr_badges")]
struct Badge {
    #[orm(primary_key)]
    id: i64,
    n: i32,
    #[orm(references = Buyer, unique)]
    buyer_id: i64,
    #[orm(belongs_to = "buyer_id")]
    buyer: BelongsTo<Buyer>,
}

#[derive(Model, Debug, Default, Clone)]
#[orm(table = "pr_purchases")]
struct Purchase {
    #[orm(primary_key)]
    id: i64,
    n: i32,
    #[orm(references = Buyer)]
    buyer_id: i64,
    #[orm(belongs_to = "buyer_id")]
    buyer: BelongsTo<Buyer>,
    #[orm(has_many, cascade = "all, delete-orphan")]
    entries: HasMany<Entry>,
}

#[derive(Model, Debug, Default, Clone)]
#[orm(table = "pr_entries", foreign_key(shelf_zone, shelf_n, references = Shelf))]
struct Entry {
    #[orm(primary_key)]
    id: i64,
    n: i32,
    #[orm(references = Purchase)]
    purchase_id: i64,
    #[orm(belongs_to = "purchase_id")]
    purchase: BelongsTo<Purchase>,
    shelf_zone: Option<i64>,
    shelf_n: Option<i32>,
    #[orm(belongs_to = "shelf_zone, shelf_n")]
    shelf: BelongsTo<Option<Shelf>>,
    #[orm(many_to_many, through = "pr_links")]
    marks: ManyToMany<Mark>,
}

#[derive(Model, Debug, Default, Clone)]
#[orm(table = "pr_marks")]
struct Mark {
    #[orm(primary_key)]
    id: i64,
    n: i32,
    #[orm(many_to_many, through = "pr_links")]
    entries: ManyToMany<Entry>,
}

#[derive(Model, Debug, Default, Clone)]
#[orm(table = "pr_shelves")]
struct Shelf {
    #[orm(primary_key)]
    zone: i64,
    #[orm(primary_key)]
    n: i32,
    #[orm(has_many)]
    entries: HasMany<Entry>,
}

#[derive(Model, Debug, Default, Clone)]
#[orm(table = "pr_nodes")]
struct Node {
    #[orm(primary_key)]
    id: i64,
    n: i32,
    #[orm(references = Node)]
    parent_id: Option<i64>,
    #[orm(belongs_to = "parent_id")]
    parent: BelongsTo<Option<Node>>,
    #[orm(has_many, cascade = "all, delete-orphan")]
    children: HasMany<Node>,
}

/// A key of two columns as one number.
const ZONE: i64 = 1_000_000;

impl Entry {
    fn shelf_key(&self) -> Option<i64> {
        Some(self.shelf_zone? * ZONE + i64::from(self.shelf_n?))
    }

    fn set_shelf_key(&mut self, key: Option<i64>) {
        self.shelf_zone = key.map(|key| key / ZONE);
        self.shelf_n = key.map(|key| (key % ZONE) as i32);
    }
}

// The model: which objects there are, who belongs to whom, what is linked.

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Buyer,
    Badge,
    Purchase,
    Entry,
    Mark,
    Shelf,
    Node,
}

const KINDS: [Kind; 7] =
    [Kind::Buyer, Kind::Badge, Kind::Purchase, Kind::Entry, Kind::Mark, Kind::Shelf, Kind::Node];

#[derive(Clone, Debug, Default, PartialEq)]
struct World {
    rows: BTreeMap<i32, Kind>,
    /// By foreign key and child.
    parents: BTreeMap<(usize, i32), i32>,
    /// Entry and mark.
    links: BTreeSet<(i32, i32)>,
}

/// Whether the children of each foreign key go with their parent, and with being taken out.
const CASCADES: [bool; 5] = [true, true, true, false, true];

impl World {
    fn of_kind(&self, kind: Kind) -> Vec<i32> {
        self.rows.iter().filter(|(_, known)| **known == kind).map(|(n, _)| *n).collect()
    }

    fn children(&self, edge: usize, parent: i32) -> Vec<i32> {
        let children = self.parents.iter().filter(|((known, _), owner)| *known == edge && **owner == parent);
        children.map(|((_, child), _)| *child).collect()
    }

    fn linked(&self, side: usize, n: i32) -> Vec<i32> {
        let pairs = self.links.iter().map(|(entry, mark)| [*entry, *mark]);
        pairs.filter(|pair| pair[side] == n).map(|pair| pair[1 - side]).collect()
    }

    /// All that goes with an object, itself first.
    fn below(&self, n: i32) -> Vec<i32> {
        let mut found = vec![n];
        let mut position = 0;
        while let Some(parent) = found.get(position).copied() {
            position += 1;
            for (edge, _) in CASCADES.iter().enumerate().filter(|(_, cascades)| **cascades) {
                found.extend(self.children(edge, parent));
            }
        }
        found
    }

    fn delete(&mut self, n: i32) {
        for gone in self.below(n) {
            self.rows.remove(&gone);
            self.parents.retain(|(_, child), parent| *child != gone && *parent != gone);
            self.links.retain(|(entry, mark)| *entry != gone && *mark != gone);
        }
    }

    /// A child leaves its parent, and nobody else takes it.
    fn let_go(&mut self, edge: usize, child: i32) {
        if CASCADES[edge] {
            self.delete(child);
        } else {
            self.parents.remove(&(edge, child));
        }
    }
}

/// SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        bits ^ (bits >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    fn one_in(&mut self, bound: usize) -> bool {
        self.below(bound) == 0
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> Option<T> {
        if from.is_empty() { None } else { Some(from[self.below(from.len())]) }
    }
}

// The models and their foreign keys, so that one step serves all.

#[derive(Default)]
struct Handles {
    buyers: BTreeMap<i32, Handle<Buyer>>,
    badges: BTreeMap<i32, Handle<Badge>>,
    purchases: BTreeMap<i32, Handle<Purchase>>,
    entries: BTreeMap<i32, Handle<Entry>>,
    marks: BTreeMap<i32, Handle<Mark>>,
    shelves: BTreeMap<i32, Handle<Shelf>>,
    nodes: BTreeMap<i32, Handle<Node>>,
}

type Boxed<'f, T> = Pin<Box<dyn Future<Output = orm::Result<T>> + Send + 'f>>;

trait Row: Model + Default + Clone {
    const KIND: Kind;
    fn new(n: i32) -> Self;
    fn n(&self) -> i32;
    fn id(&self) -> i64;
    fn known(handles: &mut Handles) -> &mut BTreeMap<i32, Handle<Self>>;
    fn find(session: &mut UnitOfWork, n: i32) -> Boxed<'_, Option<Handle<Self>>>;
}

macro_rules! rows {
    ($($model:ident $handles:ident $new:expr, $id:expr;)*) => {$(
        impl Row for $model {
            const KIND: Kind = Kind::$model;
            fn new(n: i32) -> Self {
                let new: fn(i32) -> $model = $new;
                new(n)
            }
            fn n(&self) -> i32 {
                self.n
            }
            fn id(&self) -> i64 {
                let id: fn(&$model) -> i64 = $id;
                id(self)
            }
            fn known(handles: &mut Handles) -> &mut BTreeMap<i32, Handle<Self>> {
                &mut handles.$handles
            }
            fn find(session: &mut UnitOfWork, n: i32) -> Boxed<'_, Option<Handle<Self>>> {
                Box::pin(async move { session.query::<$model>().filter(|row| row.n.eq(n)).one_or_none().await })
            }
        }
    )*};
}

rows! {
    Buyer buyers |n| Buyer { n, ..Default::default() }, |row| row.id;
    Badge badges |n| Badge { n, ..Default::default() }, |row| row.id;
    Purchase purchases |n| Purchase { n, ..Default::default() }, |row| row.id;
    Entry entries |n| Entry { n, ..Default::default() }, |row| row.id;
    Mark marks |n| Mark { n, ..Default::default() }, |row| row.id;
    Shelf shelves |n| Shelf { zone: i64::from(n % 3), n, ..Default::default() }, |row| row.zone * ZONE + i64::from(row.n);
    Node nodes |n| Node { n, ..Default::default() }, |row| row.id;
}

/// A foreign key with a relation on each side.
trait Edge {
    const ID: usize;
    const NULLABLE: bool;
    /// At most one child.
    const ONE: bool;
    type Child: Row;
    type Parent: Row;
    fn point(child: &mut Self::Child, parent: Handle<Self::Parent>);
    fn point_at_new(child: &mut Self::Child, parent: Self::Parent);
    fn set_key(child: &mut Self::Child, key: Option<i64>);
    fn key(child: &Self::Child) -> Option<i64>;
    /// None where it is not loaded.
    fn reference(child: &Self::Child) -> orm::Result<Option<Option<Handle<Self::Parent>>>>;
    /// None where they are not loaded.
    fn members(parent: &Self::Parent) -> orm::Result<Option<Vec<Handle<Self::Child>>>>;
    fn push(parent: &mut Self::Parent, child: Handle<Self::Child>);
    fn push_new(parent: &mut Self::Parent, child: Self::Child);
    fn remove(parent: &mut Self::Parent, child: Handle<Self::Child>);
    fn clear(parent: &mut Self::Parent);
    fn set(parent: &mut Self::Parent, children: Vec<Handle<Self::Child>>);
    fn load_members(session: &mut UnitOfWork, parent: Handle<Self::Parent>) -> Boxed<'_, ()>;
    fn load_reference(session: &mut UnitOfWork, child: Handle<Self::Child>) -> Boxed<'_, ()>;
}

macro_rules! edges {
    ($($edge:ident $id:literal $child:ident.$reference:ident by $key:ident $nullable:ident,
        $parent:ident.$members:ident $many:ident;)*) => {$(
        struct $edge;
        impl Edge for $edge {
            const ID: usize = $id;
            const NULLABLE: bool = edges!(@is_nullable $nullable);
            const ONE: bool = edges!(@is_one $many);
            type Child = $child;
            type Parent = $parent;
            fn point(child: &mut $child, parent: Handle<$parent>) {
                child.$reference = parent.into();
            }
            fn point_at_new(child: &mut $child, parent: $parent) {
                child.$reference = parent.into();
            }
            fn set_key(child: &mut $child, key: Option<i64>) {
                edges!(@set_key $nullable child, $key, key);
            }
            fn key(child: &$child) -> Option<i64> {
                edges!(@key $nullable child, $key)
            }
            fn reference(child: &$child) -> orm::Result<Option<Option<Handle<$parent>>>> {
                if !child.$reference.is_loaded() {
                    return Ok(None);
                }
                child.$reference.handle().map(Some)
            }
            fn members(parent: &$parent) -> orm::Result<Option<Vec<Handle<$child>>>> {
                if !parent.$members.is_loaded() {
                    return Ok(None);
                }
                edges!(@members $many parent.$members)
            }
            fn push(parent: &mut $parent, child: Handle<$child>) {
                edges!(@push $many parent.$members, child);
            }
            fn push_new(parent: &mut $parent, child: $child) {
                edges!(@push $many parent.$members, child);
            }
            fn remove(parent: &mut $parent, child: Handle<$child>) {
                edges!(@remove $many parent.$members, child);
            }
            fn clear(parent: &mut $parent) {
                parent.$members.clear();
            }
            fn set(parent: &mut $parent, children: Vec<Handle<$child>>) {
                edges!(@set $many parent.$members, children);
            }
            fn load_members(session: &mut UnitOfWork, parent: Handle<$parent>) -> Boxed<'_, ()> {
                Box::pin(async move { session.load(parent, |row| row.$members()).await })
            }
            fn load_reference(session: &mut UnitOfWork, child: Handle<$child>) -> Boxed<'_, ()> {
                Box::pin(async move { session.load(child, |row| row.$reference()).await })
            }
        }
    )*};
    (@is_nullable firm) => { false };
    (@is_nullable nullable) => { true };
    (@is_nullable pair) => { true };
    (@is_one many) => { false };
    (@is_one one) => { true };
    (@set_key firm $child:ident, $key:ident, $value:ident) => { $child.$key = $value.unwrap_or_default() };
    (@set_key nullable $child:ident, $key:ident, $value:ident) => { $child.$key = $value };
    (@set_key pair $child:ident, $key:ident, $value:ident) => { $child.set_shelf_key($value) };
    (@key pair $child:ident, $key:ident) => { $child.shelf_key() };
    (@key $nullable:ident $child:ident, $key:ident) => { $child.$key.into() };
    (@members many $place:expr) => { $place.handles().map(Some) };
    (@members one $place:expr) => { $place.handle().map(|handle| Some(handle.into_iter().collect())) };
    (@push many $place:expr, $child:ident) => { $place.push($child) };
    (@push one $place:expr, $child:ident) => { $place.set($child) };
    (@remove many $place:expr, $child:ident) => { $place.remove($child) };
    (@remove one $place:expr, $child:ident) => {{
        let _the_only_one = $child;
        $place.clear()
    }};
    (@set many $place:expr, $children:ident) => { $place.set($children) };
    (@set one $place:expr, $children:ident) => {
        match $children.first() {
            Some(child) => $place.set(child),
            None => $place.clear(),
        }
    };
}

edges! {
    BadgeOf 0 Badge.buyer by buyer_id firm, Buyer.badge one;
    PurchaseOf 1 Purchase.buyer by buyer_id firm, Buyer.purchases many;
    EntryOf 2 Entry.purchase by purchase_id firm, Purchase.entries many;
    ShelfOf 3 Entry.shelf by shelf_zone pair, Shelf.entries many;
    ParentOf 4 Node.parent by parent_id nullable, Node.children many;
}

/// Calls a method for the foreign key of a number.
macro_rules! for_edge {
    ($edge:expr, $case:ident.$step:ident()) => {
        match $edge {
            0 => $case.$step::<BadgeOf>().await,
            1 => $case.$step::<PurchaseOf>().await,
            2 => $case.$step::<EntryOf>().await,
            3 => $case.$step::<ShelfOf>().await,
            _ => $case.$step::<ParentOf>().await,
        }
    };
}

/// The steps of a case, printed if it does not end well.
struct Trace {
    seed: u64,
    steps: Vec<String>,
    passed: bool,
}

impl Drop for Trace {
    fn drop(&mut self) {
        if !self.passed {
            println!("seed {}:\n  {}", self.seed, self.steps.join("\n  "));
        }
    }
}

struct Case<'d> {
    db: &'d Database,
    session: UnitOfWork,
    random: Random,
    /// Queries flush first.
    autoflush: bool,
    world: World,
    committed: World,
    savepoints: Vec<World>,
    handles: Handles,
    /// Foreign keys that were said since the last flush.
    said: BTreeSet<(usize, i32)>,
    /// Objects that were added since the last flush.
    added: BTreeSet<i32>,
    /// Links that were said since the last flush.
    said_links: BTreeSet<(i32, i32)>,
    next: i32,
    trace: Trace,
}

impl<'d> Case<'d> {
    fn new(db: &'d Database, seed: u64) -> Case<'d> {
        let mut random = Random(seed);
        let autoflush = random.one_in(2);
        Case {
            db,
            session: session(db, autoflush),
            random,
            autoflush,
            world: World::default(),
            committed: World::default(),
            savepoints: Vec::new(),
            handles: Handles::default(),
            said: BTreeSet::new(),
            added: BTreeSet::new(),
            said_links: BTreeSet::new(),
            next: 0,
            trace: Trace { seed, steps: vec![format!("autoflush {autoflush}")], passed: false },
        }
    }

    fn note(&mut self, step: String) {
        self.trace.steps.push(step);
    }

    fn number(&mut self, kind: Kind) -> i32 {
        self.next += 1;
        self.world.rows.insert(self.next, kind);
        self.added.insert(self.next);
        self.next
    }

    fn flushed(&mut self) {
        self.said.clear();
        self.added.clear();
        self.said_links.clear();
    }

    /// The handle of an object, read if need be; none for one that the session did not take in yet.
    async fn handle<T: Row>(&mut self, n: i32) -> orm::Result<Option<Handle<T>>> {
        if let Some(known) = T::known(&mut self.handles).get(&n) {
            return Ok(Some(*known));
        }
        if self.autoflush {
            self.flushed();
        }
        let found = T::find(&mut self.session, n).await?;
        if let Some(found) = found {
            T::known(&mut self.handles).insert(n, found);
        }
        Ok(found)
    }

    fn adopt<T: Row>(&mut self, object: T) -> Handle<T> {
        let n = object.n();
        let handle = self.session.add(object);
        T::known(&mut self.handles).insert(n, handle);
        handle
    }

    async fn step(&mut self) -> orm::Result<()> {
        let edge = self.random.below(5);
        match self.random.below(34) {
            0..3 => self.add_root(),
            3..8 => for_edge!(edge, self.add_child()),
            8..10 => for_edge!(edge, self.add_with_new_parent()),
            10..14 => for_edge!(edge, self.move_child()),
            14..16 => for_edge!(edge, self.take_out()),
            16 => for_edge!(edge, self.clear()),
            17 => for_edge!(edge, self.set()),
            18..20 => self.delete().await,
            20..23 => self.link().await,
            23 => for_edge!(edge, self.load_members()),
            24 => for_edge!(edge, self.load_reference()),
            25 => self.load_links().await,
            26 => self.query_with().await,
            27 => self.flush().await,
            28..30 => self.commit().await,
            30 => self.roll_back().await,
            31 => self.open_savepoint().await,
            32 => self.end_savepoint().await,
            _ => self.begin_anew().await,
        }
    }

    fn add_root(&mut self) -> orm::Result<()> {
        let kind = [Kind::Buyer, Kind::Mark, Kind::Shelf, Kind::Node][self.random.below(4)];
        let n = self.number(kind);
        match kind {
            Kind::Mark => drop(self.adopt(Mark::new(n))),
            Kind::Shelf => drop(self.adopt(Shelf::new(n))),
            Kind::Node => {
                let mut node = Node::new(n);
                if self.random.one_in(2) {
                    let child = self.number(Kind::Node);
                    self.world.parents.insert((ParentOf::ID, child), n);
                    self.said.insert((ParentOf::ID, child));
                    node.children.push(Node::new(child));
                }
                self.adopt(node);
            }
            _ => {
                let mut buyer = Buyer::new(n);
                for _ in 0..self.random.below(3) {
                    let purchase = self.new_purchase();
                    self.world.parents.insert((PurchaseOf::ID, purchase.n), n);
                    self.said.insert((PurchaseOf::ID, purchase.n));
                    buyer.purchases.push(purchase);
                }
                if self.random.one_in(3) {
                    let badge = self.number(Kind::Badge);
                    self.world.parents.insert((BadgeOf::ID, badge), n);
                    self.said.insert((BadgeOf::ID, badge));
                    buyer.badge.set(Badge::new(badge));
                }
                self.adopt(buyer);
            }
        }
        self.note(format!("add {kind:?} {n}, to {}", self.next));
        Ok(())
    }

    fn new_purchase(&mut self) -> Purchase {
        let n = self.number(Kind::Purchase);
        let mut purchase = Purchase::new(n);
        for _ in 0..self.random.below(3) {
            let entry = self.number(Kind::Entry);
            self.world.parents.insert((EntryOf::ID, entry), n);
            self.said.insert((EntryOf::ID, entry));
            purchase.entries.push(Entry::new(entry));
        }
        purchase
    }

    /// A purchase for new entries of a shelf; other children need nothing else.
    async fn complete<E: Edge>(&mut self, child: &mut E::Child) -> orm::Result<bool> {
        if E::ID != ShelfOf::ID {
            return Ok(true);
        }
        let purchases = self.world.of_kind(Kind::Purchase);
        let Some(n) = self.random.pick(&purchases) else { return Ok(false) };
        let Some(purchase) = self.handle::<Purchase>(n).await? else { return Ok(false) };
        let child: &mut dyn std::any::Any = child;
        let Some(entry) = child.downcast_mut::<Entry>() else { return Ok(false) };
        entry.purchase = purchase.into();
        self.world.parents.insert((EntryOf::ID, entry.n), n);
        self.said.insert((EntryOf::ID, entry.n));
        Ok(true)
    }

    async fn some_parent<E: Edge>(&mut self) -> orm::Result<Option<(i32, Handle<E::Parent>)>> {
        let parents = self.world.of_kind(E::Parent::KIND);
        let Some(n) = self.random.pick(&parents) else { return Ok(None) };
        Ok(self.handle::<E::Parent>(n).await?.map(|handle| (n, handle)))
    }

    /// A place for one child more; where there can be one only, the old one is let go.
    fn make_room<E: Edge>(&mut self, parent: i32, by_collection: bool) -> bool {
        let there = self.world.children(E::ID, parent);
        if !E::ONE || there.is_empty() {
            return true;
        }
        if !by_collection || there.iter().any(|child| self.said.contains(&(E::ID, *child))) {
            return false;
        }
        for child in there {
            self.world.let_go(E::ID, child);
        }
        true
    }

    async fn add_child<E: Edge>(&mut self) -> orm::Result<()> {
        let Some((parent, handle)) = self.some_parent::<E>().await? else { return Ok(()) };
        let way = self.random.below(4);
        if way == 2 && self.added.contains(&parent) || !self.make_room::<E>(parent, way == 0 || way == 3) {
            return Ok(());
        }
        let n = self.number(E::Child::KIND);
        let mut child = E::Child::new(n);
        if !self.complete::<E>(&mut child).await? || !self.world.rows.contains_key(&parent) {
            self.world.delete(n);
            self.added.remove(&n);
            return Ok(());
        }
        // What completed it may have flushed.
        self.added.insert(n);
        self.world.parents.insert((E::ID, n), parent);
        self.said.insert((E::ID, n));
        let id = self.session[handle].id();
        match way {
            0 => E::push_new(&mut self.session[handle], child),
            1 => {
                E::point(&mut child, handle);
                self.adopt(child);
            }
            2 => {
                E::set_key(&mut child, Some(id));
                self.adopt(child);
            }
            _ => {
                E::point(&mut child, handle);
                let child = self.adopt(child);
                E::push(&mut self.session[handle], child);
            }
        }
        let way = ["pushed", "by reference", "by key", "from both sides"][way];
        self.note(format!("add {:?} {n} to {:?} {parent}, {way}", E::Child::KIND, E::Parent::KIND));
        Ok(())
    }

    async fn add_with_new_parent<E: Edge>(&mut self) -> orm::Result<()> {
        if !matches!(E::Parent::KIND, Kind::Buyer | Kind::Shelf | Kind::Node) {
            return Ok(());
        }
        let n = self.number(E::Child::KIND);
        let mut child = E::Child::new(n);
        if !self.complete::<E>(&mut child).await? {
            self.world.delete(n);
            self.added.remove(&n);
            return Ok(());
        }
        self.added.insert(n);
        let parent = self.number(E::Parent::KIND);
        self.world.parents.insert((E::ID, n), parent);
        self.said.insert((E::ID, n));
        E::point_at_new(&mut child, E::Parent::new(parent));
        self.adopt(child);
        self.note(format!("add {:?} {n} with a new {:?} {parent}", E::Child::KIND, E::Parent::KIND));
        Ok(())
    }

    /// A child of which nothing was said since the last flush.
    async fn some_child<E: Edge>(&mut self) -> orm::Result<Option<(i32, Handle<E::Child>)>> {
        let children = self.world.of_kind(E::Child::KIND);
        let Some(n) = self.random.pick(&children) else { return Ok(None) };
        Ok(self.handle::<E::Child>(n).await?.map(|handle| (n, handle)))
    }

    async fn move_child<E: Edge>(&mut self) -> orm::Result<()> {
        let Some((n, child)) = self.some_child::<E>().await? else { return Ok(()) };
        let Some((to, parent)) = self.some_parent::<E>().await? else { return Ok(()) };
        let from = self.world.parents.get(&(E::ID, n)).copied();
        let old = match from {
            Some(from) => self.handle::<E::Parent>(from).await?,
            None => None,
        };
        let way = self.random.below(5);
        let fits = from != Some(to) && !self.world.below(n).contains(&to);
        let late = self.said.contains(&(E::ID, n)) || self.added.contains(&n);
        if late || !fits || (way == 1 && self.added.contains(&to)) {
            return Ok(());
        }
        if !self.make_room::<E>(to, way >= 2) || !self.world.rows.contains_key(&n) {
            return Ok(());
        }
        let id = self.session[parent].id();
        match way {
            0 => E::point(&mut self.session[child], parent),
            1 => E::set_key(&mut self.session[child], Some(id)),
            2 => E::push(&mut self.session[parent], child),
            3 => {
                if let Some(old) = old {
                    E::remove(&mut self.session[old], child);
                }
                E::push(&mut self.session[parent], child);
            }
            _ => {
                E::push(&mut self.session[parent], child);
                E::point(&mut self.session[child], parent);
                if let Some(old) = old {
                    E::remove(&mut self.session[old], child);
                }
            }
        }
        self.world.parents.insert((E::ID, n), to);
        self.said.insert((E::ID, n));
        let way = ["by reference", "by key", "pushed", "removed and pushed", "from both sides"][way];
        self.note(format!("move {:?} {n} from {from:?} to {to}, {way}", E::Child::KIND));
        Ok(())
    }

    /// Whether nothing of what goes with these objects was moved there since the last flush.
    fn can_go(&self, all: &[i32]) -> bool {
        let quiet = |n: &i32| {
            let parents = self.world.parents.iter();
            let mut children = parents.filter(|(_, parent)| *parent == n).map(|(key, _)| key);
            children.all(|key| !self.said.contains(key))
        };
        all.iter().all(quiet)
    }

    async fn take_out<E: Edge>(&mut self) -> orm::Result<()> {
        let Some((n, child)) = self.some_child::<E>().await? else { return Ok(()) };
        let Some(from) = self.world.parents.get(&(E::ID, n)).copied() else { return Ok(()) };
        let Some(parent) = self.handle::<E::Parent>(from).await? else { return Ok(()) };
        let late = self.said.contains(&(E::ID, n)) || self.added.contains(&n);
        if late || !self.can_go(&self.world.below(n)) {
            return Ok(());
        }
        let way = match (E::NULLABLE, CASCADES[E::ID]) {
            (false, _) => 0,
            (true, false) => self.random.below(3),
            // A raw key that is NULL makes no orphan.
            (true, true) => 2 * self.random.below(2),
        };
        match way {
            0 => E::remove(&mut self.session[parent], child),
            1 => E::set_key(&mut self.session[child], None),
            _ => {
                let child: &mut dyn std::any::Any = &mut self.session[child];
                if let Some(node) = child.downcast_mut::<Node>() {
                    node.parent.clear();
                } else if let Some(entry) = child.downcast_mut::<Entry>() {
                    entry.shelf.clear();
                }
            }
        }
        self.said.insert((E::ID, n));
        self.world.let_go(E::ID, n);
        let way = ["removed", "by key", "by reference"][way];
        self.note(format!("take {:?} {n} from {from}, {way}", E::Child::KIND));
        Ok(())
    }

    /// The children of a parent, if they can all be let go.
    fn all_free<E: Edge>(&self, parent: i32) -> Option<Vec<i32>> {
        let children = self.world.children(E::ID, parent);
        let free = children
            .iter()
            .all(|child| !self.said.contains(&(E::ID, *child)) && self.can_go(&self.world.below(*child)));
        free.then_some(children)
    }

    async fn clear<E: Edge>(&mut self) -> orm::Result<()> {
        let Some((n, parent)) = self.some_parent::<E>().await? else { return Ok(()) };
        let Some(children) = self.all_free::<E>(n) else { return Ok(()) };
        E::clear(&mut self.session[parent]);
        for child in children {
            self.said.insert((E::ID, child));
            self.world.let_go(E::ID, child);
        }
        self.note(format!("clear the {:?} of {n}", E::Child::KIND));
        Ok(())
    }

    async fn set<E: Edge>(&mut self) -> orm::Result<()> {
        let Some((n, parent)) = self.some_parent::<E>().await? else { return Ok(()) };
        let mut kept = Vec::new();
        for child in self.world.children(E::ID, n) {
            if self.random.one_in(2)
                && let Some(handle) = self.handle::<E::Child>(child).await?
            {
                kept.push((child, handle));
            }
        }
        let Some(children) = self.all_free::<E>(n) else { return Ok(()) };
        E::set(&mut self.session[parent], kept.iter().map(|(_, handle)| *handle).collect());
        for child in children {
            self.said.insert((E::ID, child));
            if !kept.iter().any(|(kept, _)| *kept == child) {
                self.world.let_go(E::ID, child);
            }
        }
        let kept: Vec<i32> = kept.iter().map(|(child, _)| *child).collect();
        self.note(format!("set the {:?} of {n} to {kept:?}", E::Child::KIND));
        Ok(())
    }

    async fn delete(&mut self) -> orm::Result<()> {
        let all: Vec<i32> = self.world.rows.keys().copied().collect();
        let Some(n) = self.random.pick(&all) else { return Ok(()) };
        match self.world.rows[&n] {
            Kind::Buyer => self.delete_one::<Buyer, PurchaseOf>(n).await,
            Kind::Badge => self.delete_one::<Badge, PurchaseOf>(n).await,
            Kind::Purchase => self.delete_one::<Purchase, EntryOf>(n).await,
            Kind::Entry => self.delete_one::<Entry, EntryOf>(n).await,
            Kind::Mark => self.delete_one::<Mark, EntryOf>(n).await,
            Kind::Shelf => self.delete_one::<Shelf, ShelfOf>(n).await,
            Kind::Node => self.delete_one::<Node, ParentOf>(n).await,
        }
    }

    /// Deletes an object; sometimes one of its children is moved elsewhere just after that.
    async fn delete_one<T: Row, E: Edge>(&mut self, n: i32) -> orm::Result<()> {
        let Some(handle) = self.handle::<T>(n).await? else { return Ok(()) };
        let children = self.world.children(E::ID, n);
        let rescued = if self.random.one_in(2) { self.random.pick(&children) } else { None };
        let rescued = match rescued {
            Some(child) => self.handle::<E::Child>(child).await?.map(|handle| (child, handle)),
            None => None,
        };
        let refuge = self.some_parent::<E>().await?;
        let below = self.world.below(n);
        if !self.can_go(&below) || (self.added.contains(&n) && below.len() > 1) {
            return Ok(());
        }
        self.session.delete(handle);
        self.note(format!("delete {:?} {n}", T::KIND));
        if let (Some((child, handle)), Some((to, parent))) = (rescued, refuge)
            && !below.contains(&to)
            && to != n
        {
            let by_reference = self.random.one_in(2);
            if by_reference {
                E::point(&mut self.session[handle], parent);
            } else {
                E::push(&mut self.session[parent], handle);
            }
            self.world.parents.insert((E::ID, child), to);
            self.said.insert((E::ID, child));
            self.note(format!("  and move {child} to {to}, by reference: {by_reference}"));
        }
        self.world.delete(n);
        Ok(())
    }

    async fn link(&mut self) -> orm::Result<()> {
        let (entries, marks) = (self.world.of_kind(Kind::Entry), self.world.of_kind(Kind::Mark));
        let (Some(entry), Some(mark)) = (self.random.pick(&entries), self.random.pick(&marks)) else {
            return Ok(());
        };
        let here = self.handle::<Entry>(entry).await?;
        let there = self.handle::<Mark>(mark).await?;
        let (Some(here), Some(there)) = (here, there) else { return Ok(()) };
        if !self.said_links.insert((entry, mark)) {
            return Ok(());
        }
        let way = self.random.below(3);
        let linked = self.world.links.remove(&(entry, mark));
        if linked {
            if way != 1 {
                self.session[here].marks.remove(there);
            }
            if way != 0 {
                self.session[there].entries.remove(here);
            }
        } else {
            if way != 1 {
                self.session[here].marks.push(there);
            }
            if way != 0 {
                self.session[there].entries.push(here);
            }
            self.world.links.insert((entry, mark));
        }
        let way = ["the entry", "the mark", "both sides"][way];
        let what = if linked { "unlink" } else { "link" };
        self.note(format!("{what} {entry} and {mark}, from {way}"));
        Ok(())
    }

    async fn load_members<E: Edge>(&mut self) -> orm::Result<()> {
        let Some((n, parent)) = self.some_parent::<E>().await? else { return Ok(()) };
        if self.autoflush {
            self.flushed();
        }
        self.note(format!("load the {:?} of {n}", E::Child::KIND));
        E::load_members(&mut self.session, parent).await
    }

    async fn load_reference<E: Edge>(&mut self) -> orm::Result<()> {
        let Some((n, child)) = self.some_child::<E>().await? else { return Ok(()) };
        if self.autoflush {
            self.flushed();
        }
        self.note(format!("load the {:?} of {:?} {n}", E::Parent::KIND, E::Child::KIND));
        E::load_reference(&mut self.session, child).await
    }

    async fn load_links(&mut self) -> orm::Result<()> {
        let kind = if self.random.one_in(2) { Kind::Entry } else { Kind::Mark };
        let all = self.world.of_kind(kind);
        let Some(n) = self.random.pick(&all) else { return Ok(()) };
        self.note(format!("load the links of {n}"));
        if kind == Kind::Entry {
            let Some(entry) = self.handle::<Entry>(n).await? else { return Ok(()) };
            self.session.load(entry, |e| e.marks()).await?;
        } else {
            let Some(mark) = self.handle::<Mark>(n).await? else { return Ok(()) };
            self.session.load(mark, |m| m.entries()).await?;
        }
        if self.autoflush {
            self.flushed();
        }
        Ok(())
    }

    async fn query_with(&mut self) -> orm::Result<()> {
        let way = self.random.below(5);
        let session = &mut self.session;
        match way {
            0 => {
                let found =
                    session.query::<Buyer>().with(|b| (b.purchases().entries(), b.badge())).all().await?;
                for handle in found {
                    let n = session[handle].n;
                    self.handles.buyers.insert(n, handle);
                }
            }
            1 => {
                let found = session
                    .query::<Entry>()
                    .with(|e| (e.purchase().buyer(), e.marks(), e.shelf()))
                    .all()
                    .await?;
                for handle in found {
                    let n = session[handle].n;
                    self.handles.entries.insert(n, handle);
                }
            }
            2 => {
                for handle in session.query::<Node>().with(|n| n.children().children()).all().await? {
                    let n = session[handle].n;
                    self.handles.nodes.insert(n, handle);
                }
            }
            3 => {
                for handle in session.query::<Mark>().with(|m| m.entries().purchase()).all().await? {
                    let n = session[handle].n;
                    self.handles.marks.insert(n, handle);
                }
            }
            _ => {
                for handle in session.query::<Purchase>().all().await? {
                    let n = session[handle].n;
                    self.handles.purchases.insert(n, handle);
                }
            }
        }
        if self.autoflush {
            self.flushed();
        }
        self.note(format!("query {way} with relations"));
        Ok(())
    }

    async fn flush(&mut self) -> orm::Result<()> {
        self.note("flush".into());
        self.session.flush().await?;
        self.flushed();
        self.compare()
    }

    async fn commit(&mut self) -> orm::Result<()> {
        self.note("commit".into());
        self.session.commit().await?;
        self.flushed();
        self.savepoints.clear();
        self.committed = self.world.clone();
        self.compare()?;
        self.compare_rows().await
    }

    async fn roll_back(&mut self) -> orm::Result<()> {
        self.note("rollback".into());
        self.session.rollback().await?;
        self.flushed();
        self.savepoints.clear();
        self.world = self.committed.clone();
        self.compare()?;
        self.compare_rows().await
    }

    async fn open_savepoint(&mut self) -> orm::Result<()> {
        self.note("begin_nested".into());
        self.session.begin_nested().await?;
        self.flushed();
        self.savepoints.push(self.world.clone());
        self.compare()
    }

    async fn end_savepoint(&mut self) -> orm::Result<()> {
        let Some(before) = self.savepoints.pop() else { return Ok(()) };
        let failed = self.random.one_in(2);
        self.note(if failed { "rollback_nested" } else { "release" }.into());
        if failed {
            self.session.rollback_nested().await?;
            self.world = before;
        } else {
            self.session.release().await?;
        }
        self.flushed();
        self.compare()
    }

    async fn begin_anew(&mut self) -> orm::Result<()> {
        self.commit().await?;
        self.note("a fresh session".into());
        self.session = session(self.db, self.autoflush);
        self.handles = Handles::default();
        Ok(())
    }

    /// What the session shows, after a flush, against the model.
    fn compare(&mut self) -> orm::Result<()> {
        let mut handles = std::mem::take(&mut self.handles);
        self.compare_objects::<Buyer>(&mut handles)?;
        self.compare_objects::<Badge>(&mut handles)?;
        self.compare_objects::<Purchase>(&mut handles)?;
        self.compare_objects::<Entry>(&mut handles)?;
        self.compare_objects::<Mark>(&mut handles)?;
        self.compare_objects::<Shelf>(&mut handles)?;
        self.compare_objects::<Node>(&mut handles)?;
        self.compare_edge::<BadgeOf>(&mut handles)?;
        self.compare_edge::<PurchaseOf>(&mut handles)?;
        self.compare_edge::<EntryOf>(&mut handles)?;
        self.compare_edge::<ShelfOf>(&mut handles)?;
        self.compare_edge::<ParentOf>(&mut handles)?;
        for (n, handle) in handles.entries.iter().filter(|(n, _)| self.world.rows.contains_key(n)) {
            let entry = &self.session[handle];
            if entry.marks.is_loaded() {
                let mut marks: Vec<i32> = entry.marks.iter(&self.session)?.map(|mark| mark.n).collect();
                marks.sort_unstable();
                assert_eq!(marks, self.world.linked(0, *n), "the marks of {n}");
            }
        }
        for (n, handle) in handles.marks.iter().filter(|(n, _)| self.world.rows.contains_key(n)) {
            let mark = &self.session[handle];
            if mark.entries.is_loaded() {
                let mut entries: Vec<i32> = mark.entries.iter(&self.session)?.map(|entry| entry.n).collect();
                entries.sort_unstable();
                assert_eq!(entries, self.world.linked(1, *n), "the entries of mark {n}");
            }
        }
        self.handles = handles;
        Ok(())
    }

    fn compare_objects<T: Row>(&mut self, handles: &mut Handles) -> orm::Result<()> {
        let world = &self.world;
        let session = &self.session;
        T::known(handles).retain(|n, handle| match session.state(*handle) {
            Some(ObjectState::Persistent) => {
                assert!(world.rows.contains_key(n), "{:?} {n} should be gone", T::KIND);
                true
            }
            state => {
                assert!(!world.rows.contains_key(n), "{:?} {n} should be there and is {state:?}", T::KIND);
                // A rollback may bring it back.
                state.is_some()
            }
        });
        Ok(())
    }

    fn compare_edge<E: Edge>(&self, handles: &mut Handles) -> orm::Result<()> {
        let parents = E::Parent::known(handles).clone();
        for (n, handle) in parents.iter().filter(|(n, _)| self.world.rows.contains_key(n)) {
            if let Some(members) = E::members(&self.session[handle])? {
                let mut members: Vec<i32> = members.iter().map(|child| self.session[child].n()).collect();
                members.sort_unstable();
                let wanted = self.world.children(E::ID, *n);
                assert_eq!(members, wanted, "the {:?} of {:?} {n}", E::Child::KIND, E::Parent::KIND);
            }
        }
        for (n, handle) in E::Child::known(handles).iter().filter(|(n, _)| self.world.rows.contains_key(n)) {
            let child = &self.session[handle];
            let wanted = self.world.parents.get(&(E::ID, *n)).copied();
            let what = || format!("the {:?} of {:?} {n}", E::Parent::KIND, E::Child::KIND);
            if let Some(reference) = E::reference(child)? {
                assert_eq!(reference.map(|parent| self.session[parent].n()), wanted, "{}", what());
            }
            match wanted {
                None => assert_eq!(E::key(child), None, "{}", what()),
                Some(wanted) => {
                    if let Some(parent) = parents.get(&wanted) {
                        assert_eq!(E::key(child), Some(self.session[parent].id()), "{}", what());
                    }
                }
            }
        }
        Ok(())
    }

    /// All rows, read past the library.
    async fn compare_rows(&mut self) -> orm::Result<()> {
        let sql = "SELECT 0, id, n, NULL, NULL FROM pr_buyers \
            UNION ALL SELECT 1, id, n, buyer_id, NULL FROM pr_badges \
            UNION ALL SELECT 2, id, n, buyer_id, NULL FROM pr_purchases \
            UNION ALL SELECT 3, id, n, purchase_id, shelf_zone * 1000000 + shelf_n FROM pr_entries \
            UNION ALL SELECT 4, id, n, NULL, NULL FROM pr_marks \
            UNION ALL SELECT 5, zone * 1000000 + n, n, NULL, NULL FROM pr_shelves \
            UNION ALL SELECT 6, id, n, parent_id, NULL FROM pr_nodes \
            UNION ALL SELECT 7, entry_id, mark_id, NULL, NULL FROM pr_links";
        let rows = self.db.rows(sql).await?;
        let int = |value: &Value| match value {
            Value::Int(value) => Some(*value),
            _ => None,
        };
        let mut names = BTreeMap::new();
        for row in &rows {
            if let (Some(kind), Some(id), Some(n)) = (int(&row[0]), int(&row[1]), int(&row[2]))
                && kind < 7
            {
                names.insert((KINDS[kind as usize], id), n as i32);
            }
        }
        let mut found = World::default();
        for row in &rows {
            let (Some(kind), Some(id), Some(n)) = (int(&row[0]), int(&row[1]), int(&row[2])) else {
                continue;
            };
            if kind == 7 {
                found.links.insert((names[&(Kind::Entry, id)], names[&(Kind::Mark, n)]));
                continue;
            }
            let (kind, n) = (KINDS[kind as usize], n as i32);
            found.rows.insert(n, kind);
            let keys: &[(usize, Kind)] = match kind {
                Kind::Badge => &[(BadgeOf::ID, Kind::Buyer)],
                Kind::Purchase => &[(PurchaseOf::ID, Kind::Buyer)],
                Kind::Entry => &[(EntryOf::ID, Kind::Purchase), (ShelfOf::ID, Kind::Shelf)],
                Kind::Node => &[(ParentOf::ID, Kind::Node)],
                Kind::Buyer | Kind::Mark | Kind::Shelf => &[],
            };
            for ((edge, parent), key) in keys.iter().zip(&row[3..]) {
                if let Some(key) = int(key) {
                    found.parents.insert((*edge, n), names[&(*parent, key)]);
                }
            }
        }
        assert_eq!(found, self.world, "the rows are not those of the model");
        Ok(())
    }
}

fn session(db: &Database, autoflush: bool) -> UnitOfWork {
    SessionFactory::new(db.engine()).autoflush(autoflush).session()
}

fn from_environment(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|text| text.parse().ok())
}

async fn run(db: &Database) -> Outcome {
    let usual = match db.backend() {
        Backend::SqliteMemory => 10_000,
        Backend::SqliteFile => 200,
        Backend::MariaDb | Backend::MySql => 500,
        Backend::MariaDbWithoutReturning => 200,
    };
    let cases = from_environment("ORM_TEST_CASES").unwrap_or(usual);
    let first = from_environment("ORM_TEST_SEED").unwrap_or(1);
    for number in 0..cases {
        // Short ones first, so that the first that fails is short.
        let steps = from_environment("ORM_TEST_STEPS").unwrap_or(6 + number * 14 / cases);
        let mut case = Case::new(db, first + number);
        for _ in 0..steps {
            case.step().await?;
        }
        case.commit().await?;
        let rows = !case.world.rows.is_empty();
        case.trace.passed = true;
        drop(case);
        if rows {
            empty(db).await?;
        }
    }
    Ok(())
}

async fn empty(db: &Database) -> orm::Result<()> {
    for sql in [
        "DELETE FROM pr_links",
        "DELETE FROM pr_entries",
        "DELETE FROM pr_purchases",
        "DELETE FROM pr_badges",
        "DELETE FROM pr_buyers",
        "DELETE FROM pr_shelves",
        "DELETE FROM pr_marks",
        "UPDATE pr_nodes SET parent_id = NULL",
        "DELETE FROM pr_nodes",
    ] {
        db.execute(sql).await?;
    }
    Ok(())
}

case!(random_graphs_and_edits_are_those_of_a_simple_model, |db| {
    db.create::<(Buyer, Badge, Purchase, Entry, Mark, Shelf, Node)>().await?;
    run(&db).await?;
});
