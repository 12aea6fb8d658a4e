//! `tollgate why`: explains what a customer would be answered, and what it rests on.

use super::reader::Reader;
use super::remote::{Question, Remote};
use super::{Globals, customer, print, show};
use crate::api::problem::RefusalBody;
use crate::api::v1::events::EventBody;
use crate::api::v1::figures::FiguresBody;
use crate::api::v1::grants::GrantBody;
use crate::api::v1::uses::question;
use serde_json::json;
use std::process::ExitCode;
use tollgate_core::Timestamp;
use tollgate_core::account::Account;
use tollgate_core::cap::CapKey;
use tollgate_core::catalog::{Catalog, Draw};
use tollgate_core::decision::Decision;
use tollgate_core::entry::Entry;
use tollgate_core::id::{CustomerId, FeatureId, MemberId};
use tollgate_core::plan::{CapScope, UNITS_MAX};
use tollgate_core::request::Uses;
use tollgate_store::entry::HistoryFilter;

/// What `why` understands.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Who
    customer: CustomerId,
    /// What would be used
    feature: FeatureId,
    /// How many uses of it
    #[arg(default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=UNITS_MAX))]
    amount: u64,
    /// Who would act for the customer
    #[arg(long)]
    member: Option<MemberId>,
    /// How many of the last usage events to show
    #[arg(long, default_value_t = 5)]
    events: usize,
    #[command(flatten)]
    remote: Remote,
}

/// A cap with what is used of it.
struct CapState {
    scope: String,
    units: u64,
    reset: String,
    used: u64,
}

/// Explains a decision.
pub(super) async fn run(args: Args, globals: Globals) -> anyhow::Result<ExitCode> {
    let question = || {
        Question::get(&["customers", args.customer.as_str(), "why"])
            .with("feature", Some(&args.feature))
            .with("amount", Some(args.amount))
            .with("member", args.member.as_ref())
    };
    if let Some(code) = args.remote.ask(&globals, question).await? {
        return Ok(code);
    }
    let mut reader = Reader::open(&globals).await?;
    let stored = reader.account(&args.customer).await?;
    let filter = HistoryFilter {
        only_usage: true,
        feature: Some(args.feature.clone()),
        ..HistoryFilter::default()
    };
    // The copy was brought to now; the record stands where it was read.
    let recorded = reader
        .accounts(std::slice::from_ref(&args.customer))
        .await?;
    let entries = match recorded.values().next() {
        Some(recorded) => {
            reader
                .history(recorded, None, &filter, args.events)
                .await?
                .entries
        }
        None => Vec::new(),
    };
    let entries: Vec<Entry> = entries.into_iter().map(|recorded| recorded.entry).collect();
    let explained = Explained {
        account: &stored.account,
        catalog: reader.catalog()?,
        now: reader.now,
        args: &args,
        entries: &entries,
    };
    if globals.json {
        print::json(&explained.json()?)?;
    } else {
        explained.print()?;
    }
    Ok(ExitCode::SUCCESS)
}

struct Explained<'a> {
    account: &'a Account,
    catalog: &'a Catalog,
    now: Timestamp,
    args: &'a Args,
    entries: &'a [Entry],
}

