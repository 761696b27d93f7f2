//! The objects of a relation field, in their order: one by one, or as the block of rows that a loader read. Who changes the
//! list takes the block apart first, which nobody sees.

use std::sync::Arc;

use super::{AnyModel, Block, Item};
use crate::handle::{SessionId, SlotId};

/// The objects of a relation field.
#[derive(Debug)]
pub struct List(Content);

#[derive(Debug)]
enum Content {
    Each(Vec<Item>),
    Block(Box<dyn Block>),
}

/// An object of a relation field, to look at.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Seen<'i> {
    /// A new object, or one of an untracked result.
    Owned(&'i dyn AnyModel),
    /// One that several others refer to.
    Shared(&'i Arc<dyn AnyModel>),
    /// An object of a session.
    Tracked(SlotId, SessionId),
}

impl List {
    pub(crate) fn len(&self) -> usize {
        match &self.0 {
            Content::Each(items) => items.len(),
            Content::Block(block) => block.len(),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(crate) fn get(&self, position: usize) -> Option<Seen<'_>> {
        match &self.0 {
            Content::Block(block) => block.get(position).map(Seen::Owned),
            Content::Each(items) => Some(match items.get(position)? {
                Item::Owned(object) => Seen::Owned(object.as_ref()),
                Item::Shared(object) => Seen::Shared(object),
                Item::Tracked(slot, session) => Seen::Tracked(*slot, *session),
            }),
        }
    }

    pub(crate) fn first(&self) -> Option<Seen<'_>> {
        self.get(0)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = Seen<'_>> {
        (0..self.len()).filter_map(|position| self.get(position))
    }

    /// The objects one by one, to change.
    pub(crate) fn each_mut(&mut self) -> &mut Vec<Item> {
        if matches!(self.0, Content::Block(_)) {
            self.0 = Content::Each(std::mem::take(self).into_each());
        }
        match &mut self.0 {
            Content::Each(items) => items,
            Content::Block(_) => unreachable!("a block was taken apart above"),
        }
    }

    fn into_each(self) -> Vec<Item> {
        match self.0 {
            Content::Each(items) => items,
            Content::Block(block) => {
                let mut items = Vec::with_capacity(block.len());
                for object in block.into_boxes() {
                    items.push(Item::Owned(object));
                }
                items
            }
        }
    }

    pub(crate) fn push(&mut self, item: Item) {
        self.each_mut().push(item);
    }

    pub(crate) fn retain(&mut self, keep: impl FnMut(&Item) -> bool) {
        self.each_mut().retain(keep);
    }

    pub(crate) fn clear(&mut self) {
        *self = List::default();
    }
}

impl Default for List {
    fn default() -> Self {
        List(Content::Each(Vec::new()))
    }
}

impl From<Vec<Item>> for List {
    fn from(items: Vec<Item>) -> Self {
        List(Content::Each(items))
    }
}

impl From<Box<dyn Block>> for List {
    fn from(block: Box<dyn Block>) -> Self {
        List(Content::Block(block))
    }
}

impl IntoIterator for List {
    type Item = Item;
    type IntoIter = std::vec::IntoIter<Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.into_each().into_iter()
    }
}

impl<'i> Seen<'i> {
    /// The object, unless a session has it.
    pub(crate) fn object(self) -> Option<&'i dyn AnyModel> {
        match self {
            Seen::Owned(object) => Some(object),
            Seen::Shared(object) => Some(object.as_ref()),
            Seen::Tracked(..) => None,
        }
    }
}
