//! What no honest client sends, and what becomes of it.
//!
//! A case is one request with one outcome; every case is played on both framings of HTTP/1.1 and over HTTP/2. Behind
//! each answer the suite looks at the traces: the connection, the session and its phrase, the platform's journal, and
//! whether the one upload that the bank takes at a time can be had again.

mod aborts;
mod arena;
mod boundaries;
mod case;
mod chunks;
mod clients;
mod delimiters;
mod drips;
mod early;
mod fields;
mod files;
mod framing;
mod heads;
pub(crate) mod http2;
mod part_heads;
mod pipelines;
mod play;
mod raw;
mod sending;
mod server;
mod slowness;
mod soak;
mod upstream;

use self::play::play_all;
use self::raw::play_scripts;
use self::server::Server;
use crate::harness::Host;

on_every_host! {
    boundaries_are_read_in_one_way,
    delimiters_are_read_in_one_way,
    parts_heads_are_read_in_one_way,
    forms_of_every_library_are_taken,
    forms_hold_what_they_may,
    files_are_what_they_begin_with,
    heads_are_judged_before_the_body,
    requests_end_where_every_reader_sees_them_end,
    chunks_are_chunks,
    bytes_behind_an_answer_are_the_next_request_or_none,
    uploads_arrive_however_they_are_cut,
    a_platform_that_misbehaves_has_one_outcome,
    an_upload_that_breaks_off_leaves_nothing_behind,
    a_verdict_is_settled_for_those_who_do_not_wait,
    a_slow_upload_is_given_up,
    a_refusal_by_the_head_costs_no_more_than_the_head,
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

async fn forms_of_every_library_are_taken<H: Host>() {
    play_all::<H>(clients::cases()).await;
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

async fn requests_end_where_every_reader_sees_them_end<H: Server>() {
    play_scripts::<H>(framing::scripts()).await;
}

async fn chunks_are_chunks<H: Server>() {
    play_scripts::<H>(chunks::scripts()).await;
}

async fn an_upload_that_breaks_off_leaves_nothing_behind<H: Host>() {
    aborts::play_all::<H>().await;
}

async fn a_verdict_is_settled_for_those_who_do_not_wait<H: Host>() {
    aborts::play_late::<H>().await;
}

async fn a_slow_upload_is_given_up<H: Host>() {
    slowness::play_all::<H>().await;
}

async fn a_refusal_by_the_head_costs_no_more_than_the_head<H: Server>() {
    early::play_all::<H>().await;
}

async fn bytes_behind_an_answer_are_the_next_request_or_none<H: Server>() {
    play_scripts::<H>(pipelines::scripts()).await;
}

async fn uploads_arrive_however_they_are_cut<H: Host>() {
    drips::play_all::<H>().await;
}

async fn a_platform_that_misbehaves_has_one_outcome<H: Host>() {
    upstream::play_all::<H>().await;
}

/// Cases of one request each; most are played on three framings and on every host.
#[test]
fn the_suite_is_as_large_as_it_says() {
    let forms =
        [boundaries::cases(), delimiters::cases(), part_heads::cases(), fields::cases(), files::cases()];
    let forms = forms.iter().map(Vec::len).sum::<usize>() + heads::cases().len();
    let scripts = framing::scripts().len() + chunks::scripts().len() + pipelines::scripts().len();
    let ways = aborts::COUNT + drips::COUNT + early::COUNT + slowness::COUNT + upstream::COUNT;
    assert!(forms >= 200 && scripts >= 100 && ways >= 70, "{forms} forms, {scripts} scripts, {ways} ways");
}
