pub struct Account {
    #[orm(primary_key)]
    pub id: Option<i64>,
    #[orm(length = 0)]
    pub name: String,
}
