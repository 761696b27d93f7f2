//! Which relations are read in the statement of the rows that they start from, and where their columns stand in its rows.
//! Decides only; no I/O, no SQL text. What cannot be joined without changing the result has a statement of its own: then the
//! loader finds nothing here and asks.

use std::borrow::Cow;
use std::sync::Arc;

use crate::definition::{ModelDef, Strategy};
use crate::error::{Error, Result};
use crate::links::{self, Relation};
use crate::model::{Branch, Depth, How};
use crate::node::{Body, Columns, From, Node, Order, Select};
use crate::path::Path;
use crate::value::ValueRef;

/// The relations that one statement reads along, owners before what hangs on them.
#[derive(Debug, Default)]
pub(crate) struct Along {
    pub(crate) steps: Vec<Step>,
    /// Where the next columns would stand.
    width: usize,
}

/// A relation that is read along.
#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) relation: &'static Relation,
    /// The step that it starts from; the rows of the statement itself where `None`.
    pub(crate) owner: Option<usize>,
    pub(crate) owner_row: Path,
    /// The row that it leads to.
    pub(crate) row: Path,
    pub(crate) reach: Reach,
    /// Where the owner's columns stand.
    pub(crate) owner_first: usize,
    /// Where its own columns stand.
    pub(crate) first: usize,
}

/// How the rows of a step come into the statement.
#[derive(Debug)]
pub(crate) enum Reach {
    /// By a path that joins by itself.
    Path,
    /// By a join that is made for it, in this order.
    Collection(Vec<Order>),
    /// By a join that the query made.
    Given,
}

/// What a statement lets be joined to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Room {
    /// References, which add no rows.
    References,
    /// Collections as well.
    All,
}

impl Along {
    /// What a query reads along, and the query that does it: one that is cut or distinct becomes a table of the one that
    /// joins collections to it.
    pub(crate) fn of_query<'s>(
        select: &'s Select,
        model: &'static ModelDef,
        branches: &[Branch],
    ) -> Result<(Cow<'s, Select>, Along)> {
        let is_plain = select.output.is_empty() && select.groups.is_empty() && select.having.is_empty();
        if branches.is_empty() || !is_plain || select.lock.is_some() {
            check_given(branches)?;
            return Ok((Cow::Borrowed(select), Along::default()));
        }
        let cut = select.limit.is_some() || select.offset.is_some() || select.distinct;
        let of_rows =
            |term: &Order| matches!(term.node, Node::Column(path, _) if select.root.is_root_of(path));
        let room = if select.joins.is_empty()
            && matches!(select.from, From::Model(_))
            && (!cut || select.order.iter().all(of_rows))
        {
            Room::All
        } else {
            Room::References
        };
        let mut along = Along { steps: Vec::new(), width: model.columns.len() };
        along.grow(model, branches, None, select.root, 0, room)?;
        if cut && along.steps.iter().any(|step| matches!(step.reach, Reach::Given) && step.multiplies()) {
            return Err(Error::invalid_query(
                "`from_join` fills a collection from the rows of this query, and `limit`, `offset` or `distinct` would cut \
                 it anywhere: leave them out, or load the collection by a statement of its own",
            ));
        }
        if !cut || !along.steps.iter().any(|step| matches!(step.reach, Reach::Collection(_))) {
            return Ok((Cow::Borrowed(select), along));
        }
        let root = Path::fresh();
        let mut outer = Select::of(
            From::Query {
                body: Arc::new(Body::Select(Box::new(select.clone()))),
                columns: Columns::Model(model),
                lateral: false,
            },
            root,
        );
        for term in &select.order {
            let mut term = term.clone();
            if let Node::Column(path, _) = &mut term.node {
                *path = path.moved_to(root);
            }
            outer.order.push(term);
        }
        outer.comment = select.comment.clone();
        let mut along = Along { steps: Vec::new(), width: model.columns.len() };
        along.grow(model, branches, None, root, 0, room)?;
        Ok((Cow::Owned(outer), along))
    }

    /// What the statement that loads a relation reads along: its rows hang on this one, and their columns are followed by
    /// so many others.
    pub(crate) fn of_relation(
        relation: &Relation,
        how: &How,
        branches: &[Branch],
        root: Path,
    ) -> Result<Along> {
        let others = if relation.link.is_some() { relation.local.len() } else { 0 };
        let mut along = Along { steps: Vec::new(), width: relation.target.columns.len() + others };
        let is_cut = how.narrowing.as_ref().is_some_and(|narrowing| narrowing.limit.is_some());
        if !is_cut && how.depth == Depth::One {
            along.grow(relation.target, branches, None, root, 0, Room::All)?;
        }
        Ok(along)
    }

    fn grow(
        &mut self,
        model: &'static ModelDef,
        branches: &[Branch],
        owner: Option<usize>,
        owner_row: Path,
        owner_first: usize,
        room: Room,
    ) -> Result<()> {
        for branch in branches {
            let relation = &links::of(model)?[usize::from(branch.relation)];
            let Some((row, reach)) = reach(relation, &branch.how, owner_row, room)? else { continue };
            let first = self.width;
            self.width += relation.target.columns.len();
            let position = self.steps.len();
            self.steps.push(Step { relation, owner, owner_row, row, reach, owner_first, first });
            self.grow(relation.target, &branch.branches, Some(position), row, first, room)?;
        }
        Ok(())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// Whether an owner may have several rows.
    pub(crate) fn multiplies(&self) -> bool {
        self.steps.iter().any(Step::multiplies)
    }
}

