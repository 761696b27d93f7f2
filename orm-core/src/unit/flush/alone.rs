//! Which plans need no transaction around them: a database commits a statement as it ends, so BEGIN and COMMIT would be two
//! more ways to the server and back for nothing. Pure; asked by the session when it commits.

use crate::error::{Error, ErrorKind};
use crate::types::SqlType;
use crate::unit::plan::{Plan, Step, StepKind};

/// Whether a plan is one statement on one row, after which nothing can go wrong any more: what it does is all there, or not.
pub(crate) fn is_one_safe_statement(plan: &Plan) -> bool {
    let [step] = plan.steps.as_slice() else { return false };
    if step.rows.len() != 1 || !step.defaults.is_empty() {
        return false;
    }
    match step.kind {
        StepKind::Insert => gives_no_more_than_a_key(step),
        StepKind::Update | StepKind::Delete => true,
        // Others follow.
        StepKind::Park => false,
    }
}

/// Whether an error came before the database wrote anything: no connection was free, or a lock was not.
pub(crate) fn is_before_any_write(error: &Error) -> bool {
    use ErrorKind::{Closed, Connect, LockTimeout, Timeout};
    matches!(error.kind(), Closed { .. } | Connect { .. } | Timeout { .. } | LockTimeout)
}

/// Whether all that comes back of an INSERT is a key that its field takes, whatever it is.
fn gives_no_more_than_a_key(step: &Step) -> bool {
    let model = step.model.0;
    let Some(key) = model.generated_key().filter(|key| !step.columns.contains(key.index)) else {
        return step.columns.len() == model.columns.len();
    };
    let fits = key.as_read && matches!(key.sql_type, SqlType::I64 | SqlType::U64);
    fits && step.columns.len() + 1 == model.columns.len()
}
