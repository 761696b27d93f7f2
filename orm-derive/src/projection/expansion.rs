//! The code of a projection: a description of what is read, the reading of a row, and the way to its collections.
//!
//! A field whose type does not tell a column from a relation (`status: Status`, `team: Option<TeamLine>`) is asked for as both:
//! `row.team` and `row.team()`. What the model does not have comes from a struct that stands behind its columns, and the type
//! of the field picks one.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::{quote, quote_spanned};
use syn::{DeriveInput, Path};

use crate::enclosure::enclosed;
use crate::field_type::wrapped;
use crate::naming;
use crate::place;

use super::{Field, Projection, Shape, Source};

/// The impl, and what it needs.
pub(super) fn expand(projection: &Projection<'_>, crate_path: &Path) -> TokenStream {
    let Projection { input, from, fields } = projection;
    let ident = &input.ident;
    let name = naming::plain(ident);
    let known = fields.iter().map(known);
    let described = fields.iter().map(|field| described(field, from));
    let read = fields.iter().map(|field| {
        let Field { ident, whole_type, shape, .. } = field;
        let name = naming::plain(ident);
        match shape {
            Shape::Many => quote!(#ident: ::core::default::Default::default()),
            Shape::Value | Shape::Either => {
                quote!(#ident: __orm::FieldOf::<#whole_type>::read(cells, Self::NAME, #name)?)
            }
        }
    });
    let either: Vec<&Ident> = fields.iter().filter_map(asked_for_as_both).collect();
    let (names, row) = if either.is_empty() {
        (TokenStream::new(), quote!(parts.row::<#from>()))
    } else {
        (names(&either), quote!(parts.probe::<#from, __Names>()))
    };
    let row = fields
        .iter()
        .any(|field| !matches!(field.source, Source::Computed(_)))
        .then(|| quote!(let row = #row;));
    let collection = collection(fields);
    let code = quote! {
        use __orm::Composite as _;
        #names
        #[automatically_derived]
        impl __orm::Projection for #ident {
            type Model = #from;
            const NAME: &'static str = #name;
            const FIELDS: &'static [__orm::ProjectedField] = &[#(#known,)*];
            fn describe(parts: &mut __orm::Parts) {
                #row
                #(#described)*
            }
            fn read(cells: &mut __orm::Cells<'_>) -> __orm::Result<Self> {
                ::core::result::Result::Ok(Self { #(#read,)* })
            }
            #collection
        }
    };
    enclosed(crate_path, code)
}

/// What keeps the rest of the program free of errors that only follow from those of the projection. It never runs.
pub(super) fn stub(
    input: &DeriveInput,
    from: Option<&Path>,
    crate_path: &Path,
    compile_errors: TokenStream,
) -> TokenStream {
    // Without a model there is no projection of it, and with parameters there is none for all of them.
    let Some(from) = from.filter(|_| input.generics.params.is_empty()) else { return compile_errors };
    let ident = &input.ident;
    let name = naming::plain(ident);
    let code = quote! {
        #[automatically_derived]
        impl __orm::Projection for #ident {
            type Model = #from;
            const NAME: &'static str = #name;
            const FIELDS: &'static [__orm::ProjectedField] = &[];
            fn describe(_: &mut __orm::Parts) {}
            fn read(_: &mut __orm::Cells<'_>) -> __orm::Result<Self> {
                ::core::unreachable!()
            }
        }
    };
    let stub = enclosed(crate_path, code);
    quote!(#compile_errors #stub)
}

/// `FieldOf::<String>::FIELD.named("name")`
fn known(field: &Field<'_>) -> TokenStream {
    let Field { ident, whole_type, shape, source, depth } = field;
    let name = naming::plain(ident);
    let computed = matches!(source, Source::Computed(_)).then(|| quote!(.computed()));
    let depth = depth.map(|depth| {
        let depth = Literal::u32_unsuffixed(depth);
        quote!(.depth(#depth))
    });
    // A list is told by its name, so that what is no projection in it is said in these words.
    let known = match wrapped(whole_type, "Vec").filter(|_| *shape == Shape::Many) {
        Some(inner) => quote!(__orm::ProjectedField::many::<#inner>()),
        None => quote!(__orm::FieldOf::<#whole_type>::FIELD),
    };
    quote!(#known.named(#name) #computed #depth)
}

/// The name that is asked for as a column and as a relation.
fn asked_for_as_both<'a>(field: &'a Field<'_>) -> Option<&'a Ident> {
    match (&field.source, field.shape) {
        (Source::Named(name), Shape::Either) => Some(name),
        (Source::Named(_) | Source::Column(_) | Source::Computed(_), _) => None,
    }
}

/// The names that are something else.
fn names(names: &[&Ident]) -> TokenStream {
    // Names of ours at the user's place: the lint for dead code leaves them alone.
    let names: Vec<Ident> = names.iter().map(|name| place::ident(name)).collect();
    quote! {
        #[allow(dead_code)]
        struct __Names {
            #(#names: __orm::NoSuchName,)*
        }
        impl __orm::Otherwise for __Names {
            const NAMES: &'static Self = &__Names { #(#names: __orm::NoSuchName,)* };
        }
        #[allow(dead_code)]
        impl __Names {
            #(
                fn #names(&self) -> __orm::NoSuchName {
                    __orm::NoSuchName
                }
            )*
        }
    }
}

/// Describes a field. What is asked of the model stands at the place of its name, so that errors are found there; what does
/// not fit the type of the field is found at the inferred parameter, which stands there as well.
fn described(field: &Field<'_>, from: &Path) -> TokenStream {
    let Field { ident, whole_type, shape, source, depth: _ } = field;
    let name = match source {
        Source::Named(name) | Source::Column(name) => name,
        Source::Computed(expression) => {
            let inferred = quote_spanned! {place::ours(ident.span())=> _ };
            return quote!(parts.computed::<#from, #whole_type, #inferred>(#expression););
        }
    };
    let place = place::ours(name.span());
    let (row, inferred) = (quote_spanned! {place=> row }, quote_spanned! {place=> _ });
    let call = quote_spanned! {place=> () };
    match (source, shape) {
        (Source::Column(_), _) | (_, Shape::Value) => {
            quote!(parts.add::<#whole_type, #inferred>(#row.#name);)
        }
        (_, Shape::Many) => quote!(parts.add::<#whole_type, #inferred>(#row.#name #call);),
        (_, Shape::Either) => {
            quote!(__orm::FieldOf::<#whole_type>::add(parts, #row.#name, #row.#name #call);)
        }
    }
}

/// The way to the collections, where there may be some.
fn collection(fields: &[Field<'_>]) -> TokenStream {
    let mut arms = Vec::new();
    for (position, field) in fields.iter().enumerate() {
        let Field { ident, whole_type, shape, .. } = field;
        let position = Literal::usize_unsuffixed(position);
        match shape {
            Shape::Value => {}
            Shape::Many => arms.push(quote!(#position => ::core::option::Option::Some(&mut self.#ident))),
            Shape::Either => arms.push(quote! {
                #position => __orm::FieldOf::<#whole_type>::collection(&mut self.#ident, number)
            }),
        }
    }
    if arms.is_empty() {
        return TokenStream::new();
    }
    quote! {
        fn collection(&mut self, number: usize) -> ::core::option::Option<&mut dyn ::core::any::Any> {
            let (field, number) = __orm::locate(Self::FIELDS, number);
            let _ = number;
            match field {
                #(#arms,)*
                _ => ::core::option::Option::None,
            }
        }
    }
}
