//! Toasty's models.

use bench_common::{Result, check};
use toasty::Deferred;

#[derive(Debug, toasty::Model)]
#[table = "users"]
pub(crate) struct User {
    #[key]
    #[auto]
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) hair_color: Option<String>,
    #[has_many]
    pub(crate) posts: Deferred<Vec<Post>>,
}

#[derive(Debug, toasty::Model)]
#[table = "posts"]
pub(crate) struct Post {
    #[key]
    #[auto]
    pub(crate) id: u64,
    #[index]
    pub(crate) user_id: u64,
    #[belongs_to(key = user_id, references = id)]
    pub(crate) user: Deferred<User>,
    pub(crate) title: String,
    pub(crate) body: Option<String>,
    #[has_many]
    pub(crate) comments: Deferred<Vec<Comment>>,
}

#[derive(Debug, toasty::Model)]
#[table = "comments"]
pub(crate) struct Comment {
    #[key]
    #[auto]
    pub(crate) id: u64,
    #[index]
    pub(crate) post_id: u64,
    #[belongs_to(key = post_id, references = id)]
    pub(crate) post: Deferred<Post>,
    pub(crate) text: String,
}

#[derive(Debug, toasty::Model)]
#[table = "ins"]
pub(crate) struct Inserted {
    #[key]
    #[auto]
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) hair_color: Option<String>,
}

#[derive(Debug, toasty::Model)]
#[table = "upd"]
pub(crate) struct Updated {
    #[key]
    #[auto]
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) hair_color: Option<String>,
}

#[derive(Debug, toasty::Model)]
#[table = "customers"]
pub(crate) struct Customer {
    #[key]
    #[auto]
    pub(crate) id: u64,
    pub(crate) name: String,
}

#[derive(Debug, toasty::Model)]
#[table = "products"]
pub(crate) struct Product {
    #[key]
    #[auto]
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) price: i64,
}

#[derive(Debug, toasty::Model)]
#[table = "orders"]
pub(crate) struct Order {
    #[key]
    #[auto]
    pub(crate) id: u64,
    pub(crate) customer_id: u64,
    pub(crate) number: i64,
    pub(crate) status: i64,
}

#[derive(Debug, toasty::Model)]
#[table = "order_lines"]
pub(crate) struct OrderLine {
    #[key]
    #[auto]
    pub(crate) id: u64,
    pub(crate) order_id: u64,
    pub(crate) product_id: u64,
    pub(crate) quantity: i64,
}

#[derive(Debug, toasty::Model)]
#[table = "payments"]
pub(crate) struct Payment {
    #[key]
    #[auto]
    pub(crate) id: u64,
    pub(crate) order_id: u64,
    pub(crate) amount: i64,
}

pub(crate) fn all() -> toasty::ModelSet {
    toasty::models!(User, Post, Comment, Inserted, Updated, Customer, Product, Order, OrderLine, Payment)
}

impl User {
    pub(crate) fn columns(&self) -> check::UserRow<'_> {
        (self.id as i64, &self.name, self.hair_color.as_deref())
    }
}

impl Post {
    pub(crate) fn columns(&self) -> check::PostRow<'_> {
        (self.id as i64, self.user_id as i64, &self.title, self.body.as_deref())
    }
}

impl Comment {
    pub(crate) fn columns(&self) -> check::CommentRow<'_> {
        (self.id as i64, self.post_id as i64, &self.text)
    }
}

/// The number of a raw query's only row. Its type is the database's choice.
pub(crate) fn only_number(rows: &[toasty::stmt::Value]) -> Result<i64> {
    let [row] = rows else { anyhow::bail!("{} rows in place of one", rows.len()) };
    let toasty::stmt::Value::Record(record) = row else { anyhow::bail!("no row but {row:?}") };
    match record.fields.first() {
        Some(toasty::stmt::Value::I64(number)) => Ok(*number),
        Some(toasty::stmt::Value::U64(number)) => Ok(i64::try_from(*number)?),
        other => anyhow::bail!("no number but {other:?}"),
    }
}
