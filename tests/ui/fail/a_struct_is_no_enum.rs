use orm::prelude::*;

#[derive(ModelEnum)]
struct Status {
    open: bool,
}

fn main() {}
