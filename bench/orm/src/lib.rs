//! This library's models and engine, shared by the peer (`main.rs`) and the measures (`bin/measures`).

pub mod connected;
pub mod models;
