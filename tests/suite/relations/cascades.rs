//! What follows a relation when its owner is saved or deleted. Rules 9, 10, 13.

use super::*;

case!(rule_9_saving_goes_from_parent_to_child_and_from_child_to_parent, |db| {
    db.create::<Library>().await?;
    let mut session = db.engine().session();
    let book = session.add(Book {
        title: "One".into(),
        author: author("Ann").into(),
        editor: author("Bob").into(),
        ..Default::default()
    });
    session.commit().await?;
    assert_eq!(session[book].author.get(&session)?.map(|author| author.name.as_str()), Some("Ann"));
    assert_eq!(session[book].editor.get(&session)?.name, "Bob");
    assert_eq!(db.engine().query::<Author>().count().await?, 2);
});

case!(rule_10_deleting_cascades_deepest_first_to_what_is_not_loaded, |db| {
    db.create::<Shop>().await?;
    let mut session = db.engine().session();
    let lines = [line(1, "a"), line(2, "b")];
    session.add(Customer { orders: [Order { lines: lines.into(), ..order(1) }].into(), ..customer("Ann") });
    session.commit().await?;
    let mut session = db.engine().session();
    let ann = session.query::<Customer>().one().await?;
    session.delete(ann);
    let log = db.engine().log_statements();
    session.commit().await?;
    let writes: Vec<String> = log.take_sql().into_iter().filter(|sql| sql.starts_with("DELETE")).collect();
    let tables: Vec<&str> = writes.iter().filter_map(|sql| sql.split(['"', '`']).nth(1)).collect();
    assert_eq!(tables, ["rel_lines", "rel_orders", "rel_customers"]);
    assert_eq!(db.engine().query::<Line>().count().await?, 0);
});

case!(rule_10_without_a_cascade_a_nullable_key_becomes_null, |db| {
    db.create::<Library>().await?;
    let mut session = db.engine().session();
    let ann = session.add(author("Ann"));
    let bob = session.add(author("Bob"));
    let book = |title: &str| Book {
        title: title.into(),
        author: ann.into(),
        editor: bob.into(),
        ..Default::default()
    };
    session.add_all([book("One"), book("Two")]);
    session.commit().await?;
    // Loaded or not.
    let mut session = db.engine().session();
    let ann = session.query::<Author>().filter(|a| a.name.eq("Ann")).one().await?;
    session.delete(ann);
    session.commit().await?;
    let books = db.engine().query::<Book>().all().await?;
    assert_eq!(books.iter().map(|book| book.author_id).collect::<Vec<_>>(), [None, None]);
});

case!(rule_10_a_key_that_takes_no_null_is_an_error_that_says_what_to_do, |db| {
    db.create::<Library>().await?;
    let mut session = db.engine().session();
    let bob = session.add(author("Bob"));
    session.add(Book { title: "One".into(), editor: bob.into(), ..Default::default() });
    session.commit().await?;
    session.delete(bob);
    let error = session.commit().await.expect_err("a book needs its editor");
    let text = error.to_string();
    assert!(
        text.contains("`Author.edited`") && text.contains("`editor_id`") && text.contains("cascade"),
        "{text}"
    );
    // Nothing is lost: the deletion can be taken back.
    session.add(bob);
    session.commit().await?;
    assert_eq!(db.engine().query::<Author>().count().await?, 1);
});

/// Leaves its children to the database.
#[derive(Model, Debug, Default)]
#[orm(table = "rel_owners")]
struct Owner {
    #[orm(primary_key)]
    id: i64,
    #[orm(has_many, cascade = "all", passive_deletes)]
    pets: HasMany<Pet>,
}

#[derive(Model, Debug, Default)]
#[orm(table = "rel_pets")]
struct Pet {
    #[orm(primary_key)]
    id: i64,
    #[orm(references = Owner, on_delete = "cascade")]
    owner_id: i64,
}

case!(rule_10_passive_deletes_leave_rows_that_are_not_loaded_to_the_database, |db| {
    db.create::<(Owner, Pet)>().await?;
    let mut session = db.engine().session();
    session.add(Owner { pets: [Pet::default(), Pet::default()].into(), ..Default::default() });
    session.commit().await?;
    let mut session = db.engine().session();
    let owner = session.query::<Owner>().one().await?;
    session.delete(owner);
    let log = db.engine().log_statements();
    session.commit().await?;
    assert_eq!(log.take_sql().len(), 3, "BEGIN, DELETE, COMMIT");
    assert_eq!(db.engine().query::<Pet>().count().await?, 0);
});

/// Its key is part of the child's.
#[derive(Model, Debug, Default)]
#[orm(table = "rel_invoices")]
struct Invoice {
    #[orm(primary_key)]
    id: i64,
    #[orm(has_many)]
    items: HasMany<InvoiceItem>,
}

