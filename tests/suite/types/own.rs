//! Enums, newtypes, and types that implement the traits themselves.

use orm::prelude::*;
use orm::{ColumnType, Encoded, Mismatch, Scalar, SqlType, Value, ValueRef};
use rust_decimal::Decimal;

use super::{Numbered, numbered, refusal, round_trip};

#[derive(ModelEnum, Clone, Copy, Debug, Default, PartialEq)]
enum Status {
    #[default]
    WaitingForReview,
    #[orm(rename = "done \"now\" 😀")]
    Done,
}

#[derive(ModelEnum, Clone, Copy, Debug, Default, PartialEq)]
#[orm(integer)]
enum Level {
    #[default]
    Low = -1,
    High = 2_000_000_000,
}

#[derive(ModelEnum, Clone, Copy, Debug, Default, PartialEq)]
#[orm(integer)]
#[allow(clippy::enum_clike_unportable_variant)]
enum Distance {
    #[default]
    Near,
    Far = i64::MAX as isize,
}

#[derive(ModelType, Clone, Debug, Default, PartialEq)]
#[orm(textual)]
struct Email(String);

#[derive(ModelType, Clone, Copy, Debug, Default, PartialEq)]
#[orm(numeric)]
struct Euros {
    amount: Decimal,
}

/// Degrees, kept as text of two numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Place {
    north: i16,
    east: i16,
}

impl Scalar for Place {}
impl ColumnType for Place {
    type Nullable = Option<Place>;
    const TYPE: SqlType = SqlType::Text { length: Some(15) };
    fn encode(&self) -> Encoded<'_> {
        Encoded::Owned(Value::Text(format!("{};{}", self.north, self.east).into()))
    }
    fn decode(value: ValueRef<'_>) -> Result<Self, Mismatch> {
        let ValueRef::Text(text) = value else { return Err(Mismatch::wrong_type("Place", value)) };
        let parts =
            text.split_once(';').and_then(|(north, east)| Some((north.parse().ok()?, east.parse().ok()?)));
        let (north, east) = parts.ok_or_else(|| Mismatch::new("Place", "text without two numbers"))?;
        Ok(Place { north, east })
    }
}

#[derive(Model, Debug, Default, Clone, PartialEq)]
#[orm(table = "owns")]
struct Own {
    #[orm(primary_key)]
    id: i64,
    status: Status,
    maybe_status: Option<Status>,
    level: Level,
    distance: Distance,
    #[orm(length = 20)]
    email: Email,
    maybe_email: Option<Email>,
    #[orm(precision = 8, scale = 2)]
    euros: Euros,
    place: Place,
    maybe_place: Option<Place>,
    #[orm(skip)]
    skipped: Vec<String>,
}
numbered!(Own);

fn all_set() -> Own {
    Own {
        status: Status::Done,
        maybe_status: Some(Status::Done),
        level: Level::High,
        distance: Distance::Far,
        email: Email("ann@example.org".into()),
        maybe_email: Some(Email("x".into())),
        euros: Euros { amount: Decimal::new(1050, 2) },
        place: Place { north: -90, east: 180 },
        maybe_place: Some(Place::default()),
        ..Default::default()
    }
}

case!(types_of_ones_own_come_back_as_they_were, |db| {
    round_trip(&db, vec![all_set(), Own::default()]).await?;
});

case!(types_of_ones_own_are_kept_in_a_readable_form, |db| {
    db.create::<(Own,)>().await?;
    all_set().insert(&mut db.engine().clone()).await?;
    let kept = db.rows("SELECT status, level, distance, email, place FROM owns").await?;
    let text = |text: &str| Value::Text(text.into());
    let expected = [
        text("done \"now\" 😀"),
        Value::Int(2_000_000_000),
        Value::Int(i64::MAX),
        text("ann@example.org"),
        text("-90;180"),
    ];
    assert_eq!(kept, [expected]);
    let other = Own::default().insert(&mut db.engine().clone()).await?;
    let kept = db.value(&format!("SELECT status FROM owns WHERE id = {}", other.id)).await?;
    assert_eq!(kept, text("waiting_for_review"));
});

case!(types_of_ones_own_take_part_in_filters, |db| {
    db.create::<(Own,)>().await?;
    let mut session = db.session();
    session.add_all([all_set(), Own::default()]);
    session.commit().await?;
    let query = || db.engine().query::<Own>();
    assert_eq!(query().filter(|o| o.status.eq(Status::Done)).count().await?, 1);
    assert_eq!(query().filter(|o| o.maybe_status.ne(Status::WaitingForReview)).count().await?, 1);
    assert_eq!(query().filter(|o| o.level.in_([Level::Low, Level::High])).count().await?, 2);
    assert_eq!(query().filter(|o| o.distance.eq(Distance::Far)).count().await?, 1);
    assert_eq!(query().filter(|o| o.email.ends_with("@example.org")).count().await?, 1);
    assert_eq!(query().filter(|o| o.maybe_email.eq(Email("x".into()))).count().await?, 1);
    let twelve = Euros { amount: Decimal::from(12) };
    let two = Euros { amount: Decimal::from(2) };
    assert_eq!(query().filter(|o| (o.euros + two).gt(twelve)).count().await?, 1);
    assert_eq!(query().filter(|o| o.place.eq(Place { north: -90, east: 180 })).count().await?, 1);
});

case!(the_limits_of_the_inner_type_hold, |db| {
    let long = Own { email: Email("a".repeat(21)), ..Default::default() };
    assert_eq!(refusal(&db, long, "email").await?, "21 characters, and its length is 20");
    let fine = Own { euros: Euros { amount: Decimal::new(1, 3) }, ..Default::default() };
    refusal(&db, fine, "euros").await?;
});

case!(a_skipped_field_is_no_column, |db| {
    db.create::<(Own,)>().await?;
    let stored = Own { skipped: vec!["kept in memory".into()], ..Default::default() };
    let stored = stored.insert(&mut db.engine().clone()).await?;
    assert_eq!(stored.skipped, ["kept in memory"]);
    assert_eq!(Own::get(&mut db.engine().clone(), stored.id).await?.unwrap().skipped, Vec::<String>::new());
});