/// How a relation comes into the statement of its owners, if it does.
fn reach(
    relation: &'static Relation,
    how: &How,
    owner_row: Path,
    room: Room,
) -> Result<Option<(Path, Reach)>> {
    if let Some(row) = how.given {
        return Ok(Some((row, Reach::Given)));
    }
    let is_joined = match how.strategy.or(relation.definition.strategy) {
        Some(Strategy::Joined) => true,
        Some(Strategy::SelectIn) => false,
        // References add no rows; a collection repeats its owner. A relation that refuses later loads says no more than that.
        Some(Strategy::Raise) | None => !relation.definition.is_collection(),
    };
    if how.strategy == Some(Strategy::Raise) {
        return Ok(None);
    }
    let narrowed = how.narrowing.as_ref();
    // A filter or a limit holds for the rows of one relation, not for those of the statement.
    let narrowed_by_itself = relation.definition.filter.is_some();
    if !is_joined || how.depth != Depth::One || how.is_partial() || narrowed_by_itself {
        return Ok(None);
    }
    if !relation.definition.is_collection() {
        let row = owner_row.step(relation.index);
        return Ok((!row.is_too_long()).then_some((row, Reach::Path)));
    }
    if room == Room::References {
        return Ok(None);
    }
    let row = narrowed.map_or_else(Path::fresh, |narrowing| narrowing.row);
    Ok(Some((row, Reach::Collection(relation.order(row, narrowed)?))))
}

/// Refuses to fill relations from a join where the rows of the query are no plain rows.
pub(crate) fn check_given(branches: &[Branch]) -> Result<()> {
    if branches.iter().any(|branch| branch.how.given.is_some()) {
        return Err(Error::invalid_query(
            "`from_join` fills a relation from rows that a query of whole rows joins, without groups and without a lock",
        ));
    }
    Ok(())
}

impl Step {
    /// Whether it may add rows to an owner.
    pub(crate) fn multiplies(&self) -> bool {
        self.relation.definition.is_collection()
    }

    /// The columns of the row that it leads to; none where there is no such row.
    pub(crate) fn columns<'r, 'v>(&self, row: &'r [ValueRef<'v>]) -> Option<&'r [ValueRef<'v>]> {
        let target = self.relation.target;
        let columns = &row[self.first..][..target.columns.len()];
        let is_there = target.primary_key.iter().all(|column| !columns[usize::from(*column)].is_null());
        is_there.then_some(columns)
    }

    /// The values by which the owner is joined.
    pub(crate) fn owner_key<'r, 'v>(
        &'r self,
        row: &'r [ValueRef<'v>],
    ) -> impl Iterator<Item = ValueRef<'v>> + 'r {
        self.relation.local.iter().map(|column| row[self.owner_first + usize::from(*column)])
    }
}

/// What a statement read along, until the loader takes it: by relation, with what was read beyond.
#[derive(Debug)]
pub(crate) struct Prefetched<F> {
    of: Vec<(u8, F, Prefetched<F>)>,
}

impl<F> Default for Prefetched<F> {
    fn default() -> Self {
        Prefetched { of: Vec::new() }
    }
}

impl<F: Extend<F::Item> + IntoIterator> Prefetched<F> {
    /// Puts what was found for each step into a tree.
    pub(crate) fn new(along: &Along, found: Vec<F>) -> Self {
        let mut root = Prefetched::default();
        let mut beyond: Vec<Prefetched<F>> = Vec::with_capacity(found.len());
        beyond.resize_with(found.len(), Prefetched::default);
        for (position, found) in found.into_iter().enumerate().rev() {
            let further = std::mem::take(&mut beyond[position]);
            let step = &along.steps[position];
            let owner = step.owner.map_or(&mut root, |owner| &mut beyond[owner]);
            owner.of.push((step.relation.index, found, further));
        }
        root
    }

    /// What two statements read along.
    pub(crate) fn join(&mut self, mut other: Self) {
        self.of.append(&mut other.of);
    }

    /// What was read of a relation, and beyond it.
    pub(crate) fn take(&mut self, relation: u8) -> Option<(F, Prefetched<F>)> {
        let mut taken: Option<(F, Prefetched<F>)> = None;
        while let Some(position) = self.of.iter().position(|(known, ..)| *known == relation) {
            let (_, found, beyond) = self.of.swap_remove(position);
            match &mut taken {
                None => taken = Some((found, beyond)),
                Some((all, further)) => {
                    all.extend(found);
                    further.join(beyond);
                }
            }
        }
        taken
    }
}
