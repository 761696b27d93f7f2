//! `#[derive(ModelType)]`: a struct with one field is kept in a column as that field is.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Data, DeriveInput, Field, Index, Member, Type};

use crate::attribute;
use crate::column_stub;
use crate::enclosure::{crate_path, enclosed};
use crate::errors::Errors;
use crate::field_type::FieldType;
use crate::keyword::NewtypeKeyword;

/// A struct with one field.
struct Newtype<'a> {
    input: &'a DeriveInput,
    member: Member,
    inner: &'a Type,
    /// The marker traits to implement.
    markers: Vec<&'static str>,
}

/// The whole of the derive.
pub(crate) fn expand(input: &DeriveInput) -> TokenStream {
    let mut errors = Errors::default();
    let items = attribute::read::<NewtypeKeyword>(&input.attrs, &mut errors);
    let mut path = None;
    let mut markers = Vec::new();
    for item in &items {
        match item.keyword {
            NewtypeKeyword::Crate => path = Some(item),
            NewtypeKeyword::Numeric => {
                item.flag(&mut errors);
                markers.push("Numeric");
            }
            NewtypeKeyword::Textual => {
                item.flag(&mut errors);
                markers.push("Textual");
            }
        }
    }
    if let [.., last] = items.as_slice()
        && markers.len() > 1
    {
        errors.at(
            last.span(),
            "`numeric` and `textual` exclude each other: a column computes, or matches as text",
        );
    }
    let crate_path = crate_path(path, &mut errors);
    let newtype = read(input, markers, &mut errors);
    match (newtype, errors.into_compile_errors()) {
        (Some(newtype), None) => enclosed(&crate_path, code(&newtype)),
        (_, compile_errors) => column_stub::expand(input, &crate_path, compile_errors.unwrap_or_default()),
    }
}

fn read<'a>(input: &'a DeriveInput, markers: Vec<&'static str>, errors: &mut Errors) -> Option<Newtype<'a>> {
    let Data::Struct(data) = &input.data else {
        let message = "`ModelType` is for a struct with one field: derive `ModelEnum` on an enum";
        errors.at(input.ident.span(), message);
        return None;
    };
    if !input.generics.params.is_empty() {
        errors.on(
            &input.generics.params,
            "a column type has no generic parameters: it owns one value of one type",
        );
    }
    let fields: Vec<&Field> = data.fields.iter().collect();
    let [field] = fields.as_slice() else {
        let message =
            format!("`ModelType` is for a struct with exactly one field, and this one has {}", fields.len());
        errors.at(input.ident.span(), message);
        return None;
    };
    if let Some(attribute) = field.attrs.iter().find(|attribute| attribute.path().is_ident("orm")) {
        errors.on(attribute, "attributes of a newtype stand on the struct");
    }
    if !matches!(errors.absorb(FieldType::of(&field.ty))?, FieldType::Plain(_)) {
        let name = &input.ident;
        let message = format!(
            "a newtype always has a value: write the type without `Option` or `Auto` here, and the field of a model as \
             `Option<{name}>` or `Auto<{name}>`"
        );
        errors.on(&field.ty, message);
    }
    let member = match &field.ident {
        Some(ident) => Member::Named(ident.clone()),
        None => Member::Unnamed(Index::from(0)),
    };
    Some(Newtype { input, member, inner: &field.ty, markers })
}

/// The impls. Each use of the inner type stands at its place and says the same, so that an inner type that no column holds
/// is reported once.
fn code(newtype: &Newtype<'_>) -> TokenStream {
    let Newtype { input, member, inner, markers } = newtype;
    let ident = &input.ident;
    let markers = markers.iter().map(|marker| {
        let name = format_ident!("{marker}");
        let summed = (*marker == "Numeric").then(|| {
            quote! {
                #[automatically_derived]
                impl __orm::Summed for #ident {
                    type Sum = Self;
                    type Mean = <#inner as __orm::Summed>::Mean;
                }
            }
        });
        quote! {
            #[automatically_derived]
            impl __orm::#name for #ident {}
            #summed
        }
    });
    quote! {
        #[automatically_derived]
        impl __orm::ColumnType for #ident {
            type Nullable = ::core::option::Option<Self>;
            const TYPE: __orm::SqlType = <#inner as __orm::ColumnType>::TYPE;
            fn encode(&self) -> __orm::Encoded<'_> {
                <#inner as __orm::ColumnType>::encode(&self.#member)
            }
            fn decode(value: __orm::ValueRef<'_>) -> __orm::Result<Self, __orm::Mismatch> {
                ::core::result::Result::Ok(Self {
                    #member: <#inner as __orm::ColumnType>::decode(value)?,
                })
            }
        }
        #[automatically_derived]
        impl __orm::Scalar for #ident {}
        #(#markers)*
    }
}
