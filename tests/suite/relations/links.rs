//! Many-to-many relations: link rows. Rule 14.

use super::*;
use orm::ErrorKind;

#[derive(Model, Debug, Default, Clone)]
#[orm(table = "rel_students")]
struct Student {
    #[orm(primary_key)]
    id: i64,
    #[orm(length = 50)]
    name: String,
    #[orm(many_to_many, through = "rel_attends")]
    courses: ManyToMany<Course>,
}

#[derive(Model, Debug, Default, Clone)]
#[orm(table = "rel_courses")]
struct Course {
    #[orm(primary_key)]
    id: i64,
    #[orm(length = 50)]
    name: String,
    #[orm(many_to_many, through = "rel_attends")]
    students: ManyToMany<Student>,
}

fn student(name: &str) -> Student {
    Student { name: name.into(), ..Default::default() }
}

fn course(name: &str) -> Course {
    Course { name: name.into(), ..Default::default() }
}

async fn links(db: &crate::harness::Database) -> orm::Result<usize> {
    let students = db.engine().query::<Student>().with(|s| s.courses()).all().await?;
    let mut links = 0;
    for student in &students {
        links += student.courses.len()?;
    }
    Ok(links)
}

case!(rule_14_links_are_inserted_after_both_sides_and_deleted_before, |db| {
    db.create::<(Student, Course)>().await?;
    let mut session = db.engine().session();
    let math = session.add(course("Math"));
    let ann = session.add(Student { courses: [math].into(), ..student("Ann") });
    session[ann].courses.push(course("Art"));
    session.commit().await?;
    assert_eq!(links(&db).await?, 2);
    assert_eq!(session[math].students.handles()?, [ann], "the other side follows");
    session.delete(math);
    let plan = session.plan()?.to_string();
    assert!(plan.starts_with("DELETE FROM rel_attends"), "{plan}");
    session.commit().await?;
    assert_eq!(links(&db).await?, 1);
    assert_eq!(session[ann].courses.len()?, 1);
});

case!(rule_14_edits_of_both_sides_give_one_link, |db| {
    db.create::<(Student, Course)>().await?;
    let mut session = db.engine().session();
    let math = session.add(course("Math"));
    let ann = session.add(student("Ann"));
    session.commit().await?;
    session[ann].courses.push(math);
    session[math].students.push(ann);
    assert_eq!(session.plan()?.row_count(), 1);
    session.commit().await?;
    assert_eq!(links(&db).await?, 1);
    session[ann].courses.remove(math);
    session[math].students.remove(ann);
    assert_eq!(session.plan()?.row_count(), 1);
    session.commit().await?;
    assert_eq!(links(&db).await?, 0);
});

case!(a_plan_can_be_shown_any_number_of_times, |db| {
    db.create::<(Student, Course)>().await?;
    let mut session = db.engine().session();
    let math = session.add(course("Math"));
    let ann = session.add(student("Ann"));
    session[ann].courses.push(math);
    let first = session.plan()?.row_count();
    assert_eq!(session.plan()?.row_count(), first);
    session[ann].courses.remove(math);
    assert_eq!(session.plan()?.row_count(), first - 1, "a link that was only shown is not written");
    session.commit().await?;
    assert_eq!(links(&db).await?, 0);
});

case!(rule_14_a_link_that_is_gone_already_is_stale, |db| {
    db.create::<(Student, Course)>().await?;
    let mut session = db.engine().session();
    let math = session.add(course("Math"));
    let ann = session.add(Student { courses: [math].into(), ..student("Ann") });
    session.commit().await?;
    let mut other = db.engine().session();
    let same = other.query::<Student>().with(|s| s.courses()).one().await?;
    other[same].courses.clear();
    other.commit().await?;
    session[ann].courses.remove(math);
    let error = session.commit().await.expect_err("somebody else removed the link");
    assert!(matches!(error.kind(), ErrorKind::Stale { .. }), "{error}");
    session.rollback().await?;
    assert_eq!(session[ann].courses.handles()?, [math], "the rollback restores what was known");
});

