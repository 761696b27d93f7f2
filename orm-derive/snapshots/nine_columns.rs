/// A person who may sign in.
#[orm(index(team_id, name))]
pub struct Account {
    #[orm(primary_key)]
    pub id: i64,
    /// What the others see.
    #[orm(length = 50, unique)]
    pub name: String,
    pub email: Option<String>,
    pub age: Option<i32>,
    #[orm(references = Team, on_delete = "cascade")]
    pub team_id: i64,
    #[orm(default = true)]
    pub active: Auto<bool>,
    #[orm(precision = 12, scale = 2)]
    pub balance: Decimal,
    #[orm(server_default = "CURRENT_TIMESTAMP")]
    pub created_at: Auto<DateTime<Utc>>,
    #[orm(version)]
    pub version: i64,
}
