use orm::prelude::*;

#[derive(Model)]
struct User<'a> {
    #[orm(primary_key)]
    id: i64,
    name: &'a str,
}

fn main() {}
