//! Random work against a simple model of it: adds, edits (of keys, unique values and foreign keys, swaps among them), deletes,
//! queries, flushes, savepoints, commits and rollbacks on three related tables. After each step the session must say of every object what
//! the model says, and after each commit or rollback the tables must hold what the model holds. Where the model sees that no
//! table could hold the result, the flush must fail with an error of that kind.
//!
//! `ORM_PROPERTY_SEED` and `ORM_PROPERTY_CASES` choose other cases; a failure prints the seed of its case and the steps.

use std::collections::{BTreeMap, BTreeSet};

use orm::prelude::*;
use orm::{Error, ErrorKind, ObjectState, Result};

use crate::harness::{Backend, Database, Outcome};

/// A natural key that others and its own kind refer to, and a unique title.
#[derive(Model, Debug, Default, Clone, PartialEq)]
#[orm(table = "prop_clubs")]
struct Club {
    #[orm(primary_key, length = 8)]
    code: String,
    #[orm(length = 8, unique)]
    title: String,
    #[orm(references = Club, length = 8)]
    parent: Option<String>,
}

/// A generated key, a unique name, a nullable foreign key, a version.
#[derive(Model, Debug, Default, Clone, PartialEq)]
#[orm(table = "prop_members")]
struct Member {
    #[orm(primary_key)]
    id: i64,
    #[orm(length = 8, unique)]
    name: String,
    #[orm(references = Club, length = 8)]
    club: Option<String>,
    rank: i32,
    #[orm(version)]
    version: i64,
}

/// A given key and a unique pair.
#[derive(Model, Debug, Default, Clone, PartialEq)]
#[orm(table = "prop_places", unique(line, number))]
struct Place {
    #[orm(primary_key(generated = false))]
    id: i64,
    line: i32,
    number: i32,
}

/// A small generator of random numbers (splitmix64), the same on every machine.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }

    fn one_in(&mut self, chances: usize) -> bool {
        self.below(chances) == 0
    }

    fn pick<'t, T>(&mut self, things: &'t [T]) -> Option<&'t T> {
        if things.is_empty() { None } else { things.get(self.below(things.len())) }
    }
}

/// An object of any of the models.
#[derive(Clone, Debug, PartialEq)]
enum Thing {
    Club(Club),
    Member(Member),
    Place(Place),
}

/// A handle of any of the models.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Holder {
    Club(Handle<Club>),
    Member(Handle<Member>),
    Place(Handle<Place>),
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Club,
    Member,
    Place,
}

impl Thing {
    fn kind(&self) -> Kind {
        match self {
            Thing::Club(_) => Kind::Club,
            Thing::Member(_) => Kind::Member,
            Thing::Place(_) => Kind::Place,
        }
    }

    /// The row's place in all tables together; none where the database is to make the key.
    fn key(&self) -> Option<String> {
        match self {
            Thing::Club(club) => Some(format!("club {}", club.code)),
            Thing::Member(member) => (member.id != 0).then(|| format!("member {}", member.id)),
            Thing::Place(place) => Some(format!("place {}", place.id)),
        }
    }

    /// The unique value beside the key.
    fn unique(&self) -> String {
        match self {
            Thing::Club(club) => format!("club {}", club.title),
            Thing::Member(member) => format!("member {}", member.name),
            Thing::Place(place) => format!("place {} {}", place.line, place.number),
        }
    }

    /// The key of the club that it refers to.
    fn refers_to(&self) -> Option<String> {
        let code = match self {
            Thing::Member(member) => member.club.as_ref(),
            Thing::Club(club) => club.parent.as_ref(),
            Thing::Place(_) => None,
        };
        code.map(|code| format!("club {code}"))
    }

    fn version(&self) -> i64 {
        match self {
            Thing::Member(member) => member.version,
            Thing::Club(_) | Thing::Place(_) => 0,
        }
    }

    fn with_version(mut self, version: i64) -> Thing {
        if let Thing::Member(member) = &mut self {
            member.version = version;
        }
        self
    }
}

/// What the model knows of one object of the session.
#[derive(Clone, Debug)]
struct Known {
    holder: Holder,
    /// The object's values.
    now: Thing,
    state: ObjectState,
    /// The row in this transaction.
    row: Option<Thing>,
    /// The row at the last commit.
    committed: Option<Thing>,
    /// The values with which it was first inserted in this transaction.
    inserted: Option<Thing>,
}

