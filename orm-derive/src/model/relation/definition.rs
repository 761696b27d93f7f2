//! The static definitions of the relations of a model: what the core knows of them without types. Where only the compiler
//! knows whether a type fits, a constant is computed that is an error if it does not.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};

use crate::keyword::Keyword;
use crate::model::Model;
use crate::model::definition::list;
use crate::naming;
use crate::place;

use super::expansion::{each, target};
use super::rules::wrong_nullability;
use super::{Relation, Term, Through};

/// `static __RELATIONS`, if there are relations.
pub(in crate::model) fn relations(model: &Model<'_>) -> TokenStream {
    if model.relations.is_empty() {
        return TokenStream::new();
    }
    let count = Literal::usize_unsuffixed(model.relations.len());
    let definitions = each(model, |relation, _| definition(relation));
    let checks = each(model, |relation, _| checks(relation));
    quote! {
        use __orm::Unrelated as _;
        static __RELATIONS: [__orm::RelationDef; #count] = [#(#definitions,)*];
        #(#checks)*
    }
}

/// `RelationDef::new("posts", RelationKind::HasMany, <Post as Model>::model).via("author")`
fn definition(relation: &Relation<'_>) -> TokenStream {
    let Relation { ident, whole_type, kind, columns, via, through, .. } = relation;
    let Relation { cascade, passive_deletes, view_only, filter, order_by, .. } = relation;
    let name = naming::plain(ident);
    let kind = Ident::new(kind.type_name(), Span::call_site());
    let mut code = quote! {
        __orm::RelationDef::new(#name, __orm::RelationKind::#kind, __orm::RelationOf::<#whole_type>::TARGET)
    };
    if !columns.is_empty() {
        let columns = list(columns.iter().map(|column| column.position));
        code.extend(quote!(.columns(#columns)));
    }
    if let Some(via) = via {
        code.extend(quote!(.via(#via)));
    }
    match through {
        None => {}
        Some(Through::Table(table)) => code.extend(quote!(.through(__orm::Through::Table(#table)))),
        Some(Through::Model(model)) => {
            code.extend(quote!(.through(__orm::Through::Model(<#model as __orm::Model>::model))));
        }
    }
    if let Some(cascade) = cascade {
        let mut words = cascade.words.iter().map(|word| {
            let constant = Ident::new(word.constant(), Span::call_site());
            quote!(__orm::Cascade::#constant)
        });
        let first = words.next();
        code.extend(quote!(.cascade(#first #(.with(#words))*)));
    }
    if *passive_deletes {
        code.extend(quote!(.passive_deletes()));
    }
    if *view_only {
        code.extend(quote!(.view_only()));
    }
    if let Some(filter) = filter {
        // The parameter must not be seen by the user's path, which is the place of all that may be wrong here.
        let (target, at) = (target(relation), Ident::new("at", Span::mixed_site()));
        let place = place::ours(place::ends(filter.to_token_stream()).0);
        code.extend(quote_spanned! {place=> .filter(|#at| __orm::condition::<#target>(#filter, #at)) });
    }
    if !order_by.is_empty() {
        let target = target(relation);
        let fields = order_by.iter().map(|term| place::ident(&term.field));
        let terms = order_by.iter().map(|Term { field, descending }| {
            let name = naming::plain(field);
            quote!((#name, #descending))
        });
        // The closure is never called: it makes the compiler look for the fields.
        code.extend(quote! {
            .order_by({
                let _ = |at| {
                    let row = <#target as __orm::Model>::columns::<__orm::Required>(at);
                    #(let _ = row.#fields;)*
                };
                &[#(#terms),*]
            })
        });
    }
    code
}

/// What only the compiler knows of the types: that the field's is of the attribute's kind, and fits the key.
fn checks(relation: &Relation<'_>) -> TokenStream {
    let Relation { whole_type, kind, columns, .. } = relation;
    let mut code = TokenStream::new();
    // All of it stands where the type is written, from its first token to its last.
    let (first, last) = place::our_ends(whole_type);
    let opening = quote_spanned! {first=> __orm };
    let shape = quote!(__orm::RelationOf::<#whole_type>::SHAPE);
    if relation.known_type().is_none() {
        let (type_name, attribute) = (kind.type_name(), kind.keyword().name());
        let message =
            format!("the type is no `{type_name}`, and the attribute says `{attribute}`: change one of them");
        let kind = Ident::new(type_name, Span::call_site());
        code.extend(quote_spanned! {last=>
            const _: () = #opening::check_kind(#shape, __orm::RelationKind::#kind, #message);
        });
    }
    let positions = columns.iter().map(|column| Literal::usize_unsuffixed(column.position));
    let nullable = quote!(#(__COLUMNS[#positions].nullable)||*);
    if let Some(message) = wrong_nullability(relation) {
        code.extend(quote_spanned! {last=>
            const _: () = #opening::check_key(#shape, #nullable, #message);
        });
    }
    let target = target(relation);
    let mut compared = vec![target.to_string()];
    for referenced in columns.iter().map(|column| &column.references) {
        // The same words mean the same model.
        let words = referenced.to_token_stream().to_string();
        if !compared.contains(&words) {
            compared.push(words);
            code.extend(quote_spanned! {last=>
                const _: () = #opening::check_target::<#referenced, #target>();
            });
        }
    }
    code
}
