//! What is told of each statement: spans and events of `tracing`, counters, logs.

mod traces;
mod callers;
mod logs;

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex};

use orm::prelude::*;
use tracing::field::{Field, Visit};
use tracing::instrument::WithSubscriber;
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::NoSubscriber;
use tracing::{Dispatch, Event, Level, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;

#[derive(Model, Debug, Default, Clone, PartialEq)]
#[orm(table = "users")]
struct User {
    #[orm(primary_key)]
    id: i64,
    #[orm(length = 50, unique)]
    name: String,
    age: Option<i32>,
}

fn user(name: &str) -> User {
    User { name: name.into(), ..Default::default() }
}

/// A span or an event.
#[derive(Clone, Debug)]
struct Told {
    target: String,
    level: Level,
    name: String,
    fields: BTreeMap<String, String>,
    /// The span, or the span that an event happened in.
    span: Option<u64>,
}

impl Told {
    fn new(metadata: &tracing::Metadata<'_>, span: Option<&Id>) -> Told {
        Told {
            target: metadata.target().to_owned(),
            level: *metadata.level(),
            name: metadata.name().to_owned(),
            fields: BTreeMap::new(),
            span: span.map(Id::into_u64),
        }
    }

    fn field(&self, name: &str) -> Option<&str> {
        self.fields.get(name).map(String::as_str)
    }
}

impl Visit for Told {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.fields.insert(field.name().to_owned(), format!("{value:?}"));
    }
    fn record_str(&mut self, field: &Field, value: &str) {
        self.fields.insert(field.name().to_owned(), value.to_owned());
    }
}

/// Everything that was told, of every library and at every level.
#[derive(Clone, Debug, Default)]
struct Trace(Arc<Mutex<Everything>>);

#[derive(Debug, Default)]
struct Everything {
    spans: Vec<Told>,
    events: Vec<Told>,
}

impl Trace {
    fn spans(&self) -> Vec<Told> {
        let told = self.0.lock().unwrap();
        told.spans.iter().filter(|span| span.target == "orm::statement").cloned().collect()
    }

    fn events(&self) -> Vec<Told> {
        let told = self.0.lock().unwrap();
        told.events.iter().filter(|event| event.target == "orm::statement").cloned().collect()
    }

    /// The text of each statement, without the quotes of identifiers.
    fn statements(&self) -> Vec<String> {
        let text = |span: &Told| crate::harness::unquoted(span.field("db.query.text").unwrap());
        self.spans().iter().map(text).collect()
    }
}

impl<S: Subscriber + for<'s> LookupSpan<'s>> Layer<S> for Trace {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, _: Context<'_, S>) {
        let mut told = Told::new(attributes.metadata(), Some(id));
        attributes.record(&mut told);
        self.0.lock().unwrap().spans.push(told);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, _: Context<'_, S>) {
        let mut all = self.0.lock().unwrap();
        // The id of a span that is closed is given again.
        if let Some(told) = all.spans.iter_mut().rev().find(|told| told.span == Some(id.into_u64())) {
            values.record(told);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut told = Told::new(event.metadata(), context.event_span(event).map(|span| span.id()).as_ref());
        event.record(&mut told);
        self.0.lock().unwrap().events.push(told);
    }
}

/// Two subscribers that nobody uses. With one alone, `tracing` asks only the thread that comes to a place first whether anybody
/// listens there (tracing-core's `has_just_one`): a test without a subscriber would silence it for all.
static KEPT: LazyLock<[Dispatch; 2]> =
    LazyLock::new(|| [Dispatch::new(NoSubscriber::new()), Dispatch::new(NoSubscriber::new())]);

/// Runs a future and keeps what is told meanwhile.
async fn traced<F: Future + Send>(future: F) -> (F::Output, Trace) {
    LazyLock::force(&KEPT);
    let trace = Trace::default();
    let subscriber = tracing_subscriber::registry().with(trace.clone());
    let output = future.with_subscriber(subscriber).await;
    (output, trace)
}
