use orm::prelude::*;

#[derive(ModelEnum)]
#[orm(rename_all = "Train-Case")]
enum Status {
    Open,
    Closed,
}

#[derive(Model)]
struct Task {
    #[orm(primary_key)]
    id: i64,
    status: Status,
}

fn main() {
    let _ = |row: Cols<Task>| row.status.eq(Status::Open);
}
