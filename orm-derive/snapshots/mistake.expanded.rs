::core::compile_error! {
    "a length is 1 or more"
}
const _: () = {
    use ::orm::__private as __orm;
    use __orm::Unstorable as _;
    pub struct AccountColumns<__K: __orm::Kind> {
        pub id: __K::Column<Option<i64>>,
        pub name: __K::Column<String>,
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
    impl __orm::AnyModel for Account {
        fn definition(&self) -> &'static __orm::ModelDef {
            ::core::unreachable!()
        }
        fn value(&self, _: u16) -> __orm::Encoded<'_> {
            ::core::unreachable!()
        }
        fn set_value(
            &mut self,
            _: u16,
            _: __orm::ValueRef<'_>,
        ) -> __orm::Result<(), __orm::Mismatch> {
            ::core::unreachable!()
        }
        fn is_unset(&self, _: u16) -> bool {
            ::core::unreachable!()
        }
        fn set_default(&mut self, _: u16) {}
    }
    #[automatically_derived]
    impl __orm::Model for Account {
        type Columns<__K: __orm::Kind> = AccountColumns<__K>;
        type Relations<__K: __orm::Kind> = __orm::NoRelations;
        type Key = i64;
        fn model() -> &'static __orm::ModelDef {
            ::core::unreachable!()
        }
        fn columns<__K: __orm::Kind>(_: __orm::Path) -> AccountColumns<__K> {
            ::core::unreachable!()
        }
        fn relations<__K: __orm::Kind>(_: __orm::Path) -> __orm::NoRelations {
            ::core::unreachable!()
        }
        fn read(_: __orm::Row<'_>) -> __orm::Result<Self> {
            ::core::unreachable!()
        }
    }
};
