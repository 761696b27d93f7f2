//! The models of this library. They look as an application's would: with relations, and with the lengths of the columns.

use bench_common::check;
use orm::prelude::*;

#[derive(Model, Debug, Default)]
#[orm(table = "users")]
pub struct User {
    #[orm(primary_key)]
    pub id: i64,
    #[orm(length = 255)]
    pub name: String,
    #[orm(length = 255)]
    pub hair_color: Option<String>,
    #[orm(has_many)]
    pub posts: HasMany<Post>,
}

#[derive(Model, Debug, Default)]
#[orm(table = "posts")]
pub struct Post {
    #[orm(primary_key)]
    pub id: i64,
    #[orm(references = User)]
    pub user_id: i64,
    #[orm(belongs_to = "user_id")]
    pub user: BelongsTo<User>,
    #[orm(length = 255)]
    pub title: String,
    #[orm(length = 2000)]
    pub body: Option<String>,
    #[orm(has_many)]
    pub comments: HasMany<Comment>,
}

#[derive(Model, Debug, Default)]
#[orm(table = "comments")]
pub struct Comment {
    #[orm(primary_key)]
    pub id: i64,
    #[orm(references = Post)]
    pub post_id: i64,
    #[orm(belongs_to = "post_id")]
    pub post: BelongsTo<Post>,
    #[orm(length = 2000)]
    pub text: String,
}

/// A row to insert.
#[derive(Model, Debug, Default)]
#[orm(table = "ins")]
pub struct Inserted {
    #[orm(primary_key)]
    pub id: i64,
    #[orm(length = 255)]
    pub name: String,
    #[orm(length = 255)]
    pub hair_color: Option<String>,
}

/// A row to update.
#[derive(Model, Debug, Default)]
#[orm(table = "upd")]
pub struct Updated {
    #[orm(primary_key)]
    pub id: i64,
    #[orm(length = 255)]
    pub name: String,
    #[orm(length = 255)]
    pub hair_color: Option<String>,
}

#[derive(Model, Debug, Default)]
#[orm(table = "customers")]
pub struct Customer {
    #[orm(primary_key)]
    pub id: i64,
    #[orm(length = 255)]
    pub name: String,
    #[orm(has_many)]
    pub orders: HasMany<Order>,
}

#[derive(Model, Debug, Default)]
#[orm(table = "products")]
pub struct Product {
    #[orm(primary_key)]
    pub id: i64,
    #[orm(length = 255)]
    pub name: String,
    pub price: i64,
}

#[derive(Model, Debug, Default)]
#[orm(table = "orders")]
pub struct Order {
    #[orm(primary_key)]
    pub id: i64,
    #[orm(references = Customer)]
    pub customer_id: i64,
    #[orm(belongs_to = "customer_id")]
    pub customer: BelongsTo<Customer>,
    pub number: i64,
    pub status: i64,
    #[orm(has_many)]
    pub lines: HasMany<Line>,
    #[orm(has_many)]
    pub payments: HasMany<Payment>,
}

#[derive(Model, Debug, Default)]
#[orm(table = "order_lines")]
pub struct Line {
    #[orm(primary_key)]
    pub id: i64,
    #[orm(references = Order)]
    pub order_id: i64,
    #[orm(belongs_to = "order_id")]
    pub order: BelongsTo<Order>,
    #[orm(references = Product)]
    pub product_id: i64,
    #[orm(belongs_to = "product_id")]
    pub product: BelongsTo<Product>,
    pub quantity: i64,
}

#[derive(Model, Debug, Default)]
#[orm(table = "payments")]
pub struct Payment {
    #[orm(primary_key)]
    pub id: i64,
    #[orm(references = Order)]
    pub order_id: i64,
    #[orm(belongs_to = "order_id")]
    pub order: BelongsTo<Order>,
    pub amount: i64,
}

impl User {
    pub fn columns(&self) -> check::UserRow<'_> {
        (self.id, &self.name, self.hair_color.as_deref())
    }
}

impl Post {
    pub fn columns(&self) -> check::PostRow<'_> {
        (self.id, self.user_id, &self.title, self.body.as_deref())
    }
}

impl Comment {
    pub fn columns(&self) -> check::CommentRow<'_> {
        (self.id, self.post_id, &self.text)
    }
}

/// Rows to insert, keys not known.
pub fn new_rows(count: usize) -> Vec<Inserted> {
    bench_common::rows::new_rows(count)
        .map(|(name, hair_color)| Inserted { id: 0, name, hair_color })
        .collect()
}
