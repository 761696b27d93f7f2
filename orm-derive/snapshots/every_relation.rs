#[orm(foreign_key(book, page, references = Page, fields = "book, number", on_delete = "set null"))]
#[orm(foreign_key(id, author_id, references = crate::Draft))]
struct Post {
    #[orm(primary_key)]
    id: i64,
    #[orm(references = crate::User)]
    author_id: i64,
    #[orm(belongs_to = "author_id", cascade = "")]
    author: orm::BelongsTo<User>,
    book: Option<i64>,
    page: Option<i32>,
    #[orm(belongs_to = "book, page", view_only)]
    r#match: MaybePage,
    #[orm(has_one, cascade = "save-update, merge, refresh-expire, expunge, delete, delete-orphan")]
    summary: HasOne<Summary>,
    #[orm(many_to_many, through = PostTag, via = "post_id", order_by = "name")]
    tags: ManyToMany<Tag>,
    #[orm(has_many, view_only, filter = visible)]
    shown: HasMany<Comment>,
    #[orm(has_many, cascade = "none")]
    comments: Comments,
}
