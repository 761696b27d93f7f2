#[derive(Projection)]
#[orm(from = User)]
struct Card {
    #[orm(colum = "name")]
    title: String,
}
