//! Whether a peer read and wrote the right rows. Never inside the time.

use std::collections::HashSet;

use anyhow::ensure;

use crate::rows::Tree;
use crate::{Result, UPDATED};

/// The columns of a user.
pub type UserRow<'a> = (i64, &'a str, Option<&'a str>);
/// The columns of a post: key, user, title, body.
pub type PostRow<'a> = (i64, i64, &'a str, Option<&'a str>);
/// The columns of a comment: key, post, text.
pub type CommentRow<'a> = (i64, i64, &'a str);

/// The users 1 to `count`, once each, in any order.
pub fn users<'a>(found: impl IntoIterator<Item = UserRow<'a>>, count: i64) -> Result {
    let mut keys = HashSet::new();
    for row in found {
        user(row)?;
        keys.insert(row.0);
    }
    ensure!(keys.len() as i64 == count && !keys.iter().any(|key| *key > count), "not the users 1 to {count}");
    Ok(())
}

/// One user.
pub fn user((id, name, hair_color): UserRow<'_>) -> Result {
    ensure!(number_in(name, "User ", "") == Some(id), "the user {id} is called {name}");
    ensure!(hair_color == (id % 2 == 0).then_some("brown"), "the user {id} has hair of {hair_color:?}");
    Ok(())
}

/// The 10,000 pairs of a user and a post of that user.
pub fn join<'a>(pairs: impl IntoIterator<Item = (UserRow<'a>, PostRow<'a>)>) -> Result {
    let mut keys = HashSet::new();
    for (owner, row) in pairs {
        user(owner)?;
        post(row)?;
        ensure!(row.1 == owner.0, "the post {} stands with the user {}", row.0, owner.0);
        keys.insert(row.0);
    }
    ensure!(keys.len() == 10_000, "{} different posts in place of 10,000", keys.len());
    Ok(())
}

/// One post.
pub fn post((id, user_id, title, body): PostRow<'_>) -> Result {
    ensure!(number_in(title, "Post ", " by user") == Some(id - 1), "the post {id} has the title {title}");
    ensure!(user_id == (id - 1) / 10 + 1, "the post {id} is of the user {user_id}");
    ensure!(body == (id % 2 == 1).then_some("body of this post"), "the post {id} has the body {body:?}");
    Ok(())
}

/// One comment.
pub fn comment((id, post_id, text): CommentRow<'_>) -> Result {
    ensure!(number_in(text, "Comment ", " for post") == Some(id - 1), "the comment {id} says {text}");
    ensure!(post_id == (id - 1) / 10 + 1, "the comment {id} is for the post {post_id}");
    Ok(())
}

/// The rows of an eager load, one after the other, as a peer finds them in its own objects.
#[derive(Debug, Default)]
pub struct EagerLoad {
    users: HashSet<i64>,
    posts: HashSet<i64>,
    comments: HashSet<i64>,
}

impl EagerLoad {
    pub fn user(&mut self, row: UserRow<'_>) -> Result {
        self.users.insert(row.0);
        user(row)
    }

    /// A post that was found with the user `owner`.
    pub fn post(&mut self, owner: i64, row: PostRow<'_>) -> Result {
        self.posts.insert(row.0);
        ensure!(row.1 == owner, "the post {} was found with the user {owner}", row.0);
        post(row)
    }

    /// A comment that was found with the post `owner`.
    pub fn comment(&mut self, owner: i64, row: CommentRow<'_>) -> Result {
        self.comments.insert(row.0);
        ensure!(row.1 == owner, "the comment {} was found with the post {owner}", row.0);
        comment(row)
    }

    /// Whether everything was there.
    pub fn finish(self) -> Result {
        let counts = (self.users.len(), self.posts.len(), self.comments.len());
        ensure!(counts == (100, 1_000, 10_000), "users, posts and comments: {counts:?}");
        Ok(())
    }
}

/// An eager load that [`crate::rows::tree`] put together.
pub fn tree(tree: &Tree) -> Result {
    let mut check = EagerLoad::default();
    for (user, posts) in tree {
        check.user((user.id, &user.name, user.hair_color.as_deref()))?;
        for (post, comments) in posts {
            check.post(user.id, (post.id, post.user_id, &post.title, post.body.as_deref()))?;
            for comment in comments {
                check.comment(post.id, (comment.id, comment.post_id, &comment.text))?;
            }
        }
    }
    check.finish()
}

/// The keys of inserted rows as a peer learnt them.
pub fn keys(keys: impl IntoIterator<Item = i64>, count: usize) -> Result {
    let different: HashSet<i64> = keys.into_iter().collect();
    ensure!(different.len() == count, "{} different keys in place of {count}", different.len());
    ensure!(different.iter().all(|key| *key > 0), "a key was not learnt");
    Ok(())
}

/// What [`INSERTED`] counted.
pub(crate) fn inserted(found: i64, count: usize) -> Result {
    ensure!(found == count as i64, "{found} rows were inserted in place of {count}");
    Ok(())
}

/// Counts the right rows of `ins`.
pub(crate) const INSERTED: &str =
    "SELECT COUNT(*) FROM ins WHERE name LIKE 'User %' AND (hair_color = 'brown' OR hair_color IS NULL)";

/// A query that counts the rows of `upd` with the names of this turn.
pub(crate) fn updated_query(turn: u64, on_server: bool) -> String {
    let name = if on_server { format!("CONCAT('n{turn} ', id)") } else { format!("'n{turn} ' || id") };
    format!("SELECT COUNT(*) FROM upd WHERE name = {name}")
}

/// What [`updated_query`] counted.
pub(crate) fn updated(found: i64) -> Result {
    ensure!(found == UPDATED, "{found} rows were updated in place of {UPDATED}");
    Ok(())
}

/// A key that was read: cheap enough to stand inside the time, where every peer does it.
#[inline]
pub fn key(found: i64, wanted: i64) -> Result {
    ensure!(found == wanted, "the user {found} came in place of {wanted}");
    Ok(())
}

fn number_in(text: &str, before: &str, after: &str) -> Option<i64> {
    text.strip_prefix(before)?.strip_suffix(after)?.parse().ok()
}
