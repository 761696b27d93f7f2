//! Text and bytes.

use orm::prelude::*;
use orm::{ErrorKind, Value};

use super::{Numbered, numbered, refusal, round_trip};

#[derive(Model, Debug, Default, Clone, PartialEq)]
#[orm(table = "texts")]
struct Texts {
    #[orm(primary_key)]
    id: i64,
    any: String,
    maybe: Option<String>,
    #[orm(length = 3)]
    short: String,
    #[orm(length = 16000)]
    long: Option<String>,
}
numbered!(Texts);

case!(text_keeps_every_character, |db| {
    let odd = [
        "",
        " both ends ",
        "'; DROP TABLE texts; --",
        "\"`'\\%_*?[",
        "two\nlines\r\n\tand a tab",
        "a\0b",
        "0123",
        "1e5",
        "é is one, e\u{301} is two",
        "日本語 עברית",
        "😀👨‍👩‍👧",
        "\u{10FFFF}\u{FEFF}\u{FFFD}",
        "NULL",
    ];
    let mut rows = Vec::new();
    for text in odd {
        let short = text.chars().take(3).collect();
        rows.push(Texts { any: text.into(), maybe: Some(text.into()), short, ..Default::default() });
    }
    rows.push(Texts::default());
    rows.push(Texts { any: "ü".repeat(200_000), long: Some("😀".repeat(16_000)), ..Default::default() });
    round_trip(&db, rows).await?;
});

case!(a_length_counts_characters_and_not_bytes, |db| {
    db.create::<(Texts,)>().await?;
    let mut engine = db.engine().clone();
    for short in ["abc", "ééé", "日本語", "😀😀😀"] {
        let stored = Texts { short: short.into(), ..Default::default() }.insert(&mut engine).await?;
        assert_eq!(Texts::get(&mut engine, stored.id).await?.unwrap().short, short);
    }
    engine.query::<Texts>().filter(|t| t.short.eq("😀😀😀")).one().await?;
});

case!(text_that_is_too_long_is_refused, |db| {
    for short in ["abcd", "😀😀😀😀", "    "] {
        let reason = refusal(&db, Texts { short: short.into(), ..Default::default() }, "short").await?;
        assert_eq!(reason, "4 characters, and its length is 3");
    }
    let long = Texts { long: Some("x".repeat(16_001)), ..Default::default() };
    refusal(&db, long, "long").await?;
});

case!(a_refused_value_can_be_corrected, |db| {
    db.create::<(Texts,)>().await?;
    let mut session = db.session();
    let good = session.add(Texts { short: "abc".into(), ..Default::default() });
    let bad = session.add(Texts { short: "abcd".into(), ..Default::default() });
    assert!(matches!(session.commit().await.unwrap_err().kind(), ErrorKind::InvalidValue { .. }));
    session[bad].short.truncate(3);
    session.commit().await?;
    assert_eq!((session[good].id, session[bad].id), (1, 2));

    session[good].short = "longer".into();
    let error = session.flush().await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::InvalidValue { column, .. } if column == "short"), "{error}");
    session[good].short = "ab".into();
    session.commit().await?;
    assert_eq!(Texts::get(&mut db.engine().clone(), 1).await?.unwrap().short, "ab");
});

#[derive(Model, Debug, Default, Clone, PartialEq)]
#[orm(table = "words")]
struct Word {
    #[orm(primary_key)]
    id: i64,
    #[orm(length = 20, unique)]
    word: String,
}

case!(text_is_equal_only_to_itself, |db| {
    db.create::<(Word,)>().await?;
    let different = ["a", "A", "á", "a ", " a", "ａ", "ss", "ß"];
    let mut session = db.session();
    for word in different {
        session.add(Word { word: word.into(), ..Default::default() });
    }
    session.commit().await?;
    for word in different {
        let found = db.engine().query::<Word>().filter(|w| w.word.eq(word)).all().await?;
        assert_eq!(found.iter().map(|found| found.word.as_str()).collect::<Vec<_>>(), [word]);
    }
});

case!(text_sorts_by_code_point, |db| {
    db.create::<(Word,)>().await?;
    let sorted = ["", "A", "Z", "a", "aa", "ab", "b", "é", "日", "😀"];
    let mut session = db.session();
    session.add_all(sorted.iter().rev().map(|word| Word { word: (*word).into(), ..Default::default() }));
    session.commit().await?;
    let found = db.engine().query::<Word>().order_by(|w| w.word.asc()).all().await?;
    assert_eq!(found.iter().map(|word| word.word.as_str()).collect::<Vec<_>>(), sorted);
});

#[derive(Model, Debug, Default, Clone, PartialEq)]
#[orm(table = "binaries")]
struct Binary {
    #[orm(primary_key)]
    id: i64,
    any: Vec<u8>,
    maybe: Option<Vec<u8>>,
    #[orm(length = 4)]
    short: Vec<u8>,
}
numbered!(Binary);

case!(bytes_keep_every_bit, |db| {
    let every: Vec<u8> = (0..=255).collect();
    let rows = vec![
        Binary { any: every.clone(), maybe: Some(every), short: vec![0, 255, 0, 0], ..Default::default() },
        Binary {
            any: b"text".to_vec(),
            maybe: Some(Vec::new()),
            short: b"a\0 ".to_vec(),
            ..Default::default()
        },
        Binary { any: vec![0x80; 1_000_000], ..Default::default() },
        Binary::default(),
    ];
    round_trip(&db, rows).await?;
    let found = db.engine().query::<Binary>().filter(|b| b.short.eq(&[0, 255, 0, 0][..])).count().await?;
    assert_eq!(found, 1);
});

case!(empty_text_and_empty_bytes_are_not_null, |db| {
    db.create::<(Texts, Binary)>().await?;
    let mut engine = db.engine().clone();
    Texts { maybe: Some(String::new()), ..Default::default() }.insert(&mut engine).await?;
    Binary { maybe: Some(Vec::new()), ..Default::default() }.insert(&mut engine).await?;
    assert_eq!(db.value("SELECT COUNT(maybe) FROM texts").await?, Value::Int(1));
    assert_eq!(db.value("SELECT COUNT(maybe) FROM binaries").await?, Value::Int(1));
});

case!(bytes_that_are_too_many_are_refused, |db| {
    let reason = refusal(&db, Binary { short: vec![0; 5], ..Default::default() }, "short").await?;
    assert_eq!(reason, "5 bytes, and its length is 4");
});
