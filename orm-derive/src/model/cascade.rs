//! What `cascade` says, in SQLAlchemy's words.

use proc_macro2::Span;
use syn::LitStr;

use crate::errors::Errors;
use crate::naming;
use crate::nearest::nearest;

/// What follows a relation: constants of `Cascade`, which together are it.
pub(super) struct Cascade {
    pub(super) constants: Vec<&'static str>,
    /// The place to complain at.
    pub(super) span: Span,
}

/// Each word with its constant. `none` is the last: it stands alone.
const WORDS: [(&str, &str); 8] = [
    ("all", "ALL"),
    ("save-update", "SAVE"),
    ("merge", "MERGE"),
    ("refresh-expire", "REFRESH"),
    ("expunge", "EXPUNGE"),
    ("delete", "DELETE"),
    ("delete-orphan", "DELETE_ORPHAN"),
    ("none", "NONE"),
];

impl Cascade {
    /// Reads `"all, delete-orphan"`; `"delete_orphan"` is as good.
    pub(super) fn read(text: &LitStr, errors: &mut Errors) -> Cascade {
        let mut cascade = Cascade { constants: Vec::new(), span: text.span() };
        for written in text.value().split(',').map(str::trim).filter(|written| !written.is_empty()) {
            let plain = written.to_lowercase().replace(['_', ' '], "-");
            let found = WORDS.iter().find(|(word, _)| *word == plain).map(|(_, constant)| *constant);
            match found {
                Some(constant) if cascade.constants.contains(&constant) => {}
                Some(constant) => cascade.constants.push(constant),
                None => {
                    let words = WORDS.map(|(word, _)| word);
                    let message = match nearest(&plain, words) {
                        Some(meant) => format!("unknown cascade `{written}`; did you mean `{meant}`?"),
                        None => format!("unknown cascade `{written}`; write {}", naming::one_of(&words)),
                    };
                    errors.at(text.span(), message);
                }
            }
        }
        if cascade.constants.is_empty() {
            cascade.constants.push("NONE");
        }
        cascade
    }

    /// Whether what is taken out of the relation is deleted.
    pub(super) fn deletes_orphans(&self) -> bool {
        self.constants.contains(&"DELETE_ORPHAN")
    }
}
