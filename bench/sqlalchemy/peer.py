"""SQLAlchemy, the model of this library. The protocol is that of `bench_common::Peer`, plus `hello`.

Sessions are new each time and objects are tracked, as always. The time is that of the calls into SQLAlchemy alone. The
tables are those of the other peers: statements.txt, in the folder that BENCH_FOLDER names, has the statements.
"""

import os
import sys
import time
from typing import List, Optional

try:
    import sqlalchemy
    from sqlalchemy import BigInteger, ForeignKey, Integer, String, create_engine, event, select
    from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship, selectinload
    from sqlalchemy.pool import StaticPool
except ImportError:
    sys.exit("SQLAlchemy is not installed: --install-sqlalchemy installs it for the benchmark alone")

KEY = BigInteger().with_variant(Integer, "sqlite")
GETS = 200
MAX_ITERATIONS = 5000


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(KEY, primary_key=True)
    name: Mapped[str] = mapped_column(String(255))
    hair_color: Mapped[Optional[str]] = mapped_column(String(255))
    posts: Mapped[List["Post"]] = relationship(back_populates="user")


class Post(Base):
    __tablename__ = "posts"
    id: Mapped[int] = mapped_column(KEY, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    title: Mapped[str] = mapped_column(String(255))
    body: Mapped[Optional[str]] = mapped_column(String(2000))
    user: Mapped[User] = relationship(back_populates="posts")
    comments: Mapped[List["Comment"]] = relationship(back_populates="post")


class Comment(Base):
    __tablename__ = "comments"
    id: Mapped[int] = mapped_column(KEY, primary_key=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id"))
    text: Mapped[str] = mapped_column(String(2000))
    post: Mapped[Post] = relationship(back_populates="comments")


class Inserted(Base):
    __tablename__ = "ins"
    id: Mapped[int] = mapped_column(KEY, primary_key=True)
    name: Mapped[str] = mapped_column(String(255))
    hair_color: Mapped[Optional[str]] = mapped_column(String(255))


class Updated(Base):
    __tablename__ = "upd"
    id: Mapped[int] = mapped_column(KEY, primary_key=True)
    name: Mapped[str] = mapped_column(String(255))
    hair_color: Mapped[Optional[str]] = mapped_column(String(255))


class Customer(Base):
    __tablename__ = "customers"
    id: Mapped[int] = mapped_column(KEY, primary_key=True)
    name: Mapped[str] = mapped_column(String(255))


class Product(Base):
    __tablename__ = "products"
    id: Mapped[int] = mapped_column(KEY, primary_key=True)
    name: Mapped[str] = mapped_column(String(255))
    price: Mapped[int] = mapped_column(BigInteger)


class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(KEY, primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    number: Mapped[int] = mapped_column(BigInteger)
    status: Mapped[int] = mapped_column(BigInteger)
    customer: Mapped[Customer] = relationship()


class Line(Base):
    __tablename__ = "order_lines"
    id: Mapped[int] = mapped_column(KEY, primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"))
    quantity: Mapped[int] = mapped_column(BigInteger)
    order: Mapped[Order] = relationship()
    product: Mapped[Product] = relationship()


class Payment(Base):
    __tablename__ = "payments"
    id: Mapped[int] = mapped_column(KEY, primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
    amount: Mapped[int] = mapped_column(BigInteger)
    order: Mapped[Order] = relationship()


def statements(kind):
    with open(os.path.join(os.environ["BENCH_FOLDER"], "statements.txt"), encoding="utf-8") as lines:
        words = [line.rstrip("\n").split("\t", 1) for line in lines]
    return [statement for of, statement in words if of == kind]


def connect(backend):
    if backend == "server":
        url = sqlalchemy.engine.make_url(os.environ["BENCH_SERVER"])
        try:
            import MySQLdb  # noqa: F401
            driver = "mysql+mysqldb"
        except ImportError:
            driver = "mysql+pymysql"
        return create_engine(url.set(drivername=driver))
    if backend == "memory":
        engine = create_engine("sqlite://", poolclass=StaticPool)
    else:
        engine = create_engine("sqlite:///" + os.path.join(os.environ["BENCH_FOLDER"], "sqlalchemy.db"))

        @event.listens_for(engine, "connect")
        def set_pragmas(connection, _record):
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=NORMAL")

    execute(engine, statements("make"))
    return engine


def execute(engine, texts):
    with engine.begin() as connection:
        for text in texts:
            connection.exec_driver_sql(text.replace("%", "%%") if engine.dialect.name == "mysql" else text)


def number(engine, text):
    with engine.begin() as connection:
        text = text.replace("%", "%%") if engine.dialect.name == "mysql" else text
        return int(connection.exec_driver_sql(text).scalar())


class Stopwatch:
    """Adds up the time inside `with`."""

    def __init__(self):
        self.elapsed = 0

    def __enter__(self):
        self.start = time.perf_counter_ns()

    def __exit__(self, *_):
        self.elapsed += time.perf_counter_ns() - self.start


def check_user(user):
    assert user.name == f"User {user.id}" and user.hair_color == ("brown" if user.id % 2 == 0 else None), user.id


class Peer:
    def __init__(self, backend):
        self.engine = connect(backend)
        self.turn = os.getpid() * 1_000_000

    def run(self, workload, watch):
        kind, _, count = workload.partition("_")
        with Session(self.engine) as session:
            if not hasattr(self, kind):
                return False
            getattr(self, kind)(session, watch, *([int(count)] if count else []))
        return True

    def load(self, session, watch, count):
        with watch:
            users = session.scalars(select(User).where(User.id <= count)).all()
        assert len(users) == count
        for user in users:
            check_user(user)

    def join(self, session, watch):
        with watch:
            pairs = session.execute(select(User, Post).join(Post, Post.user_id == User.id)).all()
        assert len({post.id for _, post in pairs}) == 10_000
        for user, post in pairs:
            check_user(user)
            assert post.user_id == user.id and post.title == f"Post {post.id - 1} by user"

    def eager(self, session, watch):
        with watch:
            query = select(User).where(User.id <= 100)
            users = session.scalars(query.options(selectinload(User.posts).selectinload(Post.comments))).all()
        comments = [comment for user in users for post in user.posts for comment in post.comments]
        assert (len(users), len({comment.id for comment in comments})) == (100, 10_000)
        assert all(comment.text == f"Comment {comment.id - 1} for post" for comment in comments)

    def get(self, session, watch):
        self.turn += 1
        keys = [(self.turn + read) * 7919 % 10_000 + 1 for read in range(GETS)]
        with watch:
            for key in keys:
                assert session.get(User, key).id == key

    def insert(self, session, watch, count):
        rows = [Inserted(name=f"User {at}", hair_color="brown" if at % 2 == 0 else None) for at in range(count)]
        with watch:
            session.add_all(rows)
            session.flush()
            keys = [row.id for row in rows]
            session.commit()
        assert len(set(keys)) == count
        execute(self.engine, ["DELETE FROM ins"])

    def update(self, session, watch):
        self.turn += 1
        rows = session.scalars(select(Updated)).all()
        assert len(rows) == 10_000
        for row in rows:
            row.name = f"n{self.turn} {row.id}"
        with watch:
            session.commit()
        assert number(self.engine, f"SELECT COUNT(*) FROM upd WHERE name LIKE 'n{self.turn} %'") == 10_000

    def shop(self, session, watch):
        execute(self.engine, statements("reset"))
        customers, products, orders, lines, payments = (
            session.scalars(select(model).order_by(model.id)).all()
            for model in (Customer, Product, Order, Line, Payment)
        )
        with watch:
            self.change(customers, products, orders, lines)
            self.add(session, customers, products)
            for row in [*lines[600:800], *payments[100:200]]:
                session.delete(row)
            session.commit()
        assert number(self.engine, statements("digest")[0]) == number(self.engine, statements("expected")[0])

    @staticmethod
    def change(customers, products, orders, lines):
        for row in customers:
            row.name = f"Customer {row.id} renamed"
        for row in products:
            row.price = row.id + 100
        for row in orders[:150]:
            row.status = 1
        for row in lines[:450]:
            row.quantity = 10 + row.id % 5

    @staticmethod
    def add(session, customers, products):
        new_customers = [Customer(name=f"New customer {at}") for at in range(20)]
        new_products = [Product(name=f"New product {at}", price=500 + at) for at in range(20)]
        session.add_all(new_customers + new_products)
        for at in range(120):
            customer = new_customers[at // 3] if at < 60 else customers[(at - 60) // 3]
            order = Order(customer=customer, number=1_000 + at, status=0)
            session.add(order)
            for line in range(at * 6, at * 6 + 6):
                product = new_products[line % 20] if line % 2 == 0 else products[line % 50]
                session.add(Line(order=order, product=product, quantity=1 + line % 3))
            session.add(Payment(order=order, amount=5))


def measure(peer, workload, milliseconds):
    if not peer.run(workload, Stopwatch()):
        return "unsupported"
    target = milliseconds * 1_000_000
    start, watch, iterations = time.perf_counter_ns(), Stopwatch(), 0
    while iterations == 0 or (
        watch.elapsed < target and iterations < MAX_ITERATIONS and time.perf_counter_ns() - start < target * 4
    ):
        peer.run(workload, watch)
        iterations += 1
    return f"ok {watch.elapsed / iterations / (GETS if workload == 'get' else 1):.1f}"


def main():
    peers = {}
    for line in sys.stdin:
        words = line.split()
        try:
            if words == ["hello"]:
                answer = "ok 0"
            else:
                backend, workload, milliseconds = words
                if backend not in peers:
                    peers[backend] = Peer(backend)
                answer = measure(peers[backend], workload, int(milliseconds))
        except Exception as error:  # any failure ends this peer's part in the workload, and is shown
            answer = f"failed {type(error).__name__} {error}".replace("\n", " ")
        print(answer, flush=True)


main()
