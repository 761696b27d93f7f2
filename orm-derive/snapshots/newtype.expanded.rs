const _: () = {
    use ::orm::__private as __orm;
    use __orm::Unstorable as _;
    #[automatically_derived]
    impl __orm::ColumnType for Email {
        type Nullable = ::core::option::Option<Self>;
        const TYPE: __orm::SqlType = <String as __orm::ColumnType>::TYPE;
        fn encode(&self) -> __orm::Encoded<'_> {
            <String as __orm::ColumnType>::encode(&self.0)
        }
        fn decode(value: __orm::ValueRef<'_>) -> __orm::Result<Self, __orm::Mismatch> {
            ::core::result::Result::Ok(Self {
                0: <String as __orm::ColumnType>::decode(value)?,
            })
        }
    }
    #[automatically_derived]
    impl __orm::Scalar for Email {}
    #[automatically_derived]
    impl __orm::Textual for Email {}
};
