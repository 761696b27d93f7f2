//! Errors of names that are not known: what there is, and what was probably meant.

use crate::error::Error;

/// `what` is as in "`User` has no column".
#[cold]
pub(super) fn unknown(what: &str, written: &str, known: &[&str]) -> Error {
    let listed: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
    // A name of a hostile length is not worth repeating.
    let shown: String = written.chars().take(60).collect();
    let meant = match nearest(&shown, known) {
        Some(name) => format!("did you mean `{name}`? "),
        None => String::new(),
    };
    Error::invalid_query(format!("{what} {shown:?}: {meant}there are {}", listed.join(", ")))
}

/// The candidate that is fewest edits away, if it is near enough to be meant.
fn nearest<'c>(written: &str, candidates: &[&'c str]) -> Option<&'c str> {
    let allowed = (written.chars().count() / 3).max(1);
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates {
        let distance = distance(written, candidate);
        if distance <= allowed && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// How many characters must be inserted, removed or replaced to get from one to the other.
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut last: Vec<usize> = (0..=to.len()).collect();
    for (row, character) in from.chars().enumerate() {
        let mut current = vec![row + 1];
        for (column, other) in to.iter().enumerate() {
            let replaced = last[column] + usize::from(character != *other);
            current.push(replaced.min(last[column + 1] + 1).min(current[column] + 1));
        }
        last = current;
    }
    last[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_name_is_told_its_neighbour_and_all_there_are() {
        assert_eq!(
            unknown("`User` has no column", "nmae", &["id", "name"]).to_string(),
            "invalid query: `User` has no column \"nmae\": there are `id`, `name`"
        );
        assert_eq!(
            unknown("`User` has no column", "nme", &["id", "name"]).to_string(),
            "invalid query: `User` has no column \"nme\": did you mean `name`? there are `id`, `name`"
        );
    }
}
