use orm::prelude::*;

#[derive(Model)]
struct User {
    #[orm(primary_key)]
    id: i64,
    name: String,
    age: Option<i32>,
    #[orm(references = Team)]
    team_id: Option<i64>,
    #[orm(belongs_to = "team_id")]
    team: BelongsTo<Option<Team>>,
    #[orm(has_many)]
    posts: HasMany<Post>,
}

#[derive(Model)]
struct Team {
    #[orm(primary_key)]
    id: i64,
    title: String,
}

#[derive(Model)]
struct Post {
    #[orm(primary_key)]
    id: i64,
    title: String,
    #[orm(references = User)]
    author_id: i64,
    #[orm(belongs_to = "author_id")]
    author: BelongsTo<User>,
}

#[derive(Projection)]
#[orm(from = User)]
struct Card {
    #[orm(column = "users.name")]
    title: String,
}

fn main() {}
