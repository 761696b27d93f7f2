//! The set of models of a program, checked as a whole, and the tables that it stands for.
//!
//! Models announce themselves at start-up; one that lives in a crate which the program never names is not linked and
//! therefore missing: `use my_models as _;` cures that. A set can be listed by hand as well.

use std::panic::Location;

use crate::any_engine::{AnyEngine, Link};
use crate::ddl;
use crate::definition::{ModelDef, Registered};
use crate::dialect::Dialect;
use crate::engine::{Next, RowSink, Sql};
use crate::error::{Error, Result};
use crate::links;
use crate::model::Model;
use crate::value::ValueRef;

/// A set of models, sorted by table.
#[derive(Clone, Debug)]
pub struct Metadata {
    models: Vec<&'static ModelDef>,
}

/// Every derived model that is linked into the program.
///
/// ```
/// // This program derives no model, which `create_all` reports.
/// assert!(orm_core::metadata().models().is_empty());
/// ```
pub fn metadata() -> Metadata {
    let mut metadata = Metadata::empty();
    for registered in inventory::iter::<Registered> {
        metadata.insert(registered.0);
    }
    metadata
}

impl Metadata {
    /// No models; add them with [`Metadata::with`].
    pub fn empty() -> Self {
        Metadata { models: Vec::new() }
    }

    /// Adds a model by hand.
    #[must_use]
    pub fn with<T: Model>(mut self) -> Self {
        self.insert(T::model());
        self
    }

    fn insert(&mut self, model: &'static ModelDef) {
        if !self.models.iter().any(|known| known.is(model)) {
            self.models.push(model);
            self.models.sort_by_key(|model| (model.table, model.module, model.name));
        }
    }

    /// The models, sorted by table.
    pub fn models(&self) -> &[&'static ModelDef] {
        &self.models
    }

    /// The statements that [`Metadata::create_all`] runs against empty databases of this kind.
    pub fn create_table_sql(&self, dialect: &dyn Dialect) -> Result<Vec<String>> {
        Ok(ddl::create(&self.checked()?, &[], dialect)?.statements)
    }

    /// Creates the tables that are missing, parents first. Tables that are there are left alone, whatever their columns.
    #[track_caller]
    pub fn create_all(&self, engine: &AnyEngine) -> impl Future<Output = Result<()>> + Send {
        let caller = Location::caller();
        let (models, engine) = (self.checked(), engine.clone());
        async move {
            let models = models?;
            let mut link = engine.connect(caller).await?;
            let existing = table_names(&mut link, engine.dialect()).await?;
            let script = ddl::create(&models, &existing, engine.dialect())?;
            run_script(&mut link, &script, engine.dialect()).await
        }
    }

    /// Drops the tables of these models, children first; tables that are not there are passed over.
    #[track_caller]
    pub fn drop_all(&self, engine: &AnyEngine) -> impl Future<Output = Result<()>> + Send {
        let caller = Location::caller();
        let (models, engine) = (self.checked(), engine.clone());
        async move {
            let models = models?;
            let mut link = engine.connect(caller).await?;
            let script = ddl::drop(&models, engine.dialect());
            run_script(&mut link, &script, engine.dialect()).await
        }
    }

