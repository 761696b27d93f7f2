//! The code of a model that is right.
//!
//! All that is asked of a field goes through `Field<T>`, which takes any type: only the columns struct asks for a column
//! type, so that a type that cannot be stored is reported there, once. No name of the user's scope stands here except those
//! that the user wrote, so nothing in that scope changes the meaning.

use proc_macro2::{Ident, Literal, Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::{Expr, ExprLit, Lit, Type};

use crate::enclosure::enclosed;
use crate::field_type::FieldType;
use crate::naming;
use crate::place;

use super::relation::{self, expansion as relations};
use super::{Column, Key, Model, Skipped, definition};

/// The definition, the columns struct and the impls.
pub(super) fn expand(model: &Model<'_>) -> TokenStream {
    let ident = &model.input.ident;
    let count = Literal::usize_unsuffixed(model.columns.len());
    let columns = each(model, definition::column);
    let key_checks = definition::key_checks(model);
    let definition = definition::model(model);
    let relations = relation::definition::relations(model);
    let columns_struct = columns_struct(model, relations::walk);
    let whole_columns = whole_columns(model);
    let any_model = any_model(model);
    let typed_model = typed_model(model);
    let code = quote! {
        static __COLUMNS: [__orm::ColumnDef; #count] = [#(#columns,)*];
        #relations
        #key_checks
        static __MODEL: __orm::ModelDef = #definition;
        __orm::inventory::submit! { __orm::Registered(&__MODEL) }
        #columns_struct
        #whole_columns
        #[automatically_derived]
        impl __orm::AnyModel for #ident { #any_model }
        #[automatically_derived]
        impl __orm::Model for #ident { #typed_model }
    };
    enclosed(&model.crate_path, code)
}

/// One piece of code for each column, which gets the column's position.
fn each(model: &Model<'_>, code: impl Fn(&Column<'_>, Literal) -> TokenStream) -> Vec<TokenStream> {
    let numbered = model.columns.iter().enumerate();
    numbered.map(|(index, column)| code(column, Literal::usize_unsuffixed(index))).collect()
}

/// The name of the columns struct, which shows in error messages: `UserColumns`, unless the user's own type of that name
/// is at work in the model.
pub(super) fn columns_name(model: &Model<'_>) -> Ident {
    unused_name(model, format_ident!("{}Columns", naming::plain(&model.input.ident)))
}

/// A name that the user does not use in the model.
pub(super) fn unused_name(model: &Model<'_>, mut name: Ident) -> Ident {
    while mentions(model.input.to_token_stream(), &name) {
        name = format_ident!("{name}_");
    }
    name
}

/// The type of the column as a query sees it. `Auto` is left out: it matters at insert alone.
fn value_type<'a>(column: &Column<'a>) -> &'a Type {
    match column.field_type {
        FieldType::Plain(_) | FieldType::Option(_) => column.whole_type,
        FieldType::Auto(inner) | FieldType::AutoOption(inner, _) => inner,
    }
}

fn mentions(tokens: TokenStream, name: &Ident) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == *name,
        TokenTree::Group(group) => mentions(group.stream(), name),
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}

/// What the closure of a query gets: one field for each column. The methods of the relations, whose bodies are given, are
/// reached through it.
pub(super) fn columns_struct(model: &Model<'_>, walk: relations::Walk) -> TokenStream {
    let (name, visibility) = (columns_name(model), &model.input.vis);
    let shown = name.to_string();
    let fields = each(model, |column, _| {
        let (ident, visibility) = (place::ident(column.ident), place::visibility(column.visibility));
        let value_type = value_type(column);
        let (first, last) = place::our_ends(value_type);
        let opening = quote_spanned! {first=> __K::Column };
        let column_type = quote_spanned! {last=> #opening <#value_type> };
        quote!(#visibility #ident: #column_type)
    });
    let relations_field = relations::declared_field(model);
    let relations_struct = relations::relations_struct(model, &name, walk);
    quote! {
        #visibility struct #name<__K: __orm::Kind> {
            #(#fields,)*
            #relations_field
        }
        #[automatically_derived]
        impl<__K: __orm::Kind> ::core::clone::Clone for #name<__K> {
            fn clone(&self) -> Self {
                *self
            }
        }
        #[automatically_derived]
        impl<__K: __orm::Kind> ::core::marker::Copy for #name<__K> {}
        #[automatically_derived]
        impl<__K: __orm::Kind> ::core::fmt::Debug for #name<__K> {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.write_str(#shown)
            }
        }
        #relations_struct
    }
}

/// The columns of a row can be selected as one: any of them says which row that is.
fn whole_columns(model: &Model<'_>) -> TokenStream {
    let (ident, name) = (&model.input.ident, columns_name(model));
    let Some(first) = model.columns.first() else { return TokenStream::new() };
    let first = first.ident;
    quote! {
        #[automatically_derived]
        impl __orm::WholeColumns for #name<__orm::Required> {
            type Model = #ident;
            fn row(&self) -> __orm::Path {
                self.#first.path()
            }
        }
    }
}

