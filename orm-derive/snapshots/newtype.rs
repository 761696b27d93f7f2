#[orm(textual)]
pub struct Email(String);
