//! Functions of texts and bytes.

use orm::ErrorKind;
use orm::functions::value;

use super::*;

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

case!(letters_change_their_case_beyond_ascii, |db| {
    samples(&db).await?;
    gives!(db, |s| s.name.lower(), ("orm_lower(name)", "LOWER(name)"), [" éva ω ", "bob"]);
    gives!(db, |s| s.name.upper(), ("orm_upper(name)", "UPPER(name)"), [" ÉVA Ω ", "BOB"]);
    gives!(db, |s| s.nick.upper(), ("orm_upper(nick)", "UPPER(nick)"), [some("ABCAB"), None]);
    let sharp = value("straße ŉ".to_owned());
    gives!(db, |_| sharp.clone().upper(), ("orm_upper(?)", "UPPER(?)"), ["STRAßE ŉ"; 2]);
    let found = db.engine().query::<Sample>().filter(|s| s.name.trim().lower().eq("éva ω")).count().await?;
    assert_eq!(found, 1);
    let found = db.engine().query::<Sample>().filter(|s| s.name.lower().eq("Bob")).count().await?;
    assert_eq!(found, 0, "what functions give is compared by code point as well");
});

case!(blanks_are_trimmed, |db| {
    samples(&db).await?;
    gives!(db, |s| s.name.trim(), "TRIM(name)", ["Éva Ω", "bob"]);
    gives!(db, |s| s.name.trim_start(), "LTRIM(name)", ["Éva Ω ", "bob"]);
    gives!(db, |s| s.name.trim_end(), "RTRIM(name)", [" Éva Ω", "bob"]);
    let tab = value("\t x \n".to_owned());
    gives!(db, |_| tab.clone().trim(), "TRIM(?)", ["\t x \n", "\t x \n"]);
    gives!(db, |s| s.nick.trim(), "TRIM(nick)", [some("abcab"), None]);
});

case!(lengths_count_characters_or_bytes, |db| {
    samples(&db).await?;
    gives!(db, |s| s.name.length(), ("orm_length(name)", "CHAR_LENGTH(name)"), [7, 3]);
    gives!(db, |s| s.nick.length(), ("orm_length(nick)", "CHAR_LENGTH(nick)"), [Some(5), None]);
    gives!(db, |s| s.name.byte_length(), ("LENGTH(CAST(name AS BLOB))", "LENGTH(name)"), [9, 3]);
    gives!(db, |s| s.bytes.size(), ("LENGTH(CAST(bytes AS BLOB))", "LENGTH(bytes)"), [3, 0]);
    gives!(db, |s| s.bytes.hex(), "HEX(bytes)", ["00FF10", ""]);
    let nul = value("a\0😀".to_owned());
    gives!(db, |_| nul.clone().length(), ("orm_length(?)", "CHAR_LENGTH(?)"), [3, 3]);
});

case!(parts_of_texts_count_from_one, |db| {
    samples(&db).await?;
    let sql = ("orm_substring(name, ?, ?)", "SUBSTRING(name, GREATEST(?, 0), ?)");
    gives!(db, |s| s.name.substring(2, 3), sql, ["Éva", "ob"]);
    gives!(db, |s| s.name.substring(3, 100), sql, ["va Ω ", "b"]);
    gives!(db, |s| s.name.substring(0, 2), sql, ["", ""]);
    gives!(db, |s| s.name.substring(-2, 2), sql, ["", ""]);
    gives!(db, |s| s.name.substring(1, -1), sql, ["", ""]);
    gives!(db, |s| s.name.substring(50, 1), sql, ["", ""]);
    gives!(
        db,
        |s| s.nick.substring(s.maybe, 1),
        ("orm_substring(nick, maybe, ?)", "SUBSTRING(nick, GREATEST(maybe, 0), ?)"),
        [some(""), None]
    );
    gives!(db, |s| s.name.left(2), ("orm_left(name, ?)", "LEFT(name, ?)"), [" É", "bo"]);
    gives!(db, |s| s.name.left(-1), ("orm_left(name, ?)", "LEFT(name, ?)"), ["", ""]);
    gives!(db, |s| s.name.right(2), ("orm_right(name, ?)", "RIGHT(name, ?)"), ["Ω ", "ob"]);
    gives!(db, |s| s.name.right(9), ("orm_right(name, ?)", "RIGHT(name, ?)"), [" Éva Ω ", "bob"]);
});