/// What the model says that a flush does to an object.
#[derive(Clone, Debug)]
enum Effect {
    Insert,
    Update,
    Delete,
    /// The row of this object is taken over.
    Switch(usize),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Refusal {
    Identity,
    Unique,
    ForeignKey,
}

type Rows = BTreeMap<String, Thing>;

/// The session, and the model of it.
struct World<'d> {
    db: &'d Database,
    session: UnitOfWork,
    known: Vec<Known>,
    rows: Rows,
    committed: Rows,
    /// The open savepoints, outermost first.
    savepoints: Vec<Saved>,
    random: Random,
    story: Story,
}

/// What the model knew when a savepoint was opened.
struct Saved {
    rows: Rows,
    known: Vec<Known>,
}

/// What was done, told when a check fails.
struct Story {
    seed: u64,
    steps: Vec<String>,
}

impl Drop for Story {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("ORM_PROPERTY_SEED={} ORM_PROPERTY_CASES=1\n{}", self.seed, self.steps.join("\n"));
        }
    }
}

macro_rules! each_kind {
    ($holder:expr, $handle:ident => $act:expr) => {
        match $holder {
            Holder::Club($handle) => $act,
            Holder::Member($handle) => $act,
            Holder::Place($handle) => $act,
        }
    };
}

impl<'d> World<'d> {
    fn new(db: &'d Database, seed: u64) -> Self {
        World {
            db,
            session: db.session(),
            known: Vec::new(),
            rows: Rows::new(),
            committed: Rows::new(),
            savepoints: Vec::new(),
            random: Random(seed),
            story: Story { seed, steps: Vec::new() },
        }
    }

    fn tell(&mut self, step: impl Into<String>) {
        self.story.steps.push(step.into());
    }

    /// What the session holds of an object.
    fn value(&self, holder: Holder) -> Option<Thing> {
        match holder {
            Holder::Club(handle) => self.session.get_ref(handle).cloned().map(Thing::Club),
            Holder::Member(handle) => self.session.get_ref(handle).cloned().map(Thing::Member),
            Holder::Place(handle) => self.session.get_ref(handle).cloned().map(Thing::Place),
        }
    }

    fn set_value(&mut self, holder: Holder, value: Thing) {
        match (holder, value) {
            (Holder::Club(handle), Thing::Club(club)) => self.session[handle] = club,
            (Holder::Member(handle), Thing::Member(member)) => self.session[handle] = member,
            (Holder::Place(handle), Thing::Place(place)) => self.session[handle] = place,
            (holder, value) => panic!("{holder:?} is no {value:?}"),
        }
    }

    /// Whether the session and the model agree on all objects.
    fn check(&self) {
        for known in &self.known {
            let holder = known.holder;
            let state = each_kind!(holder, handle => self.session.state(handle));
            assert_eq!(state, Some(known.state), "{holder:?}");
            assert_eq!(self.value(holder).as_ref(), Some(&known.now), "{holder:?}");
            let modified = each_kind!(holder, handle => self.session.is_modified(handle));
            if known.state == ObjectState::Persistent {
                assert_eq!(modified, Some(&known.now) != known.row.as_ref(), "{holder:?} {known:?}");
            }
        }
    }

    /// Whether the tables hold what was committed.
    async fn check_tables(&mut self) -> Result<()> {
        if self.session.in_transaction() {
            // A savepoint was rolled back, and the transaction around it goes on.
            return Ok(());
        }
        assert_eq!(stored(self.db).await?, self.committed);
        Ok(())
    }

    // The model of a flush.

    /// What each object's flush does, or why no table could hold the result.
    fn effects(&self) -> Result<Vec<(usize, Effect)>, BTreeSet<Refusal>> {
        let mut effects = Vec::new();
        let mut taken_over = BTreeSet::new();
        for (position, known) in self.known.iter().enumerate() {
            if known.state != ObjectState::Pending {
                continue;
            }
            let owner = known.now.key().and_then(|key| {
                self.known
                    .iter()
                    .position(|other| other.row.as_ref().and_then(Thing::key) == Some(key.clone()))
            });
            match owner {
                Some(owner) if self.known[owner].state == ObjectState::Doomed => {
                    if !taken_over.insert(owner) {
                        return Err(BTreeSet::from([Refusal::Identity]));
                    }
                    effects.push((position, Effect::Switch(owner)));
                }
                Some(owner) if self.known[owner].now.key() == known.now.key() => {
                    return Err(BTreeSet::from([Refusal::Identity]));
                }
                Some(_) | None => effects.push((position, Effect::Insert)),
            }
        }
        for (position, known) in self.known.iter().enumerate() {
            match known.state {
                ObjectState::Persistent if Some(&known.now) != known.row.as_ref() => {
                    effects.push((position, Effect::Update));
                }
                ObjectState::Doomed if !taken_over.contains(&position) => {
                    effects.push((position, Effect::Delete))
                }
                _ => {}
            }
        }
        let refusals = self.refusals(&effects);
        if refusals.is_empty() { Ok(effects) } else { Err(refusals) }
    }

