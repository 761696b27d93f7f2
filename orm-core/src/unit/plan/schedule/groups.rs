//! The groups in which operations leave: rows of one table that are written alike. Pure; used by the schedule.

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use super::super::{Act, Entry, StepKind};
use super::Ranks;
use crate::columns::ColumnSet;
use crate::definition::ModelDef;

/// The order in which groups leave when several are ready: parents' rows first, deletes last and children first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Group {
    pub(super) deletes: bool,
    pub(super) rank: i64,
    /// Keys that are given come first, so that the database makes none of them for another row.
    pub(super) keys: Keys,
    pub(super) kind: StepKind,
    pub(super) columns: ColumnSet,
    pub(super) defaults: ColumnSet,
}

impl Group {
    pub(super) fn of(entry: &Entry<'_>, rank: i64) -> Group {
        let none = ColumnSet::new();
        let (kind, columns, defaults) = match &entry.act {
            Act::Insert(columns) => (StepKind::Insert, columns.clone(), none),
            Act::Update(columns) => (StepKind::Update, columns.clone(), none),
            Act::Switch(switch) => (StepKind::Update, switch.columns.clone(), switch.defaults.clone()),
            Act::Delete => (StepKind::Delete, none.clone(), none),
        };
        let deletes = kind == StepKind::Delete;
        let rank = if deletes { -rank } else { rank };
        Group { deletes, rank, keys: Keys::of(entry.model(), &columns), kind, columns, defaults }
    }

    /// Whether its rows are new and bring their keys along.
    pub(super) fn gives_keys(&self) -> bool {
        (self.kind, self.keys) == (StepKind::Insert, Keys::Given)
    }

    /// Whether its rows are new and the database makes their keys.
    pub(super) fn has_keys_made(&self) -> bool {
        (self.kind, self.keys) == (StepKind::Insert, Keys::Others)
    }
}

/// Whether rows get a key that is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Keys {
    Given,
    Others,
}

impl Keys {
    fn of(model: &ModelDef, columns: &ColumnSet) -> Keys {
        let given = model.primary_key.iter().any(|column| columns.contains(*column));
        if given { Keys::Given } else { Keys::Others }
    }
}

/// The number of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct GroupId(u32);

/// So many groups are compared one by one; more are found by their hash.
const FEW: usize = 8;

/// Operations of a group; a few need no memory of their own.
pub(super) type Numbers = SmallVec<[u32; 4]>;

/// All groups of a plan, with the operations of each that are ready.
#[derive(Debug, Default)]
pub(super) struct Groups {
    groups: SmallVec<[Group; 2]>,
    ready: SmallVec<[Numbers; 2]>,
    /// Filled where there are more than a few.
    known: FxHashMap<Group, GroupId>,
    /// The groups that have operations ready; the one that leaves first stands last.
    open: SmallVec<[GroupId; 4]>,
    last: Option<Last>,
}

/// The group that was asked for last: entries come in runs.
#[derive(Debug)]
struct Last {
    model: &'static ModelDef,
    rank: i64,
    group: GroupId,
}

impl Groups {
    /// The group of an entry.
    #[inline]
    pub(super) fn of(&mut self, entry: &Entry<'_>, ranks: &Ranks) -> GroupId {
        let model = entry.model();
        let rank = match &self.last {
            Some(last) if last.model.is(model) => {
                if self.groups[last.group.0 as usize].fits(&entry.act) {
                    return last.group;
                }
                last.rank
            }
            _ => ranks.get(model),
        };
        let group = self.intern(Group::of(entry, rank));
        self.last = Some(Last { model, rank, group });
        group
    }

    pub(super) fn intern(&mut self, group: Group) -> GroupId {
        if let Some(known) = self.find(&group) {
            return known;
        }
        let id = GroupId(self.groups.len() as u32);
        if self.groups.len() == FEW {
            for (position, group) in self.groups.iter().enumerate() {
                self.known.insert(group.clone(), GroupId(position as u32));
            }
        }
        if self.groups.len() >= FEW {
            self.known.insert(group.clone(), id);
        }
        self.groups.push(group);
        self.ready.push(Numbers::new());
        id
    }

    fn find(&self, group: &Group) -> Option<GroupId> {
        if self.groups.len() > FEW {
            return self.known.get(group).copied();
        }
        self.groups.iter().position(|known| known == group).map(|position| GroupId(position as u32))
    }

    #[inline]
    pub(super) fn get(&self, id: GroupId) -> &Group {
        &self.groups[id.0 as usize]
    }

    /// An operation is ready.
    #[inline]
    pub(super) fn push(&mut self, id: GroupId, operation: u32) {
        let ready = &mut self.ready[id.0 as usize];
        ready.push(operation);
        if ready.len() == 1 {
            let Groups { groups, open, .. } = self;
            let group = &groups[id.0 as usize];
            let place = open.partition_point(|other| groups[other.0 as usize] > *group);
            open.insert(place, id);
        }
    }

    /// How many groups have operations ready.
    pub(super) fn waiting(&self) -> usize {
        self.open.len()
    }

    pub(super) fn first(&self) -> Option<GroupId> {
        self.open.last().copied()
    }

    pub(super) fn first_of(&self, may_go: impl Fn(&Group) -> bool) -> Option<GroupId> {
        self.open.iter().rev().find(|id| may_go(self.get(**id))).copied()
    }

    /// The operations of a group that are ready.
    pub(super) fn take(&mut self, id: GroupId) -> Numbers {
        if let Some(place) = self.open.iter().rposition(|open| *open == id) {
            self.open.remove(place);
        }
        std::mem::take(&mut self.ready[id.0 as usize])
    }
}

impl Group {
    /// Whether an act on a row of the same model belongs into this group.
    fn fits(&self, act: &Act) -> bool {
        match act {
            Act::Insert(columns) => self.kind == StepKind::Insert && self.columns == *columns,
            Act::Update(columns) => {
                self.kind == StepKind::Update && self.columns == *columns && self.defaults.is_empty()
            }
            Act::Switch(switch) => {
                self.kind == StepKind::Update
                    && self.columns == switch.columns
                    && self.defaults == switch.defaults
            }
            Act::Delete => self.kind == StepKind::Delete,
        }
    }
}
