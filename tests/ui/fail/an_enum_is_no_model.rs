use orm::prelude::*;

#[derive(Model)]
enum Status {
    Open,
    Closed(i64),
}

fn main() {}
