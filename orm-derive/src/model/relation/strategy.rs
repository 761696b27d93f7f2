//! What `load` says: how the rows of a relation are loaded where a query does not say.

use syn::LitStr;

use crate::errors::Errors;
use crate::naming;
use crate::nearest::nearest;

/// How a relation is loaded.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::model) enum Strategy {
    SelectIn,
    Joined,
    Raise,
}

impl Strategy {
    const ALL: [(&'static str, Strategy); 3] =
        [("select-in", Strategy::SelectIn), ("joined", Strategy::Joined), ("raise", Strategy::Raise)];

    /// The constant of `Strategy`.
    pub(super) fn constant(self) -> &'static str {
        match self {
            Strategy::SelectIn => "SelectIn",
            Strategy::Joined => "Joined",
            Strategy::Raise => "Raise",
        }
    }

    /// Reads `"select-in"`, which may as well be written `"select_in"`.
    pub(super) fn read(text: &LitStr, errors: &mut Errors) -> Option<Strategy> {
        let written = text.value();
        let plain = written.trim().to_lowercase().replace(['_', ' '], "-");
        if let Some((_, strategy)) = Strategy::ALL.iter().find(|(name, _)| *name == plain) {
            return Some(*strategy);
        }
        let names = Strategy::ALL.map(|(name, _)| name);
        let message = match nearest(&plain, names) {
            Some(meant) => format!("unknown way to load `{written}`; did you mean `{meant}`?"),
            None => format!("unknown way to load `{written}`; write {}", naming::one_of(&names)),
        };
        errors.at(text.span(), message);
        None
    }
}

#[cfg(test)]
mod tests {
    use proc_macro2::Span;

    use super::*;

    #[test]
    fn a_way_to_load_is_read_in_each_spelling() {
        let read = |text| Strategy::read(&LitStr::new(text, Span::call_site()), &mut Errors::default());
        assert_eq!(read("select_in"), Some(Strategy::SelectIn));
        assert_eq!(read("Joined"), Some(Strategy::Joined));
        assert_eq!(read("raise"), Some(Strategy::Raise));
        assert_eq!(read("lazily"), None);
    }
}
