//! Random expression trees: every backend takes their SQL and gives the values that an evaluator in Rust gives.

use orm::functions::{case, value};
use orm::prelude::*;

use crate::harness::unquoted;

#[derive(Model, Debug, Default, Clone, PartialEq)]
#[orm(table = "leaves")]
struct Leaf {
    #[orm(primary_key)]
    id: i64,
    number: i64,
    maybe: Option<i64>,
    text: String,
    perhaps: Option<String>,
}

fn leaves() -> Vec<Leaf> {
    let leaf = |id, number, maybe, text: &str, perhaps: Option<&str>| Leaf {
        id,
        number,
        maybe,
        text: text.into(),
        perhaps: perhaps.map(Into::into),
    };
    vec![
        leaf(1, 0, Some(-3), "", Some(" a ")),
        leaf(2, 7, None, "aBé", None),
        leaf(3, -12, Some(45), "  ß'%_", Some("b\\\"B")),
        leaf(4, 1, Some(0), "日本 b", Some("")),
    ]
}

/// A small generator of random numbers (splitmix64), the same on every machine.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len() as u64) as usize]
    }
}

/// An expression, and its value in each row.
struct Tree<E, T> {
    expr: E,
    values: Vec<Option<T>>,
}

impl<E: Clone, T: Clone> Clone for Tree<E, T> {
    fn clone(&self) -> Self {
        Tree { expr: self.expr.clone(), values: self.values.clone() }
    }
}

type Number = Tree<Expr<Option<i64>>, i64>;
type Words = Tree<Expr<Option<String>>, String>;
type Truth = Tree<Expr<bool>, bool>;

fn one<A: Clone, B>(values: &[Option<A>], compute: impl Fn(A) -> Option<B>) -> Vec<Option<B>> {
    values.iter().map(|value| value.clone().and_then(&compute)).collect()
}

fn two<A: Clone, B: Clone, C>(
    left: &[Option<A>],
    right: &[Option<B>],
    compute: impl Fn(A, B) -> Option<C>,
) -> Vec<Option<C>> {
    let both = |(left, right): (&Option<A>, &Option<B>)| compute(left.clone()?, right.clone()?);
    left.iter().zip(right).map(both).collect()
}

const LETTERS: [char; 10] = ['a', 'B', 'é', 'ß', ' ', '\'', '%', '_', '\\', '日'];

/// Large numbers are cut by a remainder: integers that overflow are no subject here.
const CUT: i64 = 997;

struct Grower<'r> {
    columns: Cols<Leaf>,
    rows: Vec<Leaf>,
    random: &'r mut Random,
}

