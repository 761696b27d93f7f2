//! Reads `#[orm(..)]`: a list of names, each alone, with a value behind `=`, or with a list in parentheses. What a name
//! means is decided by the caller; here a name is known at its place, stands there once, and has the form it needs.

use std::fmt::Display;
use std::str::FromStr;

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Attribute, Expr, ExprLit, Ident, Lit, LitStr, Meta, Path, Token, parenthesized};

use crate::errors::Errors;
use crate::keyword::Keyword;
use crate::naming;
use crate::nearest::nearest;

/// A known name with what was written behind it.
pub(crate) struct Item<K> {
    pub(crate) keyword: K,
    /// The name as it stands in the source.
    pub(crate) name: Ident,
    argument: Argument,
}

/// What is written behind a name.
enum Argument {
    Nothing,
    Value(Expr),
    List(TokenStream),
}

/// Reads every `#[orm(..)]` among the attributes.
pub(crate) fn read<K: Keyword>(attributes: &[Attribute], errors: &mut Errors) -> Vec<Item<K>> {
    let mut items: Vec<Item<K>> = Vec::new();
    for attribute in attributes {
        if !attribute.path().is_ident("orm") {
            continue;
        }
        match &attribute.meta {
            Meta::List(list) => read_list(list.tokens.clone(), K::ALL, K::PLACE, &mut items, errors),
            Meta::Path(_) | Meta::NameValue(_) => {
                let example = K::ALL.first().map_or("..", |first| first.example());
                errors.on(&attribute.meta, format!("write `#[orm(..)]`, as in `#[orm({example})]`"));
            }
        }
    }
    items
}

