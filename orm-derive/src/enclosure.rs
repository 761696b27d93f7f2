//! The block that the code of every derive stands in: nothing gets out of it, and it names the `orm` crate once.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Generics, Path, parse_quote};

use crate::attribute::Item;
use crate::errors::Errors;
use crate::keyword::Keyword;

/// Where the `orm` crate is: as `crate = ".."` says, or at `::orm`.
pub(crate) fn crate_path<K: Keyword>(item: Option<&Item<K>>, errors: &mut Errors) -> Path {
    let default = || parse_quote!(::orm);
    let Some(text) = item.and_then(|item| item.text(errors)) else { return default() };
    text.parse().unwrap_or_else(|_| {
        errors.at(text.span(), "this is no path: write `crate = \"path::to::orm\"`");
        default()
    })
}

/// Puts code in the block, where `__orm` is what the crate has for derives.
pub(crate) fn enclosed(crate_path: &Path, code: TokenStream) -> TokenStream {
    quote! {
        const _: () = {
            use #crate_path::__private as __orm;
            use __orm::Unstorable as _;
            #code
        };
    }
}

/// The generics of a type that should have none, with the bounds that the traits ask for, so that a stub compiles.
pub(crate) fn alive_forever(generics: &Generics) -> Generics {
    let mut generics = generics.clone();
    if !generics.params.is_empty() {
        let bounds = parse_quote!(Self: ::core::marker::Send + ::core::marker::Sync + 'static);
        generics.make_where_clause().predicates.push(bounds);
    }
    generics
}
