const _: () = {
    use ::orm::__private as __orm;
    use __orm::Unstorable as _;
    static __COLUMNS: [__orm::ColumnDef; 9] = [
        __orm::Field::<i64>::COLUMN.named("id", "id", 0).primary_key().generated(),
        __orm::Field::<String>::COLUMN.named("name", "name", 1).length(50).unique(),
        __orm::Field::<Option<String>>::COLUMN.named("email", "email", 2),
        __orm::Field::<Option<i32>>::COLUMN.named("age", "age", 3),
        __orm::Field::<i64>::COLUMN
            .named("team_id", "team_id", 4)
            .references(
                __orm::Reference::new(<Team as __orm::Model>::model)
                    .on_delete(__orm::ReferentialAction::Cascade),
            ),
        __orm::Field::<Option<i64>>::COLUMN
            .named("mentor_id", "mentor_id", 5)
            .references(__orm::Reference::new(<Account as __orm::Model>::model)),
        __orm::Field::<Decimal>::COLUMN.named("balance", "balance", 6).precision(12, 2),
        __orm::Field::<Auto<DateTime<Utc>>>::COLUMN
            .named("created_at", "created_at", 7)
            .server_default("CURRENT_TIMESTAMP"),
        __orm::Field::<i64>::COLUMN.named("version", "version", 8).version(),
    ];
    use __orm::Unrelated as _;
    static __RELATIONS: [__orm::RelationDef; 4] = [
        __orm::RelationDef::new(
                "team",
                __orm::RelationKind::BelongsTo,
                __orm::RelationOf::<BelongsTo<Team>>::TARGET,
            )
            .columns(&[4]),
        __orm::RelationDef::new(
                "mentor",
                __orm::RelationKind::BelongsTo,
                __orm::RelationOf::<BelongsTo<Option<Account>>>::TARGET,
            )
            .columns(&[5]),
        __orm::RelationDef::new(
                "posts",
                __orm::RelationKind::HasMany,
                __orm::RelationOf::<HasMany<Post>>::TARGET,
            )
            .via("author")
            .cascade(__orm::Cascade::ALL.with(__orm::Cascade::DELETE_ORPHAN))
            .passive_deletes()
            .order_by({
                let _ = |at| {
                    let row = <Post as __orm::Model>::columns::<__orm::Required>(at);
                    let _ = row.title;
                    let _ = row.id;
                };
                &[("title", false), ("id", true)]
            }),
        __orm::RelationDef::new(
                "tags",
                __orm::RelationKind::ManyToMany,
                __orm::RelationOf::<ManyToMany<Tag>>::TARGET,
            )
            .through(__orm::Through::Table("account_tags")),
    ];
    const _: () = __orm::check_key(
        __orm::RelationOf::<BelongsTo<Team>>::SHAPE,
        __COLUMNS[4].nullable,
        "the key `team_id` may be NULL: write `BelongsTo<Option<Team>>`, or a key that is no `Option`",
    );
    const _: () = __orm::check_key(
        __orm::RelationOf::<BelongsTo<Option<Account>>>::SHAPE,
        __COLUMNS[5].nullable,
        "the key `mentor_id` is never NULL: write `BelongsTo<Account>`, or a key that is an `Option`",
    );
    static __MODEL: __orm::ModelDef = __orm::define::<
        Account,
    >("Account", ::core::module_path!(), "accounts", &__COLUMNS, &[0])
        .indexes(&[&[4, 1]])
        .relations(&__RELATIONS)
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
        pub mentor_id: __K::Column<Option<i64>>,
        pub balance: __K::Column<Decimal>,
        pub created_at: __K::Column<DateTime<Utc>>,
        pub version: __K::Column<i64>,
        __relations: AccountRelations<__K>,
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
    #[derive(::core::clone::Clone, ::core::marker::Copy, ::core::fmt::Debug)]
    pub struct AccountRelations<__K: __orm::Kind>(__orm::At<__K>);
    #[automatically_derived]
    impl<__K: __orm::Kind> AccountRelations<__K> {
        pub fn team(&self) -> __K::One<Team> {
            __orm::RelationOf::<BelongsTo<Team>>::one(self.0, 0)
        }
        pub fn mentor(&self) -> __K::MaybeOne<Account> {
            __orm::RelationOf::<BelongsTo<Option<Account>>>::maybe_one(self.0, 1)
        }
        pub fn posts(&self) -> __orm::ToMany<Post> {
            __orm::RelationOf::<HasMany<Post>>::many(self.0, 2)
        }
        pub fn tags(&self) -> __orm::ToMany<Tag> {
            __orm::RelationOf::<ManyToMany<Tag>>::many(self.0, 3)
        }
    }
    #[automatically_derived]
    impl<__K: __orm::Kind> ::core::ops::Deref for AccountColumns<__K> {
        type Target = AccountRelations<__K>;
        fn deref(&self) -> &AccountRelations<__K> {
            &self.__relations
        }
    }
    #[automatically_derived]
    impl __orm::WholeColumns for AccountColumns<__orm::Required> {
        type Model = Account;
        fn row(&self) -> __orm::Path {
            self.__relations.0.path()
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
                5 => __orm::Field::<Option<i64>>::value(&self.mentor_id),
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
                5 => __orm::Field::<Option<i64>>::set_value(&mut self.mentor_id, value),
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
                5 => __orm::Field::<Option<i64>>::is_unset(&self.mentor_id),
                6 => __orm::Field::<Decimal>::is_unset(&self.balance),
                7 => __orm::Field::<Auto<DateTime<Utc>>>::is_unset(&self.created_at),
                8 => __orm::Field::<i64>::is_unset(&self.version),
                _ => false,
            }
        }
        fn set_default(&mut self, _: u16) {}
        fn relation(&self, relation: u8) -> ::core::option::Option<&__orm::Items> {
            match relation {
                0 => __orm::RelationOf::<BelongsTo<Team>>::items(&self.team),
                1 => __orm::RelationOf::<BelongsTo<Option<Account>>>::items(&self.mentor),
                2 => __orm::RelationOf::<HasMany<Post>>::items(&self.posts),
                3 => __orm::RelationOf::<ManyToMany<Tag>>::items(&self.tags),
                _ => ::core::option::Option::None,
            }
        }
        fn relation_mut(
            &mut self,
            relation: u8,
        ) -> ::core::option::Option<&mut __orm::Items> {
            match relation {
                0 => __orm::RelationOf::<BelongsTo<Team>>::items_mut(&mut self.team),
                1 => {
                    __orm::RelationOf::<
                        BelongsTo<Option<Account>>,
                    >::items_mut(&mut self.mentor)
                }
                2 => __orm::RelationOf::<HasMany<Post>>::items_mut(&mut self.posts),
                3 => __orm::RelationOf::<ManyToMany<Tag>>::items_mut(&mut self.tags),
                _ => ::core::option::Option::None,
            }
        }
    }
    #[automatically_derived]
    impl __orm::Model for Account {
        type Columns<__K: __orm::Kind> = AccountColumns<__K>;
        type Relations<__K: __orm::Kind> = AccountRelations<__K>;
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
                mentor_id: __orm::Field::<Option<i64>>::column(at, &__COLUMNS[5]),
                balance: __orm::Field::<Decimal>::column(at, &__COLUMNS[6]),
                created_at: __orm::Field::<DateTime<Utc>>::column(at, &__COLUMNS[7]),
                version: __orm::Field::<i64>::column(at, &__COLUMNS[8]),
                __relations: AccountRelations(at),
            }
        }
        fn relations<__K: __orm::Kind>(at: __orm::Path) -> AccountRelations<__K> {
            AccountRelations(__orm::At::new(at))
        }
        fn read(row: __orm::Row<'_>) -> __orm::Result<Self> {
            ::core::result::Result::Ok(Self {
                id: __orm::Field::<i64>::read(row, 0)?,
                name: __orm::Field::<String>::read(row, 1)?,
                email: __orm::Field::<Option<String>>::read(row, 2)?,
                age: __orm::Field::<Option<i32>>::read(row, 3)?,
                team_id: __orm::Field::<i64>::read(row, 4)?,
                mentor_id: __orm::Field::<Option<i64>>::read(row, 5)?,
                balance: __orm::Field::<Decimal>::read(row, 6)?,
                created_at: __orm::Field::<Auto<DateTime<Utc>>>::read(row, 7)?,
                version: __orm::Field::<i64>::read(row, 8)?,
                team: __orm::RelationOf::<BelongsTo<Team>>::not_loaded(),
                mentor: __orm::RelationOf::<BelongsTo<Option<Account>>>::not_loaded(),
                posts: __orm::RelationOf::<HasMany<Post>>::not_loaded(),
                tags: __orm::RelationOf::<ManyToMany<Tag>>::not_loaded(),
            })
        }
    }
};
