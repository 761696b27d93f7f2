const _: () = {
    use ::orm::__private as __orm;
    use __orm::Unstorable as _;
    use __orm::Composite as _;
    #[automatically_derived]
    impl __orm::Projection for Line {
        type Model = models::User;
        const NAME: &'static str = "Line";
        const FIELDS: &'static [__orm::ProjectedField] = &[
            __orm::FieldOf::<String>::FIELD.named("name"),
            __orm::FieldOf::<Option<i32>>::FIELD.named("age"),
        ];
        fn describe(parts: &mut __orm::Parts) {
            let row = parts.row::<models::User>();
            parts.add::<String, _>(row.name);
            parts.add::<Option<i32>, _>(row.age);
        }
        fn read(cells: &mut __orm::Cells<'_>) -> __orm::Result<Self> {
            ::core::result::Result::Ok(Self {
                name: __orm::FieldOf::<String>::read(cells, Self::NAME, "name")?,
                age: __orm::FieldOf::<Option<i32>>::read(cells, Self::NAME, "age")?,
            })
        }
    }
};
