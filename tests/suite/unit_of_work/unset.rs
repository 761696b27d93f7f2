//! Rule 25: at insert a value is not set, NULL, or a value.

use orm::prelude::*;
use uuid::Uuid;

use super::*;

#[derive(Model, Debug, Default, Clone, PartialEq)]
#[orm(table = "uow_settings")]
struct Setting {
    #[orm(primary_key)]
    id: i64,
    #[orm(server_default = "5")]
    auto: Auto<i32>,
    #[orm(server_default = "6")]
    auto_option: Auto<Option<i32>>,
    #[orm(server_default = "7")]
    option: Option<i32>,
    #[orm(default = 8)]
    rust_option: Option<i32>,
    #[orm(default = 9)]
    rust_auto: Auto<i32>,
    #[orm(default = "ten", length = 10)]
    text: Option<String>,
    plain_option: Option<i32>,
}

const SETTINGS: &str = "SELECT auto, auto_option, `option`, rust_option, rust_auto, text, plain_option FROM uow_settings ORDER BY id";

case!(rule_25_what_was_not_set_takes_its_default_and_comes_back, |db| {
    db.create::<(Setting,)>().await?;
    let mut session = db.session();
    let unset = session.add(Setting::default());
    session.commit().await?;
    assert_eq!(table(&db, SETTINGS).await?, "5 | 6 | 7 | 8 | 9 | ten | NULL");
    assert_eq!(
        session[unset],
        Setting {
            id: 1,
            auto: 5.into(),
            auto_option: Some(6).into(),
            option: Some(7),
            rust_option: Some(8),
            rust_auto: 9.into(),
            text: Some("ten".into()),
            plain_option: None,
        }
    );
    assert!(!session.is_modified(unset));
});

case!(rule_25_null_and_values_are_written_as_they_are, |db| {
    db.create::<(Setting,)>().await?;
    let mut session = db.session();
    let null = session.add(Setting { auto_option: None.into(), ..Default::default() });
    let set = session.add(Setting {
        id: 0,
        auto: 0.into(),
        auto_option: Some(0).into(),
        option: Some(0),
        rust_option: Some(0),
        rust_auto: 0.into(),
        text: Some(String::new()),
        plain_option: Some(0),
    });
    session.commit().await?;
    assert_eq!(table(&db, SETTINGS).await?, "5 | NULL | 7 | 8 | 9 | ten | NULL\n0 | 0 | 0 | 0 | 0 |  | 0");
    assert_eq!(session[null].auto_option, Auto::Set(None));
    // Once there is a row, NULL is a value like any other.
    session[set].option = None;
    session[set].rust_option = None;
    session[set].auto_option = None.into();
    session.commit().await?;
    assert_eq!(
        table(&db, SETTINGS).await?,
        "5 | NULL | 7 | 8 | 9 | ten | NULL\n0 | NULL | NULL | NULL | 0 |  | 0"
    );
});

case!(rule_25_rows_that_leave_different_columns_unset_stand_in_one_flush, |db| {
    db.create::<(Setting,)>().await?;
    let mut session = db.session();
    let mut handles = Vec::new();
    for number in 0..16 {
        handles.push(session.add(Setting {
            auto: if number & 1 == 0 { Auto::Unset } else { Auto::Set(number) },
            option: (number & 2 == 0).then_some(number),
            rust_auto: if number & 4 == 0 { Auto::Unset } else { Auto::Set(number) },
            plain_option: Some(number),
            ..Default::default()
        }));
    }
    session.commit().await?;
    for (number, handle) in (0..).zip(&handles) {
        let expected = Setting {
            id: session[handle].id,
            auto: Auto::Set(if number & 1 == 0 { 5 } else { number }),
            option: Some(if number & 2 == 0 { number } else { 7 }),
            rust_auto: Auto::Set(if number & 4 == 0 { 9 } else { number }),
            plain_option: Some(number),
            auto_option: Some(6).into(),
            rust_option: Some(8),
            text: Some("ten".into()),
        };
        assert_eq!(session[handle], expected);
        let stored: Option<Setting> = Setting::get(&mut db.engine().clone(), expected.id).await?;
        assert_eq!(stored, Some(expected));
    }
});

#[derive(Model, Debug, Default, Clone, PartialEq)]
#[orm(table = "uow_made")]
struct Made {
    #[orm(primary_key, default = Uuid::new_v4())]
    id: Uuid,
    #[orm(references = Made)]
    next: Option<Uuid>,
}

case!(a_key_with_a_default_is_made_before_the_plan, |db| {
    db.create::<(Made,)>().await?;
    let mut session = db.session();
    let made = session.add(Made::default());
    let given = session.add(Made { id: Uuid::from_u128(7), next: None });
    session.plan()?;
    let id = session[made].id;
    assert_ne!(id, Uuid::nil());
    session[given].next = Some(id);
    session.commit().await?;
    assert_eq!((session[made].id, session[given].id), (id, Uuid::from_u128(7)));
    assert_eq!(Made::get(&mut session, id).await?, Some(made));
});

case!(a_column_that_takes_no_null_and_was_not_set_is_named, |db| {
    db.create::<(Bare,)>().await?;
    let mut session = db.session();
    let bare = session.add(Bare::default());
    let error = refused(session.commit().await);
    assert_eq!(
        error.to_string(),
        "`Bare.value` cannot hold this value: nothing was set, and the column takes no NULL (make the field an \
         `Option`, or give it a default)"
    );
    session[bare].value = 1.into();
    session.commit().await?;
    assert_eq!(table(&db, "SELECT value FROM uow_bare").await?, "1");
});

#[derive(Model, Debug, Default, Clone, PartialEq)]
#[orm(table = "uow_bare")]
struct Bare {
    #[orm(primary_key)]
    id: i64,
    value: Auto<i32>,
}
