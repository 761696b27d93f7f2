//! The unit of work with SeaORM. It has none, so the program orders the writes, and copies keys, by hand.
//!
//! In bulk it sends one INSERT for each table, one UPDATE for each changed row (there is no statement for rows that
//! differ), one DELETE for each table. Object by object it is in [`objects`].

mod objects;

use bench_common::shop::{self, Which};
use bench_common::{Result, ShopForm, Stopwatch};
use sea_orm::{
    ColumnTrait, DatabaseConnection, DatabaseTransaction, EntityTrait, QueryFilter, Set, TransactionTrait,
    Unchanged,
};

use crate::entities::{customers, order_lines, orders, payments, products};

pub(crate) async fn run(database: &DatabaseConnection, form: ShopForm, stopwatch: &mut Stopwatch) -> Result {
    if form == ShopForm::Objects {
        return objects::run(database, stopwatch).await;
    }
    stopwatch
        .wait(async {
            let transaction = database.begin().await?;
            change(&transaction).await?;
            insert(&transaction).await?;
            let lines = order_lines::Column::Id.is_in(shop::DELETED_LINES);
            order_lines::Entity::delete_many().filter(lines).exec(&transaction).await?;
            let payments = payments::Column::Id.is_in(shop::DELETED_PAYMENTS);
            payments::Entity::delete_many().filter(payments).exec(&transaction).await?;
            Ok(transaction.commit().await?)
        })
        .await
}

async fn change(transaction: &DatabaseTransaction) -> Result {
    for id in shop::RENAMED_CUSTOMERS {
        let name = Set(shop::new_name_of_customer(id));
        let changed = customers::ActiveModel { id: Unchanged(id), name };
        let update = customers::Entity::update_many().set(changed);
        update.filter(customers::Column::Id.eq(id)).exec(transaction).await?;
    }
    for id in shop::REPRICED_PRODUCTS {
        let price = Set(shop::new_price(id));
        let changed = products::ActiveModel { id: Unchanged(id), price, ..Default::default() };
        let update = products::Entity::update_many().set(changed);
        update.filter(products::Column::Id.eq(id)).exec(transaction).await?;
    }
    // All get the same status: one statement.
    let closed = orders::ActiveModel { status: Set(1), ..Default::default() };
    let these = orders::Column::Id.is_in(shop::CLOSED_ORDERS);
    orders::Entity::update_many().set(closed).filter(these).exec(transaction).await?;
    for id in shop::CHANGED_LINES {
        let quantity = Set(shop::new_quantity(id));
        let changed = order_lines::ActiveModel { id: Unchanged(id), quantity, ..Default::default() };
        let update = order_lines::Entity::update_many().set(changed);
        update.filter(order_lines::Column::Id.eq(id)).exec(transaction).await?;
    }
    Ok(())
}

async fn insert(transaction: &DatabaseTransaction) -> Result {
    let new = (0..shop::NEW_CUSTOMERS)
        .map(|at| customers::ActiveModel { name: Set(shop::name_of_new_customer(at)), ..Default::default() });
    let new = customers::Entity::insert_many(new);
    let customers = crate::insert(new, shop::NEW_CUSTOMERS, transaction).await?;
    let new = (0..shop::NEW_PRODUCTS).map(|at| {
        let (name, price) = shop::new_product(at);
        products::ActiveModel { name: Set(name), price: Set(price), ..Default::default() }
    });
    let new = products::Entity::insert_many(new);
    let products = crate::insert(new, shop::NEW_PRODUCTS, transaction).await?;
    let key = |which, new: &[i64]| match which {
        Which::There(id) => id,
        Which::New(at) => new[at],
    };
    let new = (0..shop::NEW_ORDERS).map(|at| {
        let (customer, number) = shop::new_order(at);
        let customer_id = Set(key(customer, &customers));
        orders::ActiveModel { customer_id, number: Set(number), status: Set(0), ..Default::default() }
    });
    let new = orders::Entity::insert_many(new);
    let orders = crate::insert(new, shop::NEW_ORDERS, transaction).await?;
    let mut lines = Vec::new();
    let mut payments = Vec::new();
    for (at, order) in orders.into_iter().enumerate() {
        for at in shop::lines_of(at) {
            let (product, quantity) = shop::new_line(at);
            let product_id = Set(key(product, &products));
            let quantity = Set(quantity);
            lines.push(order_lines::ActiveModel {
                order_id: Set(order),
                product_id,
                quantity,
                ..Default::default()
            });
        }
        let amount = Set(shop::NEW_AMOUNT);
        payments.push(payments::ActiveModel { order_id: Set(order), amount, ..Default::default() });
    }
    order_lines::Entity::insert_many(lines).exec(transaction).await?;
    payments::Entity::insert_many(payments).exec(transaction).await?;
    Ok(())
}
