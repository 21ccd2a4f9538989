//! Banks that are processes of their own, on one real Redis: what is one bank to the people in front of it.
//!
//! What one of them writes, every other one reads with its next request; a decision that another one has just let
//! through may be remembered there until the revocation has been announced, and for at most two seconds.

mod servers;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use biometry_gate_testkit::{Answer, Browser, RedisServer};
use biometry_sandbox::{Entry, Sandbox};
use serde_json::json;
use tokio::task::JoinSet;

use self::servers::{Balancer, Fleet};
use crate::harness::{Challenge, Host, Member, Program, capture, eventually, run_to_its_end};

on_every_host! {
    what_is_started_at_one_is_verified_at_another_and_used_at_a_third,
    of_a_hundred_parallel_transfers_at_all_of_them_one_is_made,
    limits_hold_at_all_of_them_together,
    a_log_out_and_a_withdrawal_at_one_are_seen_at_once_there_and_soon_everywhere,
    a_rolling_restart_under_load_loses_nothing_and_uses_nothing_twice,
    decisions_and_lock_outs_survive_a_restart_of_all_of_them,
    another_secret_is_another_bank,
    a_store_that_hangs_refuses_and_goes_on_afterwards,
    a_store_that_is_gone_refuses_and_one_that_lost_everything_opens_nothing,
    a_record_that_cannot_be_read_refuses,
    a_store_that_cannot_be_used_ends_the_start,
}

async fn what_is_started_at_one_is_verified_at_another_and_used_at_a_third<H: Host>() {
    let fleet = Fleet::of::<H>(3).await;
    let ana = fleet.consented(0, "pass@example.com").await;
    let challenge = ana.start("statement").await;
    assert_eq!(fleet.at(1, &ana).state(&challenge).await, "issued");
    fleet.at(1, &ana).verify(&challenge).await.granted();
    for place in 0..3 {
        fleet.at(place, &ana).statement().await.ok();
    }

    let approval = ana.start_approval("Zoe", "1").await;
    fleet.at(1, &ana).verify(&approval).await.granted();
    fleet.at(2, &ana).transfer("Zoe", "1").await.ok();
    for place in 0..3 {
        let again = fleet.at(place, &ana).transfer("Zoe", "1").await;
        assert_eq!(again.problem("step-up-required")["reason"], "consumed");
    }
}

async fn of_a_hundred_parallel_transfers_at_all_of_them_one_is_made<H: Host>() {
    let fleet = Fleet::of::<H>(3).await;
    let ana = fleet.consented(0, "pass@example.com").await;
    for round in ["1", "2"] {
        ana.approve("Zoe", round).await;
        let mut transfers = JoinSet::new();
        for n in 0..100 {
            let member = fleet.at(n % 3, &ana);
            transfers.spawn(async move { member.transfer("Zoe", round).await });
        }
        let answers = transfers.join_all().await;
        assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
        // The losers learn that it was used, or that the store was too busy to say: never anything else.
        assert!(answers.iter().all(|answer| matches!(answer.status.as_u16(), 200 | 401)));
    }
}

async fn limits_hold_at_all_of_them_together<H: Host>() {
    let fleet = Fleet::with::<H>(2, &[("MAX_FAILURES", "2"), ("MAX_STARTS", "5")]).await;
    let failing = fleet.consented(0, "fail@example.com").await;
    failing.verify(&failing.start("statement").await).await.problem("verification-failed");
    let elsewhere = fleet.at(1, &failing);
    let last = elsewhere.verify(&elsewhere.start("statement").await).await;
    assert_eq!(last.problem("verification-failed")["attempts_left"], 0);
    for place in 0..2 {
        fleet.at(place, &failing).try_start(json!({})).await.problem("too-many-attempts");
    }

    let ana = fleet.log_in(0, "ana@example.com").await;
    let mut starts = JoinSet::new();
    for n in 0..16 {
        let member = fleet.at(n % 2, &ana);
        starts.spawn(async move { member.try_start(json!({ "policy": "statement" })).await.status });
    }
    let statuses = starts.join_all().await;
    let started = statuses.iter().filter(|&&status| status == 200).count();
    assert!(started <= 5, "{statuses:?}");
    assert!(statuses.iter().all(|status| matches!(status.as_u16(), 200 | 429)), "{statuses:?}");
    // Those that were lost in the crowd count at most once; after five more the limit is reached for certain.
    for _ in 0..5 {
        fleet.at(1, &ana).try_start(json!({ "policy": "statement" })).await;
    }
    fleet.at(0, &ana).try_start(json!({ "policy": "statement" })).await.problem("too-many-attempts");
}

