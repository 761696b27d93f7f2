const _: () = {
    use ::orm::__private as __orm;
    use __orm::Unstorable as _;
    static __COLUMNS: [__orm::ColumnDef; 9] = [
        __orm::Field::<i64>::COLUMN.named("id", "id", 0).primary_key().generated(),
        __orm::Field::<String>::COLUMN
            .named("name", "name", 1)
            .length(50)
            .unique()
            .comment("What the others see."),
        __orm::Field::<Option<String>>::COLUMN.named("email", "email", 2),
        __orm::Field::<Option<i32>>::COLUMN.named("age", "age", 3),
        __orm::Field::<i64>::COLUMN
            .named("team_id", "team_id", 4)
            .references(
                __orm::Reference::new(<Team as __orm::Model>::model)
                    .on_delete(__orm::ReferentialAction::Cascade),
            ),
        __orm::Field::<Auto<bool>>::COLUMN.named("active", "active", 5).default(),
        __orm::Field::<Decimal>::COLUMN.named("balance", "balance", 6).precision(12, 2),
        __orm::Field::<Auto<DateTime<Utc>>>::COLUMN
            .named("created_at", "created_at", 7)
            .server_default("CURRENT_TIMESTAMP"),
        __orm::Field::<i64>::COLUMN.named("version", "version", 8).version(),
    ];
    static __MODEL: __orm::ModelDef = __orm::define::<
        Account,
    >("Account", ::core::module_path!(), "accounts", &__COLUMNS, &[0])
        .indexes(&[&[4, 1]])
        .comment("A person who may sign in.");
    __orm::inventory::submit! {
        __orm::Registered(& __MODEL)
    }
    pub struct AccountColumns<__K: __orm::Kind> {
        pub id: __K::Column<i64>,
        pub name: __K::Column<String>,
        pub email: __K::Column<Option<String>>,
        pub age: __K::Column<Option<i32>>,
        pub team_id: __K::Column<i64>,
        pub active: __K::Column<bool>,
        pub balance: __K::Column<Decimal>,
        pub created_at: __K::Column<DateTime<Utc>>,
        pub version: __K::Column<i64>,
        __at: __orm::At<__K>,
    }
    #[automatically_derived]
    impl<__K: __orm::Kind> ::core::clone::Clone for AccountColumns<__K> {
        fn clone(&self) -> Self {
            *self
        }
    }
    #[automatically_derived]
    impl<__K: __orm::Kind> ::core::marker::Copy for AccountColumns<__K> {}
    #[automatically_derived]
    impl<__K: __orm::Kind> ::core::fmt::Debug for AccountColumns<__K> {
        fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
            f.write_str("AccountColumns")
        }
    }
    #[automatically_derived]
    impl __orm::WholeColumns for AccountColumns<__orm::Required> {
        type Model = Account;
        fn row(&self) -> __orm::Path {
            self.__at.path()
        }
    }
    #[automatically_derived]
    impl __orm::AnyModel for Account {
        fn definition(&self) -> &'static __orm::ModelDef {
            &__MODEL
        }
        fn value(&self, column: u16) -> __orm::Encoded<'_> {
            match column {
                0 => __orm::Field::<i64>::value(&self.id),
                1 => __orm::Field::<String>::value(&self.name),
                2 => __orm::Field::<Option<String>>::value(&self.email),
                3 => __orm::Field::<Option<i32>>::value(&self.age),
                4 => __orm::Field::<i64>::value(&self.team_id),
                5 => __orm::Field::<Auto<bool>>::value(&self.active),
                6 => __orm::Field::<Decimal>::value(&self.balance),
                7 => __orm::Field::<Auto<DateTime<Utc>>>::value(&self.created_at),
                8 => __orm::Field::<i64>::value(&self.version),
                _ => __orm::Encoded::Borrowed(__orm::ValueRef::Null),
            }
        }
        fn set_value(
            &mut self,
            column: u16,
            value: __orm::ValueRef<'_>,
        ) -> __orm::Result<(), __orm::Mismatch> {
            match column {
                0 => __orm::Field::<i64>::set_value(&mut self.id, value),
                1 => __orm::Field::<String>::set_value(&mut self.name, value),
                2 => __orm::Field::<Option<String>>::set_value(&mut self.email, value),
                3 => __orm::Field::<Option<i32>>::set_value(&mut self.age, value),
                4 => __orm::Field::<i64>::set_value(&mut self.team_id, value),
                5 => __orm::Field::<Auto<bool>>::set_value(&mut self.active, value),
                6 => __orm::Field::<Decimal>::set_value(&mut self.balance, value),
                7 => {
                    __orm::Field::<
                        Auto<DateTime<Utc>>,
                    >::set_value(&mut self.created_at, value)
                }
                8 => __orm::Field::<i64>::set_value(&mut self.version, value),
                _ => ::core::result::Result::Ok(()),
            }
        }
        fn is_unset(&self, column: u16) -> bool {
            match column {
                0 => __orm::Field::<i64>::is_unset(&self.id),
                1 => __orm::Field::<String>::is_unset(&self.name),
                2 => __orm::Field::<Option<String>>::is_unset(&self.email),
                3 => __orm::Field::<Option<i32>>::is_unset(&self.age),
                4 => __orm::Field::<i64>::is_unset(&self.team_id),
                5 => __orm::Field::<Auto<bool>>::is_unset(&self.active),
                6 => __orm::Field::<Decimal>::is_unset(&self.balance),
                7 => __orm::Field::<Auto<DateTime<Utc>>>::is_unset(&self.created_at),
                8 => __orm::Field::<i64>::is_unset(&self.version),
                _ => false,
            }
        }
        fn set_default(&mut self, column: u16) {
            match column {
                5 => self.active = __orm::Auto::Set(true),
                _ => {}
            }
        }
    }
    #[automatically_derived]
    impl __orm::Model for Account {
        type Columns<__K: __orm::Kind> = AccountColumns<__K>;
        type Relations<__K: __orm::Kind> = __orm::NoRelations;
        type Key = i64;
        fn model() -> &'static __orm::ModelDef {
            &__MODEL
        }
        fn columns<__K: __orm::Kind>(at: __orm::Path) -> AccountColumns<__K> {
            let at = __orm::At::<__K>::new(at);
            AccountColumns {
                id: __orm::Field::<i64>::column(at, &__COLUMNS[0]),
                name: __orm::Field::<String>::column(at, &__COLUMNS[1]),
                email: __orm::Field::<Option<String>>::column(at, &__COLUMNS[2]),
                age: __orm::Field::<Option<i32>>::column(at, &__COLUMNS[3]),
                team_id: __orm::Field::<i64>::column(at, &__COLUMNS[4]),
                active: __orm::Field::<bool>::column(at, &__COLUMNS[5]),
                balance: __orm::Field::<Decimal>::column(at, &__COLUMNS[6]),
                created_at: __orm::Field::<DateTime<Utc>>::column(at, &__COLUMNS[7]),
                version: __orm::Field::<i64>::column(at, &__COLUMNS[8]),
                __at: at,
            }
        }
        fn relations<__K: __orm::Kind>(_: __orm::Path) -> __orm::NoRelations {
            __orm::NoRelations
        }
        fn read(row: __orm::Row<'_>) -> __orm::Result<Self> {
            ::core::result::Result::Ok(Self {
                id: __orm::Field::<i64>::read(row, 0)?,
                name: __orm::Field::<String>::read(row, 1)?,
                email: __orm::Field::<Option<String>>::read(row, 2)?,
                age: __orm::Field::<Option<i32>>::read(row, 3)?,
                team_id: __orm::Field::<i64>::read(row, 4)?,
                active: __orm::Field::<Auto<bool>>::read(row, 5)?,
                balance: __orm::Field::<Decimal>::read(row, 6)?,
                created_at: __orm::Field::<Auto<DateTime<Utc>>>::read(row, 7)?,
                version: __orm::Field::<i64>::read(row, 8)?,
            })
        }
    }
};
