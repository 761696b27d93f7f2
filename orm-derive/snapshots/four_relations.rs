/// A person who may sign in.
#[orm(index(team_id, name))]
pub struct Account {
    #[orm(primary_key)]
    pub id: i64,
    #[orm(length = 50, unique)]
    pub name: String,
    pub email: Option<String>,
    pub age: Option<i32>,
    #[orm(references = Team, on_delete = "cascade")]
    pub team_id: i64,
    #[orm(belongs_to = "team_id")]
    pub team: BelongsTo<Team>,
    #[orm(references = Account)]
    pub mentor_id: Option<i64>,
    #[orm(belongs_to = "mentor_id")]
    pub mentor: BelongsTo<Option<Account>>,
    #[orm(precision = 12, scale = 2)]
    pub balance: Decimal,
    #[orm(server_default = "CURRENT_TIMESTAMP")]
    pub created_at: Auto<DateTime<Utc>>,
    #[orm(version)]
    pub version: i64,
    #[orm(has_many, cascade = "all, delete-orphan", via = "author", order_by = "title, -id", passive_deletes)]
    pub posts: HasMany<Post>,
    #[orm(many_to_many, through = "account_tags")]
    pub tags: ManyToMany<Tag>,
}
