//! The SELECT of everything that a relation of a model to itself leads to, however many steps away: a recursive common table
//! expression of the keys that are reached, joined with the rows that each leads to. UNION leaves equal keys out, so that it
//! ends whatever cycles the data have.

use super::Renderer;
use crate::definition::ModelDef;
use crate::error::Result;
use crate::links::Relation;
use crate::model::Narrowing;
use crate::node::Columns;
use crate::owners::KeyList;
use crate::path::Path;

/// The common table expression, and its columns but for their numbers.
const REACHED: &str = "reached_keys";
const KEY: &str = "key_";

impl Renderer<'_> {
    /// `WITH RECURSIVE reached (key_0) AS (SELECT keys UNION SELECT what they lead to) SELECT rows FROM reached ..`
    pub(super) fn reached_rows(
        &mut self,
        relation: &Relation,
        keys: KeyList<'_>,
        narrowing: Option<&Narrowing>,
    ) -> Result<()> {
        let model = relation.target;
        self.push("WITH RECURSIVE ");
        self.quote(REACHED);
        for position in 0..relation.local.len() {
            self.push(if position == 0 { " (" } else { ", " });
            self.quote(&format!("{KEY}{position}"));
        }
        self.push(") AS (SELECT ");
        self.columns_of(model.table, relation.owner, &relation.local);
        self.push(" FROM ");
        self.quote(model.table);
        self.push(" WHERE ");
        self.key_list(model.table, relation.owner, &relation.local, keys);
        self.push(" UNION SELECT ");
        self.columns_of(model.table, relation.owner, &relation.local);
        self.steps(relation, model.table, None);
        self.push(") SELECT ");
        let root = narrowing.map_or_else(Path::fresh, |narrowing| narrowing.row);
        self.open_frame(root);
        let name = self.name_model(root, model, false);
        self.all_columns(root, Columns::Model(model))?;
        let link_name = relation.link.as_ref().map(|link| self.name_model(Path::fresh(), link.model, false));
        if let (Some(link), Some(link_name)) = (&relation.link, &link_name) {
            self.push(", ");
            self.columns_of(link_name, link.model, &link.local);
        }
        let order = relation.order(root, narrowing)?;
        let tail = self.aside(|renderer| renderer.ordered(&order))?;
        let joins = self.close_frame();
        self.steps(relation, &name, link_name.as_deref());
        self.out.append(joins);
        self.out.append(tail);
        Ok(())
    }

    /// ` FROM reached INNER JOIN the rows that its keys lead to`
    fn steps(&mut self, relation: &Relation, name: &str, link_name: Option<&str>) {
        self.push(" FROM ");
        self.quote(REACHED);
        match &relation.link {
            None => {
                self.push(" INNER JOIN ");
                self.table(relation.target, name);
                self.push(" ON ");
                self.equal_keys(name, relation.target, &relation.remote);
            }
            Some(link) => {
                let link_name = link_name.unwrap_or(link.model.table);
                self.push(" INNER JOIN ");
                self.table(link.model, link_name);
                self.push(" ON ");
                self.equal_keys(link_name, link.model, &link.local);
                self.push(" INNER JOIN ");
                self.table(relation.target, name);
                self.push(" ON ");
                self.join(relation.target, name, &relation.remote, link.model, link_name, &link.remote);
            }
        }
    }

    /// `t.a = reached.key_0 AND ..`
    fn equal_keys(&mut self, name: &str, model: &ModelDef, columns: &[u16]) {
        for (position, column) in columns.iter().enumerate() {
            self.push(if position > 0 { " AND " } else { "" });
            self.columns_of(name, model, &[*column]);
            self.push(" = ");
            self.quote(REACHED);
            self.push(".");
            self.quote(&format!("{KEY}{position}"));
        }
    }

    /// `t.a, t.b`
    fn columns_of(&mut self, name: &str, model: &ModelDef, columns: &[u16]) {
        for (position, column) in columns.iter().enumerate() {
            self.push(if position > 0 { ", " } else { "" });
            self.quote(name);
            self.push(".");
            self.quote(model.columns[usize::from(*column)].name);
        }
    }
}
