#[derive(Projection)]
#[orm(from = "models::User")]
pub struct Line {
    pub name: String,
    pub age: Option<i32>,
}
