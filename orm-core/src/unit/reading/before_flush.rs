//! What a flush has to know before it writes, and reads for itself: what hangs on objects that are to be deleted, what stood
//! in collections that were replaced, rows that follow a key.

use std::panic::Location;

use rustc_hash::FxHashSet;

use super::FOR_ITSELF;
use crate::definition::{Cascade, Items, Load, RelationKind};
use crate::error::Result;
use crate::handle::SlotId;
use crate::links::{self, Relation};
use crate::model::Branch;
use crate::unit::UnitOfWork;

impl UnitOfWork {
    /// Loads what hangs on objects that are to be deleted, level by level, and what stood in collections that were replaced
    /// without having been loaded. Gives the objects whose children are known now.
    pub(in crate::unit) async fn load_for_flush(
        &mut self,
        doomed: &[SlotId],
        caller: &'static Location<'static>,
    ) -> Result<FxHashSet<SlotId>> {
        let mut level = doomed.to_vec();
        let mut seen: FxHashSet<SlotId> = level.iter().copied().collect();
        while !level.is_empty() {
            let mut next = Vec::new();
            for (model, owners) in self.objects.by_model(&level) {
                for relation in links::of(model)? {
                    if !hangs_on(relation) {
                        continue;
                    }
                    let cascades = relation.definition.cascade.has(Cascade::DELETE);
                    let branch = Branch::new(relation.index);
                    let missing: Vec<SlotId> = owners
                        .iter()
                        .copied()
                        .filter(|slot| {
                            self.objects
                                .relation(*slot, relation.index)
                                .is_some_and(|items| items.load != Load::Loaded)
                        })
                        .collect();
                    if !missing.is_empty() {
                        self.load_branches(model, &missing, &[branch], FOR_ITSELF, caller).await?;
                    }
                    if cascades {
                        for owner in &owners {
                            let members = self
                                .objects
                                .relation(*owner, relation.index)
                                .into_iter()
                                .flat_map(Items::slots);
                            next.extend(members.filter(|member| seen.insert(*member)));
                        }
                    }
                }
            }
            level = next;
        }
        self.load_replaced(caller).await?;
        Ok(seen)
    }

    /// What a flush would have to read before it writes, and what it would do with what it finds: a line for each relation.
    pub(in crate::unit) fn unknown(&self) -> Result<Vec<String>> {
        let mut lines = Vec::new();
        for slot in self.objects.doomed_now() {
            let Some(model) = self.objects.object(slot).map(|object| object.definition()) else { continue };
            for relation in links::of(model)?.iter().filter(|relation| hangs_on(relation)) {
                let is_loaded = |items: &Items| items.load == Load::Loaded;
                if self.objects.relation(slot, relation.index).is_none_or(is_loaded) {
                    continue;
                }
                let fate = match relation.definition.kind {
                    _ if relation.definition.cascade.has(Cascade::DELETE) => "deleted as well",
                    RelationKind::ManyToMany => "their links deleted",
                    RelationKind::BelongsTo | RelationKind::HasOne | RelationKind::HasMany => {
                        "their foreign key set to NULL, or an error where it takes none"
                    }
                };
                let (name, label) = (relation.name(), self.objects.label(slot));
                lines.push(format!("and what is not loaded of {name} of {label}: {fate}"));
            }
        }
        for slot in &self.objects.touched {
            let Some(model) = self.objects.object(*slot).map(|object| object.definition()) else { continue };
            for relation in links::of(model)? {
                if self.replaces_unread(*slot, relation) {
                    let (name, label) = (relation.name(), self.objects.label(*slot));
                    lines.push(format!(
                        "and what {name} of {label} held before, which is not loaded: taken out"
                    ));
                }
            }
        }
        Ok(lines)
    }

    /// Whether a collection was set anew that was not loaded before.
    fn replaces_unread(&self, slot: SlotId, relation: &Relation) -> bool {
        let held = self.objects.slot(slot).held();
        held.is_some_and(|held| held[usize::from(relation.index)].load == Load::NotLoaded)
            && relation.definition.kind != RelationKind::BelongsTo
            && self.objects.relation(slot, relation.index).is_some_and(|items| items.load == Load::Loaded)
    }

    /// Rows that have to follow a key which changes.
    pub(in crate::unit) async fn load_followers(
        &mut self,
        lacking: &[(SlotId, u8)],
        caller: &'static Location<'static>,
    ) -> Result<()> {
        for (owner, relation) in lacking {
            let Some(model) = self.objects.object(*owner).map(|object| object.definition()) else { continue };
            let branch = Branch::new(*relation);
            self.load_branches(model, &[*owner], &[branch], FOR_ITSELF, caller).await?;
        }
        Ok(())
    }

    /// A collection that was not loaded and is set anew: what it held before is loaded, so that it can be let go.
    pub(in crate::unit) async fn load_replaced(&mut self, caller: &'static Location<'static>) -> Result<()> {
        for position in 0..self.objects.touched.len() {
            let slot = self.objects.touched[position];
            let Some(model) = self.objects.object(slot).map(|object| object.definition()) else { continue };
            for relation in links::of(model)? {
                if !self.replaces_unread(slot, relation) {
                    continue;
                }
                let Some(items) = self.objects.relation_mut(slot, relation.index) else { continue };
                let wanted = std::mem::replace(items, Items::not_loaded());
                let branch = Branch::new(relation.index);
                let loaded = self.load_branches(model, &[slot], &[branch], FOR_ITSELF, caller).await;
                if let Some(items) = self.objects.relation_mut(slot, relation.index) {
                    *items = wanted;
                }
                loaded?;
            }
        }
        Ok(())
    }
}

/// Whether a deletion of its owner has to know what a relation leads to.
fn hangs_on(relation: &Relation) -> bool {
    let definition = relation.definition;
    match definition.kind {
        RelationKind::BelongsTo => definition.cascade.has(Cascade::DELETE),
        RelationKind::HasOne | RelationKind::HasMany | RelationKind::ManyToMany => {
            !definition.passive_deletes && !definition.view_only
        }
    }
}
