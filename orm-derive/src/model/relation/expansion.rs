//! The code of the relations of a model. All of it goes through function pointers and the plain storage of a relation field,
//! so that models may refer to each other in any way and the compiler follows no chain of them.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};

use crate::model::Model;
use crate::model::expansion::unused_name;
use crate::naming;
use crate::place;
use crate::relation_type::RelationKind;

use super::Relation;

/// One piece of code for each relation, which gets the relation's position.
pub(super) fn each(
    model: &Model<'_>,
    code: impl Fn(&Relation<'_>, Literal) -> TokenStream,
) -> Vec<TokenStream> {
    let numbered = model.relations.iter().enumerate();
    numbered.map(|(index, relation)| code(relation, Literal::usize_unsuffixed(index))).collect()
}

/// The model that a relation leads to.
pub(super) fn target(relation: &Relation<'_>) -> TokenStream {
    let whole_type = &relation.whole_type;
    match relation.known_type() {
        Some(known) => known.model.to_token_stream(),
        None => {
            let (first, last) = place::our_ends(whole_type);
            let opening = quote_spanned! {first=> < };
            quote_spanned! {last=> #opening #whole_type as __orm::RelationField>::Target }
        }
    }
}

/// The name of the relations struct, which shows in error messages.
fn struct_name(model: &Model<'_>) -> Ident {
    unused_name(model, format_ident!("{}Relations", naming::plain(&model.input.ident)))
}

/// The type of the relations.
pub(in crate::model) fn struct_type(model: &Model<'_>) -> TokenStream {
    if model.relations.is_empty() {
        return quote!(__orm::NoRelations);
    }
    let name = struct_name(model);
    quote!(#name<__K>)
}

/// Writes the body of the method of a relation, which has this position.
pub(in crate::model) type Walk = fn(&Relation<'_>, Literal) -> TokenStream;

/// `RelationOf::<HasMany<Post>>::many(self.0, 0)`
pub(in crate::model) fn walk(relation: &Relation<'_>, index: Literal) -> TokenStream {
    let whole_type = &relation.whole_type;
    // It stands where the type of the method does, so that a model that is none is reported once.
    let (first, last) = place::our_ends(whole_type);
    let (opening, walk) =
        (quote_spanned! {first=> __orm }, Ident::new(Walked::of(relation).function(), last));
    quote_spanned! {last=> #opening::RelationOf::<#whole_type>::#walk(self.0, #index) }
}

/// The body of a method that is never called.
pub(in crate::model) fn never(_: &Relation<'_>, _: Literal) -> TokenStream {
    quote!(::core::unreachable!())
}

/// How the path of a query goes on.
enum Walked {
    Many,
    One,
    MaybeOne,
}

impl Walked {
    fn of(relation: &Relation<'_>) -> Walked {
        match relation.kind {
            RelationKind::HasMany | RelationKind::ManyToMany => Walked::Many,
            RelationKind::BelongsTo if !relation.is_optional() => Walked::One,
            RelationKind::BelongsTo | RelationKind::HasOne => Walked::MaybeOne,
        }
    }

    fn function(&self) -> &'static str {
        match self {
            Walked::Many => "many",
            Walked::One => "one",
            Walked::MaybeOne => "maybe_one",
        }
    }

    fn path(&self, place: Span) -> TokenStream {
        match self {
            Walked::Many => quote_spanned! {place=> __orm::ToMany },
            Walked::One => quote_spanned! {place=> __K::One },
            Walked::MaybeOne => quote_spanned! {place=> __K::MaybeOne },
        }
    }
}

/// What the columns struct leads on to: one method for each relation.
pub(in crate::model) fn relations_struct(model: &Model<'_>, columns: &Ident, walk: Walk) -> TokenStream {
    if model.relations.is_empty() {
        return TokenStream::new();
    }
    let (name, visibility) = (struct_name(model), &model.input.vis);
    let methods = each(model, |relation, index| {
        let (ident, visibility) = (place::ident(relation.ident), place::visibility(relation.visibility));
        let (first, last) = place::our_ends(&relation.whole_type);
        let (target, path) = (target(relation), Walked::of(relation).path(first));
        let path = quote_spanned! {last=> #path<#target> };
        let body = walk(relation, index);
        quote! {
            #visibility fn #ident(&self) -> #path {
                #body
            }
        }
    });
    quote! {
        #[derive(::core::clone::Clone, ::core::marker::Copy, ::core::fmt::Debug)]
        #visibility struct #name<__K: __orm::Kind>(__orm::At<__K>);
        #[automatically_derived]
        impl<__K: __orm::Kind> #name<__K> {
            #(#methods)*
        }
        #[automatically_derived]
        impl<__K: __orm::Kind> ::core::ops::Deref for #columns<__K> {
            type Target = #name<__K>;
            fn deref(&self) -> &#name<__K> {
                &self.__relations
            }
        }
    }
}

/// The field of the columns struct that holds the relations, or the row where there are none.
pub(in crate::model) fn declared_field(model: &Model<'_>) -> TokenStream {
    if model.relations.is_empty() {
        return quote!(__at: __orm::At<__K>,);
    }
    let name = struct_name(model);
    quote!(__relations: #name<__K>,)
}

/// The row that the columns struct is of.
pub(in crate::model) fn at(model: &Model<'_>) -> TokenStream {
    if model.relations.is_empty() { quote!(self.__at) } else { quote!(self.__relations.0) }
}

/// Its value.
pub(in crate::model) fn field(model: &Model<'_>) -> TokenStream {
    if model.relations.is_empty() {
        return quote!(__at: at,);
    }
    let name = struct_name(model);
    quote!(__relations: #name(at),)
}

/// `fn relations` of `impl Model`.
pub(in crate::model) fn relations(model: &Model<'_>) -> TokenStream {
    if model.relations.is_empty() {
        return quote! {
            fn relations<__K: __orm::Kind>(_: __orm::Path) -> __orm::NoRelations {
                __orm::NoRelations
            }
        };
    }
    let name = struct_name(model);
    quote! {
        fn relations<__K: __orm::Kind>(at: __orm::Path) -> #name<__K> {
            #name(__orm::At::new(at))
        }
    }
}

/// The methods of `impl AnyModel`, if there are relations.
pub(in crate::model) fn any_relations(model: &Model<'_>) -> TokenStream {
    if model.relations.is_empty() {
        return TokenStream::new();
    }
    let arms = |method: &'static str, borrow: TokenStream| {
        each(model, move |relation, index| {
            let Relation { ident, whole_type, .. } = relation;
            let method = Ident::new(method, Span::call_site());
            quote!(#index => __orm::RelationOf::<#whole_type>::#method(#borrow self.#ident))
        })
    };
    let (items, items_mut) = (arms("items", quote!(&)), arms("items_mut", quote!(&mut)));
    quote! {
        fn relation(&self, relation: u8) -> ::core::option::Option<&__orm::Items> {
            match relation {
                #(#items,)*
                _ => ::core::option::Option::None,
            }
        }
        fn relation_mut(&mut self, relation: u8) -> ::core::option::Option<&mut __orm::Items> {
            match relation {
                #(#items_mut,)*
                _ => ::core::option::Option::None,
            }
        }
    }
}

/// The relation fields of a row that is read.
pub(in crate::model) fn not_loaded(model: &Model<'_>) -> Vec<TokenStream> {
    each(model, |relation, _| {
        let Relation { ident, whole_type, .. } = relation;
        quote!(#ident: __orm::RelationOf::<#whole_type>::not_loaded())
    })
}