impl Grower<'_> {
    fn word(&mut self) -> String {
        let count = self.random.below(3);
        (0..count).map(|_| self.random.pick(&LETTERS)).collect()
    }

    fn number(&mut self, depth: u32) -> Number {
        let rows = self.rows.clone();
        let of = |read: fn(&Leaf) -> Option<i64>| rows.iter().map(read).collect();
        if depth == 0 {
            return match self.random.below(4) {
                0 => Tree {
                    expr: Expr::new(self.columns.number.into_node()),
                    values: of(|row| Some(row.number)),
                },
                1 | 2 => Tree { expr: self.columns.maybe.into(), values: of(|row| row.maybe) },
                _ => {
                    let constant = self.random.below(101) as i64 - 50;
                    Tree { expr: value(Some(constant)), values: vec![Some(constant); rows.len()] }
                }
            };
        }
        let a = self.number(depth - 1);
        match self.random.below(17) {
            0 => {
                let b = self.number(depth - 1);
                Tree {
                    values: two(&a.values, &b.values, |a, b| Some((a + b) % CUT)),
                    expr: (a.expr + b.expr) % CUT,
                }
            }
            1 => {
                let b = self.number(depth - 1);
                Tree {
                    values: two(&a.values, &b.values, |a, b| Some((a - b) % CUT)),
                    expr: (a.expr - b.expr) % CUT,
                }
            }
            2 => {
                let b = self.number(depth - 1);
                Tree {
                    values: two(&a.values, &b.values, |a, b| Some((a * b) % CUT)),
                    expr: (a.expr * b.expr) % CUT,
                }
            }
            3 => {
                let b = self.number(depth - 1);
                Tree { values: two(&a.values, &b.values, |a, b| a.checked_div(b)), expr: a.expr / b.expr }
            }
            4 => {
                let b = self.number(depth - 1);
                Tree { values: two(&a.values, &b.values, |a, b| a.checked_rem(b)), expr: a.expr % b.expr }
            }
            5 => Tree { values: one(&a.values, |a| Some(-a)), expr: -a.expr },
            6 => Tree { values: one(&a.values, |a| Some(a.abs())), expr: a.expr.abs() },
            7 => Tree { values: one(&a.values, |a| Some(a.signum())), expr: a.expr.sign() },
            8 => {
                let b = self.number(depth - 1);
                Tree {
                    values: two(&a.values, &b.values, |a, b| Some(a.max(b))),
                    expr: a.expr.greatest(b.expr),
                }
            }
            9 => {
                let b = self.number(depth - 1);
                Tree { values: two(&a.values, &b.values, |a, b| Some(a.min(b))), expr: a.expr.least(b.expr) }
            }
            10 => {
                let b = self.number(depth - 1);
                let values = a.values.iter().zip(&b.values).map(|(a, b)| a.or(*b)).collect();
                Tree { values, expr: a.expr.or_nullable(b.expr) }
            }
            11 => {
                let b = self.number(depth - 1);
                let null_if = |(a, b): (&Option<i64>, &Option<i64>)| a.filter(|value| Some(*value) != *b);
                Tree {
                    values: a.values.iter().zip(&b.values).map(null_if).collect(),
                    expr: a.expr.null_if(b.expr),
                }
            }
            12 | 13 => {
                let (condition, b) = (self.truth(depth - 1), self.number(depth - 1));
                let mut values = Vec::new();
                for (row, condition) in condition.values.iter().enumerate() {
                    values.push(if *condition == Some(true) { a.values[row] } else { b.values[row] });
                }
                Tree { values, expr: case().when(condition.expr, a.expr).otherwise(b.expr) }
            }
            14 => {
                let text = self.words(depth - 1);
                Tree {
                    values: one(&text.values, |text| Some(text.chars().count() as i64)),
                    expr: text.expr.length(),
                }
            }
            15 => {
                let text = self.words(depth - 1);
                Tree {
                    values: one(&text.values, |text| Some(text.len() as i64)),
                    expr: text.expr.byte_length(),
                }
            }
            _ => {
                let (text, part) = (self.words(depth - 1), self.words(depth - 1));
                let position = |text: String, part: String| {
                    let found = text.find(&part);
                    Some(found.map_or(0, |bytes| text[..bytes].chars().count() as i64 + 1))
                };
                Tree {
                    values: two(&text.values, &part.values, position),
                    expr: text.expr.position(part.expr),
                }
            }
        }
    }

    fn words(&mut self, depth: u32) -> Words {
        let rows = self.rows.clone();
        if depth == 0 {
            return match self.random.below(4) {
                0 => Tree {
                    expr: Expr::new(self.columns.text.into_node()),
                    values: rows.iter().map(|row| Some(row.text.clone())).collect(),
                },
                1 | 2 => Tree {
                    expr: self.columns.perhaps.into(),
                    values: rows.iter().map(|row| row.perhaps.clone()).collect(),
                },
                _ => {
                    let word = self.word();
                    Tree { expr: value(Some(word.clone())), values: vec![Some(word); rows.len()] }
                }
            };
        }
        let a = self.words(depth - 1);
        let cut = |text: String| text.chars().take(40).collect::<String>();
        match self.random.below(17) {
            0 => Tree {
                values: one(&a.values, |a| {
                    Some(a.chars().map(|c| c.to_lowercase().next().unwrap_or(c)).collect())
                }),
                expr: a.expr.lower(),
            },
            1 => Tree {
                values: one(&a.values, |a| {
                    Some(
                        a.chars()
                            .map(|c| if c == 'ß' { c } else { c.to_uppercase().next().unwrap_or(c) })
                            .collect(),
                    )
                }),
                expr: a.expr.upper().lower().upper(),
            },
            2 => {
                Tree { values: one(&a.values, |a| Some(a.trim_matches(' ').to_owned())), expr: a.expr.trim() }
            }
            3 => Tree {
                values: one(&a.values, |a| Some(a.trim_start_matches(' ').to_owned())),
                expr: a.expr.trim_start(),
            },
            4 => Tree {
                values: one(&a.values, |a| Some(a.trim_end_matches(' ').to_owned())),
                expr: a.expr.trim_end(),
            },
            5 => {
                let (start, count) = (self.number(depth - 1), self.random.below(4) as i64 - 1);
                let part = |a: String, start: i64| {
                    let skipped = usize::try_from(start - 1).ok();
                    let taken = usize::try_from(count).unwrap_or(0);
                    Some(
                        skipped
                            .map_or(String::new(), |skipped| a.chars().skip(skipped).take(taken).collect()),
                    )
                };
                Tree {
                    values: two(&a.values, &start.values, part),
                    expr: a.expr.substring(start.expr, count),
                }
            }
            6 => {
                let count = self.random.below(5) as i64;
                let left = |a: String| Some(a.chars().take(count as usize).collect());
                Tree { values: one(&a.values, left), expr: a.expr.left(count) }
            }
            7 => {
                let count = self.random.below(5) as usize;
                let right = |a: String| {
                    let skipped = a.chars().count().saturating_sub(count);
                    Some(a.chars().skip(skipped).collect())
                };
                Tree { values: one(&a.values, right), expr: a.expr.right(count as i64) }
            }
            8 => {
                let (from, to) = (self.word(), self.word());
                let replaced = |a: String| Some(cut(if from.is_empty() { a } else { a.replace(&from, &to) }));
                Tree {
                    values: one(&a.values, replaced),
                    expr: a.expr.replace(from.as_str(), to.as_str()).left(40),
                }
            }
            9 | 10 => {
                let b = self.words(depth - 1);
                Tree {
                    values: two(&a.values, &b.values, |a, b| Some(cut(a + &b))),
                    expr: a.expr.concat(b.expr).left(40),
                }
            }
            11 => {
                let (length, fill) = (self.random.below(6) as u32, self.random.pick(&LETTERS));
                let padded = |a: String| {
                    let missing = (length as usize).saturating_sub(a.chars().count());
                    let whole: String = std::iter::repeat_n(fill, missing).chain(a.chars()).collect();
                    Some(if missing == 0 { a.chars().take(length as usize).collect() } else { whole })
                };
                Tree { values: one(&a.values, padded), expr: a.expr.pad_start(length, fill) }
            }
            12 => {
                Tree { values: one(&a.values, |a| Some(a.chars().rev().collect())), expr: a.expr.reverse() }
            }
            13 => {
                Tree { values: one(&a.values, |a| Some(cut(a.repeat(2)))), expr: a.expr.repeat(2).left(40) }
            }
            14 => {
                let b = self.words(depth - 1);
                let values =
                    a.values.iter().zip(&b.values).map(|(a, b)| a.clone().or_else(|| b.clone())).collect();
                Tree { values, expr: a.expr.or_nullable(b.expr) }
            }
            15 => {
                let b = self.words(depth - 1);
                Tree {
                    values: two(&a.values, &b.values, |a, b| Some(a.max(b))),
                    expr: a.expr.greatest(b.expr),
                }
            }
            _ => {
                let (condition, b) = (self.truth(depth - 1), self.words(depth - 1));
                let mut values = Vec::new();
                for (row, condition) in condition.values.iter().enumerate() {
                    values.push(if *condition == Some(true) {
                        a.values[row].clone()
                    } else {
                        b.values[row].clone()
                    });
                }
                Tree { values, expr: case().when(condition.expr, a.expr).otherwise(b.expr) }
            }
        }
    }

    fn truth(&mut self, depth: u32) -> Truth {
        let depth = depth.saturating_sub(1);
        match self.random.below(13) {
            0 => {
                let (a, b) = (self.number(depth), self.number(depth));
                Tree { values: two(&a.values, &b.values, |a, b| Some(a == b)), expr: a.expr.eq(b.expr) }
            }
            1 => {
                let (a, b) = (self.number(depth), self.number(depth));
                Tree { values: two(&a.values, &b.values, |a, b| Some(a < b)), expr: a.expr.lt(b.expr) }
            }
            2 => {
                let (a, b) = (self.number(depth), self.number(depth));
                let values = a.values.iter().zip(&b.values).map(|(a, b)| Some(a != b)).collect();
                Tree { values, expr: a.expr.is_distinct_from(b.expr) }
            }
            3 => {
                let (a, b) = (self.words(depth), self.words(depth));
                Tree { values: two(&a.values, &b.values, |a, b| Some(a >= b)), expr: a.expr.ge(b.expr) }
            }
            4 => {
                let (a, b) = (self.words(depth), self.words(depth));
                Tree { values: two(&a.values, &b.values, |a, b| Some(a != b)), expr: a.expr.ne(b.expr) }
            }
            5 => {
                let a = self.words(depth);
                Tree { values: a.values.iter().map(|a| Some(a.is_none())).collect(), expr: a.expr.is_null() }
            }
            6 => {
                let (a, list) = (self.number(depth), [1, -3, 7]);
                Tree { values: one(&a.values, |a| Some(list.contains(&a))), expr: a.expr.in_(list) }
            }
            7 => {
                let a = self.number(depth);
                Tree { values: one(&a.values, |a| Some((-5..=9).contains(&a))), expr: a.expr.between(-5, 9) }
            }
            8 => {
                let (a, part) = (self.words(depth), self.word());
                Tree {
                    values: one(&a.values, |a| Some(a.contains(&part))),
                    expr: a.expr.contains(part.as_str()),
                }
            }
            9 => {
                let (a, part) = (self.words(depth), self.word());
                Tree {
                    values: one(&a.values, |a| Some(a.starts_with(&part))),
                    expr: a.expr.starts_with(part.as_str()),
                }
            }
            10 => {
                let (a, b) = (self.truth(depth), self.truth(depth));
                let and = |(a, b): (&Option<bool>, &Option<bool>)| match (a, b) {
                    (Some(false), _) | (_, Some(false)) => Some(false),
                    (Some(true), Some(true)) => Some(true),
                    _ => None,
                };
                Tree { values: a.values.iter().zip(&b.values).map(and).collect(), expr: a.expr & b.expr }
            }
            11 => {
                let (a, b) = (self.truth(depth), self.truth(depth));
                let or = |(a, b): (&Option<bool>, &Option<bool>)| match (a, b) {
                    (Some(true), _) | (_, Some(true)) => Some(true),
                    (Some(false), Some(false)) => Some(false),
                    _ => None,
                };
                Tree { values: a.values.iter().zip(&b.values).map(or).collect(), expr: a.expr | b.expr }
            }
            _ => {
                let a = self.truth(depth);
                Tree { values: one(&a.values, |a| Some(!a)), expr: !a.expr }
            }
        }
    }
}

