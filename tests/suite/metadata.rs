//! From models to tables and back to nothing: order, constraints that hold, names, and what is wrong with a set of models.

mod tables;
mod ddl;
mod constraints;
mod invalid;
