//! Kills the server at every step of every billing flow, between Stripe's answer and our commit
//! too, and checks that customer, subscription, payments and units are there once each.

use super::{Context, Suite};
use crate::command::{self, cargo};
use crate::harness::api::{self, Build};
use crate::harness::billed::{Programs, User, World, text};
use crate::harness::checks::{Checks, Findings};
use crate::harness::random::Random;
use crate::harness::server::Workplace;
use crate::harness::wire::{Fault, Moment};
use crate::tally::Tally;
use crate::tool::Tool;
use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

pub(crate) const SUITE: Suite = Suite {
    name: "billing",
    about: "kill -9 at every step of every billing flow: one customer, one subscription, one grant per payment",
    tools: &[Tool::Postgres],
    run,
};

/// Flows that are gone through at the same time: they mostly wait.
const WORKERS: usize = 4;
/// More steps than any flow has.
const STEPS_MAX: usize = 400;
/// Of the steps on PostgreSQL, a quick run takes each third.
const QUICK_STRIDE: usize = 3;
/// How long the server may take to be as it should.
const CHECK_LIMIT: Duration = Duration::from_secs(15);
/// The same where it will not be.
const CHECK_LIMIT_OF_FAULTS: Duration = Duration::from_secs(1);
/// A server that was answered dies within so many microseconds: before, in or after its commit.
const HEARD_MICROS_MAX: u64 = 8_000;
/// A flow that fails again and again is not gone through to its end.
const PROBLEMS_MAX: usize = 6;

const UNITS: u64 = 50;
const CENTS_PER_UNIT: u64 = 10;

/// What a customer does while the server is killed, and what must be there afterwards.
#[derive(Clone, Copy)]
struct Flow {
    name: &'static str,
    /// What comes before, in peace.
    prepare: fn(&World, &User) -> Result<Value>,
    /// What the server is killed in.
    live: fn(&World, &User, &Value) -> Result<Value>,
    /// What comes afterwards, in peace.
    finish: fn(&World, &User, &Value) -> Result<()>,
    plan: &'static str,
    pending: Option<&'static str>,
    /// Subscriptions that Stripe has in the end, running or not.
    subscriptions: usize,
}

const FLOWS: &[Flow] = &[
    Flow {
        name: "opening a payment page",
        prepare: |_, _| Ok(Value::Null),
        live: |world, user, _| {
            let page = open_page(world, user, "basic")?;
            world.settle()?;
            Ok(page)
        },
        finish: |world, _, page| pay(world, page).map(drop),
        plan: "basic",
        pending: None,
        subscriptions: 1,
    },
    Flow {
        name: "opening a page, and wanting another",
        prepare: |_, _| Ok(Value::Null),
        live: |world, user, _| {
            open_page(world, user, "basic")?;
            let page = open_page(world, user, "professional")?;
            world.settle()?;
            Ok(page)
        },
        finish: |world, _, page| pay(world, page).map(drop),
        plan: "professional",
        pending: None,
        subscriptions: 1,
    },
    Flow {
        name: "paying a plan",
        prepare: |world, user| open_page(world, user, "basic"),
        live: |world, _, page| pay(world, page),
        finish: |_, _, _| Ok(()),
        plan: "basic",
        pending: None,
        subscriptions: 1,
    },
    Flow {
        name: "buying units",
        prepare: |_, _| Ok(Value::Null),
        live: |world, user, _| buy(world, user),
        finish: |_, _, _| Ok(()),
        plan: "free",
        pending: None,
        subscriptions: 0,
    },
    Flow {
        name: "changing to more",
        prepare: |world, user| subscribe(world, user, "basic"),
        live: |world, user, _| {
            change(world, user, "professional")?;
            world.settle()?;
            Ok(Value::Null)
        },
        finish: |_, _, _| Ok(()),
        plan: "professional",
        pending: None,
        subscriptions: 1,
    },
    Flow {
        name: "changing to less",
        prepare: |world, user| subscribe(world, user, "professional"),
        live: |world, user, _| {
            change(world, user, "basic")?;
            world.settle()?;
            Ok(Value::Null)
        },
        finish: |_, _, _| Ok(()),
        plan: "professional",
        pending: Some("basic"),
        subscriptions: 1,
    },
    Flow {
        name: "cancelling, and staying after all",
        prepare: |world, user| subscribe(world, user, "basic"),
        live: |world, user, _| {
            cancel(world, user, true)?;
            let undone = world.post(user, "/billing/undo-cancellation", &json!({}));
            // Asked again because the first answer was lost.
            or_refused(undone, "nothing_to_undo")?;
            world.settle()?;
            Ok(Value::Null)
        },
        finish: |_, _, _| Ok(()),
        plan: "basic",
        pending: None,
        subscriptions: 1,
    },
    Flow {
        name: "cancelling now",
        prepare: |world, user| subscribe(world, user, "basic"),
        live: |world, user, _| {
            or_refused(cancel(world, user, false), "not_subscribed")?;
            world.settle()?;
            Ok(Value::Null)
        },
        finish: |_, _, _| Ok(()),
        plan: "free",
        pending: None,
        subscriptions: 1,
    },
    Flow {
        name: "getting money back",
        prepare: |world, user| {
            buy(world, user)?;
            for payment in payments(world, user)? {
                let intent = &payment["stripe_payment_intent_id"];
                if intent.is_string() {
                    return Ok(intent.clone());
                }
            }
            bail!("no payment is known after it was paid")
        },
        live: |world, _, intent| {
            world.refund(text(intent)?, 20 * CENTS_PER_UNIT)?;
            world.settle()?;
            Ok(Value::Null)
        },
        finish: |_, _, _| Ok(()),
        plan: "free",
        pending: None,
        subscriptions: 0,
    },
];

