#[derive(Projection)]
#[orm(from = User)]
struct Card {
    name: String,
    #[orm(column = "age")]
    years: Option<i32>,
    status: Status,
    #[orm(expr = |u| u.posts().count())]
    posts_count: i64,
    team: Option<TeamLine>,
    #[orm(depth = 3)]
    posts: Vec<PostLine>,
}
