//! Both ends against each other, and a host against a worker that lies.

mod conversation;
mod liar;
mod stage;
mod values;