    fn refusals(&self, effects: &[(usize, Effect)]) -> BTreeSet<Refusal> {
        let mut refusals = BTreeSet::new();
        // The rows that go, or change, and what becomes of them.
        let mut after = self.rows.clone();
        let mut changed: BTreeMap<String, Option<&Thing>> = BTreeMap::new();
        let mut written = Vec::new();
        for (position, effect) in effects {
            let known = &self.known[*position];
            let (before, now) = match effect {
                Effect::Insert => (None, Some(&known.now)),
                Effect::Update => (known.row.as_ref(), Some(&known.now)),
                Effect::Delete => (known.row.as_ref(), None),
                Effect::Switch(owner) => (self.known[*owner].row.as_ref(), Some(&known.now)),
            };
            if let Some(key) = before.and_then(Thing::key) {
                after.remove(&key);
                changed.insert(key, now);
            }
            written.extend(now);
        }
        let mut all: Vec<&Thing> = after.values().collect();
        all.extend(written);
        let (mut keys, mut uniques) = (BTreeSet::new(), BTreeSet::new());
        for row in &all {
            let new_key = row.key().is_none_or(|key| keys.insert(key));
            if !new_key || !uniques.insert(row.unique()) {
                refusals.insert(Refusal::Unique);
            }
        }
        if all.iter().any(|row| row.refers_to().is_some_and(|club| !keys.contains(&club))) {
            refusals.insert(Refusal::ForeignKey);
        }
        // A row that is still referred to can neither go nor change its key, whoever takes the key then.
        for (key, row) in &self.rows {
            let Some(club) = row.refers_to() else { continue };
            let gone = changed.get(&club).is_some_and(|now| now.and_then(Thing::key).as_ref() != Some(&club));
            let stays = match changed.get(key) {
                Some(now) => now.is_some_and(|now| now.refers_to().as_ref() == Some(&club)),
                None => true,
            };
            if gone && stays {
                refusals.insert(Refusal::ForeignKey);
            }
        }
        refusals
    }

    /// Brings the model in step after a flush that succeeded.
    fn apply(&mut self, effects: Vec<(usize, Effect)>) {
        for (position, effect) in &effects {
            let old = match effect {
                Effect::Insert => None,
                Effect::Update | Effect::Delete => self.known[*position].row.clone(),
                Effect::Switch(owner) => self.known[*owner].row.clone(),
            };
            if let Some(key) = old.as_ref().and_then(Thing::key) {
                self.rows.remove(&key);
            }
        }
        for (position, effect) in effects {
            let holder = self.known[position].holder;
            let before = self.known[position].now.clone();
            let version = match &effect {
                Effect::Insert => before.version().max(1),
                Effect::Update => self.known[position].row.as_ref().map_or(0, Thing::version) + 1,
                Effect::Delete => 0,
                Effect::Switch(owner) => self.known[*owner].row.as_ref().map_or(0, Thing::version) + 1,
            };
            match effect {
                Effect::Delete => self.row_deleted(position),
                Effect::Switch(owner) => self.row_deleted(owner),
                Effect::Insert | Effect::Update => {}
            }
            let known = &self.known[position];
            if known.state == ObjectState::Deleted {
                continue;
            }
            let mut now = before.clone().with_version(version);
            if let (Thing::Member(member), Some(Thing::Member(stored))) = (&mut now, self.value(holder))
                && member.id == 0
            {
                assert!(stored.id != 0, "{holder:?} got no key");
                member.id = stored.id;
            }
            let key = now.key().unwrap_or_default();
            let taken = self.rows.insert(key, now.clone());
            assert_eq!(taken, None, "the database made a key that was taken");
            let known = &mut self.known[position];
            if known.state == ObjectState::Pending && known.inserted.is_none() {
                known.inserted = Some(before);
            }
            known.state = ObjectState::Persistent;
            known.row = Some(now.clone());
            known.now = now;
        }
    }