async fn a_log_out_and_a_withdrawal_at_one_are_seen_at_once_there_and_soon_everywhere<H: Host>() {
    let fleet = Fleet::of::<H>(3).await;
    let ana = fleet.consented(0, "pass@example.com").await;
    ana.pass("statement").await;
    let stolen: Vec<_> = (0..3).map(|place| ana.browser.copy().at(fleet.address(place))).collect();
    for browser in &stolen {
        browser.get("/api/statement").send().await.ok();
    }
    ana.log_out().await;
    let is_refused = async |browser: &Browser| browser.get("/api/statement").send().await.status == 401;
    assert!(is_refused(&stolen[0]).await);
    for browser in &stolen {
        eventually("the log-out is seen", async || is_refused(browser).await).await;
        browser.get("/api/statement").send().await.problem("authentication-required");
        browser.get("/api/whoami").send().await.problem("authentication-required");
    }

    let ana = fleet.log_in(1, "pass@example.com").await;
    ana.pass("statement").await;
    for place in 0..3 {
        fleet.at(place, &ana).statement().await.ok();
    }
    fleet.at(2, &ana).browser.delete("/biometry/consent").send().await.granted();
    fleet.at(2, &ana).statement().await.problem("step-up-required");
    for place in 0..3 {
        let member = fleet.at(place, &ana);
        eventually("the withdrawal is seen", async || member.statement().await.status == 401).await;
        member.statement().await.problem("step-up-required");
    }
}

async fn a_rolling_restart_under_load_loses_nothing_and_uses_nothing_twice<H: Host>() {
    let mut fleet = Fleet::of::<H>(3).await;
    let balancer = Arc::new(Balancer::new(&fleet));
    let is_over = Arc::new(AtomicBool::new(false));
    let mut load = JoinSet::new();
    for _ in 0..2 {
        let reader = fleet.consented(0, "pass@example.com").await;
        reader.pass("statement").await;
        let (balancer, is_over) = (Arc::clone(&balancer), Arc::clone(&is_over));
        load.spawn(async move {
            let mut read = 0;
            while !is_over.load(Ordering::Relaxed) {
                balancer.statement(&reader).await.ok();
                read += 1;
            }
            read
        });
    }
    let payer = fleet.consented(0, "pass@example.com").await;
    load.spawn({
        let (balancer, is_over) = (Arc::clone(&balancer), Arc::clone(&is_over));
        async move {
            let mut paid = 0;
            while !is_over.load(Ordering::Relaxed) || paid == 0 {
                balancer.pay_once(&payer, paid + 1).await;
                paid += 1;
            }
            paid
        }
    });

    for place in 0..3 {
        let uploader = fleet.consented(place, "pass@example.com").await;
        let challenge = uploader.start("statement").await;
        let before = balancer.progress();
        let replacement = fleet.start_another::<H>().await;
        let (upload, rest) = fleet.begin_upload(&uploader, &challenge).await;
        balancer.replace(place, replacement.address());
        fleet.programs[place].terminate();
        eventually("the load goes on", async || balancer.progress() > before + 3).await;
        let mut upload = upload;
        upload.send(rest).await;
        upload.finish().await.granted();
        let old = std::mem::replace(&mut fleet.programs[place], replacement);
        let (status, output) = old.end().await;
        assert_eq!(status.code(), Some(0), "{output}");
        fleet.at((place + 1) % 3, &uploader).statement().await.ok();
    }
    is_over.store(true, Ordering::Relaxed);
    assert!(load.join_all().await.into_iter().all(|answers| answers > 0));
}

async fn decisions_and_lock_outs_survive_a_restart_of_all_of_them<H: Host>() {
    let mut fleet = Fleet::with::<H>(1, &[("MAX_FAILURES", "1")]).await;
    let ana = fleet.consented(0, "pass@example.com").await;
    ana.pass("statement").await;
    let failing = fleet.consented(0, "fail@example.com").await;
    failing.verify(&failing.start("statement").await).await.problem("verification-failed");
    let before = fleet.programs.remove(0);
    before.terminate();
    before.end().await;
    let anew = fleet.start_another::<H>().await;
    fleet.programs.push(anew);
    fleet.at(0, &ana).statement().await.ok();
    fleet.at(0, &failing).try_start(json!({})).await.problem("too-many-attempts");
}

