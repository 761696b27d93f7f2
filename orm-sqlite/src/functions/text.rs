//! Functions of texts. They count characters (Unicode scalar values), and a NUL is one like any other.

use orm_core::value::{Value, ValueRef};

use super::{LONGEST_TEXT, as_integer, as_text};

type Outcome = Result<Value, &'static str>;

fn text(text: impl Into<Box<str>>) -> Outcome {
    Ok(Value::Text(text.into()))
}

/// The one character that another becomes; itself where it would become several, as on the servers.
fn single(character: char, mut others: impl Iterator<Item = char>) -> char {
    match (others.next(), others.next()) {
        (Some(other), None) => other,
        _ => character,
    }
}

pub(super) fn lower(arguments: &[ValueRef<'_>]) -> Outcome {
    let characters = as_text(arguments[0]);
    text(characters.chars().map(|character| single(character, character.to_lowercase())).collect::<String>())
}

pub(super) fn upper(arguments: &[ValueRef<'_>]) -> Outcome {
    let characters = as_text(arguments[0]);
    text(characters.chars().map(|character| single(character, character.to_uppercase())).collect::<String>())
}

pub(super) fn length(arguments: &[ValueRef<'_>]) -> Outcome {
    Ok(Value::Int(as_text(arguments[0]).chars().count() as i64))
}

/// Where so many characters end.
fn end_of(text: &str, count: usize) -> usize {
    text.char_indices().nth(count).map_or(text.len(), |(position, _)| position)
}

fn count(value: ValueRef<'_>) -> usize {
    usize::try_from(as_integer(value)).unwrap_or(0)
}

pub(super) fn substring(arguments: &[ValueRef<'_>]) -> Outcome {
    let (whole, start) = (as_text(arguments[0]), count(arguments[1]));
    if start == 0 {
        return text("");
    }
    let rest = &whole[end_of(&whole, start - 1)..];
    text(&rest[..end_of(rest, count(arguments[2]))])
}

pub(super) fn left(arguments: &[ValueRef<'_>]) -> Outcome {
    let whole = as_text(arguments[0]);
    text(&whole[..end_of(&whole, count(arguments[1]))])
}

pub(super) fn right(arguments: &[ValueRef<'_>]) -> Outcome {
    let whole = as_text(arguments[0]);
    let left_out = whole.chars().count().saturating_sub(count(arguments[1]));
    text(&whole[end_of(&whole, left_out)..])
}

pub(super) fn repeat(arguments: &[ValueRef<'_>]) -> Outcome {
    let (part, times) = (as_text(arguments[0]), count(arguments[1]));
    if part.len().saturating_mul(times) > LONGEST_TEXT {
        return Err("a text is repeated beyond the longest that SQLite keeps");
    }
    text(part.repeat(times))
}

pub(super) fn reverse(arguments: &[ValueRef<'_>]) -> Outcome {
    text(as_text(arguments[0]).chars().rev().collect::<String>())
}

/// What is missing to so many characters; none where the text is as long already, and is cut.
fn padding(arguments: &[ValueRef<'_>]) -> Result<(String, Option<String>), &'static str> {
    let (whole, wanted, filler) = (as_text(arguments[0]), count(arguments[1]), as_text(arguments[2]));
    let missing = wanted.saturating_sub(whole.chars().count());
    if missing == 0 {
        return Ok((whole[..end_of(&whole, wanted)].to_owned(), None));
    }
    if missing > LONGEST_TEXT / 4 {
        return Err("a text is filled beyond the longest that SQLite keeps");
    }
    Ok((whole.into_owned(), Some(filler.chars().cycle().take(missing).collect())))
}

pub(super) fn pad_start(arguments: &[ValueRef<'_>]) -> Outcome {
    let (whole, missing) = padding(arguments)?;
    text(missing.unwrap_or_default() + &whole)
}

pub(super) fn pad_end(arguments: &[ValueRef<'_>]) -> Outcome {
    let (whole, missing) = padding(arguments)?;
    text(whole + &missing.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn called(call: super::super::Call, arguments: &[ValueRef<'_>]) -> String {
        match call(arguments) {
            Ok(Value::Text(text)) => text.into(),
            Ok(other) => other.to_string(),
            Err(message) => message.to_owned(),
        }
    }

    #[test]
    fn letters_change_their_case_one_for_one() {
        assert_eq!(called(lower, &[ValueRef::Text("ÉVA Ω")]), "éva ω");
        assert_eq!(called(upper, &[ValueRef::Text("éva ß")]), "ÉVA ß");
    }

    #[test]
    fn parts_of_texts_count_characters_and_end_where_the_text_does() {
        let part = |start, count| {
            called(substring, &[ValueRef::Text("é\0ab"), ValueRef::Int(start), ValueRef::Int(count)])
        };
        assert_eq!(part(1, 2), "é\0");
        assert_eq!(part(2, 100), "\0ab");
        assert_eq!(part(5, 1), "");
        assert_eq!(part(0, 2), "");
        assert_eq!(part(-1, 2), "");
        assert_eq!(part(1, -2), "");
        assert_eq!(called(right, &[ValueRef::Text("日本語"), ValueRef::Int(2)]), "本語");
        assert_eq!(called(left, &[ValueRef::Text("日本語"), ValueRef::Int(9)]), "日本語");
    }

    #[test]
    fn a_padded_text_has_exactly_so_many_characters() {
        let arguments = |wanted| [ValueRef::Text("é7"), ValueRef::Int(wanted), ValueRef::Text("0")];
        assert_eq!(called(pad_start, &arguments(4)), "00é7");
        assert_eq!(called(pad_end, &arguments(4)), "é700");
        assert_eq!(called(pad_start, &arguments(1)), "é");
        assert_eq!(called(pad_end, &arguments(0)), "");
    }
}
