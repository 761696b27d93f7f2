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

use super::reference::{Action, Reference};
use super::relation::expansion as relations;
use super::{Column, Key, Model, Size, Skipped};

/// The definition, the columns struct and the impls.
pub(super) fn expand(model: &Model<'_>) -> TokenStream {
    let ident = &model.input.ident;
    let count = Literal::usize_unsuffixed(model.columns.len());
    let columns = each(model, definition);
    let definition = model_definition(model);
    let relations = relations::definitions(model);
    let columns_struct = columns_struct(model);
    let any_model = any_model(model);
    let typed_model = typed_model(model);
    let code = quote! {
        static __COLUMNS: [__orm::ColumnDef; #count] = [#(#columns,)*];
        #relations
        static __MODEL: __orm::ModelDef = #definition;
        __orm::inventory::submit! { __orm::Registered(&__MODEL) }
        #columns_struct
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

/// The places of the first and the last token.
pub(super) fn ends(tokens: TokenStream) -> (Span, Span) {
    let mut spans = tokens.into_iter().map(|token| (open(&token), close(&token)));
    let first = spans.next().unwrap_or((Span::call_site(), Span::call_site()));
    let last = spans.last().unwrap_or(first);
    (first.0, last.1)
}

/// The places of the ends of a type, for code of ours.
pub(super) fn generated_ends(of: &Type) -> (Span, Span) {
    let (first, last) = ends(of.to_token_stream());
    (generated(first), generated(last))
}

/// Code of ours at a place of the user's: found there by errors, but its names are ours.
pub(super) fn generated(place: Span) -> Span {
    Span::call_site().located_at(place)
}

fn open(token: &TokenTree) -> Span {
    match token {
        TokenTree::Group(group) => group.span_open(),
        other => other.span(),
    }
}

fn close(token: &TokenTree) -> Span {
    match token {
        TokenTree::Group(group) => group.span_close(),
        other => other.span(),
    }
}

/// `<String as Field>::COLUMN.named("name", "name", 1).length(50)`
fn definition(column: &Column<'_>, index: Literal) -> TokenStream {
    let Column { ident, name, key, size, unique, index: indexed, .. } = column;
    let Column { version, default, server_default, check, reference, comment, .. } = column;
    let (field, whole_type) = (naming::plain(ident), column.whole_type);
    // What the compiler has to say of a size or a version, it says where that is written.
    let place = match size {
        Size::Length(_, place) | Size::Precision(_, _, place) => Some(*place),
        Size::OfType => *version,
    };
    let place = generated(place.unwrap_or_else(Span::call_site));
    let mut code = quote_spanned! {place=> __orm::Field::<#whole_type>::COLUMN.named(#field, #name, #index) };
    match key {
        Key::No => {}
        Key::Given => code.extend(quote!(.primary_key())),
        Key::Generated => code.extend(quote!(.primary_key().generated())),
    }
    if version.is_some() {
        code.extend(quote_spanned! {place=> .version() });
    }
    match size {
        Size::OfType => {}
        Size::Length(length, _) => {
            let length = Literal::u32_unsuffixed(*length);
            code.extend(quote_spanned! {place=> .length(#length) });
        }
        Size::Precision(precision, scale, _) => {
            let (precision, scale) = (Literal::u8_unsuffixed(*precision), Literal::u8_unsuffixed(*scale));
            code.extend(quote_spanned! {place=> .precision(#precision, #scale) });
        }
    }
    if *unique {
        code.extend(quote!(.unique()));
    }
    if *indexed {
        code.extend(quote!(.indexed()));
    }
    if default.is_some() {
        code.extend(quote!(.default()));
    }
    if let Some(sql) = server_default {
        code.extend(quote!(.server_default(#sql)));
    }
    if let Some(sql) = check {
        code.extend(quote!(.check(#sql)));
    }
    if let Some(reference) = reference {
        let reference = foreign_key(reference);
        code.extend(quote!(.references(#reference)));
    }
    if let Some(comment) = comment {
        code.extend(quote!(.comment(#comment)));
    }
    code
}

/// `Reference::new(<User as Model>::model).on_delete(ReferentialAction::Cascade)`
fn foreign_key(reference: &Reference) -> TokenStream {
    let Reference { model, field, on_delete, on_update } = reference;
    let (first, last) = ends(model.to_token_stream());
    let opening = quote_spanned! {first=> < };
    let model = quote_spanned! {last=> #opening #model as __orm::Model> };
    let mut code = quote!(__orm::Reference::new(#model::model));
    if let Some(field) = field {
        let name = naming::plain(field);
        // The closure is never called: it makes the compiler look for the field. All of it stands where the user wrote the
        // model, so that a type that is no model is reported once.
        let columns = quote_spanned! {last=> #model::columns::<__orm::Required>(at) };
        let closure = quote_spanned! {last=> |at| #columns.#field };
        code.extend(quote! {
            .column({
                let _ = #closure;
                #name
            })
        });
    }
    let action = |action: &Action| Ident::new(action.variant(), Span::call_site());
    if let Some((on_delete, _)) = on_delete {
        let action = action(on_delete);
        code.extend(quote!(.on_delete(__orm::ReferentialAction::#action)));
    }
    if let Some((on_update, _)) = on_update {
        let action = action(on_update);
        code.extend(quote!(.on_update(__orm::ReferentialAction::#action)));
    }
    code
}

/// `define::<User>("User", module_path!(), "users", &__COLUMNS, &[0]).uniques(&[&[1, 2]])`
fn model_definition(model: &Model<'_>) -> TokenStream {
    let Model { input, crate_path: _, table, columns, relations, skipped: _, .. } = model;
    let Model { uniques, indexes, checks, comment, .. } = model;
    let (ident, name) = (&input.ident, naming::plain(&input.ident));
    let keys = columns.iter().enumerate().filter(|(_, column)| column.key != Key::No);
    let keys = list(keys.map(|(position, _)| position));
    let mut code = quote! {
        __orm::define::<#ident>(#name, ::core::module_path!(), #table, &__COLUMNS, #keys)
    };
    if !uniques.is_empty() {
        let uniques = uniques.iter().map(|positions| list(positions.iter().copied()));
        code.extend(quote!(.uniques(&[#(#uniques),*])));
    }
    if !indexes.is_empty() {
        let indexes = indexes.iter().map(|positions| list(positions.iter().copied()));
        code.extend(quote!(.indexes(&[#(#indexes),*])));
    }
    if !checks.is_empty() {
        code.extend(quote!(.checks(&[#(#checks),*])));
    }
    if !relations.is_empty() {
        code.extend(quote!(.relations(&__RELATIONS)));
    }
    if let Some(comment) = comment {
        code.extend(quote!(.comment(#comment)));
    }
    code
}

/// `&[0, 1]`
pub(super) fn list(positions: impl Iterator<Item = usize>) -> TokenStream {
    let positions = positions.map(Literal::usize_unsuffixed);
    quote!(&[#(#positions),*])
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

/// What the closure of a query gets: one field for each column. The methods of
/// the relations are reached through it.
pub(super) fn columns_struct(model: &Model<'_>) -> TokenStream {
    let (name, visibility) = (columns_name(model), &model.input.vis);
    let shown = name.to_string();
    let fields = each(model, |column, _| {
        let Column { ident, visibility, .. } = column;
        let value_type = value_type(column);
        let (first, last) = generated_ends(value_type);
        let opening = quote_spanned! {first=> __K::Column };
        let column_type = quote_spanned! {last=> #opening <#value_type> };
        quote!(#visibility #ident: #column_type)
    });
    let relations_field = relations::declared_field(model);
    let relations_struct = relations::relations_struct(model, &name);
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
            quote_spanned! {generated(text.span())=> ::core::convert::Into::into(#text) }
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
        let (first, last) = generated_ends(value_type);
        let mut ident = column.ident.clone();
        ident.set_span(ident.span().located_at(first));
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
