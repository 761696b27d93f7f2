use orm::prelude::*;

#[derive(Model)]
union Number {
    small: i32,
    large: i64,
}

fn main() {}
