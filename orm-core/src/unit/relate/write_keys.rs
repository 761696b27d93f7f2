//! Writes the foreign keys that the claims ask for, parents' before children's: a key that a parent has from a parent of its
//! own is known, or known to be copied, before it is handed on.

use super::{Claim, KeyCopy, Run, SaidBy};
use crate::error::{Error, Result};
use crate::handle::SlotId;
use crate::links;
use crate::unit::per_slot::PerSlot;
use crate::unit::plan::is_absent;
use crate::unit::slot::ObjectState;
use crate::unit::slot_map::SlotMap;
use crate::unit::turns::Turns;
use crate::value::{Value, ValueRef};

/// How far a claim is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Progress {
    Waiting,
    Opened,
    Done,
}

/// The claims that decide about columns which this one hands on.
fn earlier(claims: &PerSlot<Claim>, claim: &Claim) -> Vec<usize> {
    let mut earlier = Vec::new();
    if let Some(parent) = claim.parent.filter(|_| claim.key.handed_on) {
        for key in links::references(claim.key.parent).unwrap_or_default() {
            let feeds = key.columns.iter().any(|column| claim.key.referred.contains(column));
            if feeds {
                earlier.extend(claims.place(parent, |other| other.key.is(key)));
            }
        }
    }
    earlier
}

/// What was written into columns that several foreign keys may share, and with which parent.
type Told = SlotMap<(SlotId, u16), (Value, SlotId)>;

impl Run<'_> {
    /// Writes the foreign keys of all claims, or notes them to be copied.
    pub(super) async fn write_keys(&mut self, turns: &mut Turns) -> Result<()> {
        let claims = std::mem::take(&mut self.claims);
        self.asked.copies.reserve(claims.len());
        let mut progress = vec![Progress::Waiting; claims.len()];
        let mut told = Told::default();
        let mut stack = Vec::new();
        for first in 0..claims.len() {
            if turns.is_over(1) {
                turns.give().await;
            }
            stack.push(first);
            while let Some(number) = stack.last().copied() {
                let claim = claims.at(number);
                if progress[number] == Progress::Waiting {
                    progress[number] = Progress::Opened;
                    let earlier = earlier(&claims, claim);
                    let open = stack.len();
                    stack.extend(earlier.into_iter().filter(|other| progress[*other] == Progress::Waiting));
                    if stack.len() > open {
                        continue;
                    }
                }
                stack.pop();
                if progress[number] == Progress::Opened {
                    progress[number] = Progress::Done;
                    self.write_key(claim, &mut told)?;
                }
            }
        }
        Ok(())
    }

    fn write_key(&mut self, claim: &Claim, told: &mut Told) -> Result<()> {
        let Claim { child, key, parent, said_by } = *claim;
        let state = self.objects.slot(child).state;
        if !matches!(state, ObjectState::Pending | ObjectState::Persistent) {
            return Ok(());
        }
        let Some(parent) = parent else {
            for column in &key.blank {
                self.write(child, *column, ValueRef::Null)?;
            }
            return Ok(());
        };
        match self.objects.slot(parent).state {
            ObjectState::Pending | ObjectState::Persistent => {}
            ObjectState::Doomed | ObjectState::Deleted | ObjectState::Transient => {
                return Err(Error::app(format!(
                    "{} refers to {}, which is deleted or not in the session any more",
                    self.label(child),
                    self.label(parent)
                )));
            }
        }
        for (column, parent_column) in key.pairs() {
            let Some(object) = self.objects.object(parent) else { continue };
            let value = object.value(parent_column);
            let comes = key.handed_on && self.asked.copies.source(parent, parent_column).is_some();
            if comes || is_absent(object.definition(), parent_column, value.as_ref()) {
                let definition = &object.definition().columns[usize::from(parent_column)];
                let is_made = comes || definition.generated || definition.server_default.is_some();
                if !is_made {
                    return Err(Error::app(format!(
                        "{} refers to {} by `{}`, which is NULL there: set it first",
                        self.label(child),
                        self.label(parent),
                        definition.field
                    )));
                }
                self.objects.touch(child);
                self.asked.copies.push(child, KeyCopy { child, column, parent, parent_column, key });
                continue;
            }
            let value = value.into_value();
            if key.shares
                && let Some((other_value, other)) = told.insert((child, column), (value.clone(), parent))
                && other_value != value
            {
                return Err(Error::app(format!(
                    "{} refers to {} and to {}, which have different values for its `{}`",
                    self.label(child),
                    self.label(other),
                    self.label(parent),
                    key.model.columns[usize::from(column)].field
                )));
            }
            self.write(child, column, value.as_ref())?;
            if said_by == (SaidBy::Key { in_database: true }) {
                self.asked.followed.insert((child, column));
            }
        }
        Ok(())
    }
}
