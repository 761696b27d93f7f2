//! Models may refer to each other in chains of any length, and in circles: the compiler follows none of them.

#![deny(warnings, unused, rust_2018_idioms, clippy::all, clippy::pedantic)]
#![forbid(unsafe_code)]

use orm::prelude::*;

macro_rules! chain {
    ($first:ident $($rest:ident)*) => {
        chain! { @link $first; $first $($rest)* }
    };
    (@link $first:ident; $this:ident $next:ident $($rest:ident)*) => {
        chain! { @model $this $next }
        chain! { @link $first; $next $($rest)* }
    };
    (@link $first:ident; $last:ident) => {
        chain! { @model $last $first }
    };
    (@model $this:ident $next:ident) => {
        #[derive(Model, Debug, Default, Clone)]
        struct $this {
            #[orm(primary_key)]
            id: i64,
            #[orm(references = $next)]
            next_id: i64,
            #[orm(belongs_to = "next_id")]
            next: BelongsTo<$next>,
            #[orm(references = $next)]
            other_id: Option<i64>,
            #[orm(belongs_to = "other_id")]
            other: BelongsTo<Option<$next>>,
            #[orm(has_many)]
            all_of_next: HasMany<$next>,
            #[orm(has_one)]
            one_of_next: HasOne<$next>,
            #[orm(many_to_many, through = "links")]
            many: ManyToMany<$next>,
        }
    };
}

chain! {
    M01 M02 M03 M04 M05 M06 M07 M08 M09 M10 M11 M12 M13 M14 M15 M16 M17 M18 M19 M20
    M21 M22 M23 M24 M25 M26 M27 M28 M29 M30 M31 M32 M33 M34 M35 M36 M37 M38 M39 M40
    M41 M42 M43 M44 M45 M46 M47 M48 M49 M50 M51 M52 M53 M54 M55 M56 M57 M58 M59 M60
}

fn is_sent_and_shared<T: Send + Sync + 'static>(_: &T) {}

fn main() {
    let first = M01 { next: M02 { next: M03::default().into(), ..M02::default() }.into(), ..M01::default() };
    is_sent_and_shared(&first);
    assert!(format!("{:?}", first.clone()).contains("M03"));
    let _ = |row: Cols<M01>| row.next().next().next().next().next().next().next().next().next().id.eq(1);
    let _ = |row: Cols<M60>| row.next().all_of_next().any(|row| row.next().many().any(|row| row.other().id.is_null()));
    let _ = |row: Cols<M30>| row.many().all_of_next().one_of_next().other().next().many();
    assert_eq!(M60::model().relations[0].field, "next");
    assert_eq!((M60::model().relations[0].target)().name, "M01");
}
