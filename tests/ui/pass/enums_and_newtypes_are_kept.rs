//! How enums and newtypes are written and read.

#![deny(warnings, missing_docs, unreachable_pub, missing_debug_implementations, rust_2018_idioms)]
#![deny(unused_qualifications, single_use_lifetimes, clippy::all, clippy::pedantic)]
#![forbid(unsafe_code, unused)]

use orm::prelude::*;
use orm::{ColumnType, SqlType, ValueRef};

#[derive(ModelEnum, Debug, PartialEq)]
enum Status {
    Open,
    InReview,
    #[orm(rename = "done")]
    Closed,
}

#[derive(ModelEnum, Debug, PartialEq)]
#[orm(rename_all = "SCREAMING_SNAKE_CASE")]
enum Loud {
    InReview,
    AVeryLongNameOfAVariantThatHasMoreThanSixtyFourCharactersInItsScreamingForm,
}

const HIGH: isize = 10;

#[derive(ModelEnum, Debug, PartialEq)]
#[orm(integer)]
enum Priority {
    Low = -1,
    Normal,
    High = HIGH,
    Higher,
}

#[derive(ModelEnum, Debug, PartialEq, Clone, Copy)]
#[orm(integer)]
#[repr(u8)]
enum Small {
    A,
    B = 0x10,
    C,
}

#[derive(ModelEnum, Debug, PartialEq)]
#[orm(integer)]
#[repr(i64)]
enum Large {
    A = 3_000_000_000,
}

#[derive(ModelType, Debug, PartialEq)]
#[orm(textual)]
struct Email(String);

#[derive(ModelType, Debug, PartialEq)]
struct Wrapped {
    inner: Email,
}

fn round_trip<T: ColumnType + PartialEq + std::fmt::Debug>(value: &T, kept: ValueRef<'_>) {
    assert_eq!(value.encode().as_ref(), kept);
    assert_eq!(&T::decode(kept).expect("what was written"), value);
}

fn refusal<T: ColumnType + std::fmt::Debug>(value: ValueRef<'_>) -> String {
    let mismatch = T::decode(value).expect_err("no such value");
    format!("{}: {}", mismatch.expected(), mismatch.found())
}

fn main() {
    round_trip(&Status::InReview, ValueRef::Text("in_review"));
    round_trip(&Status::Closed, ValueRef::Text("done"));
    round_trip(&Loud::InReview, ValueRef::Text("IN_REVIEW"));
    round_trip(&Priority::Low, ValueRef::Int(-1));
    round_trip(&Priority::Normal, ValueRef::Int(0));
    round_trip(&Priority::Higher, ValueRef::Int(11));
    round_trip(&Small::C, ValueRef::Int(0x11));
    round_trip(&Large::A, ValueRef::Int(3_000_000_000));
    round_trip(&Email("a".into()), ValueRef::Text("a"));
    round_trip(&Wrapped { inner: Email("a".into()) }, ValueRef::Text("a"));
    round_trip(&Some(Status::Open), ValueRef::Text("open"));
    round_trip(&None::<Small>, ValueRef::Null);

    assert_eq!(Status::TYPE, SqlType::Text { length: Some(64) });
    assert_eq!(Loud::TYPE, SqlType::Text { length: Some(92) });
    assert_eq!((Small::TYPE, Large::TYPE, Priority::TYPE), (SqlType::I32, SqlType::I64, SqlType::I64));
    assert_eq!(Wrapped::TYPE, String::TYPE);

    let text = "Status (one of `open`, `in_review`, `done`)";
    assert_eq!(refusal::<Status>(ValueRef::Text("Open")), format!("{text}: text that is none of them"));
    assert_eq!(refusal::<Status>(ValueRef::Int(1)), format!("{text}: an integer"));
    assert_eq!(
        refusal::<Small>(ValueRef::Int(1)),
        "Small (one of 0, 16, 17): an integer that is none of them"
    );
    let all = [Status::Open, Status::InReview, Status::Closed].len() + [Priority::Low, Priority::High].len();
    assert_eq!((all, Small::A as u8, Small::B as u8), (5, 0, 16));
    assert!(
        Loud::AVeryLongNameOfAVariantThatHasMoreThanSixtyFourCharactersInItsScreamingForm != Loud::InReview
    );
}
