//! Where generated code stands, as far as the compiler and its messages know.
//!
//! A span is a place in the source and a context for names and lints. Code of ours at a place of the user's has the place
//! that a message should point at, and our context: lints leave it alone, and its local names are not the user's.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Type, Visibility};

/// The places of the first and the last token.
pub(crate) fn ends(tokens: TokenStream) -> (Span, Span) {
    let mut spans = tokens.into_iter().map(|token| (open(&token), close(&token)));
    let first = spans.next().unwrap_or((Span::call_site(), Span::call_site()));
    let last = spans.last().unwrap_or(first);
    (first.0, last.1)
}

/// The places of the ends of a type, for code of ours.
pub(crate) fn our_ends(of: &Type) -> (Span, Span) {
    let (first, last) = ends(of.to_token_stream());
    (ours(first), ours(last))
}

/// Code of ours at a place of the user's: found there by errors, but its names are ours.
pub(crate) fn ours(place: Span) -> Span {
    Span::call_site().located_at(place)
}

/// The name of a column that nobody queries is no mistake: the lint for dead code leaves fields of ours alone.
pub(crate) fn ident(ident: &Ident) -> Ident {
    let mut ident = ident.clone();
    ident.set_span(ours(ident.span()));
    ident
}

/// The start of a field is where its visibility is.
pub(crate) fn visibility(visibility: &Visibility) -> Visibility {
    let mut visibility = visibility.clone();
    match &mut visibility {
        Visibility::Public(token) => token.span = ours(token.span),
        Visibility::Restricted(restricted) => restricted.pub_token.span = ours(restricted.pub_token.span),
        Visibility::Inherited => {}
    }
    visibility
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
