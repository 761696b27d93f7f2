::core::compile_error! {
    "unknown attribute `colum`; did you mean `column`?"
}
const _: () = {
    use ::orm::__private as __orm;
    use __orm::Unstorable as _;
    #[automatically_derived]
    impl __orm::Projection for Card {
        type Model = User;
        const NAME: &'static str = "Card";
        const FIELDS: &'static [__orm::ProjectedField] = &[];
        fn describe(_: &mut __orm::Parts) {}
        fn read(_: &mut __orm::Cells<'_>) -> __orm::Result<Self> {
            ::core::unreachable!()
        }
    }
};
