//! Object by object: the objects are loaded before the time, and each is created, updated or deleted by itself.

use bench_common::shop;
use bench_common::{Result, Stopwatch};
use toasty::{Db, Transaction};

use super::{delete_by_text, key};
use crate::models::{Customer, Order, OrderLine, Payment, Product};

/// The objects that are there, in the order of their keys from 1.
struct Shop {
    customers: Vec<Customer>,
    products: Vec<Product>,
    orders: Vec<Order>,
    lines: Vec<OrderLine>,
}

pub(super) async fn run(database: &mut Db, on_server: bool, stopwatch: &mut Stopwatch) -> Result {
    let mut shop = Shop {
        customers: Customer::all().order_by(Customer::fields().id().asc()).exec(database).await?,
        products: Product::all().order_by(Product::fields().id().asc()).exec(database).await?,
        orders: Order::all().order_by(Order::fields().id().asc()).exec(database).await?,
        lines: OrderLine::all().order_by(OrderLine::fields().id().asc()).exec(database).await?,
    };
    stopwatch
        .wait(async {
            let mut transaction = database.transaction().await?;
            change(&mut shop, &mut transaction).await?;
            insert(&mut transaction).await?;
            delete(&mut transaction, on_server).await?;
            Ok(transaction.commit().await?)
        })
        .await
}

fn of<T>(objects: &mut [T], id: i64) -> &mut T {
    &mut objects[id as usize - 1]
}

async fn change(shop: &mut Shop, transaction: &mut Transaction<'_>) -> Result {
    for id in shop::RENAMED_CUSTOMERS {
        let name = shop::new_name_of_customer(id);
        of(&mut shop.customers, id).update().name(name).exec(transaction).await?;
    }
    for id in shop::REPRICED_PRODUCTS {
        of(&mut shop.products, id).update().price(shop::new_price(id)).exec(transaction).await?;
    }
    for id in shop::CLOSED_ORDERS {
        of(&mut shop.orders, id).update().status(1).exec(transaction).await?;
    }
    for id in shop::CHANGED_LINES {
        of(&mut shop.lines, id).update().quantity(shop::new_quantity(id)).exec(transaction).await?;
    }
    Ok(())
}

async fn insert(transaction: &mut Transaction<'_>) -> Result {
    let mut customers = Vec::new();
    for at in 0..shop::NEW_CUSTOMERS {
        let customer = Customer::create().name(shop::name_of_new_customer(at)).exec(transaction).await?;
        customers.push(customer.id);
    }
    let mut products = Vec::new();
    for at in 0..shop::NEW_PRODUCTS {
        let (name, price) = shop::new_product(at);
        products.push(Product::create().name(name).price(price).exec(transaction).await?.id);
    }
    for at in 0..shop::NEW_ORDERS {
        let (customer, number) = shop::new_order(at);
        let order = Order::create().customer_id(key(customer, &customers)).number(number).status(0);
        let order = order.exec(transaction).await?.id;
        for at in shop::lines_of(at) {
            let (product, quantity) = shop::new_line(at);
            let line = OrderLine::create().order_id(order).product_id(key(product, &products));
            line.quantity(quantity).exec(transaction).await?;
        }
        Payment::create().order_id(order).amount(shop::NEW_AMOUNT).exec(transaction).await?;
    }
    Ok(())
}

/// On MariaDB by text, see [`delete_by_text`].
async fn delete(transaction: &mut Transaction<'_>, on_server: bool) -> Result {
    for id in shop::DELETED_LINES {
        if on_server {
            delete_by_text(transaction, "order_lines", id..=id).await?;
        } else {
            OrderLine::filter_by_id(id as u64).delete().exec(transaction).await?;
        }
    }
    for id in shop::DELETED_PAYMENTS {
        if on_server {
            delete_by_text(transaction, "payments", id..=id).await?;
        } else {
            Payment::filter_by_id(id as u64).delete().exec(transaction).await?;
        }
    }
    Ok(())
}
