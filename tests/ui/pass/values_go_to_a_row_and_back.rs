//! The accessors of a derived model: values, defaults, and what counts as not set.

#![deny(warnings, missing_docs, unreachable_pub, missing_debug_implementations, rust_2018_idioms)]
#![deny(unused_qualifications, single_use_lifetimes, clippy::all, clippy::pedantic)]
#![forbid(unsafe_code, unused)]

use orm::definition::Row;
use orm::prelude::*;
use orm::{AnyModel, ValueRef};

const COLUMN: i32 = 5;

#[derive(Model, Debug, PartialEq)]
struct Setting {
    #[orm(primary_key, default = 40 + 2)]
    key: i32,
    #[orm(default = column())]
    optional: Option<i32>,
    #[orm(default = "text")]
    automatic: Auto<String>,
    #[orm(default = COLUMN)]
    both: Auto<Option<i32>>,
    plain: bool,
    #[orm(skip)]
    skipped: Vec<u8>,
}

fn column() -> i32 {
    COLUMN
}

fn main() {
    let row = [ValueRef::Int(1), ValueRef::Null, ValueRef::Text("a"), ValueRef::Null, ValueRef::Int(1)];
    let mut setting = Setting::read(Row::new(&row, Setting::model())).expect("the row fits");
    let expected = Setting {
        key: 1,
        optional: None,
        automatic: Auto::Set("a".into()),
        both: Auto::Set(None),
        plain: true,
        skipped: Vec::new(),
    };
    assert_eq!(setting, expected);
    for (index, value) in row.into_iter().enumerate() {
        let index = u16::try_from(index).expect("five columns");
        assert_eq!(setting.value(index).as_ref(), value);
    }

    assert!(setting.is_unset(1) && !setting.is_unset(0) && !setting.is_unset(3) && !setting.is_unset(4));
    setting.both = Auto::Unset;
    setting.automatic = Auto::Unset;
    assert!(setting.is_unset(2) && setting.is_unset(3));
    for index in 0..5 {
        setting.set_default(index);
    }
    assert_eq!((setting.key, setting.optional), (42, Some(COLUMN)));
    assert_eq!(
        (setting.automatic.get(), setting.both.get()),
        (Some(&"text".to_owned()), Some(&Some(COLUMN)))
    );

    setting.set_value(1, ValueRef::Int(9)).expect("an integer");
    assert_eq!(setting.optional, Some(9));
    assert!(setting.set_value(4, ValueRef::Text("no")).is_err());
    assert!(setting.value(99).as_ref().is_null() && !setting.is_unset(99));

    let row = [ValueRef::Text("x"); 5];
    let error = Setting::read(Row::new(&row, Setting::model())).expect_err("the key is no text");
    assert!(error.to_string().contains("Setting") && error.to_string().contains("key"), "{error}");
}
