const _: () = {
    use ::orm::__private as __orm;
    use __orm::Unstorable as _;
    static __COLUMNS: [__orm::ColumnDef; 4] = [
        __orm::Field::<i64>::COLUMN.named("id", "id", 0).primary_key().generated(),
        __orm::Field::<i64>::COLUMN
            .named("author_id", "author_id", 1)
            .references(__orm::Reference::new(<crate::User as __orm::Model>::model)),
        __orm::Field::<Option<i64>>::COLUMN.named("book", "book", 2),
        __orm::Field::<Option<i32>>::COLUMN.named("page", "page", 3),
    ];
    use __orm::Unrelated as _;
    static __RELATIONS: [__orm::RelationDef; 6] = [
        __orm::RelationDef::new(
                "author",
                __orm::RelationKind::BelongsTo,
                __orm::RelationOf::<orm::BelongsTo<User>>::TARGET,
            )
            .columns(&[1])
            .cascade(__orm::Cascade::NONE),
        __orm::RelationDef::new(
                "match",
                __orm::RelationKind::BelongsTo,
                __orm::RelationOf::<MaybePage>::TARGET,
            )
            .columns(&[2, 3])
            .view_only(),
        __orm::RelationDef::new(
                "summary",
                __orm::RelationKind::HasOne,
                __orm::RelationOf::<HasOne<Summary>>::TARGET,
            )
            .cascade(
                __orm::Cascade::SAVE
                    .with(__orm::Cascade::MERGE)
                    .with(__orm::Cascade::REFRESH)
                    .with(__orm::Cascade::EXPUNGE)
                    .with(__orm::Cascade::DELETE)
                    .with(__orm::Cascade::DELETE_ORPHAN),
            ),
        __orm::RelationDef::new(
                "tags",
                __orm::RelationKind::ManyToMany,
                __orm::RelationOf::<ManyToMany<Tag>>::TARGET,
            )
            .via("post_id")
            .through(__orm::Through::Model(<PostTag as __orm::Model>::model))
            .order_by({
                let _ = |at| {
                    let row = <Tag as __orm::Model>::columns::<__orm::Required>(at);
                    let _ = row.name;
                };
                &[("name", false)]
            }),
        __orm::RelationDef::new(
                "shown",
                __orm::RelationKind::HasMany,
                __orm::RelationOf::<HasMany<Comment>>::TARGET,
            )
            .view_only()
            .filter(|at| __orm::condition::<Comment>(visible, at)),
        __orm::RelationDef::new(
                "comments",
                __orm::RelationKind::HasMany,
                __orm::RelationOf::<Comments>::TARGET,
            )
            .cascade(__orm::Cascade::NONE),
    ];
    const _: () = __orm::check_key(
        __orm::RelationOf::<orm::BelongsTo<User>>::SHAPE,
        __COLUMNS[1].nullable,
        "the key `author_id` may be NULL: write `BelongsTo<Option<User>>`, or a key that is no `Option`",
    );
    const _: () = __orm::check_target::<crate::User, User>();
    const _: () = __orm::check_kind(
        __orm::RelationOf::<MaybePage>::SHAPE,
        __orm::RelationKind::BelongsTo,
        "the type is no `BelongsTo`, and the attribute says `belongs_to`: change one of them",
    );
    const _: () = __orm::check_key(
        __orm::RelationOf::<MaybePage>::SHAPE,
        __COLUMNS[2].nullable || __COLUMNS[3].nullable,
        "the key `book`, `page` may be NULL and the type does not say so, or the other way round: `BelongsTo<Option<..>>` goes with a key that is an `Option`",
    );
    const _: () = __orm::check_target::<
        Page,
        <MaybePage as __orm::RelationField>::Target,
    >();
    const _: () = __orm::check_kind(
        __orm::RelationOf::<Comments>::SHAPE,
        __orm::RelationKind::HasMany,
        "the type is no `HasMany`, and the attribute says `has_many`: change one of them",
    );
    const _: () = {
        use __orm::Unkeyed as _;
        __orm::check_foreign_key(
            &[__COLUMNS[0].sql_type, __COLUMNS[1].sql_type],
            __orm::KeyOf::<<crate::Draft as __orm::Model>::Key>::TYPES,
            "`Post.(id, author_id)` references `crate::Draft`, and is not like the primary key of that: give it a field for each field of the key, in their order and of their types",
        );
    };
    static __MODEL: __orm::ModelDef = __orm::define::<
        Post,
    >("Post", ::core::module_path!(), "posts", &__COLUMNS, &[0])
        .foreign_keys(
            &[
                __orm::ForeignKeyDef::new(
                        &[2, 3],
                        __orm::Reference::new(<Page as __orm::Model>::model)
                            .on_delete(__orm::ReferentialAction::SetNull),
                    )
                    .fields({
                        let _ = |at| {
                            let row = <Page as __orm::Model>::columns::<
                                __orm::Required,
                            >(at);
                            let _ = row.book;
                            let _ = row.number;
                        };
                        &["book", "number"]
                    }),
                __orm::ForeignKeyDef::new(
                    &[0, 1],
                    __orm::Reference::new(<crate::Draft as __orm::Model>::model),
                ),
            ],
        )
        .relations(&__RELATIONS);
    __orm::inventory::submit! {
        __orm::Registered(& __MODEL)
    }
    struct PostColumns<__K: __orm::Kind> {
        id: __K::Column<i64>,
        author_id: __K::Column<i64>,
        book: __K::Column<Option<i64>>,
        page: __K::Column<Option<i32>>,
        __relations: PostRelations<__K>,
    }
    #[automatically_derived]
    impl<__K: __orm::Kind> ::core::clone::Clone for PostColumns<__K> {
        fn clone(&self) -> Self {
            *self
        }
    }
    #[automatically_derived]
    impl<__K: __orm::Kind> ::core::marker::Copy for PostColumns<__K> {}
    #[automatically_derived]
    impl<__K: __orm::Kind> ::core::fmt::Debug for PostColumns<__K> {
        fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
            f.write_str("PostColumns")
        }
    }
    #[derive(::core::clone::Clone, ::core::marker::Copy, ::core::fmt::Debug)]
    struct PostRelations<__K: __orm::Kind>(__orm::At<__K>);
    #[automatically_derived]
    impl<__K: __orm::Kind> PostRelations<__K> {
        fn author(&self) -> __K::One<User> {
            __orm::RelationOf::<orm::BelongsTo<User>>::one(self.0, 0)
        }
        fn r#match(&self) -> __K::MaybeOne<<MaybePage as __orm::RelationField>::Target> {
            __orm::RelationOf::<MaybePage>::maybe_one(self.0, 1)
        }
        fn summary(&self) -> __K::MaybeOne<Summary> {
            __orm::RelationOf::<HasOne<Summary>>::maybe_one(self.0, 2)
        }
        fn tags(&self) -> __orm::ToMany<Tag> {
            __orm::RelationOf::<ManyToMany<Tag>>::many(self.0, 3)
        }
        fn shown(&self) -> __orm::ToMany<Comment> {
            __orm::RelationOf::<HasMany<Comment>>::many(self.0, 4)
        }
        fn comments(&self) -> __orm::ToMany<<Comments as __orm::RelationField>::Target> {
            __orm::RelationOf::<Comments>::many(self.0, 5)
        }
    }
    #[automatically_derived]
    impl<__K: __orm::Kind> ::core::ops::Deref for PostColumns<__K> {
        type Target = PostRelations<__K>;
        fn deref(&self) -> &PostRelations<__K> {
            &self.__relations
        }
    }
    #[automatically_derived]
    impl __orm::AnyModel for Post {
        fn definition(&self) -> &'static __orm::ModelDef {
            &__MODEL
        }
        fn value(&self, column: u16) -> __orm::Encoded<'_> {
            match column {
                0 => __orm::Field::<i64>::value(&self.id),
                1 => __orm::Field::<i64>::value(&self.author_id),
                2 => __orm::Field::<Option<i64>>::value(&self.book),
                3 => __orm::Field::<Option<i32>>::value(&self.page),
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
                1 => __orm::Field::<i64>::set_value(&mut self.author_id, value),
                2 => __orm::Field::<Option<i64>>::set_value(&mut self.book, value),
                3 => __orm::Field::<Option<i32>>::set_value(&mut self.page, value),
                _ => ::core::result::Result::Ok(()),
            }
        }
        fn is_unset(&self, column: u16) -> bool {
            match column {
                0 => __orm::Field::<i64>::is_unset(&self.id),
                1 => __orm::Field::<i64>::is_unset(&self.author_id),
                2 => __orm::Field::<Option<i64>>::is_unset(&self.book),
                3 => __orm::Field::<Option<i32>>::is_unset(&self.page),
                _ => false,
            }
        }
        fn set_default(&mut self, _: u16) {}
        fn relation(&self, relation: u8) -> ::core::option::Option<&__orm::Items> {
            match relation {
                0 => __orm::RelationOf::<orm::BelongsTo<User>>::items(&self.author),
                1 => __orm::RelationOf::<MaybePage>::items(&self.r#match),
                2 => __orm::RelationOf::<HasOne<Summary>>::items(&self.summary),
                3 => __orm::RelationOf::<ManyToMany<Tag>>::items(&self.tags),
                4 => __orm::RelationOf::<HasMany<Comment>>::items(&self.shown),
                5 => __orm::RelationOf::<Comments>::items(&self.comments),
                _ => ::core::option::Option::None,
            }
        }
        fn relation_mut(
            &mut self,
            relation: u8,
        ) -> ::core::option::Option<&mut __orm::Items> {
            match relation {
                0 => {
                    __orm::RelationOf::<
                        orm::BelongsTo<User>,
                    >::items_mut(&mut self.author)
                }
                1 => __orm::RelationOf::<MaybePage>::items_mut(&mut self.r#match),
                2 => __orm::RelationOf::<HasOne<Summary>>::items_mut(&mut self.summary),
                3 => __orm::RelationOf::<ManyToMany<Tag>>::items_mut(&mut self.tags),
                4 => __orm::RelationOf::<HasMany<Comment>>::items_mut(&mut self.shown),
                5 => __orm::RelationOf::<Comments>::items_mut(&mut self.comments),
                _ => ::core::option::Option::None,
            }
        }
    }
    #[automatically_derived]
    impl __orm::Model for Post {
        type Columns<__K: __orm::Kind> = PostColumns<__K>;
        type Relations<__K: __orm::Kind> = PostRelations<__K>;
        type Key = i64;
        fn model() -> &'static __orm::ModelDef {
            &__MODEL
        }
        fn columns<__K: __orm::Kind>(at: __orm::Path) -> PostColumns<__K> {
            let at = __orm::At::<__K>::new(at);
            PostColumns {
                id: __orm::Field::<i64>::column(at, &__COLUMNS[0]),
                author_id: __orm::Field::<i64>::column(at, &__COLUMNS[1]),
                book: __orm::Field::<Option<i64>>::column(at, &__COLUMNS[2]),
                page: __orm::Field::<Option<i32>>::column(at, &__COLUMNS[3]),
                __relations: PostRelations(at),
            }
        }
        fn relations<__K: __orm::Kind>(at: __orm::Path) -> PostRelations<__K> {
            PostRelations(__orm::At::new(at))
        }
        fn read(row: __orm::Row<'_>) -> __orm::Result<Self> {
            ::core::result::Result::Ok(Self {
                id: __orm::Field::<i64>::read(row, 0)?,
                author_id: __orm::Field::<i64>::read(row, 1)?,
                book: __orm::Field::<Option<i64>>::read(row, 2)?,
                page: __orm::Field::<Option<i32>>::read(row, 3)?,
                author: __orm::RelationOf::<orm::BelongsTo<User>>::not_loaded(),
                r#match: __orm::RelationOf::<MaybePage>::not_loaded(),
                summary: __orm::RelationOf::<HasOne<Summary>>::not_loaded(),
                tags: __orm::RelationOf::<ManyToMany<Tag>>::not_loaded(),
                shown: __orm::RelationOf::<HasMany<Comment>>::not_loaded(),
                comments: __orm::RelationOf::<Comments>::not_loaded(),
            })
        }
    }
};