fn open_page(world: &World, user: &User, plan: &str) -> Result<Value> {
    let body = json!({
        "plan": plan,
        "success_url": "http://localhost:3000/dashboard?success=true",
        "cancel_url": "http://localhost:3000/billing?canceled=true",
    });
    world.post(user, "/billing/create-checkout-session", &body)
}

fn pay(world: &World, page: &Value) -> Result<Value> {
    world.pay(page)?;
    world.settle()?;
    Ok(Value::Null)
}

fn subscribe(world: &World, user: &User, plan: &str) -> Result<Value> {
    pay(world, &open_page(world, user, plan)?)?;
    let found = world.get(user, "/billing/subscription")?;
    if found["plan_id"] != plan {
        bail!("{plan} was paid, and the plan is {}", found["plan_id"]);
    }
    Ok(Value::Null)
}

fn buy(world: &World, user: &User) -> Result<Value> {
    let body = json!({ "quantity": UNITS });
    let page = world.post(user, "/billing/purchase-quota", &body)?;
    pay(world, &page)
}

fn change(world: &World, user: &User, plan: &str) -> Result<()> {
    let changed = world.post(user, "/billing/change-plan", &json!({ "plan": plan }));
    // Asked again because the first answer was lost.
    or_refused(changed, "same_plan")
}

fn cancel(world: &World, user: &User, at_period_end: bool) -> Result<Value> {
    let body = json!({ "at_period_end": at_period_end });
    world.post(user, "/billing/cancel-subscription", &body)
}

/// It is done, or refused because it had been done.
fn or_refused(result: Result<Value>, reason: &str) -> Result<()> {
    match result {
        Ok(_) => Ok(()),
        Err(error) if format!("{error:#}").contains(&format!("\"{reason}\"")) => Ok(()),
        Err(error) => Err(error),
    }
}

fn payments(world: &World, user: &User) -> Result<Vec<Value>> {
    let listed = world.get(user, "/billing/payments?limit=100")?;
    Ok(listed["data"].as_array().context("no payments")?.clone())
}

/// One flow on one engine.
#[derive(Clone, Copy)]
struct Job {
    flow: Flow,
    engine: &'static str,
    number: usize,
    fault: Fault,
    stride: usize,
    /// At how many moments after each answer the server dies.
    heard: usize,
}

fn run(context: &Context) -> Result<Tally> {
    let mut build = cargo(&context.root);
    build.args([
        "build",
        "--locked",
        "--quiet",
        "--package",
        "stripe-sandbox",
    ]);
    command::must(&mut build)?;
    let programs = Programs {
        root: context.root.clone(),
        tollgate: api::build(&context.root, Build::Normal)?,
        sandbox: context.root.join("target/debug/stripe-sandbox"),
    };
    let checks = Mutex::new(Checks::default());
    run_all(context, &programs, &checks);
    let checks = checks.lock().unwrap_or_else(PoisonError::into_inner);
    Ok(checks.tally())
}

/// A few at a time.
fn run_all(context: &Context, programs: &Programs, checks: &Mutex<Checks>) {
    let jobs = jobs(context);
    let waiting = Mutex::new(jobs.iter());
    let next = || {
        waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .next()
    };
    thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                while let Some(job) = next() {
                    let result = run_job(context, programs, job);
                    let mut checks = checks.lock().unwrap_or_else(PoisonError::into_inner);
                    job.judge(&mut checks, result);
                }
            });
        }
    });
}

impl Job {
    fn judge(&self, checks: &mut Checks, result: Result<Findings>) {
        let name = format!("{} on {}", self.flow.name, self.engine);
        match self.fault {
            Fault::None => checks.must_pass(&name, result),
            Fault::DropKeys => {
                let name = format!("{name}, without idempotency keys");
                checks.must_find(&name, "customers in Stripe", result);
            }
        }
    }
}

