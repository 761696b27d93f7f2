const _: () = {
    use ::orm::__private as __orm;
    use __orm::Unstorable as _;
    const __EXPECTED: &str = "Priority (one of -1, 0, 10)";
    #[automatically_derived]
    impl __orm::ColumnType for Priority {
        type Nullable = ::core::option::Option<Self>;
        const TYPE: __orm::SqlType = __orm::SqlType::I32;
        fn encode(&self) -> __orm::Encoded<'_> {
            __orm::Encoded::Borrowed(
                __orm::ValueRef::Int(
                    match self {
                        Self::Low => Self::Low as i64,
                        Self::Normal => Self::Normal as i64,
                        Self::High => Self::High as i64,
                    },
                ),
            )
        }
        fn decode(value: __orm::ValueRef<'_>) -> __orm::Result<Self, __orm::Mismatch> {
            match value {
                __orm::ValueRef::Int(number) if number == Self::Low as i64 => {
                    ::core::result::Result::Ok(Self::Low)
                }
                __orm::ValueRef::Int(number) if number == Self::Normal as i64 => {
                    ::core::result::Result::Ok(Self::Normal)
                }
                __orm::ValueRef::Int(number) if number == Self::High as i64 => {
                    ::core::result::Result::Ok(Self::High)
                }
                __orm::ValueRef::Int(_) => {
                    ::core::result::Result::Err(
                        __orm::Mismatch::new(
                            __EXPECTED,
                            "an integer that is none of them",
                        ),
                    )
                }
                other => {
                    ::core::result::Result::Err(
                        __orm::Mismatch::wrong_type(__EXPECTED, other),
                    )
                }
            }
        }
    }
    #[automatically_derived]
    impl __orm::Scalar for Priority {}
};