impl Explained<'_> {
    fn draw(&self) -> Option<&Draw> {
        let feature = self.catalog.features.get(&self.args.feature)?;
        feature.draw.as_ref()
    }

    fn decision(&self) -> anyhow::Result<Decision> {
        let uses = Uses::one(self.args.feature.clone(), self.args.amount)?;
        let question = question(uses, self.args.member.clone());
        Ok(self.account.check(self.catalog, &question, self.now))
    }

    /// The caps that a use of the feature counts against.
    fn caps(&self) -> Vec<CapState> {
        let Some(draw) = self.draw() else {
            return Vec::new();
        };
        let plan_caps = self
            .account
            .plan(self.catalog)
            .map_or(&[][..], |plan| &plan.caps);
        let mut caps = Vec::new();
        for cap in plan_caps.iter().filter(|cap| cap.meter == draw.meter) {
            let member = match cap.scope {
                CapScope::Customer => None,
                CapScope::EachMember if self.args.member.is_none() => continue,
                CapScope::EachMember => self.args.member.clone(),
            };
            let key = CapKey {
                meter: cap.meter.clone(),
                member,
                reset: cap.reset,
            };
            caps.push(CapState {
                scope: format!("the plan, on {}", show::scope(cap.scope)),
                units: cap.units,
                reset: cap.reset.to_string(),
                used: self.used(&key),
            });
        }
        let of_member = self.account.tallies().member_caps.iter().filter(|cap| {
            cap.meter == draw.meter && Some(&cap.member) == self.args.member.as_ref()
        });
        caps.extend(of_member.map(|cap| CapState {
            scope: format!("the customer, on {}", cap.member),
            units: cap.units,
            reset: cap.reset.to_string(),
            used: self.account.member_used(cap, self.now),
        }));
        caps
    }

    fn used(&self, key: &CapKey) -> u64 {
        let counters = self.account.tallies().caps.iter();
        let mut running = counters.filter(|one| one.key == *key && one.window.contains(self.now));
        running.next().map_or(0, |counter| counter.used)
    }

    fn json(&self) -> anyhow::Result<serde_json::Value> {
        let decision = self.decision()?;
        let (figures, refusal) = match &decision {
            Decision::Granted(receipt) => (FiguresBody::all(&receipt.figures), None),
            Decision::Refused(refusal) => (Vec::new(), Some(RefusalBody::new(refusal))),
        };
        let draw = self.draw();
        let customer = self.account.customer();
        let grants = self.account.grants().iter();
        let grants = grants.filter(|grant| draw.is_some_and(|draw| draw.meter == *grant.meter()));
        let grants = grants.map(|grant| GrantBody::new(grant, customer, self.now));
        let caps = self.caps();
        let caps = caps.iter().map(|cap| {
            json!({
                "set_by": cap.scope,
                "units": cap.units,
                "window": cap.reset,
                "used": cap.used,
                "remaining": cap.units.saturating_sub(cap.used),
            })
        });
        let events = self.entries.iter();
        let events = events.filter_map(|entry| EventBody::new(self.account, entry));
        Ok(json!({
            "decision": {
                "allowed": refusal.is_none(),
                "plan": self.account.subscription().map(|held| &held.plan),
                "features": figures,
                "refusal": refusal,
            },
            "meter": draw.map(|draw| &draw.meter),
            "cost": draw.map_or(0, |draw| draw.cost),
            "grants": grants.collect::<Vec<_>>(),
            "caps": caps.collect::<Vec<_>>(),
            "events": events.collect::<Vec<_>>(),
        }))
    }

    fn print(&self) -> anyhow::Result<()> {
        let Args {
            feature, amount, ..
        } = self.args;
        match self.decision()? {
            Decision::Granted(receipt) => {
                print::line(&format!("yes: {amount} × {feature} would be granted"))?;
                for figures in &receipt.figures {
                    if let Some(meter) = &figures.meter {
                        let left = show::units(figures.remaining);
                        print::line(&format!("  then {left} left of {meter}"))?;
                    }
                }
            }
            Decision::Refused(refusal) => {
                print::line(&format!(
                    "no ({}): {}",
                    refusal.reason.as_str(),
                    refusal.message()
                ))?;
                for way in show::ways_out(&refusal) {
                    print::line(&format!("  or {way}"))?;
                }
            }
        }
        print::line("")?;
        let mut rows = vec![vec!["plan".to_owned(), show::plan(self.account)]];
        if let Some(draw) = self.draw() {
            rows.push(vec![
                "draws".to_owned(),
                format!("{} of {} for each use", draw.cost, draw.meter),
            ]);
            if let Some(plan) = self.account.plan(self.catalog) {
                let entitlement = plan.entitlements.get(&draw.meter);
                let given = entitlement.map_or("nothing".to_owned(), ToString::to_string);
                rows.push(vec!["plan gives".to_owned(), given]);
            }
        }
        print::pairs(&rows)?;
        self.print_caps()?;
        let mut of_meter = self.account.grants().iter();
        if of_meter.any(|grant| self.draw().is_some_and(|draw| draw.meter == *grant.meter())) {
            print::line("\nGrants, in the order in which they give:")?;
            let meter = self.draw().map(|draw| &draw.meter);
            customer::print_grants(self.account, meter, self.now)?;
        }
        self.print_events()
    }

    fn print_caps(&self) -> anyhow::Result<()> {
        let caps = self.caps();
        if caps.is_empty() {
            return Ok(());
        }
        let rows = caps.into_iter().map(|cap| {
            vec![
                cap.scope,
                cap.units.to_string(),
                cap.reset,
                cap.used.to_string(),
                cap.units.saturating_sub(cap.used).to_string(),
            ]
        });
        print::line("")?;
        print::table(
            &["CAP SET BY", "UNITS", "WINDOW", "USED", "LEFT"],
            &rows.collect::<Vec<_>>(),
        )?;
        Ok(())
    }

    fn print_events(&self) -> anyhow::Result<()> {
        if self.entries.is_empty() {
            return Ok(());
        }
        print::line("\nLast events:")?;
        let customer = self.account.customer();
        let rows = self.entries.iter().filter_map(|entry| {
            let usage = entry.usage()?;
            let mut uses = usage.uses.iter();
            let amount = uses.find(|one| one.feature == self.args.feature)?.amount;
            let reversals = &self.account.tallies().reversals;
            let is_reversed = reversals.iter().any(|one| one.event == entry.number);
            Some(vec![
                show::instant(entry.at),
                amount.to_string(),
                usage
                    .member
                    .as_ref()
                    .map_or("-".to_owned(), ToString::to_string),
                entry.event_id(customer).to_string(),
                if is_reversed { "reversed" } else { "" }.to_owned(),
            ])
        });
        print::table(
            &["WHEN", "AMOUNT", "MEMBER", "EVENT", ""],
            &rows.collect::<Vec<_>>(),
        )?;
        Ok(())
    }
}
