//! The unit of work with this library: change, add, delete, commit. The order of the writes and the keys of new rows are
//! the session's business.

use bench_common::shop::{self, Which};
use bench_common::{Result, Stopwatch};
use orm::prelude::*;

use bench_orm::models::{Customer, Line, Order, Payment, Product};

/// The objects that are there, in the order of their keys from 1.
struct Shop {
    customers: Vec<Handle<Customer>>,
    products: Vec<Handle<Product>>,
    orders: Vec<Handle<Order>>,
    lines: Vec<Handle<Line>>,
    payments: Vec<Handle<Payment>>,
}

/// The objects are loaded before the time, which is that of the changes and the commit.
pub(crate) async fn run(engine: &AnyEngine, stopwatch: &mut Stopwatch) -> Result {
    let mut session = engine.session();
    let shop = load(&mut session).await?;
    stopwatch
        .wait(async {
            change(&mut session, &shop);
            insert(&mut session, &shop);
            for id in shop::DELETED_LINES {
                session.delete(of(&shop.lines, id));
            }
            for id in shop::DELETED_PAYMENTS {
                session.delete(of(&shop.payments, id));
            }
            Ok(session.commit().await?)
        })
        .await
}

fn of<T>(handles: &[Handle<T>], id: i64) -> Handle<T> {
    handles[id as usize - 1]
}

async fn load(session: &mut UnitOfWork) -> Result<Shop> {
    Ok(Shop {
        customers: session.query::<Customer>().order_by(|c| c.id.asc()).all().await?,
        products: session.query::<Product>().order_by(|p| p.id.asc()).all().await?,
        orders: session.query::<Order>().order_by(|o| o.id.asc()).all().await?,
        lines: session.query::<Line>().order_by(|l| l.id.asc()).all().await?,
        payments: session.query::<Payment>().order_by(|p| p.id.asc()).all().await?,
    })
}

fn change(session: &mut UnitOfWork, shop: &Shop) {
    for id in shop::RENAMED_CUSTOMERS {
        session[of(&shop.customers, id)].name = shop::new_name_of_customer(id);
    }
    for id in shop::REPRICED_PRODUCTS {
        session[of(&shop.products, id)].price = shop::new_price(id);
    }
    for id in shop::CLOSED_ORDERS {
        session[of(&shop.orders, id)].status = 1;
    }
    for id in shop::CHANGED_LINES {
        session[of(&shop.lines, id)].quantity = shop::new_quantity(id);
    }
}

fn insert(session: &mut UnitOfWork, shop: &Shop) {
    let customers: Vec<Handle<Customer>> = (0..shop::NEW_CUSTOMERS)
        .map(|at| session.add(Customer { name: shop::name_of_new_customer(at), ..Default::default() }))
        .collect();
    let products: Vec<Handle<Product>> = (0..shop::NEW_PRODUCTS)
        .map(|at| {
            let (name, price) = shop::new_product(at);
            session.add(Product { name, price, ..Default::default() })
        })
        .collect();
    for at in 0..shop::NEW_ORDERS {
        let (customer, number) = shop::new_order(at);
        let customer = match customer {
            Which::There(id) => of(&shop.customers, id),
            Which::New(at) => customers[at],
        };
        let order = session.add(Order { number, customer: customer.into(), ..Default::default() });
        for at in shop::lines_of(at) {
            let (product, quantity) = shop::new_line(at);
            let product = match product {
                Which::There(id) => of(&shop.products, id),
                Which::New(at) => products[at],
            };
            let (order, product) = (order.into(), product.into());
            session.add(Line { quantity, order, product, ..Default::default() });
        }
        let order = order.into();
        session.add(Payment { amount: shop::NEW_AMOUNT, order, ..Default::default() });
    }
}
