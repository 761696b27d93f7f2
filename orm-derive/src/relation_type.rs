//! What the type of a field says of its relation, as far as names tell. Behind an alias, the attribute has to say it alone.

use syn::{Ident, Type};

use crate::field_type::wrapped;
use crate::keyword::FieldKeyword;

/// How many rows a relation leads to, and which side holds the key.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum RelationKind {
    HasMany,
    HasOne,
    BelongsTo,
    ManyToMany,
}

impl RelationKind {
    pub(crate) const ALL: [RelationKind; 4] =
        [RelationKind::HasMany, RelationKind::HasOne, RelationKind::BelongsTo, RelationKind::ManyToMany];

    /// The type of the field; the variant of `RelationKind` has the same name.
    pub(crate) fn type_name(self) -> &'static str {
        match self {
            RelationKind::HasMany => "HasMany",
            RelationKind::HasOne => "HasOne",
            RelationKind::BelongsTo => "BelongsTo",
            RelationKind::ManyToMany => "ManyToMany",
        }
    }

    /// The attribute.
    pub(crate) fn keyword(self) -> FieldKeyword {
        match self {
            RelationKind::HasMany => FieldKeyword::HasMany,
            RelationKind::HasOne => FieldKeyword::HasOne,
            RelationKind::BelongsTo => FieldKeyword::BelongsTo,
            RelationKind::ManyToMany => FieldKeyword::ManyToMany,
        }
    }
}

/// The type of a relation field, taken apart.
#[derive(Clone, Copy)]
pub(crate) struct RelationType<'a> {
    pub(crate) kind: RelationKind,
    /// The model that it leads to.
    pub(crate) model: &'a Type,
    /// Whether the model stands in an `Option`.
    pub(crate) optional: bool,
    /// Whether all of it stands in something else, where it cannot be.
    pub(crate) misplaced: bool,
}

impl<'a> RelationType<'a> {
    /// Takes a type apart, if its name is known.
    fn of(whole: &'a Type) -> Option<RelationType<'a>> {
        RelationKind::ALL.into_iter().find_map(|kind| {
            let inner = wrapped(whole, kind.type_name())?;
            let optional = wrapped(inner, "Option");
            let model = optional.unwrap_or(inner);
            Some(RelationType { kind, model, optional: optional.is_some(), misplaced: false })
        })
    }

    /// Takes a type apart, also where it stands in an `Option` or the like.
    pub(crate) fn within(whole: &'a Type) -> Option<RelationType<'a>> {
        RelationType::of(whole).or_else(|| {
            RelationType::of(contained(whole)?).map(|known| RelationType { misplaced: true, ..known })
        })
    }
}

/// The `T` of `Vec<T>` and other types that somebody may take for a relation.
pub(crate) fn contained(whole: &Type) -> Option<&Type> {
    ["Vec", "Option", "Auto", "Box", "Rc", "Arc", "Handle"].into_iter().find_map(|name| wrapped(whole, name))
}

/// Whether a type is known to be something else than a relation, and no alias of one.
pub(crate) fn is_something_else(whole: &Type) -> bool {
    const KNOWN: [&str; 24] = [
        "bool", "char", "f32", "f64", "i8", "i16", "i32", "i64", "i128", "isize", "u8", "u16", "u32", "u64",
        "u128", "usize", "String", "Vec", "Option", "Auto", "Box", "Rc", "Arc", "Handle",
    ];
    match whole {
        Type::Group(group) => is_something_else(&group.elem),
        Type::Paren(paren) => is_something_else(&paren.elem),
        Type::Path(path) => {
            let is_known = |last: &Ident| KNOWN.iter().any(|known| last == known);
            path.path.segments.last().is_some_and(|last| is_known(&last.ident))
        }
        Type::Macro(_) => false,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use quote::ToTokens;
    use syn::parse_quote;

    fn shape(whole: Type) -> String {
        let Some(RelationType { kind, model, optional, misplaced }) = RelationType::within(&whole) else {
            return if is_something_else(&whole) { "something else" } else { "unknown" }.into();
        };
        let mut shape = format!("{} {}", kind.type_name(), model.to_token_stream());
        shape.push_str(if optional { ", optional" } else { "" });
        shape.push_str(if misplaced { ", misplaced" } else { "" });
        shape
    }

    #[test]
    fn relations_are_known_by_their_last_name() {
        assert_eq!(shape(parse_quote!(HasMany<Post>)), "HasMany Post");
        assert_eq!(shape(parse_quote!(orm::BelongsTo<Option<User>>)), "BelongsTo User, optional");
        assert_eq!(shape(parse_quote!((HasOne<User>))), "HasOne User");
    }

    #[test]
    fn a_relation_in_something_else_is_misplaced() {
        assert_eq!(shape(parse_quote!(Option<BelongsTo<User>>)), "BelongsTo User, misplaced");
        assert_eq!(shape(parse_quote!(Vec<ManyToMany<Tag>>)), "ManyToMany Tag, misplaced");
    }

    #[test]
    fn an_alias_is_unknown_and_a_type_of_the_library_is_not() {
        assert_eq!(shape(parse_quote!(Posts)), "unknown");
        assert_eq!(shape(parse_quote!(Many<Post>)), "unknown");
        assert_eq!(shape(parse_quote!(Vec<Post>)), "something else");
        assert_eq!(shape(parse_quote!(&'static str)), "something else");
    }
}
