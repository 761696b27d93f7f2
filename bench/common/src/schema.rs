//! The statements that make and fill the tables, in SQLite's words and in MariaDB's.
//!
//! `users`, `posts` and `comments` are read, `ins` is filled and emptied, `upd` is updated. The tables of the shop are
//! in [`crate::shop`].

/// For SQLite, one statement each.
pub const SQLITE: &[&str] = &[
    "CREATE TABLE users (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, name VARCHAR NOT NULL, hair_color VARCHAR)",
    "CREATE TABLE posts (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, user_id INTEGER NOT NULL, title VARCHAR NOT NULL, body TEXT)",
    "CREATE TABLE comments (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, post_id INTEGER NOT NULL, text TEXT NOT NULL)",
    "CREATE TABLE ins (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, name VARCHAR NOT NULL, hair_color VARCHAR)",
    "CREATE TABLE upd (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, name VARCHAR NOT NULL, hair_color VARCHAR)",
    "CREATE INDEX posts_user ON posts(user_id)",
    "CREATE INDEX comments_post ON comments(post_id)",
    "INSERT INTO users WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM c WHERE i < 10000) SELECT i, 'User ' || i, CASE WHEN i % 2 = 0 THEN 'brown' END FROM c",
    "INSERT INTO upd SELECT * FROM users",
    "INSERT INTO posts WITH RECURSIVE c(i) AS (SELECT 0 UNION ALL SELECT i+1 FROM c WHERE i < 9999) SELECT i+1, i/10+1, 'Post ' || i || ' by user', CASE WHEN i % 2 = 0 THEN 'body of this post' END FROM c",
    "INSERT INTO comments WITH RECURSIVE c(i) AS (SELECT 0 UNION ALL SELECT i+1 FROM c WHERE i < 9999) SELECT i+1, i/10+1, 'Comment ' || i || ' for post' FROM c",
    "CREATE TABLE customers (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, name VARCHAR NOT NULL)",
    "CREATE TABLE products (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, name VARCHAR NOT NULL, price INTEGER NOT NULL)",
    "CREATE TABLE orders (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, customer_id INTEGER NOT NULL REFERENCES customers(id), number INTEGER NOT NULL, status INTEGER NOT NULL)",
    "CREATE TABLE order_lines (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, order_id INTEGER NOT NULL REFERENCES orders(id), product_id INTEGER NOT NULL REFERENCES products(id), quantity INTEGER NOT NULL)",
    "CREATE TABLE payments (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, order_id INTEGER NOT NULL REFERENCES orders(id), amount INTEGER NOT NULL)",
    "CREATE INDEX orders_customer ON orders(customer_id)",
    "CREATE INDEX order_lines_order ON order_lines(order_id)",
    "CREATE INDEX order_lines_product ON order_lines(product_id)",
    "CREATE INDEX payments_order ON payments(order_id)",
];

/// For MariaDB, one statement each.
pub(crate) const MARIADB: &[&str] = &[
    "CREATE TABLE users (id BIGINT PRIMARY KEY AUTO_INCREMENT NOT NULL, name VARCHAR(255) NOT NULL, hair_color VARCHAR(255)) CHARACTER SET utf8mb4",
    "CREATE TABLE posts (id BIGINT PRIMARY KEY AUTO_INCREMENT NOT NULL, user_id BIGINT NOT NULL, title VARCHAR(255) NOT NULL, body VARCHAR(2000), KEY (user_id)) CHARACTER SET utf8mb4",
    "CREATE TABLE comments (id BIGINT PRIMARY KEY AUTO_INCREMENT NOT NULL, post_id BIGINT NOT NULL, text VARCHAR(2000) NOT NULL, KEY (post_id)) CHARACTER SET utf8mb4",
    "CREATE TABLE ins (id BIGINT PRIMARY KEY AUTO_INCREMENT NOT NULL, name VARCHAR(255) NOT NULL, hair_color VARCHAR(255)) CHARACTER SET utf8mb4",
    "CREATE TABLE upd (id BIGINT PRIMARY KEY AUTO_INCREMENT NOT NULL, name VARCHAR(255) NOT NULL, hair_color VARCHAR(255)) CHARACTER SET utf8mb4",
    "INSERT INTO users SELECT seq, CONCAT('User ', seq), CASE WHEN seq % 2 = 0 THEN 'brown' END FROM seq_1_to_10000",
    "INSERT INTO upd SELECT * FROM users",
    "INSERT INTO posts SELECT seq+1, seq DIV 10 + 1, CONCAT('Post ', seq, ' by user'), CASE WHEN seq % 2 = 0 THEN 'body of this post' END FROM seq_0_to_9999",
    "INSERT INTO comments SELECT seq+1, seq DIV 10 + 1, CONCAT('Comment ', seq, ' for post') FROM seq_0_to_9999",
    "CREATE TABLE customers (id BIGINT PRIMARY KEY AUTO_INCREMENT NOT NULL, name VARCHAR(255) NOT NULL) CHARACTER SET utf8mb4",
    "CREATE TABLE products (id BIGINT PRIMARY KEY AUTO_INCREMENT NOT NULL, name VARCHAR(255) NOT NULL, price BIGINT NOT NULL) CHARACTER SET utf8mb4",
    "CREATE TABLE orders (id BIGINT PRIMARY KEY AUTO_INCREMENT NOT NULL, customer_id BIGINT NOT NULL, number BIGINT NOT NULL, status BIGINT NOT NULL, FOREIGN KEY (customer_id) REFERENCES customers(id)) CHARACTER SET utf8mb4",
    "CREATE TABLE order_lines (id BIGINT PRIMARY KEY AUTO_INCREMENT NOT NULL, order_id BIGINT NOT NULL, product_id BIGINT NOT NULL, quantity BIGINT NOT NULL, FOREIGN KEY (order_id) REFERENCES orders(id), FOREIGN KEY (product_id) REFERENCES products(id)) CHARACTER SET utf8mb4",
    "CREATE TABLE payments (id BIGINT PRIMARY KEY AUTO_INCREMENT NOT NULL, order_id BIGINT NOT NULL, amount BIGINT NOT NULL, FOREIGN KEY (order_id) REFERENCES orders(id)) CHARACTER SET utf8mb4",
    "ANALYZE TABLE users, posts, comments, ins, upd",
];

/// `users` by range, by key, and joined; for peers whose statements are text.
pub const SELECT_USERS: &str = "SELECT id, name, hair_color FROM users WHERE id <= ?";
pub const SELECT_USER: &str = "SELECT id, name, hair_color FROM users WHERE id = ?";
pub const SELECT_PAIRS: &str = "SELECT u.id, u.name, u.hair_color, p.id, p.user_id, p.title, p.body \
     FROM users u INNER JOIN posts p ON p.user_id = u.id";
/// The posts of some users, the comments of some posts: a list of keys follows.
pub const SELECT_POSTS_OF: &str = "SELECT id, user_id, title, body FROM posts WHERE user_id IN ";
pub const SELECT_COMMENTS_OF: &str = "SELECT id, post_id, text FROM comments WHERE post_id IN ";
pub const INSERT: &str = "INSERT INTO ins (name, hair_color) VALUES (?, ?)";
pub const UPDATE: &str = "UPDATE upd SET name = ? WHERE id = ?";
/// Empties the table that inserts filled.
pub(crate) const EMPTY: &str = "DELETE FROM ins";
/// What every connection to a file is set to, before anything else.
pub const FILE_PRAGMAS: &str = "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA busy_timeout=5000";