/// Links with a column of their own.
#[derive(Model, Debug, Default)]
#[orm(table = "rel_memberships", unique(person_id, club_id))]
struct Membership {
    #[orm(primary_key)]
    id: i64,
    #[orm(references = Person)]
    person_id: i64,
    #[orm(references = Club)]
    club_id: i64,
    #[orm(length = 20, server_default = "'member'")]
    role: Auto<String>,
    #[orm(belongs_to = "person_id")]
    person: BelongsTo<Person>,
    #[orm(belongs_to = "club_id")]
    club: BelongsTo<Club>,
}

#[derive(Model, Debug, Default)]
#[orm(table = "rel_persons")]
struct Person {
    #[orm(primary_key)]
    id: i64,
    #[orm(many_to_many, through = Membership)]
    clubs: ManyToMany<Club>,
    #[orm(has_many, cascade = "all, delete-orphan")]
    memberships: HasMany<Membership>,
}

#[derive(Model, Debug, Default)]
#[orm(table = "rel_clubs")]
struct Club {
    #[orm(primary_key)]
    id: i64,
    #[orm(length = 20)]
    name: String,
}

case!(an_association_object_has_columns_of_its_own, |db| {
    db.create::<(Person, Club, Membership)>().await?;
    let mut session = db.engine().session();
    let chess = session.add(Club { name: "Chess".into(), ..Default::default() });
    let chair = Membership { club: chess.into(), role: Auto::Set("chair".into()), ..Default::default() };
    let ann = session.add(Person { memberships: [chair].into(), ..Default::default() });
    let bob = session.add(Person::default());
    session.commit().await?;
    session[bob].clubs.push(chess);
    session.commit().await?;
    let rows = db.engine().query::<Membership>().order_by(|m| m.person_id.asc()).all().await?;
    let roles: Vec<Option<&str>> = rows.iter().map(|row| row.role.get().map(String::as_str)).collect();
    assert_eq!(roles, [Some("chair"), Some("member")]);
    session.load(ann, |p| p.clubs()).await?;
    assert_eq!(session[ann].clubs.handles()?, [chess]);
});

/// A graph: people who follow people.
#[derive(Model, Debug, Default)]
#[orm(table = "rel_users")]
struct User {
    #[orm(primary_key)]
    id: i64,
    #[orm(length = 20)]
    name: String,
    #[orm(many_to_many, through = "rel_follows")]
    follows: ManyToMany<User>,
}

case!(a_model_links_to_itself, |db| {
    db.create::<(User,)>().await?;
    let mut session = db.engine().session();
    let ann = session.add(User { name: "Ann".into(), ..Default::default() });
    let bob = session.add(User { name: "Bob".into(), follows: [ann].into(), ..Default::default() });
    session[ann].follows.push(bob);
    session.commit().await?;
    let users = db.engine().query::<User>().order_by(|u| u.name.asc()).with(|u| u.follows()).all().await?;
    let names: Vec<&str> = users[0].follows.iter_owned()?.map(|user| user.name.as_str()).collect();
    assert_eq!(names, ["Bob"]);
    let by_filter =
        db.engine().query::<User>().filter(|u| u.follows().any(|f| f.name.eq("Ann"))).all().await?;
    assert_eq!(by_filter[0].name, "Bob");
});

case!(rule_14_an_object_that_is_deleted_takes_no_link_along_that_was_never_written, |db| {
    db.create::<(Student, Course)>().await?;
    let mut session = db.engine().session();
    let [math, art] = [session.add(course("Math")), session.add(course("Art"))];
    let ann = session.add(Student { courses: [art].into(), ..student("Ann") });
    session.commit().await?;
    session[ann].courses.push(math);
    session[math].students.push(ann);
    session.delete(ann);
    session.commit().await?;
    assert!(session[math].students.is_empty()?, "nor does it stay in the other side's collection");
    assert_eq!(links(&db).await?, 0);
    assert_eq!(db.engine().query::<Course>().count().await?, 2);
});
