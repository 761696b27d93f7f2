//! The unit of work by hand: one prepared statement for each kind of write, in an order that the foreign keys allow.
//! What a program with no ORM at all could do at its best.

use bench_common::shop::{self, Which};
use bench_common::{Result, Stopwatch};
use rusqlite::{Connection, params};

pub(crate) fn run(connection: &Connection, stopwatch: &mut Stopwatch) -> Result {
    stopwatch.time(|| {
        connection.execute_batch("BEGIN")?;
        change(connection)?;
        insert(connection)?;
        delete(connection, "DELETE FROM order_lines WHERE id = ?", shop::DELETED_LINES)?;
        delete(connection, "DELETE FROM payments WHERE id = ?", shop::DELETED_PAYMENTS)?;
        connection.execute_batch("COMMIT")?;
        Ok(())
    })
}

fn change(connection: &Connection) -> Result {
    let mut statement = connection.prepare_cached("UPDATE customers SET name = ? WHERE id = ?")?;
    for id in shop::RENAMED_CUSTOMERS {
        statement.execute(params![shop::new_name_of_customer(id), id])?;
    }
    let mut statement = connection.prepare_cached("UPDATE products SET price = ? WHERE id = ?")?;
    for id in shop::REPRICED_PRODUCTS {
        statement.execute([shop::new_price(id), id])?;
    }
    let mut statement = connection.prepare_cached("UPDATE orders SET status = ? WHERE id = ?")?;
    for id in shop::CLOSED_ORDERS {
        statement.execute([1, id])?;
    }
    let mut statement = connection.prepare_cached("UPDATE order_lines SET quantity = ? WHERE id = ?")?;
    for id in shop::CHANGED_LINES {
        statement.execute([shop::new_quantity(id), id])?;
    }
    Ok(())
}

fn insert(connection: &Connection) -> Result {
    let mut statement = connection.prepare_cached("INSERT INTO customers (name) VALUES (?)")?;
    let mut customers = Vec::new();
    for at in 0..shop::NEW_CUSTOMERS {
        customers.push(statement.insert([shop::name_of_new_customer(at)])?);
    }
    let mut statement = connection.prepare_cached("INSERT INTO products (name, price) VALUES (?, ?)")?;
    let mut products = Vec::new();
    for at in 0..shop::NEW_PRODUCTS {
        let (name, price) = shop::new_product(at);
        products.push(statement.insert(params![name, price])?);
    }
    let key = |which, new: &[i64]| match which {
        Which::There(id) => id,
        Which::New(at) => new[at],
    };
    let mut order =
        connection.prepare_cached("INSERT INTO orders (customer_id, number, status) VALUES (?, ?, 0)")?;
    let mut line = connection
        .prepare_cached("INSERT INTO order_lines (order_id, product_id, quantity) VALUES (?, ?, ?)")?;
    let mut payment = connection.prepare_cached("INSERT INTO payments (order_id, amount) VALUES (?, ?)")?;
    for at in 0..shop::NEW_ORDERS {
        let (customer, number) = shop::new_order(at);
        let id = order.insert([key(customer, &customers), number])?;
        for at in shop::lines_of(at) {
            let (product, quantity) = shop::new_line(at);
            line.execute([id, key(product, &products), quantity])?;
        }
        payment.execute([id, shop::NEW_AMOUNT])?;
    }
    Ok(())
}

fn delete(connection: &Connection, statement: &str, keys: std::ops::RangeInclusive<i64>) -> Result {
    let mut statement = connection.prepare_cached(statement)?;
    for id in keys {
        statement.execute([id])?;
    }
    Ok(())
}
