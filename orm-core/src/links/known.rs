//! What is worked out once for each model of the program, and looked up for each object of a flush. Looking up takes no lock.

use std::sync::LazyLock;

use crate::definition::ModelDef;
use crate::grown::{Grown, hash};

/// Lists by the address of the model. They stay for good: there are as many as models.
pub(super) struct Known<T: 'static>(LazyLock<Grown<usize, &'static [T]>>);

impl<T> Known<T> {
    pub(super) const fn new() -> Self {
        Known(LazyLock::new(|| Grown::new(256)))
    }

    #[inline]
    pub(super) fn get(&self, model: &ModelDef) -> Option<&'static [T]> {
        let address = model.address();
        self.0.find(hash(&address), |known| *known == address).copied()
    }

    /// Keeps what was worked out for a model; where another thread was faster, that stays.
    pub(super) fn keep(&self, model: &ModelDef, list: Vec<T>) -> &'static [T] {
        let address = model.address();
        self.0.insert(hash(&address), address, Box::leak(list.into_boxed_slice()))
    }
}
