//! Brings the tables in step with the metadata: what is new is added, what is known is edited, what vanished is deleted.
//!
//! The session makes that short. Every known object is assigned anew, and the flush writes the columns that differ; where
//! none differs, it writes nothing.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::error::Error;

use orm::ObjectState;
use orm::prelude::*;

use crate::metadata::{self, Metadata};
use crate::models::{Crate, Dependency, Feature, Kind, Package, Target};
use crate::progress;

/// What an import does to one table.
pub struct Tally {
    pub table: &'static str,
    pub new: usize,
    pub changed: usize,
    pub same: usize,
    pub gone: usize,
}

/// Brings the tables in step with the metadata, in one transaction.
pub async fn import(engine: &AnyEngine, metadata: &Metadata) -> Result<Vec<Tally>, Box<dyn Error>> {
    let nodes = metadata.nodes()?;
    let mut session = engine.session();
    session.begin().await?; // what is read here is not changed by others until it is written
    let mut crates = Mirror::load(&mut session, |it: &Crate| it.name.clone()).await?;
    let mut packages = Mirror::load(&mut session, package_key).await?;
    let mut features = Mirror::load(&mut session, |it: &Feature| (it.package_id, it.name.clone())).await?;
    let mut targets = Mirror::load(&mut session, target_key).await?;
    let mut dependencies = Mirror::load(&mut session, dependency_key).await?;

    let members: HashSet<&str> = metadata.workspace_members.iter().map(String::as_str).collect();
    let mut handles = HashMap::new();
    for source in &metadata.packages {
        crates.put(&mut session, source.name.clone(), |it| *it = crate_of(source));
        let package = package_of(source, members.contains(source.id.as_str()));
        let key = package_key(&package);
        let handle = packages.put(&mut session, key, |it| *it = Package { id: it.id, ..package });
        handles.insert(source.id.as_str(), handle);
    }
    let mut tallies = vec![crates.tally(&session), packages.tally(&session)];
    // The database numbers the new packages here: the rows below refer to those numbers.
    progress::during("writing packages", session.flush()).await?;
    let numbers: HashMap<&str, i64> = handles.iter().map(|(id, handle)| (*id, session[handle].id)).collect();
    let number = |id: &str| numbers.get(id).copied().ok_or_else(|| format!("no package has the id `{id}`"));

    let mut active = HashSet::new();
    for node in nodes {
        let dependent_id = number(&node.id)?;
        active.extend(node.features.iter().map(|name| (dependent_id, name.as_str())));
        for wanted in &node.deps {
            let dependency_id = number(&wanted.pkg)?;
            for (kind, platforms) in kinds(&wanted.dep_kinds) {
                let dependency = Dependency { dependent_id, dependency_id, kind, platforms };
                dependencies.put(&mut session, dependency_key(&dependency), |it| *it = dependency);
            }
        }
    }
    for source in &metadata.packages {
        let package_id = number(&source.id)?;
        for (name, enables) in &source.features {
            let is_active = active.contains(&(package_id, name.as_str()));
            let feature = Feature { package_id, name: name.clone(), enables: enables.join(" "), is_active };
            features.put(&mut session, (package_id, name.clone()), |it| *it = feature);
        }
        for target in &source.targets {
            let target = Target { package_id, kind: target.kind.join(" "), name: target.name.clone() };
            targets.put(&mut session, target_key(&target), |it| *it = target);
        }
    }
    tallies.extend([features.tally(&session), targets.tally(&session), dependencies.tally(&session)]);

    // In any order: the plan deletes the rows that refer to others before those.
    crates.delete_rest(&mut session);
    packages.delete_rest(&mut session);
    features.delete_rest(&mut session);
    targets.delete_rest(&mut session);
    dependencies.delete_rest(&mut session);
    progress::during("writing the graph", session.commit()).await?;
    Ok(tallies)
}

/// The objects of one table, by what tells them apart in the metadata.
struct Mirror<K, T> {
    /// Those that the metadata named.
    met: BTreeMap<K, Handle<T>>,
    /// Those that it did not name so far.
    rest: BTreeMap<K, Handle<T>>,
}

impl<K: Ord, T: Model + Default> Mirror<K, T> {
    /// Reads the whole table.
    async fn load(session: &mut UnitOfWork, key: impl Fn(&T) -> K) -> orm::Result<Self> {
        let rows = session.query::<T>().all().await?;
        let rest = rows.into_iter().map(|handle| (key(&session[handle]), handle)).collect();
        Ok(Mirror { met: BTreeMap::new(), rest })
    }

    /// Edits the object of a key; a new one is added.
    fn put(&mut self, session: &mut UnitOfWork, key: K, edit: impl FnOnce(&mut T)) -> Handle<T> {
        let known = self.met.get(&key).copied().or_else(|| self.rest.remove(&key));
        let handle = known.unwrap_or_else(|| session.add(T::default()));
        edit(&mut session[handle]);
        self.met.insert(key, handle);
        handle
    }

    /// What the next flush, and the deletion of the rest, do to the table.
    fn tally(&self, session: &UnitOfWork) -> Tally {
        let handles = || self.met.values().copied();
        let new = handles().filter(|handle| session.state(*handle) == Some(ObjectState::Pending)).count();
        let changed = handles().filter(|handle| session.is_modified(*handle)).count();
        let same = self.met.len() - new - changed;
        Tally { table: T::model().table, new, changed, same, gone: self.rest.len() }
    }

    /// Deletes what the metadata did not name.
    fn delete_rest(self, session: &mut UnitOfWork) {
        for handle in self.rest.into_values() {
            session.delete(handle);
        }
    }
}

fn package_key(package: &Package) -> (String, String, String) {
    (package.crate_name.clone(), package.version.clone(), package.source.clone())
}

fn target_key(target: &Target) -> (i64, String, String) {
    (target.package_id, target.kind.clone(), target.name.clone())
}

fn dependency_key(dependency: &Dependency) -> (i64, i64, Kind) {
    (dependency.dependent_id, dependency.dependency_id, dependency.kind)
}

fn crate_of(source: &metadata::Package) -> Crate {
    Crate {
        name: source.name.clone(),
        description: source.description.as_deref().map(|text| text.trim().to_owned()),
        repository: source.repository.clone(),
    }
}

fn package_of(source: &metadata::Package, is_member: bool) -> Package {
    Package {
        id: 0,
        crate_name: source.name.clone(),
        version: source.version.clone(),
        source: source.source.clone().unwrap_or_else(|| "path".to_owned()),
        is_member,
        license: source.license.clone(),
        edition: source.edition.clone(),
        rust_version: source.rust_version.clone(),
    }
}

/// The kinds of one dependency, each with its platforms: none if it is needed on all.
fn kinds(kinds: &[metadata::DependencyKind]) -> BTreeMap<Kind, Option<String>> {
    let mut platforms: BTreeMap<Kind, Option<String>> = BTreeMap::new();
    for wanted in kinds {
        let kind = match wanted.kind.as_deref() {
            Some("dev") => Kind::Dev,
            Some("build") => Kind::Build,
            _ => Kind::Normal,
        };
        let merged = match (platforms.remove(&kind), &wanted.target) {
            (Some(None), _) | (_, None) => None,
            (Some(Some(others)), Some(target)) => Some(format!("{others} | {target}")),
            (None, Some(target)) => Some(target.clone()),
        };
        platforms.insert(kind, merged);
    }
    platforms
}
