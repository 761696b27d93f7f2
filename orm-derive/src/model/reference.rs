//! Foreign keys: what `references`, `on_delete` and `on_update` say.

use proc_macro2::Span;
use syn::ext::IdentExt;
use syn::{Ident, LitStr, Path};

use crate::errors::Errors;
use crate::naming;
use crate::nearest::nearest;

/// A foreign key.
pub(super) struct Reference {
    pub(super) model: Path,
    /// The field referred to, if it is not the primary key.
    pub(super) field: Option<Ident>,
    /// With the place to complain at.
    pub(super) on_delete: Option<(Action, Span)>,
    /// With the place to complain at.
    pub(super) on_update: Option<(Action, Span)>,
}

impl Reference {
    /// `User` names a model, and `User::email` a field of one: the last name of a path to a type starts with a capital.
    /// `Self` is the model that the field is in.
    pub(super) fn to(mut path: Path, model: &Ident) -> Reference {
        if let Some(first) = path.segments.first_mut().filter(|first| first.ident == "Self") {
            let span = first.ident.span();
            first.ident = model.clone();
            first.ident.set_span(span);
        }
        let names_field = path.segments.len() > 1
            && path.segments.last().is_some_and(|last| {
                last.arguments.is_none() && last.ident.unraw().to_string().starts_with(char::is_lowercase)
            });
        let mut field = None;
        if names_field {
            field = path.segments.pop().map(|last| last.ident);
            path.segments.pop_punct();
        }
        Reference { model: path, field, on_delete: None, on_update: None }
    }
}

/// What happens to the referring row.
#[allow(clippy::enum_variant_names)] // `NoAction` is what SQL says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Action {
    NoAction,
    Restrict,
    Cascade,
    SetNull,
    SetDefault,
}

impl Action {
    const ALL: [(&'static str, Action); 5] = [
        ("cascade", Action::Cascade),
        ("set null", Action::SetNull),
        ("set default", Action::SetDefault),
        ("restrict", Action::Restrict),
        ("no action", Action::NoAction),
    ];

    /// Reads `"set null"`, which may as well be written `"SET NULL"`, `"set_null"` or `"set-null"`.
    pub(super) fn read(text: &LitStr, errors: &mut Errors) -> Option<(Action, Span)> {
        let written = text.value();
        let plain = written.trim().to_lowercase().replace(['-', '_'], " ");
        let found = Action::ALL.iter().find(|(name, _)| *name == plain).map(|(_, action)| *action);
        if found.is_none() {
            let names = Action::ALL.map(|(name, _)| name);
            let message = match nearest(&plain, names) {
                Some(meant) => format!("unknown action `{written}`; did you mean `{meant}`?"),
                None => format!("unknown action `{written}`; write {}", naming::one_of(&names)),
            };
            errors.at(text.span(), message);
        }
        found.map(|action| (action, text.span()))
    }

    /// The variant of `ReferentialAction`.
    pub(super) fn variant(self) -> &'static str {
        match self {
            Action::NoAction => "NoAction",
            Action::Restrict => "Restrict",
            Action::Cascade => "Cascade",
            Action::SetNull => "SetNull",
            Action::SetDefault => "SetDefault",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use quote::ToTokens;
    use syn::parse_quote;

    fn reference(path: Path) -> (String, Option<String>) {
        let Reference { model, field, on_delete: _, on_update: _ } = Reference::to(path, &parse_quote!(Post));
        (model.to_token_stream().to_string(), field.map(|field| field.to_string()))
    }

    #[test]
    fn a_capital_tells_a_model_from_a_field() {
        assert_eq!(reference(parse_quote!(User)), ("User".into(), None));
        assert_eq!(reference(parse_quote!(models::User)), ("models :: User".into(), None));
        assert_eq!(reference(parse_quote!(User::email)), ("User".into(), Some("email".into())));
        assert_eq!(reference(parse_quote!(User::r#type)), ("User".into(), Some("r#type".into())));
        assert_eq!(reference(parse_quote!(user)), ("user".into(), None));
        assert_eq!(reference(parse_quote!(Self)), ("Post".into(), None));
        assert_eq!(reference(parse_quote!(Self::slug)), ("Post".into(), Some("slug".into())));
    }

    #[test]
    fn actions_are_read_in_each_spelling() {
        for text in ["set null", "SET NULL", "set_null", "set-null"] {
            let text: LitStr = parse_quote!(#text);
            let read = Action::read(&text, &mut Errors::default());
            assert_eq!(read.map(|(action, _)| action), Some(Action::SetNull));
        }
    }
}
