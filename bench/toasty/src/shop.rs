//! The unit of work with Toasty. It has none, so the program orders the writes, and copies keys, by hand.
//!
//! In bulk it calls `create_many` for each table, sends one update for each changed row, and one delete for each table.
//! Object by object it is in [`objects`].

mod objects;

use std::ops::RangeInclusive;

use bench_common::shop::{self, Which};
use bench_common::{Result, ShopForm, Stopwatch};
use toasty::{Db, Transaction};

use crate::models::{Customer, Order, OrderLine, Payment, Product};

pub(crate) async fn run(
    database: &mut Db,
    form: ShopForm,
    on_server: bool,
    stopwatch: &mut Stopwatch,
) -> Result {
    if form == ShopForm::Objects {
        return objects::run(database, on_server, stopwatch).await;
    }
    stopwatch
        .wait(async {
            let mut transaction = database.transaction().await?;
            change(&mut transaction).await?;
            insert(&mut transaction).await?;
            if on_server {
                delete_by_text(&mut transaction, "order_lines", shop::DELETED_LINES).await?;
                delete_by_text(&mut transaction, "payments", shop::DELETED_PAYMENTS).await?;
            } else {
                delete(&mut transaction).await?;
            }
            Ok(transaction.commit().await?)
        })
        .await
}

async fn change(transaction: &mut Transaction<'_>) -> Result {
    for id in shop::RENAMED_CUSTOMERS {
        let customer = Customer::filter_by_id(id as u64);
        customer.update().name(shop::new_name_of_customer(id)).exec(transaction).await?;
    }
    for id in shop::REPRICED_PRODUCTS {
        Product::filter_by_id(id as u64).update().price(shop::new_price(id)).exec(transaction).await?;
    }
    // All get the same status: one statement.
    let closed: Vec<u64> = shop::CLOSED_ORDERS.map(|id| id as u64).collect();
    Order::filter(Order::fields().id().in_list(closed)).update().status(1).exec(transaction).await?;
    for id in shop::CHANGED_LINES {
        OrderLine::filter_by_id(id as u64)
            .update()
            .quantity(shop::new_quantity(id))
            .exec(transaction)
            .await?;
    }
    Ok(())
}

async fn delete(transaction: &mut Transaction<'_>) -> Result {
    let lines: Vec<u64> = shop::DELETED_LINES.map(|id| id as u64).collect();
    OrderLine::filter(OrderLine::fields().id().in_list(lines)).delete().exec(transaction).await?;
    let payments: Vec<u64> = shop::DELETED_PAYMENTS.map(|id| id as u64).collect();
    Payment::filter(Payment::fields().id().in_list(payments)).delete().exec(transaction).await?;
    Ok(())
}

/// MariaDB 10 does not take the DELETE with an alias that Toasty writes; its raw SQL helps.
async fn delete_by_text(transaction: &mut Transaction<'_>, table: &str, keys: RangeInclusive<i64>) -> Result {
    let list: Vec<String> = keys.map(|id| id.to_string()).collect();
    let statement = format!("DELETE FROM {table} WHERE id IN ({})", list.join(","));
    toasty::sql::statement(statement).exec(transaction).await?;
    Ok(())
}

fn key(which: Which, new: &[u64]) -> u64 {
    match which {
        Which::There(id) => id as u64,
        Which::New(at) => new[at],
    }
}

async fn insert(transaction: &mut Transaction<'_>) -> Result {
    let mut create = Customer::create_many();
    for at in 0..shop::NEW_CUSTOMERS {
        create = create.item(Customer::create().name(shop::name_of_new_customer(at)));
    }
    let customers: Vec<u64> = create.exec(transaction).await?.iter().map(|row| row.id).collect();
    let mut create = Product::create_many();
    for at in 0..shop::NEW_PRODUCTS {
        let (name, price) = shop::new_product(at);
        create = create.item(Product::create().name(name).price(price));
    }
    let products: Vec<u64> = create.exec(transaction).await?.iter().map(|row| row.id).collect();
    let mut create = Order::create_many();
    for at in 0..shop::NEW_ORDERS {
        let (customer, number) = shop::new_order(at);
        create = create.item(Order::create().customer_id(key(customer, &customers)).number(number).status(0));
    }
    let orders = create.exec(transaction).await?;
    let mut lines = OrderLine::create_many();
    let mut payments = Payment::create_many();
    for (at, order) in orders.iter().enumerate() {
        for at in shop::lines_of(at) {
            let (product, quantity) = shop::new_line(at);
            let line = OrderLine::create().order_id(order.id).product_id(key(product, &products));
            lines = lines.item(line.quantity(quantity));
        }
        payments = payments.item(Payment::create().order_id(order.id).amount(shop::NEW_AMOUNT));
    }
    lines.exec(transaction).await?;
    payments.exec(transaction).await?;
    Ok(())
}