    fn row_deleted(&mut self, position: usize) {
        let known = &mut self.known[position];
        known.state = ObjectState::Deleted;
        known.row = None;
    }

    /// Compares what a flush said with what the model says, and takes it into the model. Whether it succeeded.
    async fn flushed(&mut self, outcome: Result<()>) -> Result<bool> {
        match (self.effects(), outcome) {
            (Ok(effects), Ok(())) => {
                self.apply(effects);
                Ok(true)
            }
            (Ok(_), Err(error)) => panic!("the flush failed: {error}"),
            (Err(refusals), Ok(())) => panic!("the flush succeeded, in spite of {refusals:?}"),
            (Err(refusals), Err(error)) => {
                self.tell(format!("  refused: {error}"));
                assert!(refusals.contains(&refusal(&error)), "{error} is none of {refusals:?}");
                let active = refusals.contains(&Refusal::Identity);
                let again =
                    self.session.plan().err().map(|error| matches!(error.kind(), ErrorKind::Inactive { .. }));
                assert_eq!(again, Some(!active), "only an error of the database makes the session inactive");
                self.check();
                if !self.savepoints.is_empty() && self.random.one_in(2) {
                    self.tell("  rollback_nested");
                    self.session.rollback_nested().await?;
                    self.rolled_back_nested();
                } else {
                    self.session.rollback().await?;
                    self.rolled_back();
                }
                Ok(false)
            }
        }
    }

    /// What the innermost savepoint saved is back.
    fn rolled_back_nested(&mut self) {
        // Its row went before the savepoint, in the same transaction.
        let had_row = |before: &Known| {
            before.state == ObjectState::Deleted || before.inserted.is_some() || before.committed.is_some()
        };
        let Some(saved) = self.savepoints.pop() else { return };
        self.rows = saved.rows;
        // What an object holds whose row went in this transaction is the program's own; edits of it are not taken back.
        let held: Vec<Option<Thing>> = self.known.iter().map(|known| self.value(known.holder)).collect();
        for (known, held) in self.known.iter_mut().zip(held) {
            let before = saved.known.iter().find(|before| before.holder == known.holder);
            match before {
                Some(before) if before.row.is_some() || had_row(before) => {
                    let holder = known.holder;
                    let state = each_kind!(holder, handle => self.session.state(handle));
                    known.state = match (before.state, state) {
                        // One that was deleted, added again and deleted again has no row either way.
                        (
                            ObjectState::Deleted | ObjectState::Transient,
                            Some(state @ (ObjectState::Deleted | ObjectState::Transient)),
                        ) => state,
                        (before, _) => before,
                    };
                    known.row = before.row.clone();
                    known.inserted = before.inserted.clone();
                    match &before.row {
                        Some(row) => known.now = row.clone(),
                        None => known.now = held.unwrap_or_else(|| known.now.clone()),
                    }
                }
                Some(_) | None => {
                    // It has no row, unless it was read since, when it was committed before.
                    match (&known.committed, known.inserted.take()) {
                        (Some(committed), _) => {
                            let key = committed.key().unwrap_or_default();
                            known.row = self.rows.get(&key).cloned();
                            known.now = known.row.clone().unwrap_or_else(|| known.now.clone());
                            known.state = ObjectState::Persistent;
                        }
                        (None, Some(inserted)) => {
                            (known.state, known.row, known.now) = (ObjectState::Transient, None, inserted);
                        }
                        (None, None) => (known.state, known.row) = (ObjectState::Transient, None),
                    }
                }
            }
        }
    }

    async fn begin_nested(&mut self) -> Result<()> {
        self.tell("begin_nested");
        let outcome = self.session.begin_nested().await;
        if self.flushed(outcome).await? {
            self.savepoints.push(Saved { rows: self.rows.clone(), known: self.known.clone() });
        }
        assert_eq!(self.session.nesting(), self.savepoints.len());
        Ok(())
    }

    async fn end_nested(&mut self) -> Result<()> {
        if self.savepoints.is_empty() {
            return Ok(());
        }
        if self.random.one_in(2) {
            self.tell("release");
            let outcome = self.session.release().await;
            if self.flushed(outcome).await? {
                self.savepoints.pop();
            }
        } else {
            self.tell("rollback_nested");
            self.session.rollback_nested().await?;
            self.rolled_back_nested();
        }
        assert_eq!(self.session.nesting(), self.savepoints.len());
        Ok(())
    }

