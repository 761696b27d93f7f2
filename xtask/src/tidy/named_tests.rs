//! The rule for tests that documents name: a name between backticks that reads like one of a test is one, and each rule of
//! `docs/guide/rules.md` has a test that bears its number.

use std::collections::BTreeSet;

use super::Violation;
use super::documents::between_backticks;
use super::text::{SourceText, in_a_name};

/// The document that lists the rules, and how many there are.
const RULES: &str = "docs/guide/rules.md";
const RULE_COUNT: usize = 30;

/// What stands before the name of a test where it is written.
const DEFINITIONS: [&str; 3] = ["fn ", "case!(", "planned!("];

/// The names of all tests: of functions and of cases.
pub(crate) fn known_tests(sources: &[SourceText]) -> BTreeSet<&str> {
    let mut names = BTreeSet::new();
    for source in sources {
        for definition in DEFINITIONS {
            for (position, _) in source.code.match_indices(definition) {
                let name = &source.code[position + definition.len()..];
                let end = name.find(|character| !in_a_name(character)).unwrap_or(name.len());
                names.insert(&name[..end]);
            }
        }
    }
    names
}

/// Every name of a test in a document that no test has, and every rule without one.
pub(crate) fn missing_tests(file: &str, text: &str, known: &BTreeSet<&str>) -> Vec<Violation> {
    let mut violations = Vec::new();
    let mut ruled = BTreeSet::new();
    for (number, line) in text.lines().enumerate() {
        for quoted in between_backticks(line).filter(|quoted| is_test_name(file, quoted)) {
            if known.contains(quoted) {
                ruled.extend(quoted.strip_prefix("rule_").and_then(|rest| rest.split('_').next()));
            } else {
                let what = format!("names the test `{quoted}`, which does not exist; correct the name");
                violations.push(Violation::new(file, number + 1, what));
            }
        }
    }
    if file == RULES {
        for rule in 1..=RULE_COUNT {
            if !ruled.contains(format!("{rule:02}").as_str()) {
                violations.push(Violation::new(file, 1, format!("names no test for rule {rule}; add one")));
            }
        }
    }
    violations
}

/// Whether a word reads like the name of a test: it bears the number of a rule, or stands in the list of rules and is a
/// sentence.
fn is_test_name(file: &str, quoted: &str) -> bool {
    let is_name = !quoted.is_empty()
        && quoted.chars().all(|character| in_a_name(character) && !character.is_uppercase());
    let is_of_a_rule =
        (quoted.starts_with("rule_") || quoted.starts_with("traps_")) && quoted.matches('_').count() > 2;
    is_name && (is_of_a_rule || (file == RULES && quoted.matches('_').count() > 3))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "case!(rule_01_one_goes_first, |db| {});\nfn a_name_that_is_a_sentence() {}\n\
                          planned!(rule_02_a_plan_is_shown, |db| {});";

    fn missing(file: &str, text: &str) -> Vec<String> {
        let sources = [SourceText::new("tests/suite/rules.rs", SOURCE.to_owned())];
        let violations = missing_tests(file, text, &known_tests(&sources));
        violations.into_iter().map(|violation| violation.what).collect()
    }

    #[test]
    fn a_test_that_exists_passes_and_one_that_does_not_is_found() {
        assert_eq!(
            missing(
                "README.md",
                "`rule_01_one_goes_first`, `rule_02_a_plan_is_shown`, the tests of `rule_01`"
            ),
            [""; 0]
        );
        assert_eq!(missing("README.md", "`rule_01_one_goes_last`").len(), 1);
        assert_eq!(missing("README.md", "`an_option_of_the_server`"), [""; 0]);
    }

    #[test]
    fn each_rule_of_the_list_has_a_test() {
        let found =
            missing(RULES, "`rule_01_one_goes_first` `a_name_that_is_a_sentence` `a_name_that_is_no_test`");
        assert_eq!(found.len(), 1 + RULE_COUNT - 1);
        assert!(found[0].contains("a_name_that_is_no_test"));
        assert!(found[1].contains("rule 2"));
    }
}