case!(texts_are_replaced_found_and_put_together, |db| {
    samples(&db).await?;
    gives!(db, |s| s.name.replace("b", "\\'"), "REPLACE(name, ?, ?)", [" Éva Ω ", "\\'o\\'"]);
    gives!(db, |s| s.name.replace("", "x"), "REPLACE(name, ?, ?)", [" Éva Ω ", "bob"]);
    gives!(db, |s| s.nick.replace("ab", ""), "REPLACE(nick, ?, ?)", [some("c"), None]);
    gives!(db, |s| s.name.position("b"), "INSTR(name, ?)", [0, 1]);
    gives!(db, |s| s.name.position("B"), "INSTR(name, ?)", [0, 0]);
    gives!(db, |s| s.name.position("va"), "INSTR(name, ?)", [3, 0]);
    gives!(db, |s| s.name.position(""), "INSTR(name, ?)", [1, 1]);
    gives!(db, |s| s.nick.position("c"), "INSTR(nick, ?)", [Some(3), None]);
    gives!(
        db,
        |s| s.name.trim().concat("-").concat(s.count.cast::<String>()),
        (
            "((TRIM(name) || ?) || CAST(count AS TEXT))",
            "CONCAT(CONCAT(TRIM(name), ?), CAST(count AS CHAR) COLLATE utf8mb4_nopad_bin)",
            "CONCAT(CONCAT(TRIM(name), ?), CAST(count AS CHAR) COLLATE utf8mb4_0900_bin)"
        ),
        ["Éva Ω--7", "bob-3"]
    );
    gives!(db, |s| s.nick.concat("!"), ("(nick || ?)", "CONCAT(nick, ?)"), [some("abcab!"), None]);
});

case!(texts_are_filled_repeated_and_turned_round, |db| {
    samples(&db).await?;
    gives!(
        db,
        |s| s.name.pad_start(5, 'é'),
        ("orm_pad_start(name, ?, ?)", "LPAD(name, ?, ?)"),
        [" Éva ", "éébob"]
    );
    gives!(
        db,
        |s| s.name.pad_end(5, '\''),
        ("orm_pad_end(name, ?, ?)", "RPAD(name, ?, ?)"),
        [" Éva ", "bob''"]
    );
    gives!(db, |s| s.nick.pad_end(0, ' '), ("orm_pad_end(nick, ?, ?)", "RPAD(nick, ?, ?)"), [some(""), None]);
    gives!(db, |s| s.nick.repeat(2), ("orm_repeat(nick, ?)", "REPEAT(nick, ?)"), [some("abcababcab"), None]);
    gives!(db, |s| s.name.repeat(0), ("orm_repeat(name, ?)", "REPEAT(name, ?)"), ["", ""]);
    gives!(db, |s| s.name.reverse(), ("orm_reverse(name)", "REVERSE(name)"), [" Ω avÉ ", "bob"]);
});

case!(regular_expressions_are_those_of_the_server, |db| {
    samples(&db).await?;
    let query = |pattern: &'static str| {
        db.engine().query::<Sample>().order_by(|s| s.id.asc()).select(move |s| s.name.matches(pattern))
    };
    if db.backend().is_sqlite() {
        let error = query("x").all().await.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Unsupported { .. }), "{error}");
        assert_eq!(error.to_string(), "sqlite does not support a regular expression");
        return Ok(());
    }
    let sql = ("", "(name REGEXP ?)", "REGEXP_LIKE(name, ?, 'c')");
    gives!(db, |s| s.name.matches("^b.b$"), sql, [false, true]);
    gives!(db, |s| s.name.matches("^B"), sql, [false, false]);
    gives!(db, |s| s.name.matches("v[a-c]"), sql, [true, false]);
});

case!(the_first_of_several_that_is_not_null, |db| {
    samples(&db).await?;
    gives!(
        db,
        |s| s.nick.or_nullable(s.nick.upper()).or(s.name),
        ("COALESCE(nick, orm_upper(nick), name)", "COALESCE(nick, UPPER(nick), name)"),
        ["abcab", "bob"]
    );
});
