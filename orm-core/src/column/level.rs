//! Whether an expression is of one row or computed from several: SQL allows the latter behind WHERE only, and the compiler
//! keeps it there.

/// Where an expression may stand. Sealed: [`PerRow`] and [`PerGroup`].
pub trait Level: Copy + Send + Sync + 'static + sealed::Sealed {
    /// The level of an expression made of one of this level and one of another.
    type Or<L: Level>: Level;
}

/// Of one row: may stand anywhere.
#[derive(Clone, Copy, Debug)]
pub struct PerRow;

/// Computed from several rows, of a group or a window: not in a filter.
#[derive(Clone, Copy, Debug)]
pub struct PerGroup;

impl Level for PerRow {
    type Or<L: Level> = L;
}

impl Level for PerGroup {
    type Or<L: Level> = PerGroup;
}

/// The level of an expression made of two.
pub type Both<A, B> = <A as Level>::Or<B>;

/// The level of an expression made of three.
pub type Three<A, B, C> = Both<A, Both<B, C>>;

mod sealed {
    /// Keeps the set of levels closed.
    pub trait Sealed {}
    impl Sealed for super::PerRow {}
    impl Sealed for super::PerGroup {}
}
