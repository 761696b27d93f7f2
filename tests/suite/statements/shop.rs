//! The data that the statements run on: a small shop.

use chrono::NaiveDate;
use orm::Result;
use orm::prelude::*;

use crate::harness::Database;

#[derive(Model, Debug, Default, Clone)]
#[orm(table = "categories")]
pub(super) struct Category {
    #[orm(primary_key)]
    pub(super) id: i64,
    #[orm(length = 20)]
    pub(super) name: String,
    #[orm(references = Category)]
    pub(super) parent_id: Option<i64>,
    #[orm(belongs_to = "parent_id")]
    pub(super) parent: BelongsTo<Option<Category>>,
    #[orm(has_many)]
    pub(super) children: HasMany<Category>,
    #[orm(has_many)]
    pub(super) products: HasMany<Product>,
}

#[derive(Model, Debug, Default, Clone)]
#[orm(table = "products")]
pub(super) struct Product {
    #[orm(primary_key)]
    pub(super) id: i64,
    #[orm(length = 20)]
    pub(super) name: String,
    /// In cents.
    pub(super) price: i64,
    pub(super) weight: Option<f64>,
    pub(super) stock: i32,
    #[orm(references = Category)]
    pub(super) category_id: i64,
    #[orm(belongs_to = "category_id")]
    pub(super) category: BelongsTo<Category>,
    #[orm(many_to_many, through = "product_tags")]
    pub(super) tags: ManyToMany<Tag>,
    #[orm(has_many)]
    pub(super) lines: HasMany<Line>,
}

#[derive(Model, Debug, Default, Clone)]
#[orm(table = "tags")]
pub(super) struct Tag {
    #[orm(primary_key)]
    pub(super) id: i64,
    #[orm(length = 20)]
    pub(super) label: String,
    #[orm(many_to_many, through = "product_tags")]
    pub(super) products: ManyToMany<Product>,
}

#[derive(Model, Debug, Default, Clone)]
#[orm(table = "customers")]
pub(super) struct Customer {
    #[orm(primary_key)]
    pub(super) id: i64,
    #[orm(length = 20)]
    pub(super) name: String,
    #[orm(length = 20)]
    pub(super) city: Option<String>,
    pub(super) active: bool,
    #[orm(references = Customer)]
    pub(super) referrer_id: Option<i64>,
    #[orm(belongs_to = "referrer_id")]
    pub(super) referrer: BelongsTo<Option<Customer>>,
    #[orm(has_many)]
    pub(super) orders: HasMany<Order>,
}

#[derive(Model, Debug, Default, Clone)]
#[orm(table = "orders")]
pub(super) struct Order {
    #[orm(primary_key)]
    pub(super) id: i64,
    #[orm(references = Customer)]
    pub(super) customer_id: i64,
    #[orm(belongs_to = "customer_id")]
    pub(super) customer: BelongsTo<Customer>,
    pub(super) placed: NaiveDate,
    #[orm(length = 10)]
    pub(super) status: String,
    #[orm(length = 40)]
    pub(super) note: Option<String>,
    #[orm(has_many)]
    pub(super) lines: HasMany<Line>,
}

#[derive(Model, Debug, Default, Clone)]
#[orm(table = "order_lines")]
pub(super) struct Line {
    #[orm(primary_key)]
    pub(super) id: i64,
    #[orm(references = Order)]
    pub(super) order_id: i64,
    #[orm(belongs_to = "order_id")]
    pub(super) order: BelongsTo<Order>,
    #[orm(references = Product)]
    pub(super) product_id: i64,
    #[orm(belongs_to = "product_id")]
    pub(super) product: BelongsTo<Product>,
    pub(super) quantity: i32,
    /// In cents, at the time of the order.
    pub(super) price: i64,
}

/// A date of the year in which the shop opened.
pub(super) fn day(month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2025, month, day).expect("a day of 2025")
}

/// Creates the tables and fills them.
pub(super) async fn open(db: &Database) -> Result<()> {
    db.create::<(Category, Product, Tag, Customer, Order, Line)>().await?;
    let mut session = db.session();
    let category = |name: &str, parent: Option<Handle<Category>>| Category {
        name: name.into(),
        parent: parent.map_or_else(BelongsTo::default, Into::into),
        ..Default::default()
    };
    let garden = session.add(category("garden", None));
    let tools = session.add(category("tools", Some(garden)));
    let plants = session.add(category("plants", Some(garden)));
    let trees = session.add(category("trees", Some(plants)));
    let kitchen = session.add(category("kitchen", None));
    session.commit().await?;
    let [hot, new, cheap] =
        ["hot", "new", "cheap"].map(|label| session.add(Tag { label: label.into(), ..Default::default() }));
    session.commit().await?;
    let mut product = |name: &str, price, weight, stock, category: Handle<Category>, tags: &[Handle<Tag>]| {
        session.add(Product {
            name: name.into(),
            price,
            weight,
            stock,
            category: category.into(),
            tags: tags.to_vec().into(),
            ..Default::default()
        })
    };
    let spade = product("spade", 2_500, Some(1.5), 10, tools, &[hot]);
    let rake = product("rake", 1_800, Some(1.25), 0, tools, &[]);
    let rose = product("rose", 700, Some(0.5), 40, plants, &[hot, new]);
    let oak = product("oak", 9_900, Some(25.0), 3, trees, &[new]);
    let pan = product("pan", 3_200, Some(2.0), 7, kitchen, &[]);
    let _gift = product("gift card", 1_000, None, 999, kitchen, &[cheap, hot, new]);
    session.commit().await?;
    let customer = |name: &str, city: Option<&str>, active, referrer: Option<Handle<Customer>>| Customer {
        name: name.into(),
        city: city.map(Into::into),
        active,
        referrer: referrer.map_or_else(BelongsTo::default, Into::into),
        ..Default::default()
    };
    let ann = session.add(customer("Ann", Some("Bern"), true, None));
    session.commit().await?;
    let bob = session.add(customer("Bob", Some("Wien"), true, Some(ann)));
    let eva = session.add(customer("Éva", Some("Bern"), false, Some(ann)));
    let _dan = session.add(customer("Dan", None, true, Some(bob)));
    session.commit().await?;
    let mut order = |customer: Handle<Customer>,
                     placed,
                     status: &str,
                     note: Option<&str>,
                     lines: &[(Handle<Product>, i32, i64)]| {
        let lines: Vec<Line> = lines
            .iter()
            .map(|(product, quantity, price)| Line {
                product: (*product).into(),
                quantity: *quantity,
                price: *price,
                ..Default::default()
            })
            .collect();
        session.add(Order {
            customer: customer.into(),
            placed,
            status: status.into(),
            note: note.map(Into::into),
            lines: lines.into(),
            ..Default::default()
        })
    };
    order(ann, day(1, 10), "paid", None, &[(spade, 1, 2_500), (rose, 3, 650)]);
    order(ann, day(2, 3), "paid", Some("ring twice"), &[(oak, 1, 9_900)]);
    order(bob, day(2, 14), "open", Some(""), &[(rose, 12, 600), (pan, 1, 3_200), (rake, 1, 1_800)]);
    order(eva, day(3, 1), "sent", None, &[(rake, 2, 1_700)]);
    order(ann, day(3, 1), "open", None, &[]);
    session.commit().await
}