    fn rolled_back(&mut self) {
        self.savepoints.clear();
        self.rows = self.committed.clone();
        for known in &mut self.known {
            known.row = known.committed.clone();
            match (&known.committed, known.inserted.take()) {
                (Some(committed), _) => {
                    known.state = ObjectState::Persistent;
                    known.now = committed.clone();
                }
                (None, Some(inserted)) => {
                    known.state = ObjectState::Transient;
                    known.now = inserted;
                }
                (None, None) => known.state = ObjectState::Transient,
            }
        }
    }

    // Steps.

    async fn step(&mut self) -> Result<()> {
        match self.random.below(100) {
            0..22 => self.add(),
            22..26 => self.add_again(),
            26..44 => self.edit(),
            44..54 => self.swap(),
            54..64 => self.delete(),
            64..75 => {
                self.tell("flush");
                let outcome = self.session.flush().await;
                self.flushed(outcome).await?;
            }
            75..79 => self.begin_nested().await?,
            79..82 => self.end_nested().await?,
            82..86 => {
                self.tell("commit");
                let outcome = self.session.commit().await;
                if self.flushed(outcome).await? {
                    self.savepoints.clear();
                    self.committed = self.rows.clone();
                    self.known.retain(|known| known.state != ObjectState::Deleted);
                    for known in &mut self.known {
                        known.committed = known.row.clone();
                        known.inserted = None;
                    }
                }
                self.check_tables().await?;
            }
            86..88 => {
                self.tell("rollback");
                self.session.rollback().await?;
                self.rolled_back();
                self.check_tables().await?;
            }
            88..91 => self.query().await?,
            91..94 => self.get().await?,
            94..96 => self.expunge(),
            96..98 => self.refresh().await?,
            _ => {
                self.tell("plan");
                let planned = self.session.plan();
                match (self.effects(), planned) {
                    (Ok(effects), Ok(plan)) => assert_eq!(effects.is_empty(), plan.is_empty(), "{plan}"),
                    (Ok(_), Err(error)) => panic!("no plan: {error}"),
                    (Err(refusals), Ok(_)) => assert!(!refusals.contains(&Refusal::Identity)),
                    (Err(refusals), Err(error)) => assert!(refusals.contains(&refusal(&error)), "{error}"),
                }
            }
        }
        self.check();
        Ok(())
    }

    /// A value of a few; mostly one that nobody holds.
    fn value_of(&mut self, prefix: &str, count: usize, held: impl Fn(&Thing) -> Option<String>) -> String {
        let mut value = String::new();
        for _ in 0..4 {
            value = format!("{prefix}{}", self.random.below(count));
            if self.random.one_in(4)
                || !self.known.iter().any(|known| held(&known.now).as_ref() == Some(&value))
            {
                break;
            }
        }
        value
    }

    fn code(&mut self) -> String {
        self.value_of("c", 6, |thing| match thing {
            Thing::Club(club) => Some(club.code.clone()),
            Thing::Member(_) | Thing::Place(_) => None,
        })
    }

    fn title(&mut self) -> String {
        self.value_of("t", 7, |thing| match thing {
            Thing::Club(club) => Some(club.title.clone()),
            Thing::Member(_) | Thing::Place(_) => None,
        })
    }

    fn name(&mut self) -> String {
        self.value_of("n", 9, |thing| match thing {
            Thing::Member(member) => Some(member.name.clone()),
            Thing::Club(_) | Thing::Place(_) => None,
        })
    }

    fn place(&mut self) -> (i32, i32) {
        let value = self.value_of("", 9, |thing| match thing {
            Thing::Place(place) => Some((place.line * 3 + place.number).to_string()),
            Thing::Club(_) | Thing::Member(_) => None,
        });
        let value: i32 = value.parse().unwrap();
        (value / 3, value % 3)
    }

    /// A club that is there, mostly.
    fn club(&mut self) -> Option<String> {
        let codes: Vec<String> = self
            .known
            .iter()
            .filter_map(|known| match &known.now {
                Thing::Club(club) if known.state != ObjectState::Deleted => Some(club.code.clone()),
                Thing::Club(_) | Thing::Member(_) | Thing::Place(_) => None,
            })
            .collect();
        match self.random.below(8) {
            0..3 => None,
            3 => Some(format!("c{}", self.random.below(6))),
            _ => self.random.pick(&codes).cloned(),
        }
    }

