//! Why a crate is in the graph: a shortest way from a package of the workspace to it.

use std::collections::BTreeMap;

use orm::AnyEngine;

use crate::models::{Dependency, Kind, Package};
use crate::questions::version_order;

/// One package of a way, and what it needs the next one for; the last one needs none.
pub struct Step {
    pub package: Package,
    pub needs: Option<(Kind, i64)>,
}

/// A shortest way to each version of a crate.
pub async fn why(engine: &AnyEngine, name: &str) -> orm::Result<Vec<Vec<Step>>> {
    let mut versions = engine.query::<Package>().filter(|p| p.crate_name.eq(name)).all().await?;
    versions.sort_by_cached_key(|package| version_order(&package.version));
    let mut ways = Vec::new();
    for version in versions {
        ways.push(shortest_way(engine, version).await?);
    }
    Ok(ways)
}

/// Walks from a package to those that need it until it meets the workspace: two queries for each level of the graph.
async fn shortest_way(engine: &AnyEngine, goal: Package) -> orm::Result<Vec<Step>> {
    let mut level = vec![goal.id];
    let mut met = BTreeMap::from([(goal.id, Step { package: goal, needs: None })]);
    while !level.is_empty() {
        if let Some(member) = level.iter().find(|id| met[id].package.is_member) {
            return Ok(way_from(*member, met));
        }
        let mut edges = engine.query::<Dependency>().filter(|d| d.dependency_id.in_(&level)).all().await?;
        // Of several equally short ways the one by normal dependencies tells most, then the first by name.
        edges.sort_by_key(|edge| (edge.kind, level.iter().position(|id| *id == edge.dependency_id)));
        let mut needs = BTreeMap::new();
        for edge in edges.iter().filter(|edge| !met.contains_key(&edge.dependent_id)) {
            needs.entry(edge.dependent_id).or_insert((edge.kind, edge.dependency_id));
        }
        let dependents = engine
            .query::<Package>()
            .filter(|p| p.id.in_(needs.keys()))
            .order_by(|p| (p.crate_name.asc(), p.version.asc()));
        level.clear();
        for package in dependents.all().await? {
            level.push(package.id);
            let needs = needs.get(&package.id).copied();
            met.insert(package.id, Step { package, needs });
        }
    }
    Ok(Vec::new())
}

fn way_from(member: i64, mut met: BTreeMap<i64, Step>) -> Vec<Step> {
    let mut way = Vec::new();
    let mut next = Some(member);
    while let Some(step) = next.and_then(|id| met.remove(&id)) {
        next = step.needs.map(|(_, id)| id);
        way.push(step);
    }
    way
}
