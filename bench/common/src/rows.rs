//! What the tables hold, as formulas: the statements of [`crate::schema`] write it, [`crate::check`] compares with it.

use std::sync::atomic::{AtomicU64, Ordering};

/// A row of `users`, for peers that map rows by hand.
#[derive(Debug)]
pub struct User {
    pub id: i64,
    pub name: String,
    pub hair_color: Option<String>,
}

/// A row of `posts`.
#[derive(Debug)]
pub struct Post {
    pub id: i64,
    pub user_id: i64,
    pub title: String,
    pub body: Option<String>,
}

/// A row of `comments`.
#[derive(Debug)]
pub struct Comment {
    pub id: i64,
    pub post_id: i64,
    pub text: String,
}

/// A user with its posts with their comments.
pub type Tree = Vec<(User, Vec<(Post, Vec<Comment>)>)>;

/// Puts the rows of an eager load together: for peers that have no means of their own.
pub fn tree(users: Vec<User>, posts: Vec<Post>, comments: Vec<Comment>) -> Tree {
    use std::collections::HashMap;
    let users_at: HashMap<i64, usize> = users.iter().enumerate().map(|(at, user)| (user.id, at)).collect();
    let posts_at: HashMap<i64, usize> = posts.iter().enumerate().map(|(at, post)| (post.id, at)).collect();
    let mut comments_of: Vec<Vec<Comment>> = posts.iter().map(|_| Vec::new()).collect();
    for comment in comments {
        comments_of[posts_at[&comment.post_id]].push(comment);
    }
    let mut tree: Tree = users.into_iter().map(|user| (user, Vec::new())).collect();
    for (post, comments) in posts.into_iter().zip(comments_of) {
        tree[users_at[&post.user_id]].1.push((post, comments));
    }
    tree
}

/// The rows to insert: a name, and a hair color for every second one.
pub fn new_rows(count: usize) -> impl ExactSizeIterator<Item = (String, Option<String>)> {
    (0..count).map(|at| (format!("User {at}"), at.is_multiple_of(2).then(|| "brown".to_owned())))
}

/// The key that the read number `read` asks for: all over the table.
pub fn key(read: usize) -> i64 {
    (read as i64 * 7919) % 10_000 + 1
}

/// Which key a round of reads starts from, different each time.
pub fn first_read() -> usize {
    static ROUNDS: AtomicU64 = AtomicU64::new(0);
    ROUNDS.fetch_add(1, Ordering::Relaxed) as usize
}

/// A number for [`new_name`], different each time and in each process: what others wrote before must not count as ours.
pub(crate) fn new_turn() -> u64 {
    static TURNS: AtomicU64 = AtomicU64::new(0);
    u64::from(std::process::id()) * 1_000_000 + TURNS.fetch_add(1, Ordering::Relaxed)
}

/// The new name of the row with this key in an update.
pub fn new_name(turn: u64, id: i64) -> String {
    format!("n{turn} {id}")
}

/// `?,?,?`: for peers whose statements are text.
pub fn placeholders(count: usize) -> String {
    let mut list = "?,".repeat(count);
    list.pop();
    list
}
