//! What a user of the library sees, against the emulator: one binary, one virtual clock, no sleeps.

mod bad_input;
mod faults;
mod login;
mod publish;
mod reading;
mod refresh;
mod video;
mod world;