    fn add(&mut self) {
        let known = match self.random.below(5) {
            0 => {
                let club = Club { code: self.code(), title: self.title(), parent: self.club() };
                (Holder::Club(self.session.add(club.clone())), Thing::Club(club))
            }
            1 => {
                let (line, number) = self.place();
                let place = Place { id: 1 + self.random.below(7) as i64, line, number };
                (Holder::Place(self.session.add(place.clone())), Thing::Place(place))
            }
            _ => {
                let id = if self.random.one_in(8) { self.member_key() } else { 0 };
                let member = Member { id, name: self.name(), club: self.club(), rank: 0, version: 0 };
                (Holder::Member(self.session.add(member.clone())), Thing::Member(member))
            }
        };
        let (holder, now) = known;
        self.tell(format!("add {holder:?} = {now:?}"));
        let state = ObjectState::Pending;
        self.known.push(Known { holder, now, state, row: None, committed: None, inserted: None });
    }

    /// A key that a program would give: one of a row, or one far from those that databases make.
    fn member_key(&mut self) -> i64 {
        let members = self.rows.values().filter_map(|row| match row {
            Thing::Member(member) => Some(member.id),
            Thing::Club(_) | Thing::Place(_) => None,
        });
        let keys: Vec<i64> = members.collect();
        let far = 1_000_000 * (1 + self.random.below(4) as i64);
        if self.random.one_in(2) { far } else { self.random.pick(&keys).copied().unwrap_or(far) }
    }

    /// One of the objects.
    fn any(&mut self) -> Option<usize> {
        if self.known.is_empty() { None } else { Some(self.random.below(self.known.len())) }
    }

    fn add_again(&mut self) {
        let Some(position) = self.any() else { return };
        let holder = self.known[position].holder;
        self.tell(format!("add {holder:?} again"));
        each_kind!(holder, handle => _ = self.session.add(handle));
        let state = &mut self.known[position].state;
        *state = match *state {
            ObjectState::Transient | ObjectState::Deleted | ObjectState::Pending => ObjectState::Pending,
            _ => ObjectState::Persistent,
        };
    }

    fn edit(&mut self) {
        let Some(position) = self.any() else { return };
        let mut now = self.known[position].now.clone();
        let field = self.random.below(8);
        match &mut now {
            Thing::Club(club) => match field {
                0 | 1 => club.code = self.code(),
                2..5 => club.title = self.title(),
                _ => club.parent = self.club(),
            },
            Thing::Member(member) => match field {
                0 => member.id = self.member_key(),
                1..4 => member.name = self.name(),
                4..6 => member.club = self.club(),
                _ => member.rank = self.random.below(3) as i32,
            },
            Thing::Place(place) => match field {
                0 => place.id = 1 + self.random.below(7) as i64,
                1..4 => (place.line, place.number) = self.place(),
                _ => place.number = self.random.below(3) as i32,
            },
        }
        self.write(position, now);
    }

    fn write(&mut self, position: usize, mut now: Thing) {
        let old = self.known[position].row.as_ref().and_then(Thing::key);
        if let Thing::Club(club) = &mut now
            && old.is_some()
            && club.parent.as_ref().map(|code| format!("club {code}")) == old
        {
            // MySQL takes a row that moves away and refers to the key which it leaves: the check finds the old row.
            club.parent = Some(club.code.clone());
        }
        let holder = self.known[position].holder;
        self.tell(format!("write {holder:?} = {now:?}"));
        self.set_value(holder, now.clone());
        self.known[position].now = now;
    }

    /// Two objects of a kind, or more, exchange a unique value or their keys.
    fn swap(&mut self) {
        let kind = [Kind::Club, Kind::Member, Kind::Place][self.random.below(3)];
        let of_kind: Vec<usize> =
            (0..self.known.len()).filter(|position| self.known[*position].now.kind() == kind).collect();
        let count = 2 + self.random.below(2);
        if of_kind.len() < count {
            return;
        }
        let first = self.random.below(of_kind.len());
        let chosen: Vec<usize> = (0..count).map(|step| of_kind[(first + step) % of_kind.len()]).collect();
        let keys = self.random.one_in(3);
        let before: Vec<Thing> = chosen.iter().map(|position| self.known[*position].now.clone()).collect();
        for (place, position) in chosen.iter().enumerate() {
            let mut now = before[place].clone();
            match (&mut now, &before[(place + 1) % count]) {
                (Thing::Club(one), Thing::Club(other)) if keys => one.code.clone_from(&other.code),
                (Thing::Club(one), Thing::Club(other)) => one.title.clone_from(&other.title),
                (Thing::Member(one), Thing::Member(other)) if keys && one.id != 0 && other.id != 0 => {
                    one.id = other.id
                }
                (Thing::Member(one), Thing::Member(other)) => one.name.clone_from(&other.name),
                (Thing::Place(one), Thing::Place(other)) if keys => one.id = other.id,
                (Thing::Place(one), Thing::Place(other)) => {
                    (one.line, one.number) = (other.line, other.number)
                }
                (one, other) => panic!("{one:?} and {other:?} are of two kinds"),
            }
            self.write(*position, now);
        }
        if kind == Kind::Club && keys && !self.random.one_in(3) {
            self.follow(&before);
        }
    }

