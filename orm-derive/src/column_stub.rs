//! The code of a column type with mistakes: as much of it as keeps the rest of the program free of errors that only follow
//! from them. It never runs.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{DeriveInput, Path};

use crate::enclosure::{alive_forever, enclosed};

/// The mistakes, and impls of `ColumnType` and `Scalar` that do nothing.
pub(crate) fn expand(input: &DeriveInput, crate_path: &Path, compile_errors: TokenStream) -> TokenStream {
    let ident = &input.ident;
    let generics = alive_forever(&input.generics);
    let (parameters, arguments, bounds) = generics.split_for_impl();
    let code = quote! {
        #[automatically_derived]
        impl #parameters __orm::ColumnType for #ident #arguments #bounds {
            type Nullable = ::core::option::Option<Self>;
            const TYPE: __orm::SqlType = __orm::SqlType::I64;
            fn encode(&self) -> __orm::Encoded<'_> {
                ::core::unreachable!()
            }
            fn decode(_: __orm::ValueRef<'_>) -> __orm::Result<Self, __orm::Mismatch> {
                ::core::unreachable!()
            }
        }
        #[automatically_derived]
        impl #parameters __orm::Scalar for #ident #arguments #bounds {}
    };
    let stub = enclosed(crate_path, code);
    quote!(#compile_errors #stub)
}