/// The items of `impl AnyModel`.
fn any_model(model: &Model<'_>) -> TokenStream {
    let arms = |method: &'static str, borrow: TokenStream, argument: TokenStream| {
        each(model, move |column, index| {
            let Column { ident, whole_type, .. } = column;
            let method = Ident::new(method, Span::call_site());
            quote!(#index => __orm::Field::<#whole_type>::#method(#borrow self.#ident #argument))
        })
    };
    let values = arms("value", quote!(&), quote!());
    let set_values = arms("set_value", quote!(&mut), quote!(, value));
    let unset = arms("is_unset", quote!(&), quote!());
    let set_default = set_default(model);
    let relations = relations::any_relations(model);
    quote! {
        fn definition(&self) -> &'static __orm::ModelDef {
            &__MODEL
        }
        fn value(&self, column: u16) -> __orm::Encoded<'_> {
            match column {
                #(#values,)*
                _ => __orm::Encoded::Borrowed(__orm::ValueRef::Null),
            }
        }
        fn set_value(&mut self, column: u16, value: __orm::ValueRef<'_>) -> __orm::Result<(), __orm::Mismatch> {
            match column {
                #(#set_values,)*
                _ => ::core::result::Result::Ok(()),
            }
        }
        fn is_unset(&self, column: u16) -> bool {
            match column {
                #(#unset,)*
                _ => false,
            }
        }
        #set_default
        #relations
    }
}

/// `fn set_default`, the only place where expressions of the user stand: they must not see its parameter.
fn set_default(model: &Model<'_>) -> TokenStream {
    let mut arms = Vec::new();
    for (index, column) in model.columns.iter().enumerate() {
        let Some(default) = &column.default else { continue };
        let (index, ident) = (Literal::usize_unsuffixed(index), column.ident);
        let value = default_value(column.field_type, default);
        arms.push(quote!(#index => self.#ident = #value));
    }
    if arms.is_empty() {
        return quote! { fn set_default(&mut self, _: u16) {} };
    }
    let column = Ident::new("column", Span::mixed_site());
    quote! {
        fn set_default(&mut self, #column: u16) {
            match #column {
                #(#arms,)*
                _ => {}
            }
        }
    }
}

fn default_value(field_type: FieldType<'_>, default: &Expr) -> TokenStream {
    let value = match default {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => {
            quote_spanned! {place::ours(text.span())=> ::core::convert::Into::into(#text) }
        }
        other => other.to_token_stream(),
    };
    match field_type {
        FieldType::Plain(_) => value,
        FieldType::Option(_) => quote!(::core::option::Option::Some(#value)),
        FieldType::Auto(_) => quote!(__orm::Auto::Set(#value)),
        FieldType::AutoOption(..) => quote!(__orm::Auto::Set(::core::option::Option::Some(#value))),
    }
}

/// The items of `impl Model`.
fn typed_model(model: &Model<'_>) -> TokenStream {
    let (columns, key) = (columns_name(model), key_type(model));
    let paths = each(model, |column, index| {
        // At the place of the declaration in the columns struct: both are wrong alike, and the compiler says it once.
        let value_type = value_type(column);
        let (first, last) = place::our_ends(value_type);
        let mut ident = column.ident.clone();
        ident.set_span(first);
        let opening = quote_spanned! {first=> __orm::Field };
        quote_spanned! {last=> #ident: #opening::<#value_type>::column(at, &__COLUMNS[#index]) }
    });
    let read = each(model, |column, index| {
        let Column { ident, whole_type, .. } = column;
        quote!(#ident: __orm::Field::<#whole_type>::read(row, #index)?)
    });
    let skipped = model.skipped.iter().map(|field| {
        let Skipped { ident, whole_type } = field;
        quote!(#ident: <#whole_type as ::core::default::Default>::default())
    });
    let (relations, relations_type) = (relations::relations(model), relations::struct_type(model));
    let (relations_field, not_loaded) = (relations::field(model), relations::not_loaded(model));
    quote! {
        type Columns<__K: __orm::Kind> = #columns<__K>;
        type Relations<__K: __orm::Kind> = #relations_type;
        type Key = #key;
        fn model() -> &'static __orm::ModelDef {
            &__MODEL
        }
        fn columns<__K: __orm::Kind>(at: __orm::Path) -> #columns<__K> {
            let at = __orm::At::<__K>::new(at);
            #columns {
                #(#paths,)*
                #relations_field
            }
        }
        #relations
        fn read(row: __orm::Row<'_>) -> __orm::Result<Self> {
            ::core::result::Result::Ok(Self {
                #(#read,)*
                #(#not_loaded,)*
                #(#skipped,)*
            })
        }
    }
}

/// The type of the primary key: of its field, or a tuple.
pub(super) fn key_type(model: &Model<'_>) -> TokenStream {
    let keys = model.columns.iter().filter(|column| column.key != Key::No);
    let types: Vec<&Type> = keys.map(|column| column.field_type.inner()).collect();
    match types.as_slice() {
        [only] => only.to_token_stream(),
        several => quote!((#(#several),*)),
    }
}
