//! Functions: those that the dialect has a form for, those of the database by their name, and SQL of the user's own.

use super::Renderer;
use crate::error::{Error, Result};
use crate::node::{Function, Node};

impl Renderer<'_> {
    pub(super) fn call(&mut self, function: Function, arguments: &[Node]) -> Result<()> {
        let template = self.dialect.function(function)?;
        self.template(template, arguments)
    }

    /// Fills a template: `$1` is the first argument, `$*` all of them with commas between. An argument that comes twice is
    /// bound twice.
    pub(super) fn template(&mut self, template: &str, arguments: &[Node]) -> Result<()> {
        let mut rest = template;
        while let Some(position) = rest.find('$') {
            self.push(&rest[..position]);
            rest = &rest[position + 1..];
            let mut characters = rest.chars();
            match characters.next() {
                Some('*') => self.list(arguments, ", ", |renderer, node| renderer.operand(node))?,
                Some(digit) => {
                    let number = digit.to_digit(10).map(|number| number as usize);
                    let argument = number.and_then(|number| arguments.get(number.wrapping_sub(1)));
                    let argument = argument.ok_or_else(|| {
                        Error::invalid_query(format!(
                            "the template `{template}` of a function asks for `${digit}`"
                        ))
                    })?;
                    self.operand(argument)?;
                }
                None => {}
            }
            rest = characters.as_str();
        }
        self.push(rest);
        Ok(())
    }

    /// A function by its name, which is of the program's own text and still checked.
    pub(super) fn named_function(&mut self, name: &str, arguments: &[Node]) -> Result<()> {
        let fits = |character: char| character.is_ascii_alphanumeric() || matches!(character, '_' | '.');
        if name.is_empty() || !name.chars().all(fits) {
            return Err(Error::invalid_query(format!(
                "`{name}` is no name of a function: letters, digits, `_` and `.` make one"
            )));
        }
        self.push(name);
        self.push("(");
        self.list(arguments, ", ", |renderer, node| renderer.node(node))?;
        self.push(")");
        Ok(())
    }

    /// The user's own SQL, with an expression in the place of each `{}`.
    pub(super) fn raw(&mut self, text: &str, arguments: &[Node]) -> Result<()> {
        let mut pieces = text.split("{}");
        self.push(pieces.next().unwrap_or_default());
        let mut left = arguments.iter();
        for piece in pieces {
            let argument = left.next().ok_or_else(|| unequal(text, arguments.len()))?;
            self.operand(argument)?;
            self.push(piece);
        }
        match left.next() {
            None => Ok(()),
            Some(_) => Err(unequal(text, arguments.len())),
        }
    }
}

fn unequal(text: &str, arguments: usize) -> Error {
    Error::invalid_query(format!(
        "`{text}` has {} places `{{}}`, and {arguments} expressions were given for them",
        text.matches("{}").count()
    ))
}
