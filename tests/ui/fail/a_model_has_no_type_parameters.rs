use orm::prelude::*;

#[derive(Model)]
struct User<T> {
    #[orm(primary_key)]
    id: i64,
    value: T,
}

fn is_model<T: orm::Model>() {}

fn main() {
    is_model::<User<String>>();
}
