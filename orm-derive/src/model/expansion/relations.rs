//! The code of the relations of a model. All of it goes through function pointers and the plain storage of a relation field,
//! so that models may refer to each other in any way and the compiler follows no chain of them.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{format_ident, quote};

use crate::naming;
use crate::relation_type::RelationKind;

use super::super::Model;
use super::super::cascade::Cascade;
use super::super::relation::{Relation, Through};
use super::{list, unused_name};

/// One piece of code for each relation, which gets the relation's position.
fn each(model: &Model<'_>, code: impl Fn(&Relation<'_>, Literal) -> TokenStream) -> Vec<TokenStream> {
    let numbered = model.relations.iter().enumerate();
    numbered.map(|(index, relation)| code(relation, Literal::usize_unsuffixed(index))).collect()
}

/// `static __RELATIONS`, if there are relations.
pub(super) fn definitions(model: &Model<'_>) -> TokenStream {
    if model.relations.is_empty() {
        return TokenStream::new();
    }
    let count = Literal::usize_unsuffixed(model.relations.len());
    let definitions = each(model, |relation, _| definition(relation));
    quote! {
        static __RELATIONS: [__orm::RelationDef; #count] = [#(#definitions,)*];
    }
}

/// `RelationDef::new("posts", RelationKind::HasMany, <Post as Model>::model).via("author")`
fn definition(relation: &Relation<'_>) -> TokenStream {
    let Relation { ident, visibility: _, whole_type: _, kind, known_type: _, key: _, columns, .. } = relation;
    let Relation { via, through, cascade, passive_deletes, view_only, order_by, .. } = relation;
    let name = naming::plain(ident);
    let kind = Ident::new(kind.type_name(), Span::call_site());
    let target = target(relation);
    let mut code =
        quote!(__orm::RelationDef::new(#name, __orm::RelationKind::#kind, <#target as __orm::Model>::model));
    if !columns.is_empty() {
        let columns = list(columns.iter().copied());
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
    if let Some(Cascade { constants, span: _ }) = cascade {
        let mut constants = constants
            .iter()
            .map(|constant| Ident::new(constant, Span::call_site()))
            .map(|it| quote!(__orm::Cascade::#it));
        let first = constants.next();
        code.extend(quote!(.cascade(#first #(.with(#constants))*)));
    }
    if *passive_deletes {
        code.extend(quote!(.passive_deletes()));
    }
    if *view_only {
        code.extend(quote!(.view_only()));
    }
    if !order_by.is_empty() {
        let terms = order_by.iter().map(|(field, descending)| {
            let field = naming::plain(field);
            quote!((#field, #descending))
        });
        code.extend(quote!(.order_by(&[#(#terms),*])));
    }
    code
}

/// The model that a relation leads to.
fn target(relation: &Relation<'_>) -> TokenStream {
    let Relation { whole_type, known_type, .. } = relation;
    match known_type {
        Some(known) => {
            let model = known.model;
            quote!(#model)
        }
        None => quote!(<#whole_type as __orm::RelationField>::Target),
    }
}

/// The name of the relations struct, which shows in error messages.
fn struct_name(model: &Model<'_>) -> Ident {
    unused_name(model, format_ident!("{}Relations", naming::plain(&model.input.ident)))
}

/// The type of the relations.
pub(in super::super) fn struct_type(model: &Model<'_>) -> TokenStream {
    if model.relations.is_empty() {
        return quote!(__orm::NoRelations);
    }
    let name = struct_name(model);
    quote!(#name<__K>)
}

/// What the columns struct leads on to: one method for each relation.
pub(in super::super) fn relations_struct(model: &Model<'_>, columns: &Ident) -> TokenStream {
    if model.relations.is_empty() {
        return TokenStream::new();
    }
    let (name, visibility) = (struct_name(model), &model.input.vis);
    let methods = each(model, |relation, index| {
        let Relation { ident, visibility, .. } = relation;
        let target = target(relation);
        let (leads_to, method) = match relation.kind {
            RelationKind::HasMany | RelationKind::ManyToMany => (quote!(__orm::ToMany<#target>), "many"),
            RelationKind::BelongsTo if !is_optional(relation) => (quote!(__K::One<#target>), "one"),
            RelationKind::BelongsTo | RelationKind::HasOne => (quote!(__K::MaybeOne<#target>), "maybe_one"),
        };
        let method = Ident::new(method, Span::call_site());
        quote! {
            #visibility fn #ident(&self) -> #leads_to {
                self.0.#method::<#target>(#index)
            }
        }
    });
    quote! {
        #[derive(::core::clone::Clone, ::core::marker::Copy, ::core::fmt::Debug)]
        #visibility struct #name<__K: __orm::Kind>(__orm::At<__K>);
        #[automatically_derived]
        #[allow(dead_code)]
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

/// Whether the row that a `belongs_to` leads to may be missing.
fn is_optional(relation: &Relation<'_>) -> bool {
    relation.known_type.is_some_and(|known| known.optional)
}

/// The field of the columns struct that holds the relations.
pub(super) fn declared_field(model: &Model<'_>) -> TokenStream {
    if model.relations.is_empty() {
        return TokenStream::new();
    }
    let name = struct_name(model);
    quote!(__relations: #name<__K>,)
}

/// Its value.
pub(super) fn field(model: &Model<'_>) -> TokenStream {
    if model.relations.is_empty() {
        return TokenStream::new();
    }
    let name = struct_name(model);
    quote!(__relations: #name(at),)
}

/// `fn relations` of `impl Model`.
pub(super) fn relations(model: &Model<'_>) -> TokenStream {
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
pub(super) fn any_relations(model: &Model<'_>) -> TokenStream {
    if model.relations.is_empty() {
        return TokenStream::new();
    }
    let arms = |method: &'static str, borrow: TokenStream| {
        each(model, move |relation, index| {
            let ident = relation.ident;
            let method = Ident::new(method, Span::call_site());
            quote!(#index => ::core::option::Option::Some(__orm::RelationField::#method(#borrow self.#ident)))
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
pub(super) fn not_loaded(model: &Model<'_>) -> Vec<TokenStream> {
    each(model, |relation, _| {
        let ident = relation.ident;
        quote!(#ident: __orm::RelationField::not_loaded())
    })
}
