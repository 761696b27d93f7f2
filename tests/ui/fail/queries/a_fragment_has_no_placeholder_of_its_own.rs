use orm::prelude::*;


#[derive(Model)]
struct User {
    #[orm(primary_key)]
    id: i64,
    name: String,
    age: Option<i32>,
    points: i64,
}

async fn mistake(engine: AnyEngine) -> orm::Result<()> {
    engine.query::<User>().filter(|_| sql!("1 = ?")).all().await?;
    Ok(())
}

fn main() {}