    /// The models in the order in which their tables are created, or what is wrong with the set.
    fn checked(&self) -> Result<Vec<&'static ModelDef>> {
        if self.models.is_empty() {
            return Err(Error::invalid_model(
                "no model is linked into this program: derive `Model` on a struct, and where the models live in a crate of \
                 their own, name it (`use my_models as _;`) so that it is linked, or list them with \
                 `Metadata::empty().with::<User>()`",
            ));
        }
        for pair in self.models.windows(2) {
            if let [one, two] = pair
                && one.table == two.table
            {
                return Err(Error::invalid_model(format!(
                    "`{}::{}` and `{}::{}` both use table `{}`: give one of them another `#[orm(table = \"..\")]`",
                    one.module, one.name, two.module, two.name, one.table
                )));
            }
        }
        let mut models = self.models.clone();
        for model in &self.models {
            self.check_references(model)?;
            self.check_relations(model, &mut models)?;
        }
        models.sort_by_key(|model| (model.table, model.module, model.name));
        Ok(ddl::creation_order(&models))
    }

    /// Every relation has its other side and its columns; link tables join the set.
    fn check_relations(&self, model: &'static ModelDef, models: &mut Vec<&'static ModelDef>) -> Result<()> {
        for relation in links::of(model)? {
            if !self.models.iter().any(|known| known.is(relation.target)) {
                return Err(Error::invalid_model(format!(
                    "{} leads to `{}`, which is not in this set of models: add `.with::<{}>()`",
                    relation.name(),
                    relation.target.name,
                    relation.target.name
                )));
            }
            if let Some(link) = relation.link.as_ref().filter(|link| link.through.is_none()) {
                if let Some([one, other]) = models.iter().find_map(|known| links::differ(known, link.model)) {
                    return Err(Error::invalid_model(format!(
                        "{} links through table `{}` by the columns `{other}`, and something else uses it with `{one}`: give \
                         each its own table, or make the links a model and write `through = ThatModel` on both",
                        relation.name(),
                        link.model.table
                    )));
                }
                if !models.iter().any(|known| known.is(link.model)) {
                    models.push(link.model);
                }
            }
        }
        Ok(())
    }

    /// Every foreign key refers to columns of its own types, which tell the rows of their model apart.
    fn check_references(&self, model: &'static ModelDef) -> Result<()> {
        if let Some(target) =
            model.referred_models().find(|target| !self.models.iter().any(|known| known.is(target)))
        {
            let single = model.columns.iter().find(|column| {
                column.references.as_ref().is_some_and(|reference| (reference.model)().is(target))
            });
            let here = single.map_or_else(
                || format!("a foreign key of `{}`", model.name),
                |column| format!("`{}.{}`", model.name, column.field),
            );
            return Err(Error::invalid_model(format!(
                "{here} references `{}`, which is not in this set of models: add `.with::<{}>()`",
                target.name, target.name
            )));
        }
        for key in links::references(model)? {
            for (here, there) in key.pairs() {
                let (column, referred) =
                    (&model.columns[usize::from(here)], &key.parent.columns[usize::from(there)]);
                if !ddl::same_storage(column.sql_type, referred.sql_type) {
                    return Err(Error::invalid_model(format!(
                        "`{}.{}` references `{}.{}`, but their types differ ({:?} and {:?}): give both the same type and \
                         length",
                        model.name,
                        column.field,
                        key.parent.name,
                        referred.field,
                        column.sql_type,
                        referred.sql_type
                    )));
                }
            }
            if !is_unique(key.parent, &key.referred) {
                let remedy = match key.referred.as_slice() {
                    [column] => {
                        format!("`#[orm(unique)]` on `{}`", key.parent.columns[usize::from(*column)].field)
                    }
                    _ => format!("`#[orm(unique({}))]` on `{}`", key.referred_fields(), key.parent.name),
                };
                return Err(Error::invalid_model(format!(
                    "{} references {}, which may stand in several rows: write {remedy}, or refer to the primary key",
                    key.name(),
                    key.referred_name()
                )));
            }
        }
        Ok(())
    }
}

/// Whether no two rows have the same values in these columns.
fn is_unique(model: &ModelDef, columns: &[u16]) -> bool {
    let same =
        |other: &[u16]| other.len() == columns.len() && other.iter().all(|column| columns.contains(column));
    let alone = matches!(columns, [only] if model.columns[usize::from(*only)].unique);
    alone || same(model.primary_key) || model.uniques.iter().any(|unique| same(unique))
}

/// DDL that takes part in transactions is all or nothing.
async fn run_script(link: &mut Link, script: &ddl::Script, dialect: &dyn Dialect) -> Result<()> {
    if script.statements.is_empty() {
        return Ok(());
    }
    let atomic = dialect.capabilities().transactional_ddl;
    if let Some((before, _)) = script.around {
        link.run_once(before).await?;
    }
    let outcome = async {
        if atomic {
            link.begin(Default::default()).await?;
        }
        for statement in &script.statements {
            link.run_once(statement)
                .await
                .map_err(|error| error.context(format!("while running: {statement}")))?;
        }
        if atomic { link.commit().await } else { Ok(()) }
    }
    .await;
    if outcome.is_err() && atomic && link.is_usable() {
        link.rollback().await?;
    }
    if let Some((_, after)) = script.around {
        link.run_once(after).await?;
    }
    outcome
}

async fn table_names(link: &mut Link, dialect: &dyn Dialect) -> Result<Vec<String>> {
    let mut names = Names(Vec::new());
    link.run(&Sql::new(dialect.table_names()), &[], &mut names).await?;
    Ok(names.0)
}

struct Names(Vec<String>);

impl RowSink for Names {
    fn row(&mut self, row: &[ValueRef<'_>]) -> Result<Next> {
        match row {
            [ValueRef::Text(name), ..] => self.0.push((*name).to_owned()),
            [ValueRef::Bytes(name), ..] => self.0.push(String::from_utf8_lossy(name).into_owned()),
            _ => {}
        }
        Ok(Next::More)
    }

    fn restart(&mut self) {
        self.0.clear();
    }
}
