//! One object of a session: the value, what its row held when it was first touched, and where it stands.

use smallvec::SmallVec;

use super::objects::KeyHash;
use crate::definition::{AnyModel, Item, Items, Load, ModelDef};
use crate::handle::{SessionId, SlotId};
use crate::value::{Encoded, Value};

/// Where an object stands between the program and the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ObjectState {
    /// Known by its handle only: nothing will be written of it. `add` it again to insert it.
    Transient,
    /// Will be inserted at the next flush.
    Pending,
    /// Has a row.
    Persistent,
    /// Has a row that will be deleted at the next flush.
    Doomed,
    /// Its row was deleted in this transaction; gone at commit, persistent again after a rollback.
    Deleted,
}

#[derive(Debug)]
pub(crate) struct Slot {
    /// None once the object is gone.
    pub(crate) object: Option<Box<dyn AnyModel>>,
    /// What the object held when it was first touched.
    before: Option<Box<Before>>,
    /// When the columns were last read or written: older than the session's epoch is stale.
    pub(crate) epoch: u32,
    /// What the identity map holds the slot under, while it does.
    pub(crate) hash: KeyHash,
    /// The query that gave the object last, so that its siblings are known; zero where it came alone.
    pub(crate) cohort: u32,
    pub(crate) state: ObjectState,
    /// Whether the slot stands in one of the lists of work for the next flush.
    pub(crate) queued: bool,
}

/// The values of all columns of an object. In place for a model of few columns.
pub(crate) type Columns = SmallVec<[Value; 4]>;

/// What an object held when it was first touched. Apart from the slot, since most objects of a session are only read.
#[derive(Clone, Debug)]
pub(crate) struct Before {
    /// The columns as the row has them.
    pub(crate) columns: Columns,
    /// The relation fields; none for a model without relations.
    pub(crate) held: Option<Box<[Held]>>,
}

impl Before {
    /// The columns alone.
    pub(crate) fn of_columns(object: &dyn AnyModel) -> Box<Before> {
        Box::new(Before { columns: copy_columns(object), held: None })
    }

    /// The columns and the relation fields.
    fn of(object: &dyn AnyModel) -> Box<Before> {
        Box::new(Before { columns: copy_columns(object), held: copy_relations(object) })
    }
}

/// What a relation field held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) load: Load,
    pub(crate) slots: Vec<SlotId>,
}

impl Held {
    pub(crate) fn of(items: &Items) -> Held {
        Held { load: items.load, slots: items.slots().collect() }
    }

    /// Whether a field says something else by now.
    pub(crate) fn differs(&self, items: &Items) -> bool {
        self.load != items.load
            || !items.removed.slots().is_empty()
            || self.slots.len() != items.list.len()
            || !items.slots().eq(self.slots.iter().copied())
    }

    /// Puts a field back.
    pub(crate) fn restore(&self, items: &mut Items, session: SessionId) {
        let list = self.slots.iter().map(|slot| Item::Tracked(*slot, session)).collect();
        *items = Items { load: self.load, ..Items::loaded(list) };
    }
}

/// What all relation fields of an object hold.
fn copy_relations(object: &dyn AnyModel) -> Option<Box<[Held]>> {
    let count = object.definition().relations.len();
    if count == 0 {
        return None;
    }
    let mut held = Vec::with_capacity(count);
    for relation in 0..count as u8 {
        held.push(object.relation(relation).map_or(Held { load: Load::Unset, slots: Vec::new() }, Held::of));
    }
    Some(held.into_boxed_slice())
}

impl Slot {
    pub(super) fn new(object: Box<dyn AnyModel>, state: ObjectState, epoch: u32, hash: KeyHash) -> Self {
        Slot { object: Some(object), before: None, epoch, hash, cohort: 0, state, queued: false }
    }

    /// The value of a column in the row, as far as it is known.
    pub(crate) fn row_value(&self, column: u16) -> Option<Encoded<'_>> {
        match (&self.before, &self.object) {
            (Some(before), _) => Some(before.columns[usize::from(column)].as_ref().into()),
            (None, Some(object)) => Some(object.value(column)),
            (None, None) => None,
        }
    }

    /// The columns as the row has them, from the first mutable access on.
    pub(crate) fn snapshot(&self) -> Option<&[Value]> {
        Some(&self.before.as_ref()?.columns)
    }

    pub(crate) fn snapshot_mut(&mut self) -> Option<&mut [Value]> {
        Some(&mut self.before.as_mut()?.columns)
    }

    /// What the relation fields held at the same moment.
    pub(crate) fn held(&self) -> Option<&[Held]> {
        self.before.as_ref()?.held.as_deref()
    }

    pub(crate) fn held_mut(&mut self) -> Option<&mut [Held]> {
        self.before.as_mut()?.held.as_deref_mut()
    }

    /// The object, and what its relation fields held when it was first touched.
    pub(crate) fn object_and_held(&mut self) -> Option<(&mut dyn AnyModel, Option<&mut [Held]>)> {
        let held = self.before.as_mut().and_then(|before| before.held.as_deref_mut());
        Some((self.object.as_deref_mut()?, held))
    }

    pub(crate) fn take_held(&mut self) -> Option<Box<[Held]>> {
        self.before.as_mut()?.held.take()
    }

    pub(crate) fn take_before(&mut self) -> Option<Box<Before>> {
        self.before.take()
    }

    /// Remembers what a persistent object holds, unless that was done since the last flush; whether it was done now.
    pub(crate) fn remember(&mut self) -> bool {
        let is_first =
            self.before.is_none() && matches!(self.state, ObjectState::Persistent | ObjectState::Doomed);
        match self.object.as_deref() {
            Some(object) if is_first => {
                self.before = Some(Before::of(object));
                true
            }
            _ => false,
        }
    }

    /// Takes the columns that the object holds for those of the row, where those were remembered.
    pub(crate) fn renew_snapshot(&mut self) {
        if let (Some(before), Some(object)) = (&mut self.before, self.object.as_deref()) {
            before.columns = copy_columns(object);
        }
    }
}

/// All columns of an object, copied.
pub(crate) fn copy_columns(object: &dyn AnyModel) -> Columns {
    let columns = object.definition().columns.len();
    let mut values = Columns::with_capacity(columns);
    for column in 0..columns as u16 {
        values.push(object.value(column).into_value());
    }
    values
}

/// `User#3 (id 7)`: how messages name an object.
pub(crate) fn label(model: &ModelDef, slot: SlotId, object: Option<&dyn AnyModel>) -> String {
    let mut text = format!("{}#{}", model.name, slot.0);
    if let Some(object) = object {
        let mut separator = " (";
        for column in model.key_columns() {
            let value = object.value(column.index);
            text.push_str(&format!("{separator}{} {}", column.name, value.as_ref()));
            separator = ", ";
        }
        text.push(')');
    }
    text
}
