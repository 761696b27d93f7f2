//! The code of the relations of a model. All of it goes through function pointers and the plain storage of a relation field,
//! so that models may refer to each other in any way and the compiler follows no chain of them.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};

use crate::keyword::Keyword;
use crate::model::Model;
use crate::model::definition::list;
use crate::model::expansion::unused_name;
use crate::naming;
use crate::place;
use crate::relation_type::RelationKind;

use super::rules::wrong_nullability;
use super::{Relation, Term, Through};

/// One piece of code for each relation, which gets the relation's position.
fn each(model: &Model<'_>, code: impl Fn(&Relation<'_>, Literal) -> TokenStream) -> Vec<TokenStream> {
    let numbered = model.relations.iter().enumerate();
    numbered.map(|(index, relation)| code(relation, Literal::usize_unsuffixed(index))).collect()
}

/// `static __RELATIONS`, if there are relations.
pub(in crate::model) fn definitions(model: &Model<'_>) -> TokenStream {
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
    let Relation { cascade, passive_deletes, view_only, order_by, .. } = relation;
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

/// The model that a relation leads to.
fn target(relation: &Relation<'_>) -> TokenStream {
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

/// The field of the columns struct that holds the relations.
pub(in crate::model) fn declared_field(model: &Model<'_>) -> TokenStream {
    if model.relations.is_empty() {
        return TokenStream::new();
    }
    let name = struct_name(model);
    quote!(__relations: #name<__K>,)
}

/// Its value.
pub(in crate::model) fn field(model: &Model<'_>) -> TokenStream {
    if model.relations.is_empty() {
        return TokenStream::new();
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
