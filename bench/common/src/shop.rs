//! The unit of work of 2,000 mixed objects in five related tables: what is there before, what is done, what must be
//! there after.
//!
//! | table | before | changed | deleted | new |
//! |---|---|---|---|---|
//! | customers | 50 | 50 | | 20 |
//! | products | 50 | 50 | | 20 |
//! | orders | 200 | 150 | | 120 |
//! | order_lines | 800 | 450 | 200 | 720 |
//! | payments | 200 | | 100 | 120 |
//!
//! New orders belong to new and to old customers, new lines name new and old products: their keys are made by the
//! database in the same transaction.

use std::ops::RangeInclusive;

use anyhow::ensure;

use crate::Result;

/// Renamed customers, repriced products, orders with a new status, lines with a new quantity; by key.
pub const RENAMED_CUSTOMERS: RangeInclusive<i64> = 1..=50;
pub const REPRICED_PRODUCTS: RangeInclusive<i64> = 1..=50;
pub const CLOSED_ORDERS: RangeInclusive<i64> = 1..=150;
pub const CHANGED_LINES: RangeInclusive<i64> = 1..=450;
/// Deleted lines and payments, by key.
pub const DELETED_LINES: RangeInclusive<i64> = 601..=800;
pub const DELETED_PAYMENTS: RangeInclusive<i64> = 101..=200;
/// New rows.
pub const NEW_CUSTOMERS: usize = 20;
pub const NEW_PRODUCTS: usize = 20;
pub const NEW_ORDERS: usize = 120;
const LINES_OF_A_NEW_ORDER: usize = 6;
/// What each new order is paid with.
pub const NEW_AMOUNT: i64 = 5;

/// Statements that bring the tables to the state before, for both databases.
pub const RESET: &[&str] = &[
    "DELETE FROM payments",
    "DELETE FROM order_lines",
    "DELETE FROM orders",
    "DELETE FROM products",
    "DELETE FROM customers",
    "INSERT INTO customers SELECT id, REPLACE('Customer #', '#', id) FROM users WHERE id <= 50",
    "INSERT INTO products SELECT id, REPLACE('Product #', '#', id), id FROM users WHERE id <= 50",
    "INSERT INTO orders SELECT id, (id - 1 - (id - 1) % 4) / 4 + 1, id, 0 FROM users WHERE id <= 200",
    "INSERT INTO order_lines SELECT id, (id - 1 - (id - 1) % 4) / 4 + 1, (id * 7) % 50 + 1, 1 + id % 5 FROM users WHERE id <= 800",
    "INSERT INTO payments SELECT id, id, id * 10 FROM users WHERE id <= 200",
];

pub fn new_name_of_customer(id: i64) -> String {
    format!("Customer {id} renamed")
}

pub fn new_price(id: i64) -> i64 {
    id + 100
}

pub fn new_quantity(id: i64) -> i64 {
    10 + id % 5
}

/// The name of the new customer number `at`, from 0.
pub fn name_of_new_customer(at: usize) -> String {
    format!("New customer {at}")
}

/// The name and price of the new product number `at`, from 0.
pub fn new_product(at: usize) -> (String, i64) {
    (format!("New product {at}"), 500 + at as i64)
}

/// A row that is there, by its key, or a new one, by its number from 0.
#[derive(Clone, Copy, Debug)]
pub enum Which {
    There(i64),
    New(usize),
}

/// The customer and the order number of the new order number `at`, from 0.
pub fn new_order(at: usize) -> (Which, i64) {
    let customer = if at < 60 { Which::New(at / 3) } else { Which::There((at as i64 - 60) / 3 + 1) };
    (customer, 1_000 + at as i64)
}

/// The numbers of the lines of the new order number `at`.
pub fn lines_of(at: usize) -> std::ops::Range<usize> {
    at * LINES_OF_A_NEW_ORDER..(at + 1) * LINES_OF_A_NEW_ORDER
}

/// The product and the quantity of a line of a new order; `at` counts the lines of all new orders from 0.
pub fn new_line(at: usize) -> (Which, i64) {
    let product =
        if at.is_multiple_of(2) { Which::New(at % NEW_PRODUCTS) } else { Which::There(at as i64 % 50 + 1) };
    (product, 1 + at as i64 % 3)
}

/// One number over all rows and how they hang together.
pub const DIGEST: &str = "SELECT CAST((SELECT SUM(l.quantity * p.price * 3 + o.status * 7 + o.number + LENGTH(c.name)) \
     FROM order_lines l JOIN orders o ON o.id = l.order_id JOIN customers c ON c.id = o.customer_id \
     JOIN products p ON p.id = l.product_id) \
     + (SELECT SUM(a.amount + o.number) FROM payments a JOIN orders o ON o.id = a.order_id) AS SIGNED)";

/// Whether [`DIGEST`] is what it must be after the work.
pub(crate) fn check(digest: i64) -> Result {
    let expected = expected();
    ensure!(digest == expected, "the shop's digest is {digest} in place of {expected}");
    Ok(())
}

/// What [`DIGEST`] must be after the work.
pub fn expected() -> i64 {
    let price = |id: i64| new_price(id);
    let mut sum = 0;
    for line in 1..DELETED_LINES.start().to_owned() {
        let order = (line - 1) / 4 + 1;
        let customer = (order - 1) / 4 + 1;
        let quantity = if CHANGED_LINES.contains(&line) { new_quantity(line) } else { 1 + line % 5 };
        let status = i64::from(CLOSED_ORDERS.contains(&order));
        let name = new_name_of_customer(customer).len() as i64;
        sum += quantity * price((line * 7) % 50 + 1) * 3 + status * 7 + order + name;
    }
    for at in 0..NEW_ORDERS {
        let (customer, number) = new_order(at);
        let name = match customer {
            Which::There(id) => new_name_of_customer(id).len(),
            Which::New(at) => name_of_new_customer(at).len(),
        };
        for line in lines_of(at) {
            let (product, quantity) = new_line(line);
            let price = match product {
                Which::There(id) => price(id),
                Which::New(at) => new_product(at).1,
            };
            sum += quantity * price * 3 + number + name as i64;
        }
        sum += NEW_AMOUNT + number;
    }
    for payment in 1..DELETED_PAYMENTS.start().to_owned() {
        sum += payment * 10 + payment;
    }
    sum
}
