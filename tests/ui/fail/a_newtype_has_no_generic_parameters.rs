use orm::prelude::*;

#[derive(ModelType)]
struct Email<T>(T);

fn main() {}
