#[orm(rename_all = "kebab-case")]
enum Status {
    Open,
    InReview,
    #[orm(rename = "done")]
    Closed,
}