fn jobs(context: &Context) -> Vec<Job> {
    let mut jobs = Vec::new();
    let mut add = |flow: Flow, engine, fault, stride| {
        jobs.push(Job {
            flow,
            engine,
            number: jobs.len(),
            fault,
            stride,
            heard: if context.is_long { 4 } else { 1 },
        });
    };
    // The harness itself: what keeps Stripe from doing things twice is missing.
    add(FLOWS[0], "sqlite", Fault::DropKeys, 1);
    for engine in ["sqlite", "postgres"] {
        let is_sampled = engine == "postgres" && !context.is_long;
        for flow in FLOWS {
            let stride = if is_sampled { QUICK_STRIDE } else { 1 };
            add(*flow, engine, Fault::None, stride);
        }
    }
    jobs
}

fn run_job(context: &Context, programs: &Programs, job: &Job) -> Result<Findings> {
    let mut workplace = Workplace::new(&context.root, "billing")?;
    let name = format!("tollgate_billing_{}", job.number);
    let database = match job.engine {
        "sqlite" => format!("sqlite:{}", workplace.path().join("tollgate.db").display()),
        _ => context.databases()?.create(&name)?,
    };
    // In a quick run the server dies at its own requests alone, not at Stripe's events.
    let world = World::begin(programs, &database, workplace.path(), job.fault)?;
    world.wire.count_events(context.is_long);
    let mut random = Random::new(context.seed);
    let result = go_through(&world, job, &mut random);
    drop(world);
    let is_well = result.as_ref().is_ok_and(|found| found.problems.is_empty());
    if !is_well && job.fault == Fault::None {
        workplace.keep();
    } else if job.engine == "postgres" {
        context.databases()?.remove(&name)?;
    }
    result
}

/// One life without a kill, then one for each step and moment, each of another user.
fn go_through(world: &World, job: &Job, random: &mut Random) -> Result<Findings> {
    let (flow, start) = (&job.flow, Instant::now());
    let check = |user: &User, payments| {
        let limit = match job.fault {
            Fault::None => CHECK_LIMIT,
            Fault::DropKeys => CHECK_LIMIT_OF_FAULTS,
        };
        check(limit, || differences(world, flow, user, payments))
    };
    let mut lives = Vec::new();
    let mut problems = Vec::new();
    let (user, _) = life(world, flow, None).context("without a kill")?;
    let payments = succeeded(world, &user)?.len();
    problems.extend(check(&user, payments)?);
    lives.push(("without a kill".to_owned(), user));

    let problems_max = match job.fault {
        Fault::None => PROBLEMS_MAX,
        Fault::DropKeys => 1,
    };
    let mut kills = 0;
    for number in (1..=STEPS_MAX).step_by(job.stride) {
        let mut moments = vec![Moment::Before, Moment::Answered];
        moments.extend((0..job.heard).map(|_| {
            let micros = random.below(HEARD_MICROS_MAX);
            Moment::Heard(Duration::from_micros(micros))
        }));
        let mut is_over = true;
        for moment in moments {
            let name = format!("{}, step {number}, {moment:?}", flow.name);
            let (user, killed_at) =
                life(world, flow, Some((number, moment))).with_context(|| name.clone())?;
            let name = format!("{name}, {}", killed_at.as_deref().unwrap_or("not reached"));
            let found = check(&user, payments).with_context(|| name.clone())?;
            problems.extend(found.iter().map(|problem| format!("{name}: {problem}")));
            lives.push((name, user));
            is_over &= killed_at.is_none();
            kills += usize::from(killed_at.is_some());
        }
        if is_over || problems.len() >= problems_max {
            break;
        }
    }
    // Whatever came later must not have changed what was found.
    problems.extend(world.come_to_rest()?);
    for (name, user) in &lives {
        let found = differences(world, flow, user, payments)?;
        problems.extend(found.iter().map(|one| format!("at the end, {name}: {one}")));
    }
    problems.extend(world.judge_stopped()?);
    Ok(Findings {
        scope: format!("{kills} kills in {} s", start.elapsed().as_secs()),
        problems,
    })
}

/// One user's life, in which the server is killed at that step. Which request that was, if the
/// life had so many.
fn life(
    world: &World,
    flow: &Flow,
    chosen: Option<(usize, Moment)>,
) -> Result<(User, Option<String>)> {
    let user = world.sign_up()?;
    let prepared = (flow.prepare)(world, &user).context("before")?;
    world.settle()?;
    world.wire.arm(chosen);
    let lived = (flow.live)(world, &user, &prepared);
    let killed_at = world.wire.disarm();
    (flow.finish)(world, &user, &lived?).context("afterwards")?;
    Ok((user, killed_at))
}

