//! What `cascade` says, in SQLAlchemy's words, and what may be said where.

use proc_macro2::Span;
use syn::LitStr;

use crate::errors::Errors;
use crate::naming;
use crate::nearest::nearest;
use crate::relation_type::RelationKind;

/// What follows a relation.
pub(in crate::model) struct Cascade {
    /// In the order of the source, each once; at least one.
    pub(super) words: Vec<Word>,
    /// The place to complain at.
    span: Span,
}

/// One word of a cascade.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Word {
    All,
    SaveUpdate,
    Merge,
    RefreshExpire,
    Expunge,
    Delete,
    DeleteOrphan,
    None,
}

impl Word {
    const ALL: [(&'static str, Word); 8] = [
        ("all", Word::All),
        ("save-update", Word::SaveUpdate),
        ("merge", Word::Merge),
        ("refresh-expire", Word::RefreshExpire),
        ("expunge", Word::Expunge),
        ("delete", Word::Delete),
        ("delete-orphan", Word::DeleteOrphan),
        ("none", Word::None),
    ];

    /// The constant of `Cascade`.
    pub(super) fn constant(self) -> &'static str {
        match self {
            Word::All => "ALL",
            Word::SaveUpdate => "SAVE",
            Word::Merge => "MERGE",
            Word::RefreshExpire => "REFRESH",
            Word::Expunge => "EXPUNGE",
            Word::Delete => "DELETE",
            Word::DeleteOrphan => "DELETE_ORPHAN",
            Word::None => "NONE",
        }
    }
}

impl Cascade {
    /// Reads `"all, delete-orphan"`, which may as well be written `"ALL, DELETE_ORPHAN"`. Nothing at all is `"none"`.
    pub(super) fn read(text: &LitStr, errors: &mut Errors) -> Cascade {
        let mut words = Vec::new();
        for written in text.value().split(',').map(str::trim).filter(|written| !written.is_empty()) {
            let plain = written.to_lowercase().replace(['_', ' '], "-");
            match Word::ALL.iter().find(|(name, _)| *name == plain) {
                Some((_, word)) if words.contains(word) => {}
                Some((_, word)) => words.push(*word),
                None => {
                    let names = Word::ALL.map(|(name, _)| name);
                    let message = match nearest(&plain, names) {
                        Some(meant) => format!("unknown cascade `{written}`; did you mean `{meant}`?"),
                        None => format!("unknown cascade `{written}`; write {}", naming::one_of(&names)),
                    };
                    errors.at(text.span(), message);
                }
            }
        }
        if words.is_empty() {
            words.push(Word::None);
        }
        Cascade { words, span: text.span() }
    }

    /// What may be said of a relation that leads to a model.
    pub(super) fn check(&self, kind: RelationKind, model: &str, errors: &mut Errors) {
        let Cascade { words, span } = self;
        let says = |word| words.contains(&word);
        if says(Word::None) && words.len() > 1 {
            errors.at(*span, "`none` stands alone");
        }
        if !says(Word::DeleteOrphan) {
            return;
        }
        match kind {
            RelationKind::BelongsTo | RelationKind::ManyToMany => {
                let message = format!(
                    "`delete-orphan` belongs on the side of the parent: write it on the `HasMany` or `HasOne` field of \
                     `{model}`"
                );
                errors.at(*span, message);
            }
            RelationKind::HasMany | RelationKind::HasOne => {
                if !says(Word::All) && !says(Word::Delete) {
                    let message = "`delete-orphan` needs `delete`, for an orphan is also what a deleted parent leaves: \
                                   write `cascade = \"all, delete-orphan\"`";
                    errors.at(*span, message);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<Word> {
        Cascade::read(&LitStr::new(text, Span::call_site()), &mut Errors::default()).words
    }

    #[test]
    fn words_are_read_in_each_spelling() {
        assert_eq!(words("all, delete-orphan"), [Word::All, Word::DeleteOrphan]);
        assert_eq!(words(" SAVE_UPDATE ,merge,merge,"), [Word::SaveUpdate, Word::Merge]);
    }

    #[test]
    fn no_word_is_none() {
        assert_eq!(words(""), [Word::None]);
        assert_eq!(words("none"), [Word::None]);
    }
}
