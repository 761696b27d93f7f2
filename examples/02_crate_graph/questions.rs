//! What the graph is asked. Each answer is plain data for the report; rows are read by the engine, which tracks nothing.
//!
//! Counting and grouping in SQL come with projections. Until then the rows are read by few, whole queries and counted here.

use std::collections::{BTreeMap, BTreeSet};

use orm::AnyEngine;

use crate::models::{Crate, Dependency, Feature, Kind, Package};

/// How many crates need a crate.
pub struct Popularity {
    pub name: String,
    /// Crates that name it as a dependency.
    pub direct: usize,
    /// Crates that would not build without it.
    pub all: usize,
}

/// The crates that others need most.
pub async fn most_depended_on(engine: &AnyEngine, top: usize) -> orm::Result<Vec<Popularity>> {
    let packages = engine.query::<Package>().all().await?;
    let name_of: BTreeMap<i64, &str> = packages.iter().map(|it| (it.id, it.crate_name.as_str())).collect();
    // A dependency for tests does not pass on to those that depend on the tested package.
    let edges = engine.query::<Dependency>().filter(|d| d.kind.ne(Kind::Dev)).all().await?;
    let mut dependents: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for edge in &edges {
        let (dependent, dependency) = (name_of[&edge.dependent_id], name_of[&edge.dependency_id]);
        if dependent != dependency {
            dependents.entry(dependency).or_default().insert(dependent);
        }
    }
    let mut answer: Vec<Popularity> = Vec::new();
    for (name, direct) in &dependents {
        answer.push(Popularity {
            name: name.to_string(),
            direct: direct.len(),
            all: reach(name, &dependents),
        });
    }
    answer
        .sort_by(|one, other| (other.direct, other.all, &one.name).cmp(&(one.direct, one.all, &other.name)));
    answer.truncate(top);
    Ok(answer)
}

/// How many names are reached from one.
fn reach(from: &str, next: &BTreeMap<&str, BTreeSet<&str>>) -> usize {
    let mut reached = BTreeSet::from([from]);
    let mut open = vec![from];
    while let Some(name) = open.pop() {
        let neighbours = next.get(name).into_iter().flatten();
        open.extend(neighbours.filter(|neighbour| reached.insert(neighbour)));
    }
    reached.len() - 1
}

/// A crate that is there in several versions.
pub struct Duplicate {
    pub name: String,
    /// Each version with the crates that ask for it.
    pub versions: Vec<(String, Vec<String>)>,
}

/// The crates that are compiled more than once.
pub async fn duplicates(engine: &AnyEngine) -> orm::Result<Vec<Duplicate>> {
    let mut packages = engine.query::<Package>().all().await?;
    packages.sort_by_cached_key(|it| (it.crate_name.clone(), version_order(&it.version)));
    let groups: Vec<&[Package]> =
        packages.chunk_by(|one, other| one.crate_name == other.crate_name).collect();
    let mut label_of: BTreeMap<i64, String> = BTreeMap::new();
    for group in &groups {
        for it in *group {
            let name = &it.crate_name;
            let label = if group.len() > 1 { format!("{name} {}", it.version) } else { name.clone() };
            label_of.insert(it.id, label);
        }
    }
    let mut answer = Vec::new();
    for group in groups.into_iter().filter(|group| group.len() > 1) {
        let ids = group.iter().map(|package| package.id);
        let edges = engine.query::<Dependency>().filter(|d| d.dependency_id.in_(ids)).all().await?;
        let mut versions = Vec::new();
        for package in group {
            let asking = edges.iter().filter(|edge| edge.dependency_id == package.id);
            let labels: BTreeSet<&String> = asking.map(|edge| &label_of[&edge.dependent_id]).collect();
            versions.push((package.version.clone(), labels.into_iter().cloned().collect()));
        }
        answer.push(Duplicate { name: group[0].crate_name.clone(), versions });
    }
    Ok(answer)
}

/// Sorts 0.9 before 0.10, and what is equal so far by its text.
pub fn version_order(version: &str) -> (Vec<u64>, String) {
    let numbers = version.split(|character: char| !character.is_ascii_digit());
    (numbers.map(|digits| digits.parse().unwrap_or_default()).collect(), version.to_owned())
}

/// The features of one package.
pub struct FeatureSet {
    pub name: String,
    pub version: String,
    pub declared: usize,
    pub active: usize,
}

/// The packages that declare the most features.
pub async fn largest_feature_sets(engine: &AnyEngine, top: usize) -> orm::Result<Vec<FeatureSet>> {
    let mut counts: BTreeMap<i64, (usize, usize)> = BTreeMap::new();
    for feature in engine.query::<Feature>().all().await? {
        let (declared, active) = counts.entry(feature.package_id).or_default();
        *declared += 1;
        *active += usize::from(feature.is_active);
    }
    let packages = engine.query::<Package>().filter(|p| p.id.in_(counts.keys())).all().await?;
    let mut answer: Vec<FeatureSet> = Vec::new();
    for Package { id, crate_name: name, version, .. } in packages {
        let (declared, active) = counts[&id];
        answer.push(FeatureSet { name, version, declared, active });
    }
    answer.sort_by(|one, other| {
        other
            .declared
            .cmp(&one.declared)
            .then_with(|| (&one.name, &one.version).cmp(&(&other.name, &other.version)))
    });
    answer.truncate(top);
    Ok(answer)
}

/// Crates whose name has this text, for somebody who mistyped one.
pub async fn similar_names(engine: &AnyEngine, text: &str) -> orm::Result<Vec<String>> {
    let found = engine.query::<Crate>().filter(|c| c.name.contains(text)).order_by(|c| c.name.asc()).limit(8);
    Ok(found.all().await?.into_iter().map(|it| it.name).collect())
}
