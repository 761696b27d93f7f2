#[orm(integer)]
enum Priority {
    Low = -1,
    Normal,
    High = 10,
}