#[derive(Model, Debug, Default)]
#[orm(table = "rel_invoice_items")]
struct InvoiceItem {
    #[orm(primary_key, references = Invoice)]
    invoice_id: i64,
    #[orm(primary_key)]
    position: i32,
    #[orm(belongs_to = "invoice_id")]
    invoice: BelongsTo<Invoice>,
}

case!(a_key_that_is_part_of_the_childs_key_is_copied_into_it, |db| {
    db.create::<(Invoice, InvoiceItem)>().await?;
    let mut session = db.engine().session();
    let items = [1, 2].map(|position| InvoiceItem { position, ..Default::default() });
    let invoice = session.add(Invoice { items: items.into(), ..Default::default() });
    session.commit().await?;
    let id = session[invoice].id;
    let first = session[invoice].items.handles()?[0];
    assert_eq!((session[first].invoice_id, session[first].position), (id, 1));
    assert_eq!(session.get::<InvoiceItem>((id, 1)).await?, Some(first));
});

case!(rule_13_a_child_whose_key_contains_the_foreign_key_cannot_be_blanked, |db| {
    db.create::<(Invoice, InvoiceItem)>().await?;
    let mut session = db.engine().session();
    let items = [InvoiceItem { position: 1, ..Default::default() }];
    let invoice = session.add(Invoice { items: items.into(), ..Default::default() });
    session.commit().await?;
    session[invoice].items.clear();
    let error = session.commit().await.expect_err("the item cannot be without its invoice");
    assert!(error.to_string().contains("part of its primary key"), "{error}");
});

case!(rule_11_an_orphan_takes_its_own_children_along_loaded_or_not, |db| {
    db.create::<Shop>().await?;
    let mut session = db.engine().session();
    let lines = [line(1, "a"), line(2, "b")];
    session.add(Customer { orders: [Order { lines: lines.into(), ..order(1) }].into(), ..customer("Ann") });
    session.commit().await?;
    let mut session = db.engine().session();
    let ann = session.query::<Customer>().with(|c| c.orders()).one().await?;
    session[ann].orders.clear();
    session.commit().await?;
    assert_eq!(db.engine().query::<Order>().count().await?, 0);
    assert_eq!(db.engine().query::<Line>().count().await?, 0);
});

/// A row may refer to itself, and has to refer to something.
#[derive(Model, Debug, Default, Clone)]
#[orm(table = "rel_accounts")]
struct Account {
    #[orm(primary_key)]
    id: i64,
    #[orm(references = Account)]
    payer_id: i64,
    #[orm(belongs_to = "payer_id")]
    payer: BelongsTo<Account>,
}

case!(a_row_that_refers_to_itself_is_written_and_deleted, |db| {
    db.create::<(Folder,)>().await?;
    let mut session = db.engine().session();
    let own = session.add(folder("own"));
    session[own].parent = own.into();
    session.commit().await?;
    assert_eq!(session[own].parent_id, Some(session[own].id));
    let mut session = db.engine().session();
    let own = session.query::<Folder>().one().await?;
    session.delete(own);
    session.commit().await?;
    assert_eq!(db.engine().query::<Folder>().count().await?, 0);
});

/// The same, and the database lets it go.
#[derive(Model, Debug, Default, Clone)]
#[orm(table = "rel_patrons")]
struct Patron {
    #[orm(primary_key)]
    id: i64,
    #[orm(references = Patron, on_delete = "cascade")]
    patron_id: i64,
    #[orm(belongs_to = "patron_id")]
    patron: BelongsTo<Patron>,
}

case!(a_row_that_must_refer_to_itself_goes_where_the_database_lets_it, |db| {
    db.create::<(Account, Patron)>().await?;
    let mut session = db.engine().session();
    let own = session.add(Patron { id: 5, patron_id: 5, ..Default::default() });
    let account = session.add(Account { id: 5, payer_id: 5, ..Default::default() });
    session.commit().await?;
    session.delete(own);
    session.commit().await?;
    assert_eq!(db.engine().query::<Patron>().count().await?, 0);
    session.delete(account);
    let outcome = session.commit().await;
    if db.is_server() {
        // InnoDB checks each row by itself.
        let text = outcome.expect_err("it refers to itself").to_string();
        assert!(text.contains("Account#1 (id 5) refers to itself by `payer_id`"), "{text}");
        assert!(text.contains("`on_delete = \"cascade\"`"), "{text}");
    } else {
        outcome?;
        assert_eq!(db.engine().query::<Account>().count().await?, 0);
    }
});

case!(a_generated_key_cannot_be_its_own_and_never_null, |db| {
    db.create::<(Account,)>().await?;
    let mut session = db.engine().session();
    let own = session.add(Account::default());
    session[own].payer = own.into();
    let error = session.commit().await.expect_err("nobody knows the key before the row is there");
    assert!(matches!(error.kind(), orm::ErrorKind::Circular { .. }), "{error}");
});