    /// Those who referred to the first of some clubs refer to the second from now on, and so forth.
    fn follow(&mut self, clubs: &[Thing]) {
        let keys: Vec<Option<String>> = clubs.iter().map(Thing::key).collect();
        for position in 0..self.known.len() {
            let mut now = self.known[position].now.clone();
            let Some(place) =
                now.refers_to().and_then(|key| keys.iter().position(|other| *other == Some(key.clone())))
            else {
                continue;
            };
            let Thing::Club(next) = &clubs[(place + 1) % clubs.len()] else { continue };
            match &mut now {
                Thing::Member(member) => member.club = Some(next.code.clone()),
                Thing::Club(club) => club.parent = Some(next.code.clone()),
                Thing::Place(_) => {}
            }
            if !self.random.one_in(5) {
                self.write(position, now);
            }
        }
    }

    fn delete(&mut self) {
        let Some(position) = self.any() else { return };
        let holder = self.known[position].holder;
        self.tell(format!("delete {holder:?}"));
        each_kind!(holder, handle => self.session.delete(handle));
        let state = &mut self.known[position].state;
        *state = match *state {
            ObjectState::Pending => ObjectState::Transient,
            ObjectState::Persistent => ObjectState::Doomed,
            other => other,
        };
    }

    fn expunge(&mut self) {
        let Some(position) = self.any() else { return };
        let Known { holder, state, row, committed, .. } = self.known[position].clone();
        // What this transaction wrote stays known, so that a rollback takes nothing away that was read since.
        let written = row != committed || state == ObjectState::Deleted;
        if written {
            return;
        }
        self.tell(format!("expunge {holder:?}"));
        assert!(each_kind!(holder, handle => self.session.expunge(handle).is_some()));
        assert_eq!(self.value(holder), None);
        self.known.remove(position);
    }

    async fn refresh(&mut self) -> Result<()> {
        let Some(position) = self.any() else { return Ok(()) };
        let holder = self.known[position].holder;
        if self.known[position].state != ObjectState::Persistent {
            return Ok(());
        }
        self.tell(format!("refresh {holder:?}"));
        each_kind!(holder, handle => self.session.refresh(handle).await?);
        if let Some(row) = self.known[position].row.clone() {
            self.known[position].now = row;
        }
        Ok(())
    }

    async fn get(&mut self) -> Result<()> {
        let code = format!("c{}", self.random.below(6));
        self.tell(format!("get club {code}"));
        let key = format!("club {code}");
        let held =
            self.known.iter().find(|known| known.row.as_ref().and_then(Thing::key).as_ref() == Some(&key));
        if held.is_some_and(|known| known.state == ObjectState::Doomed) {
            assert_eq!(Club::get(&mut self.session, &code).await?, None);
            return Ok(());
        }
        match Club::get(&mut self.session, &code).await {
            Ok(found) => {
                // One that is held and not stale costs no statement, and so no flush.
                if self.effects().is_ok_and(|effects| effects.is_empty()) || self.was_flushed() {
                    self.flushed(Ok(())).await?;
                }
                assert_eq!(found.is_some(), self.rows.contains_key(&key), "{code}");
                if let Some(handle) = found {
                    self.met(Holder::Club(handle), &key);
                }
                Ok(())
            }
            Err(error) => self.flushed(Err(error)).await.map(|_| ()),
        }
    }

    /// Whether a flush took place that the model does not know of yet.
    fn was_flushed(&self) -> bool {
        self.known.iter().any(|known| {
            let state = each_kind!(known.holder, handle => self.session.state(handle));
            let modified = each_kind!(known.holder, handle => self.session.is_modified(handle));
            state != Some(known.state)
                || (known.state == ObjectState::Persistent
                    && Some(&known.now) != known.row.as_ref()
                    && !modified)
        })
    }

