//! What the type of a field says of its column, as far as names tell: `Option<T>`, `Auto<T>`, or neither.

use syn::{GenericArgument, PathArguments, Type};

/// The type of a field, taken apart.
#[derive(Clone, Copy)]
pub(crate) enum FieldType<'a> {
    /// Neither an `Option` nor an `Auto`.
    Plain(&'a Type),
    /// `Option<T>`.
    Option(&'a Type),
    /// `Auto<T>`.
    Auto(&'a Type),
    /// `Auto<Option<T>>`: the `Option<T>` and the `T`.
    AutoOption(&'a Type, &'a Type),
}

impl<'a> FieldType<'a> {
    /// Takes a type apart; the error says what to write instead.
    pub(crate) fn of(whole: &'a Type) -> syn::Result<FieldType<'a>> {
        let wrong = |message| Err(syn::Error::new_spanned(whole, message));
        let taken_apart = match (wrapped(whole, "Option"), wrapped(whole, "Auto")) {
            (Some(inner), _) if wrapped(inner, "Auto").is_some() => {
                return wrong("an `Auto` stands outside: write `Auto<Option<..>>`");
            }
            (Some(inner), _) => FieldType::Option(inner),
            (None, Some(inner)) => match wrapped(inner, "Option") {
                Some(innermost) => FieldType::AutoOption(inner, innermost),
                None => FieldType::Auto(inner),
            },
            (None, None) => FieldType::Plain(whole),
        };
        let inner = taken_apart.inner();
        if wrapped(inner, "Option").is_some() {
            return wrong("a column is NULL or it is not: write one `Option`");
        }
        if wrapped(inner, "Auto").is_some() {
            return wrong("a value is set or it is not: write one `Auto`");
        }
        Ok(taken_apart)
    }

    /// The type without `Option` and `Auto`.
    pub(crate) fn inner(self) -> &'a Type {
        match self {
            FieldType::Plain(inner)
            | FieldType::Option(inner)
            | FieldType::Auto(inner)
            | FieldType::AutoOption(_, inner) => inner,
        }
    }

    /// Whether the column takes NULL.
    pub(crate) fn is_nullable(self) -> bool {
        match self {
            FieldType::Option(_) | FieldType::AutoOption(..) => true,
            FieldType::Plain(_) | FieldType::Auto(_) => false,
        }
    }
}

/// The `T` of `name<T>`, `path::to::name<T>` and the like.
pub(crate) fn wrapped<'a>(whole: &'a Type, name: &str) -> Option<&'a Type> {
    match whole {
        Type::Group(group) => wrapped(&group.elem, name),
        Type::Paren(paren) => wrapped(&paren.elem, name),
        Type::Path(path) => {
            let last = path.path.segments.last().filter(|last| path.qself.is_none() && last.ident == name)?;
            let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
            match (arguments.args.first(), arguments.args.len()) {
                (Some(GenericArgument::Type(inner)), 1) => Some(inner),
                _ => None,
            }
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use quote::ToTokens;
    use syn::parse_quote;

    fn shape(whole: Type) -> String {
        let (name, inner) = match FieldType::of(&whole) {
            Ok(FieldType::Plain(inner)) => ("plain", inner),
            Ok(FieldType::Option(inner)) => ("option", inner),
            Ok(FieldType::Auto(inner)) => ("auto", inner),
            Ok(FieldType::AutoOption(_, inner)) => ("auto option", inner),
            Err(error) => return error.to_string(),
        };
        format!("{name} {}", inner.to_token_stream())
    }

    #[test]
    fn wrappers_are_known_by_their_last_name() {
        assert_eq!(shape(parse_quote!(i64)), "plain i64");
        assert_eq!(shape(parse_quote!(::core::option::Option<i64>)), "option i64");
        assert_eq!(shape(parse_quote!((orm::Auto<i64>))), "auto i64");
        assert_eq!(shape(parse_quote!(Auto<Option<i64>>)), "auto option i64");
    }

    #[test]
    fn a_type_of_the_same_name_without_a_parameter_is_plain() {
        assert_eq!(shape(parse_quote!(Option)), "plain Option");
        assert_eq!(shape(parse_quote!(Auto<A, B>)), "plain Auto < A , B >");
    }

    #[test]
    fn a_wrapper_in_the_wrong_place_is_refused() {
        let one_option = "a column is NULL or it is not: write one `Option`";
        assert_eq!(shape(parse_quote!(Option<Option<i64>>)), one_option);
        assert_eq!(shape(parse_quote!(Auto<Option<Option<i64>>>)), one_option);
        assert_eq!(
            shape(parse_quote!(Option<Auto<i64>>)),
            "an `Auto` stands outside: write `Auto<Option<..>>`"
        );
        assert_eq!(shape(parse_quote!(Auto<Auto<i64>>)), "a value is set or it is not: write one `Auto`");
    }
}
