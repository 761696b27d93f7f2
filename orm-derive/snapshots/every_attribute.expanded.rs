const _: () = {
    use crate::database::__private as __orm;
    use __orm::Unstorable as _;
    static __COLUMNS: [__orm::ColumnDef; 6] = [
        __orm::Field::<String>::COLUMN
            .named("hotel", "hotel", 0)
            .primary_key()
            .length(3),
        __orm::Field::<i32>::COLUMN
            .named("room", "room", 1)
            .primary_key()
            .server_default("0")
            .references(
                __orm::Reference::new(<models::Room as __orm::Model>::model)
                    .column({
                        let _ = |at| {
                            <models::Room as __orm::Model>::columns::<
                                __orm::Required,
                            >(at)
                                .number
                        };
                        "number"
                    })
                    .on_delete(__orm::ReferentialAction::SetDefault),
            ),
        __orm::Field::<i32>::COLUMN
            .named("day", "Day", 2)
            .indexed()
            .check("\"Day\" < 400"),
        __orm::Field::<Option<i64>>::COLUMN
            .named("guest", "guest", 3)
            .default()
            .references(
                __orm::Reference::new(<Guest as __orm::Model>::model)
                    .on_delete(__orm::ReferentialAction::SetNull)
                    .on_update(__orm::ReferentialAction::Cascade),
            ),
        __orm::Field::<Auto<Option<String>>>::COLUMN.named("type", "type", 4).default(),
        __orm::Field::<Auto<Option<Decimal>>>::COLUMN
            .named("price", "price", 5)
            .precision(9, 0),
    ];
    static __MODEL: __orm::ModelDef = __orm::define::<
        Booking,
    >("Booking", ::core::module_path!(), "booking_lines", &__COLUMNS, &[0, 1])
        .uniques(&[&[0, 1], &[1, 2]])
        .indexes(&[&[2, 3]])
        .checks(&["day > 0", "room > 0"]);
    __orm::inventory::submit! {
        __orm::Registered(& __MODEL)
    }
    struct BookingColumns<__K: __orm::Kind> {
        hotel: __K::Column<String>,
        room: __K::Column<i32>,
        day: __K::Column<i32>,
        guest: __K::Column<Option<i64>>,
        r#type: __K::Column<Option<String>>,
        price: __K::Column<Option<Decimal>>,
        __at: __orm::At<__K>,
    }
    #[automatically_derived]
    impl<__K: __orm::Kind> ::core::clone::Clone for BookingColumns<__K> {
        fn clone(&self) -> Self {
            *self
        }
    }
    #[automatically_derived]
    impl<__K: __orm::Kind> ::core::marker::Copy for BookingColumns<__K> {}
    #[automatically_derived]
    impl<__K: __orm::Kind> ::core::fmt::Debug for BookingColumns<__K> {
        fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
            f.write_str("BookingColumns")
        }
    }
    #[automatically_derived]
    impl __orm::WholeColumns for BookingColumns<__orm::Required> {
        type Model = Booking;
        fn row(&self) -> __orm::Path {
            self.__at.path()
        }
    }
    #[automatically_derived]
    impl __orm::AnyModel for Booking {
        fn definition(&self) -> &'static __orm::ModelDef {
            &__MODEL
        }
        fn value(&self, column: u16) -> __orm::Encoded<'_> {
            match column {
                0 => __orm::Field::<String>::value(&self.hotel),
                1 => __orm::Field::<i32>::value(&self.room),
                2 => __orm::Field::<i32>::value(&self.day),
                3 => __orm::Field::<Option<i64>>::value(&self.guest),
                4 => __orm::Field::<Auto<Option<String>>>::value(&self.r#type),
                5 => __orm::Field::<Auto<Option<Decimal>>>::value(&self.price),
                _ => __orm::Encoded::Borrowed(__orm::ValueRef::Null),
            }
        }
        fn set_value(
            &mut self,
            column: u16,
            value: __orm::ValueRef<'_>,
        ) -> __orm::Result<(), __orm::Mismatch> {
            match column {
                0 => __orm::Field::<String>::set_value(&mut self.hotel, value),
                1 => __orm::Field::<i32>::set_value(&mut self.room, value),
                2 => __orm::Field::<i32>::set_value(&mut self.day, value),
                3 => __orm::Field::<Option<i64>>::set_value(&mut self.guest, value),
                4 => {
                    __orm::Field::<
                        Auto<Option<String>>,
                    >::set_value(&mut self.r#type, value)
                }
                5 => {
                    __orm::Field::<
                        Auto<Option<Decimal>>,
                    >::set_value(&mut self.price, value)
                }
                _ => ::core::result::Result::Ok(()),
            }
        }
        fn is_unset(&self, column: u16) -> bool {
            match column {
                0 => __orm::Field::<String>::is_unset(&self.hotel),
                1 => __orm::Field::<i32>::is_unset(&self.room),
                2 => __orm::Field::<i32>::is_unset(&self.day),
                3 => __orm::Field::<Option<i64>>::is_unset(&self.guest),
                4 => __orm::Field::<Auto<Option<String>>>::is_unset(&self.r#type),
                5 => __orm::Field::<Auto<Option<Decimal>>>::is_unset(&self.price),
                _ => false,
            }
        }
        fn set_default(&mut self, column: u16) {
            match column {
                3 => self.guest = ::core::option::Option::Some(7),
                4 => {
                    self.r#type = __orm::Auto::Set(
                        ::core::option::Option::Some(::core::convert::Into::into("open")),
                    );
                }
                _ => {}
            }
        }
    }
    #[automatically_derived]
    impl __orm::Model for Booking {
        type Columns<__K: __orm::Kind> = BookingColumns<__K>;
        type Relations<__K: __orm::Kind> = __orm::NoRelations;
        type Key = (String, i32);
        fn model() -> &'static __orm::ModelDef {
            &__MODEL
        }
        fn columns<__K: __orm::Kind>(at: __orm::Path) -> BookingColumns<__K> {
            let at = __orm::At::<__K>::new(at);
            BookingColumns {
                hotel: __orm::Field::<String>::column(at, &__COLUMNS[0]),
                room: __orm::Field::<i32>::column(at, &__COLUMNS[1]),
                day: __orm::Field::<i32>::column(at, &__COLUMNS[2]),
                guest: __orm::Field::<Option<i64>>::column(at, &__COLUMNS[3]),
                r#type: __orm::Field::<Option<String>>::column(at, &__COLUMNS[4]),
                price: __orm::Field::<Option<Decimal>>::column(at, &__COLUMNS[5]),
                __at: at,
            }
        }
        fn relations<__K: __orm::Kind>(_: __orm::Path) -> __orm::NoRelations {
            __orm::NoRelations
        }
        fn read(row: __orm::Row<'_>) -> __orm::Result<Self> {
            ::core::result::Result::Ok(Self {
                hotel: __orm::Field::<String>::read(row, 0)?,
                room: __orm::Field::<i32>::read(row, 1)?,
                day: __orm::Field::<i32>::read(row, 2)?,
                guest: __orm::Field::<Option<i64>>::read(row, 3)?,
                r#type: __orm::Field::<Auto<Option<String>>>::read(row, 4)?,
                price: __orm::Field::<Auto<Option<Decimal>>>::read(row, 5)?,
                cache: <Cache<Vec<u8>> as ::core::default::Default>::default(),
            })
        }
    }
};
