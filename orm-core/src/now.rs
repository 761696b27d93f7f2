//! An answer that may be there at once: what an embedded database gives without a poll, and a server later.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

/// A boxed future that can move between threads.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A result that is ready, or a future that will have it. Awaiting a ready one never yields.
#[must_use = "an operation may not have started before it is awaited"]
pub enum Now<'a, T> {
    /// The operation is done.
    Ready(Option<T>),
    /// The operation goes on while this is polled, and stops when it is dropped.
    Later(BoxFuture<'a, T>),
}

impl<'a, T> Now<'a, T> {
    /// An operation that is done.
    #[inline]
    pub fn ready(value: T) -> Self {
        Now::Ready(Some(value))
    }

    /// An operation that goes on.
    pub fn later(future: impl Future<Output = T> + Send + 'a) -> Self {
        Now::Later(Box::pin(future))
    }
}

/// The result of a future that waits for nothing.
pub(crate) fn at_once<T>(future: impl Future<Output = T>) -> T {
    match std::pin::pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => unreachable!("what waits for nothing is done at its first poll"),
    }
}

impl<T> Unpin for Now<'_, T> {}

impl<T> Future for Now<'_, T> {
    type Output = T;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        match &mut *self {
            Now::Ready(value) => Poll::Ready(value.take().expect("a future is not polled after it is done")),
            Now::Later(future) => future.as_mut().poll(cx),
        }
    }
}
