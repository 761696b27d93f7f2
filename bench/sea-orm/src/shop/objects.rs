//! Object by object: the models are loaded before the time, and each is saved or deleted by its active model.

use bench_common::shop::{self, Which};
use bench_common::{Result, Stopwatch};
use sea_orm::{
    ActiveModelTrait, DatabaseConnection, DatabaseTransaction, EntityTrait, IntoActiveModel, ModelTrait,
    QueryOrder, Set, TransactionTrait,
};

use crate::entities::{customers, order_lines, orders, payments, products};

/// The models that are there, in the order of their keys from 1.
struct Shop {
    customers: Vec<customers::Model>,
    products: Vec<products::Model>,
    orders: Vec<orders::Model>,
    lines: Vec<order_lines::Model>,
    payments: Vec<payments::Model>,
}

pub(super) async fn run(database: &DatabaseConnection, stopwatch: &mut Stopwatch) -> Result {
    let shop = Shop {
        customers: customers::Entity::find().order_by_asc(customers::Column::Id).all(database).await?,
        products: products::Entity::find().order_by_asc(products::Column::Id).all(database).await?,
        orders: orders::Entity::find().order_by_asc(orders::Column::Id).all(database).await?,
        lines: order_lines::Entity::find().order_by_asc(order_lines::Column::Id).all(database).await?,
        payments: payments::Entity::find().order_by_asc(payments::Column::Id).all(database).await?,
    };
    stopwatch
        .wait(async {
            let transaction = database.begin().await?;
            change(&shop, &transaction).await?;
            insert(&transaction).await?;
            for id in shop::DELETED_LINES {
                of(&shop.lines, id).delete(&transaction).await?;
            }
            for id in shop::DELETED_PAYMENTS {
                of(&shop.payments, id).delete(&transaction).await?;
            }
            Ok(transaction.commit().await?)
        })
        .await
}

fn of<M: Clone>(models: &[M], id: i64) -> M {
    models[id as usize - 1].clone()
}

async fn change(shop: &Shop, transaction: &DatabaseTransaction) -> Result {
    for id in shop::RENAMED_CUSTOMERS {
        let mut changed = of(&shop.customers, id).into_active_model();
        changed.name = Set(shop::new_name_of_customer(id));
        changed.update(transaction).await?;
    }
    for id in shop::REPRICED_PRODUCTS {
        let mut changed = of(&shop.products, id).into_active_model();
        changed.price = Set(shop::new_price(id));
        changed.update(transaction).await?;
    }
    for id in shop::CLOSED_ORDERS {
        let mut changed = of(&shop.orders, id).into_active_model();
        changed.status = Set(1);
        changed.update(transaction).await?;
    }
    for id in shop::CHANGED_LINES {
        let mut changed = of(&shop.lines, id).into_active_model();
        changed.quantity = Set(shop::new_quantity(id));
        changed.update(transaction).await?;
    }
    Ok(())
}

async fn insert(transaction: &DatabaseTransaction) -> Result {
    let mut customers = Vec::new();
    for at in 0..shop::NEW_CUSTOMERS {
        let name = Set(shop::name_of_new_customer(at));
        let new = customers::ActiveModel { name, ..Default::default() };
        customers.push(new.insert(transaction).await?.id);
    }
    let mut products = Vec::new();
    for at in 0..shop::NEW_PRODUCTS {
        let (name, price) = shop::new_product(at);
        let new = products::ActiveModel { name: Set(name), price: Set(price), ..Default::default() };
        products.push(new.insert(transaction).await?.id);
    }
    let key = |which, new: &[i64]| match which {
        Which::There(id) => id,
        Which::New(at) => new[at],
    };
    for at in 0..shop::NEW_ORDERS {
        let (customer, number) = shop::new_order(at);
        let customer_id = Set(key(customer, &customers));
        let new =
            orders::ActiveModel { customer_id, number: Set(number), status: Set(0), ..Default::default() };
        let order_id = Set(new.insert(transaction).await?.id);
        for at in shop::lines_of(at) {
            let (product, quantity) = shop::new_line(at);
            let (product_id, quantity) = (Set(key(product, &products)), Set(quantity));
            let order_id = order_id.clone();
            let new = order_lines::ActiveModel { order_id, product_id, quantity, ..Default::default() };
            new.insert(transaction).await?;
        }
        let new = payments::ActiveModel { order_id, amount: Set(shop::NEW_AMOUNT), ..Default::default() };
        new.insert(transaction).await?;
    }
    Ok(())
}
