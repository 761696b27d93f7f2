//! The static definition of a model: what the core knows of it without types.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};

use crate::naming;
use crate::place;

use super::foreign_key::ForeignKey;
use super::reference::{Action, Reference};
use super::{Column, Key, Model, Size};

/// `Field::<String>::COLUMN.named("name", "name", 1).length(50)`
pub(super) fn column(column: &Column<'_>, index: Literal) -> TokenStream {
    let Column { ident, name, key, size, unique, index: indexed, .. } = column;
    let Column { version, default, server_default, check, reference, comment, .. } = column;
    let (field, whole_type) = (naming::plain(ident), column.whole_type);
    // What the compiler has to say of a size or a version, it says where that is written.
    let place = match size {
        Size::Length(_, place) | Size::Precision(_, _, place) => Some(*place),
        Size::OfType => *version,
    };
    let place = place::ours(place.unwrap_or_else(Span::call_site));
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
    let (first, last) = place::ends(model.to_token_stream());
    let opening = quote_spanned! {first=> < };
    let ours = quote_spanned! {place::ours(last)=> as __orm::Model };
    let model = quote_spanned! {last=> #opening #model #ours> };
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

/// `ForeignKeyDef::new(&[1, 2], Reference::new(<Line as Model>::model))`
fn composite_key(key: &ForeignKey) -> TokenStream {
    let ForeignKey { names: _, columns, reference, fields, span: _ } = key;
    let columns = list(columns.iter().copied());
    let foreign_key = foreign_key(reference);
    let mut code = quote!(__orm::ForeignKeyDef::new(#columns, #foreign_key));
    if !fields.is_empty() {
        let model = &reference.model;
        let (own, names) =
            (fields.iter().map(place::ident), fields.iter().map(naming::plain).collect::<Vec<String>>());
        // The closure is never called: it makes the compiler look for the fields.
        code.extend(quote! {
            .fields({
                let _ = |at| {
                    let row = <#model as __orm::Model>::columns::<__orm::Required>(at);
                    #(let _ = row.#own;)*
                };
                &[#(#names),*]
            })
        });
    }
    code
}

/// What only the compiler knows: that the columns of a key are like those of the primary key that it refers to.
pub(super) fn key_checks(model: &Model<'_>) -> TokenStream {
    let mut code = TokenStream::new();
    for key in model.foreign_keys.iter().filter(|key| key.fields.is_empty()) {
        let ForeignKey { names, columns, reference, fields: _, span } = key;
        let positions = columns.iter().map(|position| Literal::usize_unsuffixed(*position));
        let names: Vec<String> = names.iter().map(naming::plain).collect();
        let referred = &reference.model;
        let message = format!(
            "`{}.({})` references `{}`, and is not like the primary key of that: give it a field for each field of the key, \
             in their order and of their types",
            naming::plain(&model.input.ident),
            names.join(", "),
            referred.to_token_stream().to_string().replace(' ', "")
        );
        let place = place::ours(*span);
        code.extend(quote_spanned! {place=>
            const _: () = {
                use __orm::Unkeyed as _;
                __orm::check_foreign_key(
                    &[#(__COLUMNS[#positions].sql_type),*],
                    __orm::KeyOf::<<#referred as __orm::Model>::Key>::TYPES,
                    #message,
                );
            };
        });
    }
    code
}

/// `define::<User>("User", module_path!(), "users", &__COLUMNS, &[0]).uniques(&[&[1, 2]])`
pub(super) fn model(model: &Model<'_>) -> TokenStream {
    let Model {
        input,
        crate_path: _,
        table,
        columns,
        relations,
        skipped: _,
        uniques,
        indexes,
        checks,
        foreign_keys,
        comment,
    } = model;
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
    if !foreign_keys.is_empty() {
        let foreign_keys = foreign_keys.iter().map(composite_key);
        code.extend(quote!(.foreign_keys(&[#(#foreign_keys),*])));
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