async fn another_secret_is_another_bank<H: Host>() {
    let fleet = Fleet::of::<H>(1).await;
    let ana = fleet.consented(0, "pass@example.com").await;
    ana.pass("statement").await;
    let secret = ("SESSION_SECRET", "another secret of at least thirty-two bytes");
    let other = fleet.start_with::<H>(&[secret]).await;
    let stranger = other.log_in("pass@example.com").await;
    let consents = stranger.browser.get("/biometry/consent").send().await.ok();
    assert_eq!(consents["authorization"]["given"], false, "{consents}");
    assert_eq!(fleet.keys().await, 1);

    assert!(!other.output().contains("SESSION_SECRET"), "{}", other.output());
    let without = fleet.start_without::<H>("SESSION_SECRET").await;
    assert!(without.output().contains("no SESSION_SECRET is set"), "{}", without.output());
}

async fn a_store_that_hangs_refuses_and_goes_on_afterwards<H: Host>() {
    let fleet = Fleet::with::<H>(1, &[("STORE_TIMEOUT_MS", "3000")]).await;
    let ana = fleet.consented(0, "pass@example.com").await;
    ana.pass("statement").await;
    fleet.redis.pause();
    ana.statement().await.problem("store-unavailable");
    ana.try_start(json!({ "policy": "statement" })).await.problem("store-unavailable");
    fleet.redis.resume();
    eventually("the store is there again", async || ana.statement().await.status == 200).await;
}

async fn a_store_that_is_gone_refuses_and_one_that_lost_everything_opens_nothing<H: Host>() {
    let mut fleet = Fleet::of::<H>(1).await;
    let ana = fleet.consented(0, "pass@example.com").await;
    ana.pass("statement").await;
    fleet.redis.kill().await;
    ana.statement().await.problem("store-unavailable");
    ana.transfer("Zoe", "1").await.problem("store-unavailable");
    fleet.redis.start_again().await;
    assert_eq!(ana.statement().await.problem("step-up-required")["reason"], "absent");
    let challenge = ana.start("statement").await;
    ana.verify(&challenge).await.problem("consent-required");
}

async fn a_record_that_cannot_be_read_refuses<H: Host>() {
    let fleet = Fleet::of::<H>(1).await;
    let ana = fleet.consented(0, "pass@example.com").await;
    ana.pass("statement").await;
    let key = fleet.redis.cli(&["keys", "*"]).await;
    fleet.redis.cli(&["setrange", &key, "60", "?"]).await;
    ana.statement().await.problem("store-unavailable");
    ana.try_start(json!({ "policy": "statement" })).await.problem("store-unavailable");
    ana.browser.delete("/biometry/consent").send().await.problem("store-unavailable");
    let others = fleet.log_in(0, "ben@example.com").await;
    others.try_start(json!({ "policy": "statement" })).await.granted();
}

async fn a_store_that_cannot_be_used_ends_the_start<H: Host>() {
    let redis = RedisServer::start().await;
    redis.cli(&["config", "set", "maxmemory-policy", "allkeys-lru"]).await;
    let port = redis.port();
    let wrong = [
        ("redis://".to_owned(), "address"),
        ("redis://host:port".to_owned(), "address"),
        ("redis+sentinel://127.0.0.1:9".to_owned(), "name"),
        ("redis://user:hunter2@127.0.0.1:9".to_owned(), "nothing listens"),
        (format!("redis://user:hunter2@127.0.0.1:{port}"), "the password is wrong"),
        (redis.url(), "noeviction"),
    ];
    for (url, reason) in wrong {
        let environment = [("STORE_URL", &*url), ("STORE_TIMEOUT_MS", "20000")];
        let (status, output) = run_to_its_end::<H>(&environment).await;
        assert!(!status.success(), "{url}: {output}");
        assert!(output.contains("STORE_URL: ") && output.contains(reason), "{url}: {output}");
        assert!(!output.contains("hunter2") && !output.contains("panicked"), "{url}: {output}");
    }
}
