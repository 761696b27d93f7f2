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

    /// The type, and the variant of `RelationKind`.
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
    /// Whether it is a `BelongsTo<Option<..>>`.
    pub(crate) optional: bool,
}

impl<'a> RelationType<'a> {
    /// Takes a type apart, if its name is known.
    pub(crate) fn of(whole: &'a Type) -> Option<RelationType<'a>> {
        RelationKind::ALL.into_iter().find_map(|kind| {
            let inner = wrapped(whole, kind.type_name())?;
            let optional = wrapped(inner, "Option").filter(|_| kind == RelationKind::BelongsTo);
            Some(RelationType { kind, model: optional.unwrap_or(inner), optional: optional.is_some() })
        })
    }
}

/// Whether a type is one of the language or its library, which no alias of a relation has the name of.
pub(crate) fn is_plainly_something_else(whole: &Type) -> bool {
    const KNOWN: &[&str] = &[
        "bool", "char", "f32", "f64", "i8", "i16", "i32", "i64", "i128", "isize", "u8", "u16", "u32", "u64",
        "u128", "usize", "String", "Vec", "Option", "Auto", "Box", "Rc", "Arc",
    ];
    match whole {
        Type::Group(group) => is_plainly_something_else(&group.elem),
        Type::Paren(paren) => is_plainly_something_else(&paren.elem),
        Type::Path(path) => {
            let is_known = |last: &Ident| KNOWN.iter().any(|known| last == known);
            path.path.segments.last().is_some_and(|last| is_known(&last.ident))
        }
        _ => true,
    }
}
