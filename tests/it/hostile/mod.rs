//! What no honest client sends, and what becomes of it.
//!
//! A case is one request with one outcome; every case is played on both framings of HTTP/1.1 and over HTTP/2. Behind
//! each answer the suite looks at the traces: the connection, the session and its phrase, the platform's journal, and
//! whether the one upload that the bank takes at a time can be had again.

mod arena;
mod boundaries;
mod case;
mod chunks;
mod delimiters;
mod fields;
mod files;
mod framing;
mod heads;
mod http2;
mod part_heads;
mod play;
mod raw;

use self::play::play_all;
use self::raw::play_scripts;
use crate::harness::Host;

on_every_host! {
    boundaries_are_read_in_one_way,
    delimiters_are_read_in_one_way,
    parts_heads_are_read_in_one_way,
    forms_hold_what_they_may,
    files_are_what_they_begin_with,
    heads_are_judged_before_the_body,
    requests_end_where_everybody_sees_them_end,
    chunks_are_chunks,
}

async fn boundaries_are_read_in_one_way<H: Host>() {
    play_all::<H>(boundaries::cases()).await;
}

async fn delimiters_are_read_in_one_way<H: Host>() {
    play_all::<H>(delimiters::cases()).await;
}

async fn parts_heads_are_read_in_one_way<H: Host>() {
    play_all::<H>(part_heads::cases()).await;
}

async fn forms_hold_what_they_may<H: Host>() {
    play_all::<H>(fields::cases()).await;
}

async fn files_are_what_they_begin_with<H: Host>() {
    play_all::<H>(files::cases()).await;
}

async fn heads_are_judged_before_the_body<H: Host>() {
    play_all::<H>(heads::cases()).await;
}

async fn requests_end_where_everybody_sees_them_end<H: Host>() {
    play_scripts::<H>(framing::scripts()).await;
}

async fn chunks_are_chunks<H: Host>() {
    play_scripts::<H>(chunks::scripts()).await;
}
