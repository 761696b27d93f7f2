//! How names of Rust become names in the database: words, cases, plurals.

use syn::Ident;
use syn::ext::IdentExt;

/// A name as it is written without `r#`.
pub(crate) fn plain(ident: &Ident) -> String {
    ident.unraw().to_string()
}

/// `HttpServer` and `HTTPServer` in snake_case: `http_server`.
pub(crate) fn snake_case(name: &str) -> String {
    words(name).join("_")
}

/// The plural of a name in snake_case, by the rules of regular nouns: `user` is `users`, `box` is `boxes`, `category` is
/// `categories`; `person` is `persons`.
pub(crate) fn plural(name: &str) -> String {
    if let Some(stem) = name.strip_suffix('y')
        && !stem.ends_with(['a', 'e', 'i', 'o', 'u'])
    {
        return format!("{stem}ies");
    }
    let hisses = ["s", "x", "z", "ch", "sh"].iter().any(|end| name.ends_with(end));
    format!("{name}{}", if hisses { "es" } else { "s" })
}

/// "`a`, `b` or `c`", for messages.
pub(crate) fn one_of(names: &[&str]) -> String {
    let mut quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match (quoted.pop(), quoted.is_empty()) {
        (Some(last), false) => format!("{} or {last}", quoted.join(", ")),
        (last, _) => last.unwrap_or_default(),
    }
}

/// How the variants of an enum are written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Case {
    Snake,
    Lower,
    Upper,
    Kebab,
    ScreamingSnake,
    Camel,
    Pascal,
}

impl Case {
    /// Each case with the name that `rename_all` gives it.
    pub(crate) const ALL: [(&'static str, Case); 7] = [
        ("snake_case", Case::Snake),
        ("lowercase", Case::Lower),
        ("UPPERCASE", Case::Upper),
        ("kebab-case", Case::Kebab),
        ("SCREAMING_SNAKE_CASE", Case::ScreamingSnake),
        ("camelCase", Case::Camel),
        ("PascalCase", Case::Pascal),
    ];

    /// The name of a variant in this case.
    pub(crate) fn apply(self, variant: &str) -> String {
        let words = words(variant);
        match self {
            Case::Snake => words.join("_"),
            Case::Lower => words.concat(),
            Case::Upper => words.concat().to_uppercase(),
            Case::Kebab => words.join("-"),
            Case::ScreamingSnake => words.join("_").to_uppercase(),
            Case::Camel => {
                let mut name = String::new();
                for (position, word) in words.iter().enumerate() {
                    name.push_str(&if position == 0 { word.clone() } else { capitalized(word) });
                }
                name
            }
            Case::Pascal => words.iter().map(|word| capitalized(word)).collect(),
        }
    }
}

fn capitalized(word: &str) -> String {
    let mut characters = word.chars();
    match characters.next() {
        Some(first) => first.to_uppercase().chain(characters).collect(),
        None => String::new(),
    }
}

/// The words of a name in PascalCase or snake_case, in lower case. A word starts at an underscore, at a capital after a
/// small letter or a digit, and at the last of several capitals if a small letter follows it.
fn words(name: &str) -> Vec<String> {
    let characters: Vec<char> = name.chars().collect();
    let mut words: Vec<String> = Vec::new();
    let mut starts = true;
    for (position, character) in characters.iter().enumerate() {
        if *character == '_' {
            starts = true;
            continue;
        }
        if character.is_uppercase() && position > 0 {
            let after_capital = characters[position - 1].is_uppercase();
            let before_small = characters.get(position + 1).is_some_and(|next| next.is_lowercase());
            starts |= !after_capital || before_small;
        }
        if starts {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.extend(character.to_lowercase());
        }
        starts = false;
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_types_become_snake_case() {
        assert_eq!(snake_case("User"), "user");
        assert_eq!(snake_case("AddressLine"), "address_line");
        assert_eq!(snake_case("HTTPServer"), "http_server");
        assert_eq!(snake_case("Utf8Text"), "utf8_text");
        assert_eq!(snake_case("Sha256"), "sha256");
        assert_eq!(snake_case("Über"), "über");
        assert_eq!(snake_case("already_snake"), "already_snake");
        assert_eq!(snake_case("X"), "x");
    }

    #[test]
    fn regular_nouns_have_plurals() {
        for (one, many) in [
            ("user", "users"),
            ("category", "categories"),
            ("day", "days"),
            ("box", "boxes"),
            ("bus", "buses"),
            ("address", "addresses"),
            ("match", "matches"),
            ("dish", "dishes"),
            ("address_line", "address_lines"),
            ("y", "ies"),
        ] {
            assert_eq!(plural(one), many);
        }
    }

    #[test]
    fn irregular_nouns_are_not_known() {
        assert_eq!(plural("person"), "persons");
        assert_eq!(plural("child"), "childs");
    }

    #[test]
    fn variants_are_written_in_each_case() {
        let written: Vec<String> = Case::ALL.iter().map(|(_, case)| case.apply("InTransit")).collect();
        assert_eq!(
            written,
            ["in_transit", "intransit", "INTRANSIT", "in-transit", "IN_TRANSIT", "inTransit", "InTransit"]
        );
    }
}
