use orm::prelude::*;

#[derive(ModelEnum)]
enum Status<const N: usize> {
    Open,
    Closed,
}

fn main() {}
