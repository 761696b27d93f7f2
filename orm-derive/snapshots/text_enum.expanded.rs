const _: () = {
    use ::orm::__private as __orm;
    use __orm::Unstorable as _;
    const __EXPECTED: &str = "Status (one of `open`, `in-review`, `done`)";
    #[automatically_derived]
    impl __orm::ColumnType for Status {
        type Nullable = ::core::option::Option<Self>;
        const TYPE: __orm::SqlType = __orm::SqlType::Text {
            length: ::core::option::Option::Some(64),
        };
        fn encode(&self) -> __orm::Encoded<'_> {
            __orm::Encoded::Borrowed(
                __orm::ValueRef::Text(
                    match self {
                        Self::Open => "open",
                        Self::InReview => "in-review",
                        Self::Closed => "done",
                    },
                ),
            )
        }
        fn decode(value: __orm::ValueRef<'_>) -> __orm::Result<Self, __orm::Mismatch> {
            match value {
                __orm::ValueRef::Text("open") => ::core::result::Result::Ok(Self::Open),
                __orm::ValueRef::Text("in-review") => {
                    ::core::result::Result::Ok(Self::InReview)
                }
                __orm::ValueRef::Text("done") => ::core::result::Result::Ok(Self::Closed),
                __orm::ValueRef::Text(_) => {
                    ::core::result::Result::Err(
                        __orm::Mismatch::new(__EXPECTED, "text that is none of them"),
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
    impl __orm::Scalar for Status {}
};
