const _: () = {
    use ::orm::__private as __orm;
    use __orm::Unstorable as _;
    use __orm::Composite as _;
    #[allow(dead_code)]
    struct __Names {
        status: __orm::NoSuchName,
        team: __orm::NoSuchName,
    }
    impl __orm::Otherwise for __Names {
        const NAMES: &'static Self = &__Names {
            status: __orm::NoSuchName,
            team: __orm::NoSuchName,
        };
    }
    #[allow(dead_code)]
    impl __Names {
        fn status(&self) -> __orm::NoSuchName {
            __orm::NoSuchName
        }
        fn team(&self) -> __orm::NoSuchName {
            __orm::NoSuchName
        }
    }
    #[automatically_derived]
    impl __orm::Projection for Card {
        type Model = User;
        const NAME: &'static str = "Card";
        const FIELDS: &'static [__orm::ProjectedField] = &[
            __orm::FieldOf::<String>::FIELD.named("name"),
            __orm::FieldOf::<Option<i32>>::FIELD.named("years"),
            __orm::FieldOf::<Status>::FIELD.named("status"),
            __orm::FieldOf::<i64>::FIELD.named("posts_count").computed(),
            __orm::FieldOf::<Option<TeamLine>>::FIELD.named("team"),
            __orm::ProjectedField::many::<PostLine>().named("posts").depth(3),
        ];
        fn describe(parts: &mut __orm::Parts) {
            let row = parts.probe::<User, __Names>();
            parts.add::<String, _>(row.name);
            parts.add::<Option<i32>, _>(row.age);
            __orm::FieldOf::<Status>::add(parts, row.status, row.status());
            parts.computed::<User, i64, _>(|u| u.posts().count());
            __orm::FieldOf::<Option<TeamLine>>::add(parts, row.team, row.team());
            parts.add::<Vec<PostLine>, _>(row.posts());
        }
        fn read(cells: &mut __orm::Cells<'_>) -> __orm::Result<Self> {
            ::core::result::Result::Ok(Self {
                name: __orm::FieldOf::<String>::read(cells, Self::NAME, "name")?,
                years: __orm::FieldOf::<Option<i32>>::read(cells, Self::NAME, "years")?,
                status: __orm::FieldOf::<Status>::read(cells, Self::NAME, "status")?,
                posts_count: __orm::FieldOf::<
                    i64,
                >::read(cells, Self::NAME, "posts_count")?,
                team: __orm::FieldOf::<
                    Option<TeamLine>,
                >::read(cells, Self::NAME, "team")?,
                posts: ::core::default::Default::default(),
            })
        }
        fn collection(
            &mut self,
            number: usize,
        ) -> ::core::option::Option<&mut dyn ::core::any::Any> {
            let (field, number) = __orm::locate(Self::FIELDS, number);
            let _ = number;
            match field {
                2 => __orm::FieldOf::<Status>::collection(&mut self.status, number),
                4 => {
                    __orm::FieldOf::<
                        Option<TeamLine>,
                    >::collection(&mut self.team, number)
                }
                5 => ::core::option::Option::Some(&mut self.posts),
                _ => ::core::option::Option::None,
            }
        }
    }
};
