//! What the rules do, through the public function, with the built-in example site (all four tracks, states IL and WI).

mod change;
mod join;
mod kept;
mod kit;
mod lapse;
mod property;
mod referral;
mod reports;
mod request;
mod rules;
mod screen;
mod snapshot;
mod watch;
