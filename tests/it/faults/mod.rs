//! A bad day: what is between the bank and its store breaks, processes die, clocks disagree.

mod clocks;
mod network;
mod processes;
