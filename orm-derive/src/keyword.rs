//! The names that `#[orm(..)]` knows at each place, each with an example of what to write.

/// The names known at one place.
pub(crate) trait Keyword: Copy + PartialEq + 'static {
    /// Every name.
    const ALL: &'static [Self];
    /// Where the names stand, as in "on a field".
    const PLACE: &'static str;

    /// The name as it is written.
    fn name(self) -> &'static str;

    /// What a user writes, for messages.
    fn example(self) -> &'static str;

    /// Whether it may stand several times.
    fn is_repeatable(self) -> bool {
        false
    }

    /// Where a name that is unknown here is known, as in "on the struct".
    fn elsewhere(_name: &str) -> Option<&'static str> {
        None
    }

    /// The names that may stand in parentheses behind this one, and mean the same there as beside it.
    fn inside(self) -> &'static [Self] {
        &[]
    }
}

/// An enum of names. What stands behind the braces is added to the impl of [`Keyword`].
macro_rules! keywords {
    (
        $(#[$doc:meta])*
        $type:ident in $place:literal { $($variant:ident, $name:literal, $example:literal;)* } $($more:item)*
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq)]
        pub(crate) enum $type {
            $($variant,)*
        }

        impl Keyword for $type {
            const ALL: &'static [Self] = &[$($type::$variant,)*];
            const PLACE: &'static str = $place;

            fn name(self) -> &'static str {
                match self {
                    $($type::$variant => $name,)*
                }
            }

            fn example(self) -> &'static str {
                match self {
                    $($type::$variant => $example,)*
                }
            }

            $($more)*
        }
    };
}

keywords! {
    /// On a struct that derives `Model`.
    TableKeyword in "on a model" {
        Table, "table", "table = \"people\"";
        Plural, "plural", "plural = false";
        Unique, "unique", "unique(one_field, another_field)";
        Index, "index", "index(one_field, another_field)";
        Check, "check", "check = \"low <= high\"";
        ForeignKey, "foreign_key", "foreign_key(order_id, position, references = Line)";
        Crate, "crate", "crate = \"path::to::orm\"";
    }

    fn is_repeatable(self) -> bool {
        matches!(
            self,
            TableKeyword::Unique | TableKeyword::Index | TableKeyword::Check | TableKeyword::ForeignKey
        )
    }

    fn elsewhere(name: &str) -> Option<&'static str> {
        knows::<FieldKeyword>(name).then_some("on a field")
    }
}

keywords! {
    /// On a field of a model: of a column, or of a relation.
    FieldKeyword in "on a field of a model" {
        PrimaryKey, "primary_key", "primary_key";
        Generated, "generated", "generated = false";
        Column, "column", "column = \"name\"";
        Length, "length", "length = 50";
        Precision, "precision", "precision = 12, scale = 2";
        Scale, "scale", "precision = 12, scale = 2";
        Unique, "unique", "unique";
        Index, "index", "index";
        References, "references", "references = User";
        OnDelete, "on_delete", "on_delete = \"cascade\"";
        OnUpdate, "on_update", "on_update = \"cascade\"";
        Default, "default", "default = 0";
        ServerDefault, "server_default", "server_default = \"0\"";
        Check, "check", "check = \"age >= 0\"";
        Version, "version", "version";
        Skip, "skip", "skip";
        HasMany, "has_many", "has_many";
        HasOne, "has_one", "has_one";
        BelongsTo, "belongs_to", "belongs_to = \"author_id\"";
        ManyToMany, "many_to_many", "many_to_many, through = \"post_tags\"";
        Via, "via", "has_many, via = \"author_id\"";
        Through, "through", "many_to_many, through = \"post_tags\"";
        Cascade, "cascade", "has_many, cascade = \"all, delete-orphan\"";
        OrderBy, "order_by", "has_many, order_by = \"title, -id\"";
        PassiveDeletes, "passive_deletes", "has_many, passive_deletes";
        ViewOnly, "view_only", "has_many, view_only";
        Filter, "filter", "has_many, view_only, filter = published";
    }

    fn inside(self) -> &'static [Self] {
        if self == FieldKeyword::PrimaryKey { &[FieldKeyword::Generated] } else { &[] }
    }

    fn elsewhere(name: &str) -> Option<&'static str> {
        knows::<TableKeyword>(name).then_some("on the struct")
    }
}

impl FieldKeyword {
    /// Whether it stands on relations, and not on columns.
    pub(crate) fn is_of_relations(self) -> bool {
        matches!(
            self,
            FieldKeyword::HasMany
                | FieldKeyword::HasOne
                | FieldKeyword::BelongsTo
                | FieldKeyword::ManyToMany
                | FieldKeyword::Via
                | FieldKeyword::Through
                | FieldKeyword::Cascade
                | FieldKeyword::OrderBy
                | FieldKeyword::PassiveDeletes
                | FieldKeyword::ViewOnly
                | FieldKeyword::Filter
        )
    }
}

keywords! {
    /// On an enum that derives `ModelEnum`.
    EnumKeyword in "on an enum" {
        RenameAll, "rename_all", "rename_all = \"kebab-case\"";
        Integer, "integer", "integer";
        Crate, "crate", "crate = \"path::to::orm\"";
    }

    fn elsewhere(name: &str) -> Option<&'static str> {
        knows::<VariantKeyword>(name).then_some("on a variant")
    }
}

keywords! {
    /// On a variant of an enum that derives `ModelEnum`.
    VariantKeyword in "on a variant" {
        Rename, "rename", "rename = \"done\"";
    }

    fn elsewhere(name: &str) -> Option<&'static str> {
        knows::<EnumKeyword>(name).then_some("on the enum")
    }
}

keywords! {
    /// On a struct that derives `ModelType`.
    NewtypeKeyword in "on a newtype" {
        Numeric, "numeric", "numeric";
        Textual, "textual", "textual";
        Crate, "crate", "crate = \"path::to::orm\"";
    }
}

fn knows<K: Keyword>(name: &str) -> bool {
    K::ALL.iter().any(|keyword| keyword.name() == name)
}