fn read_list<K: Keyword>(
    tokens: TokenStream,
    known: &[K],
    place: &str,
    items: &mut Vec<Item<K>>,
    errors: &mut Errors,
) {
    let mut written = Vec::new();
    // What was read before a syntax error still counts.
    let _ = errors.absorb((|input: ParseStream<'_>| parse_list(input, &mut written)).parse2(tokens));
    for (name, argument) in written {
        let Some(keyword) = known.iter().copied().find(|keyword| keyword.name() == naming::plain(&name))
        else {
            errors.at(name.span(), unknown(&name, known, place));
            continue;
        };
        let twice = items.iter().any(|item| item.keyword == keyword) && !keyword.is_repeatable();
        if twice {
            errors.at(name.span(), format!("`{name}` is given twice"));
            continue;
        }
        match argument {
            Argument::List(inside) if !keyword.inside().is_empty() => {
                items.push(Item { keyword, name, argument: Argument::Nothing });
                let place = format!("in `{}(..)`", keyword.name());
                read_list(inside, keyword.inside(), &place, items, errors);
            }
            argument => items.push(Item { keyword, name, argument }),
        }
    }
}

fn parse_list(input: ParseStream<'_>, written: &mut Vec<(Ident, Argument)>) -> syn::Result<()> {
    while !input.is_empty() {
        let name = input.call(Ident::parse_any)?;
        let argument = if input.peek(Token![=]) {
            input.parse::<Token![=]>()?;
            Argument::Value(input.parse()?)
        } else if input.peek(syn::token::Paren) {
            let list;
            parenthesized!(list in input);
            Argument::List(list.parse()?)
        } else {
            Argument::Nothing
        };
        written.push((name, argument));
        if !input.is_empty() {
            input.parse::<Token![,]>()?;
        }
    }
    Ok(())
}

fn unknown<K: Keyword>(name: &Ident, known: &[K], place: &str) -> String {
    let plain = naming::plain(name);
    if let Some(elsewhere) = K::elsewhere(&plain) {
        return format!("`{name}` stands {elsewhere}");
    }
    match nearest(&plain, known.iter().map(|keyword| keyword.name())) {
        Some(meant) => format!("unknown attribute `{name}`; did you mean `{meant}`?"),
        None => {
            let names: Vec<String> = known.iter().map(|keyword| format!("`{}`", keyword.name())).collect();
            format!("unknown attribute `{name}`; known {place}: {}", names.join(", "))
        }
    }
}

impl<K: Keyword> Item<K> {
    pub(crate) fn span(&self) -> Span {
        self.name.span()
    }

    /// The place of what is written behind the name.
    pub(crate) fn value_span(&self) -> Span {
        match &self.argument {
            Argument::Nothing => self.name.span(),
            Argument::Value(value) => value.span(),
            Argument::List(list) => list.span(),
        }
    }

    /// Checks that the name stands alone.
    pub(crate) fn flag(&self, errors: &mut Errors) {
        if !matches!(self.argument, Argument::Nothing) {
            let _: Option<()> = self.misses("takes no value", errors);
        }
    }

    /// The text behind `=`, which may be empty.
    pub(crate) fn any_text(&self, errors: &mut Errors) -> Option<LitStr> {
        match self.literal() {
            Some(Lit::Str(text)) => Some(text.clone()),
            _ => self.misses("takes a string", errors),
        }
    }

    /// The text behind `=`, which must not be empty.
    pub(crate) fn text(&self, errors: &mut Errors) -> Option<LitStr> {
        let text = self.any_text(errors)?;
        if text.value().trim().is_empty() {
            errors.at(text.span(), format!("`{}` is empty", self.keyword.name()));
            return None;
        }
        Some(text)
    }

    /// Whether a path stands behind `=`.
    pub(crate) fn is_path(&self) -> bool {
        matches!(self.value(), Some(Expr::Path(_)))
    }

    /// The whole number behind `=`.
    pub(crate) fn number<N: FromStr<Err: Display>>(&self, errors: &mut Errors) -> Option<N> {
        let Some(Lit::Int(number)) = self.literal() else {
            return self.misses("takes a whole number", errors);
        };
        errors.absorb(number.base10_parse())
    }

    /// The `true` or `false` behind `=`.
    pub(crate) fn boolean(&self, errors: &mut Errors) -> Option<bool> {
        match self.literal() {
            Some(Lit::Bool(boolean)) => Some(boolean.value),
            _ => self.misses("takes `true` or `false`", errors),
        }
    }

    /// The path behind `=`.
    pub(crate) fn path(&self, errors: &mut Errors) -> Option<Path> {
        match self.value() {
            Some(Expr::Path(path)) if path.qself.is_none() => Some(path.path.clone()),
            _ => self.misses("takes a path", errors),
        }
    }

    /// The expression behind `=`.
    pub(crate) fn expression(&self, errors: &mut Errors) -> Option<Expr> {
        match self.value() {
            Some(value) => Some(value.clone()),
            None => self.misses("takes an expression", errors),
        }
    }

    /// The names in the parentheses, at least one.
    pub(crate) fn names(&self, errors: &mut Errors) -> Option<Vec<Ident>> {
        let Argument::List(list) = &self.argument else {
            return self.misses("takes names in parentheses", errors);
        };
        let parser = Punctuated::<Ident, Token![,]>::parse_terminated;
        let names: Vec<Ident> = errors.absorb(parser.parse2(list.clone()))?.into_iter().collect();
        if names.is_empty() { self.misses("takes names in parentheses", errors) } else { Some(names) }
    }

    /// What stands in the parentheses: names alone, and names with a value.
    pub(crate) fn parts(&self, errors: &mut Errors) -> Option<Vec<(Ident, Option<Expr>)>> {
        let Argument::List(list) = &self.argument else {
            return self.misses("takes a list in parentheses", errors);
        };
        let mut written = Vec::new();
        errors.absorb((|input: ParseStream<'_>| parse_list(input, &mut written)).parse2(list.clone()))?;
        let mut parts = Vec::new();
        for (name, argument) in written {
            match argument {
                Argument::Nothing => parts.push((name, None)),
                Argument::Value(value) => parts.push((name, Some(ungrouped(&value).clone()))),
                Argument::List(list) => {
                    let example = self.keyword.example();
                    errors.on(list, format!("a list in a list: write `{example}`"));
                    return None;
                }
            }
        }
        Some(parts)
    }

    fn value(&self) -> Option<&Expr> {
        match &self.argument {
            Argument::Value(value) => Some(ungrouped(value)),
            Argument::Nothing | Argument::List(_) => None,
        }
    }

    fn literal(&self) -> Option<&Lit> {
        match self.value() {
            Some(Expr::Lit(ExprLit { lit, .. })) => Some(lit),
            _ => None,
        }
    }

    /// Says what the name takes, under what stands there instead.
    fn misses<T>(&self, takes: &str, errors: &mut Errors) -> Option<T> {
        let Item { keyword, name, argument } = self;
        let written: &dyn ToTokens = match argument {
            Argument::Nothing => name,
            Argument::Value(value) => value,
            Argument::List(list) if list.is_empty() => name,
            Argument::List(list) => list,
        };
        let message = format!("`{}` {takes}: write `{}`", keyword.name(), keyword.example());
        errors.on(written.to_token_stream(), message);
        None
    }
}

/// A literal that came through a `macro_rules!` macro is in a group that nobody sees.
fn ungrouped(value: &Expr) -> &Expr {
    match value {
        Expr::Group(group) => ungrouped(&group.expr),
        other => other,
    }
}
