//! After random writes by a query, with changes of objects between them, the objects of the session equal their rows.

use super::*;

use orm::{Expr, ObjectState};

/// Numbers by chance, the same for the same seed.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }

    fn number(&mut self) -> i64 {
        self.below(60) as i64 - 10
    }
}

fn condition(chance: &mut Chance, m: &Cols<Member>, depth: u64) -> Expr<bool> {
    let m = *m;
    if depth > 0 && chance.below(2) == 0 {
        let (one, other) = (condition(chance, &m, depth - 1), condition(chance, &m, depth - 1));
        return match chance.below(3) {
            0 => one & other,
            1 => one | other,
            _ => !one,
        };
    }
    match chance.below(12) {
        0 => m.points.lt(chance.number()),
        1 => (m.points + m.best).ge(chance.number()),
        2 => m.nick.is_null(),
        3 => m.nick.eq("x"),
        4 => m.name.contains("a"),
        5 => m.active.eq(chance.below(2) == 0),
        6 => m.team_id.in_([Some(1), None]),
        7 => m.team_id.ne(1),
        8 => m.team().bonus.gt(chance.number()),
        9 => m.score.between(-1.0, 1.0),
        10 => (m.points % 3).eq(chance.below(3) as i64),
        _ => m.notes().any(|n| n.id.gt(2)),
    }
}

case!(the_objects_of_a_session_equal_their_rows, |db| {
    db.create::<(Team, Member, Note)>().await?;
    let mut chance = Chance(0x9E37_79B9_7F4A_7C15);
    for round in 0..40 {
        let mut session = db.session();
        session.query::<Note>().delete().await?;
        session.query::<Member>().delete().await?;
        session.query::<Team>().delete().await?;
        session
            .insert_many((1..=3).map(|id| Team {
                id,
                name: format!("team {id}"),
                bonus: 10 * id,
                ..Default::default()
            }))
            .await?;
        session
            .insert_many((1..=8).map(|id| Member {
                id,
                name: ["Ann", "Bea", "Cid"][id as usize % 3].into(),
                nick: [None, Some("x".into())][id as usize % 2].clone(),
                points: 7 * id,
                score: id as f64 / 4.0,
                active: id % 3 == 0,
                team_id: [None, Some(1), Some(2), Some(3)][id as usize % 4],
                ..Default::default()
            }))
            .await?;
        session.insert_many((1..=4).map(|id| Note { id, member_id: id * 2, ..Default::default() })).await?;
        session.commit().await?;
        let members = session.query::<Member>().with(|m| (m.team(), m.notes())).all().await?;
        let notes = session.query::<Note>().all().await?;
        let teams = session.query::<Team>().with(|t| t.members()).all().await?;
        let mut nested = false;
        for _ in 0..8 {
            if let Some(member) = members.get(chance.below(12) as usize)
                && session.state(*member) == Some(ObjectState::Persistent)
            {
                session[member].points = chance.number();
            }
            let shape = chance.below(10);
            let mut query = session.query::<Member>();
            let depth = chance.below(3);
            query = query.filter(|m| condition(&mut chance, &m, depth));
            if chance.below(5) == 0 {
                query = query.order_by(|m| m.id.asc()).limit(2);
            }
            match shape {
                0 => {
                    query.delete().await?;
                }
                1 => {
                    session.query::<Team>().filter(|t| t.id.eq(chance.below(4) as i64)).delete().await?;
                }
                2 => {
                    if nested {
                        session.rollback_nested().await?
                    } else {
                        session.begin_nested().await?
                    }
                    nested = !nested;
                }
                3 => {
                    query.update(|m| m.team_id.set(None)).await?;
                }
                4 => {
                    query.update(|m| (m.best.set(m.team().bonus.or(-1)), m.points.set(m.best))).await?;
                }
                5 => {
                    query.update(|m| (m.points.set(m.best), m.best.set(m.points))).await?;
                }
                6 => {
                    query.update(|m| (m.nick.set("x"), m.score.set(-m.score))).await?;
                }
                7 => {
                    query.update(|m| m.nick.set(None)).await?;
                }
                _ => {
                    let number = chance.number();
                    query.update(|m| (m.points.set(m.points / 2 + number), m.active.set(!m.active))).await?;
                }
            }
            session.flush().await?;
            // What the session shows, and what is there.
            for member in &members {
                let id = session.get_ref(*member).map(|member| member.id);
                let row = match id {
                    Some(id) => session.query::<Member>().filter(|m| m.id.eq(id)).select(|m| {
                        (m.name, m.nick, m.points, m.best, m.score, m.active, m.team_id, m.version)
                    }),
                    None => continue,
                };
                let row = row.one_or_none().await?;
                if session.state(*member) == Some(ObjectState::Deleted) {
                    assert!(row.is_none(), "round {round}");
                    continue;
                }
                let object = &session[member];
                let shown = (
                    object.name.clone(),
                    object.nick.clone(),
                    object.points,
                    object.best,
                    object.score,
                    object.active,
                    object.team_id,
                    object.version,
                );
                assert_eq!(Some(shown), row, "round {round}");
                if let Ok(team) = session[member].team.get(&session) {
                    assert_eq!(team.map(|team| team.id), session[member].team_id, "round {round}");
                }
            }
            for note in &notes {
                let Some(id) = session.get_ref(*note).map(|note| note.id) else { continue };
                let there = session.query::<Note>().filter(|n| n.id.eq(id)).exists().await?;
                assert_eq!(session.state(*note) == Some(ObjectState::Persistent), there, "round {round}");
            }
            for team in &teams {
                let Some(object) = session.get_ref(*team) else { continue };
                let (id, state) = (object.id, session.state(*team));
                let Ok(count) = object.members.len() else { continue };
                if state == Some(ObjectState::Persistent) {
                    let there = session.query::<Member>().filter(|m| m.team_id.eq(id)).count().await?;
                    assert_eq!(count as i64, there, "round {round}");
                }
            }
        }
        if chance.below(2) == 0 { session.commit().await? } else { session.rollback().await? }
    }
});
