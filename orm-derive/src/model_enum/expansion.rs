//! The code of an enum that is right.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::quote;

use crate::naming;

use super::{Enumeration, Variants};

/// The length of the column, unless a variant is longer: room for variants to come, and short enough for every index.
const LENGTH: usize = 64;

/// The impls of `ColumnType` and `Scalar`.
pub(super) fn code(enumeration: &Enumeration<'_>) -> TokenStream {
    let Enumeration { ident, variants } = enumeration;
    let Parts { sql_type, expected, found, encode, known } = match variants {
        Variants::Text(variants) => text(ident, variants),
        Variants::Integer(variants) => integer(ident, variants),
    };
    quote! {
        const __EXPECTED: &str = #expected;
        #[automatically_derived]
        impl __orm::ColumnType for #ident {
            type Nullable = ::core::option::Option<Self>;
            const TYPE: __orm::SqlType = __orm::SqlType::#sql_type;
            fn encode(&self) -> __orm::Encoded<'_> {
                __orm::Encoded::Borrowed(#encode)
            }
            fn decode(value: __orm::ValueRef<'_>) -> __orm::Result<Self, __orm::Mismatch> {
                match value {
                    #known
                    #found
                    other => {
                        ::core::result::Result::Err(__orm::Mismatch::wrong_type(__EXPECTED, other))
                    }
                }
            }
        }
        #[automatically_derived]
        impl __orm::Scalar for #ident {}
    }
}

/// Where text and integer differ.
struct Parts {
    /// The variant of `SqlType`.
    sql_type: TokenStream,
    expected: String,
    /// The arm for a value of the right type that is none of the variants.
    found: TokenStream,
    encode: TokenStream,
    /// The arms for the variants.
    known: TokenStream,
}

fn text(ident: &Ident, variants: &[(&Ident, String)]) -> Parts {
    let longest = variants.iter().map(|(_, text)| text.chars().count()).max().unwrap_or(0);
    let length = Literal::usize_unsuffixed(longest.max(LENGTH));
    let quoted: Vec<String> = variants.iter().map(|(_, text)| format!("`{text}`")).collect();
    let names: Vec<&Ident> = variants.iter().map(|(name, _)| *name).collect();
    let texts: Vec<&String> = variants.iter().map(|(_, text)| text).collect();
    Parts {
        sql_type: quote!(Text { length: ::core::option::Option::Some(#length) }),
        expected: format!("{} (one of {})", naming::plain(ident), quoted.join(", ")),
        found: quote! {
            __orm::ValueRef::Text(_) => {
                ::core::result::Result::Err(__orm::Mismatch::new(__EXPECTED, "text that is none of them"))
            }
        },
        encode: quote! {
            __orm::ValueRef::Text(match self { #(Self::#names => #texts,)* })
        },
        known: quote! {
            #(__orm::ValueRef::Text(#texts) => ::core::result::Result::Ok(Self::#names),)*
        },
    }
}

fn integer(ident: &Ident, variants: &[(&Ident, Option<i64>)]) -> Parts {
    let numbers: Option<Vec<i64>> = variants.iter().map(|(_, number)| *number).collect();
    let is_small = numbers.iter().flatten().all(|number| i32::try_from(*number).is_ok());
    let sql_type = if numbers.is_some() && is_small { quote!(I32) } else { quote!(I64) };
    let shown: Vec<String> = match &numbers {
        Some(numbers) => numbers.iter().map(|number| number.to_string()).collect(),
        None => variants.iter().map(|(name, _)| format!("the number of `{}`", naming::plain(name))).collect(),
    };
    let names: Vec<&Ident> = variants.iter().map(|(name, _)| *name).collect();
    Parts {
        sql_type,
        expected: format!("{} (one of {})", naming::plain(ident), shown.join(", ")),
        found: quote! {
            __orm::ValueRef::Int(_) => {
                ::core::result::Result::Err(__orm::Mismatch::new(__EXPECTED, "an integer that is none of them"))
            }
        },
        encode: quote! {
            __orm::ValueRef::Int(match self { #(Self::#names => Self::#names as i64,)* })
        },
        known: quote! {
            #(__orm::ValueRef::Int(number) if number == Self::#names as i64 => ::core::result::Result::Ok(Self::#names),)*
        },
    }
}
