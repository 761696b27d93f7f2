use orm::prelude::*;

#[derive(ModelEnum)]
enum Status {}

fn main() {}