case!(random_expressions_have_the_values_that_rust_gives, |db| {
    db.create::<(Leaf,)>().await?;
    let mut session = db.session();
    session.add_all(leaves());
    session.commit().await?;
    let queries = db.backend().either(650, 50);
    let seed = std::env::var("ORM_FUZZ_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(20_261_127);
    let mut random = Random(seed);
    for round in 0..queries {
        let mut numbers = Vec::new();
        let mut texts = Vec::new();
        let query = db.engine().query::<Leaf>().order_by(|leaf| leaf.id.asc()).select(|columns| {
            let mut grower = Grower { columns, rows: leaves(), random: &mut random };
            for _ in 0..4 {
                let depth = grower.random.below(4) as u32 + 1;
                numbers.push(grower.number(depth));
                texts.push(grower.words(depth));
            }
            let [a, b, c, d] = std::array::from_fn(|at| numbers[at].expr.clone());
            let [e, f, g, h] = std::array::from_fn(|at| texts[at].expr.clone());
            (a, b, c, d, e, f, g, h)
        });
        let rendered = query.to_sql()?;
        let (sql, values) = (unquoted(&rendered.sql), rendered.values);
        let rows = query
            .all()
            .await
            .map_err(|error| format!("seed {seed}, round {round}: {error}\n{sql}\n{values:?}"))?;
        assert_eq!(rows.len(), 4);
        for (row, found) in rows.into_iter().enumerate() {
            let (a, b, c, d, e, f, g, h) = found;
            let expected: Vec<_> = numbers.iter().map(|tree| tree.values[row]).collect();
            assert_eq!(
                [a, b, c, d].as_slice(),
                expected,
                "seed {seed}, round {round}, row {row}: {sql}\n{values:?}"
            );
            let expected: Vec<_> = texts.iter().map(|tree| tree.values[row].clone()).collect();
            assert_eq!(
                [e, f, g, h].as_slice(),
                expected,
                "seed {seed}, round {round}, row {row}: {sql}\n{values:?}"
            );
        }
    }
});