/// What is wrong and stays so.
fn check(limit: Duration, look: impl Fn() -> Result<Vec<String>>) -> Result<Vec<String>> {
    let start = Instant::now();
    loop {
        let found = look()?;
        if found.is_empty() || start.elapsed() > limit {
            return Ok(found);
        }
        thread::sleep(Duration::from_millis(50));
    }
}

/// What Stripe and the server say of a user that is not as it must be.
fn differences(world: &World, flow: &Flow, user: &User, payments: usize) -> Result<Vec<String>> {
    let mut problems = Vec::new();
    let mut expect = |what: &str, found: &Value, expected: &Value| {
        if found != expected {
            problems.push(format!("{what}: {found} and not {expected}"));
        }
    };
    let customers = customers(world, user)?;
    expect("customers in Stripe", &json!(customers.len()), &json!(1));
    let (mut subscriptions, mut pages) = (Vec::new(), Vec::new());
    for customer in &customers {
        let open = format!("checkout/sessions?status=open&customer={customer}");
        pages.extend(world.list(&open)?);
        subscriptions.extend(world.list(&format!("subscriptions?status=all&customer={customer}"))?);
    }
    let found = json!(subscriptions.len());
    expect(
        "subscriptions in Stripe",
        &found,
        &json!(flow.subscriptions),
    );
    let is_running = |one: &&Value| {
        let status = one["status"].as_str();
        status.is_some_and(|status| matches!(status, "active" | "trialing" | "past_due"))
    };
    let running: Vec<&Value> = subscriptions.iter().filter(is_running).collect();
    let cents = cents_of(flow.plan);
    let found = json!(running.len());
    expect(
        "running subscriptions",
        &found,
        &json!(usize::from(cents > 0)),
    );

    let ours = world.get(user, "/billing/subscription")?;
    expect("plan", &ours["plan_id"], &json!(flow.plan));
    expect(
        "pending plan",
        &ours["pending"]["plan_id"],
        &json!(flow.pending),
    );
    expect("cancelled for", &ours["cancel_at"], &Value::Null);
    if let Some(billed) = running.first() {
        let item = &billed["items"]["data"][0];
        expect("billed price", &item["price"]["unit_amount"], &json!(cents));
        expect("price", &ours["stripe_price_id"], &item["price"]["id"]);
        expect(
            "subscription",
            &ours["stripe_subscription_id"],
            &billed["id"],
        );
        let ends = &billed["cancel_at_period_end"];
        expect("ends in Stripe", ends, &json!(false));
        let is_scheduled = json!(!billed["schedule"].is_null());
        let is_pending = json!(flow.pending.is_some());
        expect("scheduled in Stripe", &is_scheduled, &is_pending);
    }

    let paid = succeeded(world, user)?;
    expect("payments in Stripe", &json!(paid.len()), &json!(payments));
    let of_units = paid
        .iter()
        .filter(|it| it["metadata"]["tollgate_payment"].is_string());
    let mut bought: Vec<&Value> = of_units.clone().map(|intent| &intent["id"]).collect();
    let ours = self::payments(world, user)?;
    let ours = ours
        .iter()
        .filter(|payment| payment["status"] == "succeeded");
    let mut known: Vec<&Value> = ours.map(|it| &it["stripe_payment_intent_id"]).collect();
    bought.sort_by_key(ToString::to_string);
    known.sort_by_key(ToString::to_string);
    expect("payments of units", &json!(known), &json!(bought));
    let mut refunded = 0;
    for intent in of_units {
        let refunds = world.list(&format!("refunds?payment_intent={}", text(&intent["id"])?))?;
        let cents = refunds
            .iter()
            .filter_map(|refund| refund["amount"].as_u64());
        refunded += cents.sum::<u64>();
    }
    let units = (bought.len() as u64 * UNITS).saturating_sub(refunded / CENTS_PER_UNIT);
    let usage = world.get(user, "/billing/usage")?;
    expect("bought units", &usage["quota_purchased"], &json!(units));
    Ok(problems)
}

fn cents_of(plan: &str) -> u64 {
    match plan {
        "basic" => 999,
        "professional" => 2_999,
        _ => 0,
    }
}

/// Stripe's ids of a user.
fn customers(world: &World, user: &User) -> Result<Vec<String>> {
    let listed = world.list("customers")?;
    let own = listed
        .iter()
        .filter(|it| it["metadata"]["tollgate_customer"] == user.id.as_str());
    own.map(|it| text(&it["id"]).map(ToOwned::to_owned))
        .collect()
}

/// The payments of a user that Stripe has the money of.
fn succeeded(world: &World, user: &User) -> Result<Vec<Value>> {
    let mut paid = Vec::new();
    for customer in customers(world, user)? {
        paid.extend(world.list(&format!("payment_intents?customer={customer}"))?);
    }
    paid.retain(|intent| intent["status"] == "succeeded");
    Ok(paid)
}
