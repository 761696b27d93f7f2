//! A Rust file in the three forms that the rules read: as it is, without comments, and without strings as well.
//!
//! Blanked characters become spaces and lines stay where they are, so that a position leads to its line in every
//! form. This is no parser: it knows comments, strings and character literals, and nothing else of the language.

/// A Rust file.
pub(crate) struct SourceText {
    /// From the root of the repository.
    pub(crate) path: String,
    /// As it is.
    pub(crate) whole: String,
    /// Without comments.
    pub(crate) uncommented: String,
    /// Without comments and without what is in strings and character literals.
    pub(crate) code: String,
}

impl SourceText {
    pub(crate) fn new(path: &str, whole: String) -> SourceText {
        let uncommented = blank(&whole, Strings::Stay);
        let code = blank(&whole, Strings::Go);
        SourceText { path: path.to_owned(), whole, uncommented, code }
    }

    /// How much of the text, in bytes, comes before the tests at the end of the file: `#[cfg(test)] mod tests {`.
    pub(crate) fn length_without_tests(&self) -> usize {
        let mut from = 0;
        while let Some(found) = self.code[from..].find("#[cfg(test)]") {
            let start = from + found;
            from = start + "#[cfg(test)]".len();
            if self.code[from..].trim_start().starts_with("mod tests {") {
                return start;
            }
        }
        self.code.len()
    }

    /// Whether the whole file is compiled for tests alone, as its name says.
    pub(crate) fn is_for_tests(&self) -> bool {
        self.path.ends_with("/tests.rs") || self.path.contains("/src/tests/") || self.path.contains("/tests/")
    }
}

/// The number of the line, from one, that a position in bytes is on.
pub(crate) fn line_of(text: &str, position: usize) -> usize {
    text.as_bytes()[..position].iter().filter(|byte| **byte == b'\n').count() + 1
}

/// Whether a character can be part of a name.
pub(crate) fn in_a_name(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// Where `word` stands as a word of its own, in bytes.
pub(crate) fn words<'text>(text: &'text str, word: &'text str) -> impl Iterator<Item = usize> + 'text {
    text.match_indices(word).map(|(position, _)| position).filter(move |position| {
        !text[..*position].ends_with(in_a_name) && !text[position + word.len()..].starts_with(in_a_name)
    })
}

#[derive(Clone, Copy, PartialEq)]
enum Strings {
    Stay,
    Go,
}

/// Replaces comments, and strings if they are to go, by as many bytes of spaces.
fn blank(source: &str, strings: Strings) -> String {
    let mut blanked = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(first) = rest.chars().next() {
        let previous_in_a_name = blanked.ends_with(in_a_name);
        let (length, goes) = if rest.starts_with("//") {
            (rest.find('\n').unwrap_or(rest.len()), true)
        } else if rest.starts_with("/*") {
            (block_comment(rest), true)
        } else if let Some(length) = raw_string(rest).filter(|_| !previous_in_a_name) {
            (length, strings == Strings::Go)
        } else if first == '"' {
            (string(rest), strings == Strings::Go)
        } else if first == '\'' {
            match character(rest) {
                Some(length) => (length, strings == Strings::Go),
                None => (1, false),
            }
        } else {
            (first.len_utf8(), false)
        };
        let (piece, tail) = rest.split_at(length);
        if goes {
            blanked.extend(piece.bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }));
        } else {
            blanked.push_str(piece);
        }
        rest = tail;
    }
    blanked
}

/// The length of the block comment, which may hold others, that the text starts with.
fn block_comment(text: &str) -> usize {
    let mut depth = 0;
    let mut position = 0;
    while position < text.len() {
        let here = &text.as_bytes()[position..];
        let step = match here {
            [b'/', b'*', ..] => {
                depth += 1;
                2
            }
            [b'*', b'/', ..] => {
                depth -= 1;
                2
            }
            _ => 1,
        };
        position += step;
        if depth == 0 {
            return position;
        }
    }
    text.len()
}

/// The length of the raw string that the text starts with, if it starts with one: `r"`, `r#"`, `br##"`, `cr"`.
fn raw_string(text: &str) -> Option<usize> {
    let after_r = ["r", "br", "cr"].iter().find_map(|start| text.strip_prefix(start))?;
    let content = after_r.trim_start_matches('#');
    let hashes = after_r.len() - content.len();
    let content = content.strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    let content_start = text.len() - content.len();
    Some(content.find(&end).map_or(text.len(), |found| content_start + found + end.len()))
}

/// The length of the string that the text starts with.
fn string(text: &str) -> usize {
    let mut escaped = false;
    for (position, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return position + 1,
            _ => {}
        }
    }
    text.len()
}

/// The length of the character literal that the text starts with, if its quote is not that of a lifetime.
fn character(text: &str) -> Option<usize> {
    let content = &text[1..];
    let (escape, content) = match content.strip_prefix('\\') {
        Some(escaped) => (1, escaped),
        None => (0, content),
    };
    // The first character itself may be a quote; an escape such as `\u{e9}` goes on behind it.
    let first = content.chars().next()?.len_utf8();
    let rest = match escape {
        0 => content[first..].starts_with('\'').then_some(0),
        _ => content[first..].find('\''),
    }?;
    Some(1 + escape + first + rest + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(source: &str) -> String {
        blank(source, Strings::Go)
    }

    #[test]
    fn comments_go_and_lines_stay() {
        assert_eq!(code("a // b\nc"), "a     \nc");
        assert_eq!(code("a /* b /* c */ \n d */ e"), "a              \n      e");
        assert_eq!(blank("\"//\" // x", Strings::Stay), "\"//\"     ");
    }

    #[test]
    fn strings_of_every_kind_go() {
        assert_eq!(code(r#"f("a\"b", c)"#), "f(      , c)");
        assert_eq!(code(r##"f(r#"a"b"#, c)"##), "f(        , c)");
        assert_eq!(code("f(br\"\\\", c)"), "f(     , c)");
    }

    #[test]
    fn character_literals_go_and_lifetimes_stay() {
        assert_eq!(code("('\"', '\\'', 'x')"), "(   ,     ,    )");
        assert_eq!(code("&'a str, 'b"), "&'a str, 'b");
    }

    #[test]
    fn a_raw_name_is_no_raw_string() {
        assert_eq!(code("r#type = for\"x\""), "r#type = for   ");
    }

    #[test]
    fn the_length_in_bytes_does_not_change() {
        let source = "// é\nlet é = \"ü\"; 'ß'";
        assert_eq!(code(source).len(), source.len());
    }

    #[test]
    fn tests_at_the_end_are_found_and_other_test_items_are_not() {
        let source =
            SourceText::new("x.rs", "#[cfg(test)]\nuse a;\nfn b() {}\n#[cfg(test)]\nmod tests {\n}\n".into());
        assert_eq!(&source.whole[source.length_without_tests()..], "#[cfg(test)]\nmod tests {\n}\n");
    }

    #[test]
    fn a_word_is_no_part_of_a_longer_name() {
        assert_eq!(words("unsafe_code unsafe is_unsafe", "unsafe").collect::<Vec<_>>(), [12]);
        assert_eq!(line_of("a\nb\nc", 4), 3);
    }
}
