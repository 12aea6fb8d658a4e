//! The guard around an app: what each end of a request makes of its reservation.

mod amounts;
mod extractors;
mod network;
mod outcomes;
mod refusals;
mod streams;
mod support;
