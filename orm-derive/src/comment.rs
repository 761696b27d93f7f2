//! Doc comments, which become the comments of tables and columns.

use syn::{Attribute, Expr, ExprLit, Lit, Meta};

/// The text of the doc comments, without the space after the slashes; `None` if there is none.
pub(crate) fn comment(attributes: &[Attribute]) -> Option<String> {
    let mut lines = Vec::new();
    for attribute in attributes {
        if let Meta::NameValue(pair) = &attribute.meta
            && pair.path.is_ident("doc")
            && let Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) = &pair.value
        {
            lines.extend(text.value().split('\n').map(|line| line.trim().to_owned()));
        }
    }
    let text = lines.join("\n").trim().to_owned();
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use syn::{ItemStruct, parse_quote};

    #[test]
    fn lines_are_joined_and_trimmed() {
        let item: ItemStruct = parse_quote! {
            /// A person.
            ///
            #[repr(C)]
            /// Or not.
            struct Person;
        };
        assert_eq!(comment(&item.attrs).as_deref(), Some("A person.\n\nOr not."));
    }

    #[test]
    fn an_empty_comment_is_none() {
        let item: ItemStruct = parse_quote! {
            ///
            #[doc(hidden)]
            struct Person;
        };
        assert_eq!(comment(&item.attrs), None);
    }
}
