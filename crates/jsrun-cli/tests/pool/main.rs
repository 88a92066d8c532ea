//! Pools with the real zygote and real workers: what they give, what they survive, what they leave behind.

mod cases;
mod confinement;
mod crashes;
mod fixture;
mod jitless;
mod limits;
mod lives;
mod runs;
mod sandbox;
