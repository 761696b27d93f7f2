use orm::prelude::*;

#[derive(ModelEnum)]
#[orm(integer)]
#[repr(u64)]
enum Status {
    Open,
    Closed = 0xFFFF_FFFF_FFFF_FFFF,
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
