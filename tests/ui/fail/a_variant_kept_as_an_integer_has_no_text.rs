use orm::prelude::*;

#[derive(ModelEnum)]
#[orm(integer)]
enum Status {
    Open,
    #[orm(rename = "done")]
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
