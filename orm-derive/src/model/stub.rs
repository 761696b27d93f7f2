//! The code of a model with mistakes: as much of it as keeps the rest of the program free of errors that only follow from
//! them. It never runs.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{DeriveInput, Path};

use crate::enclosure::{alive_forever, enclosed};

use super::Model;
use super::expansion::{columns_name, columns_struct, key_type};
use super::relation::expansion as relations;

/// For a struct whose fields are known.
pub(super) fn with_fields(model: &Model<'_>, compile_errors: TokenStream) -> TokenStream {
    let (columns, columns_struct) = (columns_name(model), columns_struct(model, relations::never));
    let impls = impls(model.input, quote!(#columns<__K>), relations::struct_type(model), key_type(model));
    let stub = enclosed(&model.crate_path, quote!(#columns_struct #impls));
    quote!(#compile_errors #stub)
}

/// For anything else.
pub(super) fn without_fields(
    input: &DeriveInput,
    crate_path: &Path,
    compile_errors: TokenStream,
) -> TokenStream {
    let stub = enclosed(crate_path, impls(input, quote!(()), quote!(__orm::NoRelations), quote!(())));
    quote!(#compile_errors #stub)
}

fn impls(input: &DeriveInput, columns: TokenStream, relations: TokenStream, key: TokenStream) -> TokenStream {
    let ident = &input.ident;
    let generics = alive_forever(&input.generics);
    let (parameters, arguments, bounds) = generics.split_for_impl();
    quote! {
        #[automatically_derived]
        impl #parameters __orm::AnyModel for #ident #arguments #bounds {
            fn definition(&self) -> &'static __orm::ModelDef {
                ::core::unreachable!()
            }
            fn value(&self, _: u16) -> __orm::Encoded<'_> {
                ::core::unreachable!()
            }
            fn set_value(&mut self, _: u16, _: __orm::ValueRef<'_>) -> __orm::Result<(), __orm::Mismatch> {
                ::core::unreachable!()
            }
            fn is_unset(&self, _: u16) -> bool {
                ::core::unreachable!()
            }
            fn set_default(&mut self, _: u16) {}
        }
        #[automatically_derived]
        impl #parameters __orm::Model for #ident #arguments #bounds {
            type Columns<__K: __orm::Kind> = #columns;
            type Relations<__K: __orm::Kind> = #relations;
            type Key = #key;
            fn model() -> &'static __orm::ModelDef {
                ::core::unreachable!()
            }
            fn columns<__K: __orm::Kind>(_: __orm::Path) -> #columns {
                ::core::unreachable!()
            }
            fn relations<__K: __orm::Kind>(_: __orm::Path) -> #relations {
                ::core::unreachable!()
            }
            fn read(_: __orm::Row<'_>) -> __orm::Result<Self> {
                ::core::unreachable!()
            }
        }
    }
}
