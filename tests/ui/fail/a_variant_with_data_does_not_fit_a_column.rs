use orm::prelude::*;

#[derive(ModelEnum)]
enum Status {
    Open,
    Closed { by: i64 },
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