    async fn query(&mut self) -> Result<()> {
        let flushes = !self.random.one_in(3);
        let overwrites = !flushes && self.random.one_in(2);
        self.tell(format!("query, flush {flushes}, overwrite {overwrites}"));
        let mut query = self.session.query::<Member>().autoflush(flushes);
        if overwrites {
            query = query.populate_existing();
        }
        let found = match query.all().await {
            Ok(found) => found,
            Err(error) => return self.flushed(Err(error)).await.map(|_| ()),
        };
        if flushes {
            self.flushed(Ok(())).await?;
        }
        let stored: Vec<String> = self.rows.keys().filter(|key| key.starts_with("member")).cloned().collect();
        assert_eq!(found.len(), stored.len());
        let of_rows: BTreeMap<String, Holder> =
            self.known.iter().filter_map(|known| Some((known.row.as_ref()?.key()?, known.holder))).collect();
        for handle in found {
            let holder = Holder::Member(handle);
            match self.known.iter().find(|known| known.holder == holder) {
                Some(known) => {
                    let key = known.row.as_ref().and_then(Thing::key).expect("only rows are found");
                    assert!(stored.contains(&key), "{key}");
                }
                None => {
                    let key = Thing::Member(self.session[handle].clone()).key().unwrap_or_default();
                    assert_eq!(of_rows.get(&key), None, "{key} has a handle already");
                    self.met(holder, &key);
                }
            }
        }
        if overwrites {
            for known in &mut self.known {
                if let (ObjectState::Persistent, Kind::Member, Some(row)) =
                    (known.state, known.now.kind(), &known.row)
                {
                    known.now = row.clone();
                }
            }
        }
        Ok(())
    }

    /// A row was read: it is known, or becomes so.
    fn met(&mut self, holder: Holder, key: &str) {
        if self.known.iter().any(|known| known.holder == holder) {
            return;
        }
        let row = self.rows[key].clone();
        let (now, committed) = (row.clone(), self.committed.get(key).cloned());
        assert_eq!(committed.as_ref(), Some(&row), "only committed rows were let go");
        let state = ObjectState::Persistent;
        self.known.push(Known { holder, now, state, row: Some(row), committed, inserted: None });
    }
}

/// All rows, read beside the session.
async fn stored(db: &Database) -> Result<Rows> {
    let engine = db.engine();
    let mut all: Vec<Thing> = engine.query::<Club>().all().await?.into_iter().map(Thing::Club).collect();
    all.extend(engine.query::<Member>().all().await?.into_iter().map(Thing::Member));
    all.extend(engine.query::<Place>().all().await?.into_iter().map(Thing::Place));
    Ok(all.into_iter().map(|row| (row.key().unwrap_or_default(), row)).collect())
}

fn refusal(error: &Error) -> Refusal {
    match error.kind() {
        ErrorKind::Identity { .. } => Refusal::Identity,
        ErrorKind::Unique { .. } => Refusal::Unique,
        ErrorKind::ForeignKey { .. } => Refusal::ForeignKey,
        other => panic!("nothing in the model says so: {other}"),
    }
}

fn number(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{variable} is no number: {text}")))
}

async fn agree(db: &Database, cases: u64) -> Outcome {
    db.create::<(Club, Member, Place)>().await?;
    let first = number("ORM_PROPERTY_SEED").unwrap_or(20_260_731);
    let cases = number("ORM_PROPERTY_CASES").unwrap_or(cases);
    for case in 0..cases {
        db.execute("UPDATE prop_clubs SET parent = NULL").await?;
        for table in ["prop_members", "prop_clubs", "prop_places"] {
            db.execute(&format!("DELETE FROM {table}")).await?;
        }
        let mut world = World::new(db, first.wrapping_add(case.wrapping_mul(0x1000_0001)));
        for _ in 0..40 {
            world.step().await?;
        }
    }
    Ok(())
}

case!(random_work_agrees_with_a_model_of_it, |db| {
    let cases = match db.backend() {
        Backend::SqliteMemory => 10_000,
        Backend::SqliteFile => 100,
        Backend::MariaDb | Backend::MariaDbWithoutReturning | Backend::MySql => 80,
    };
    return agree(&db, cases).await;
});
