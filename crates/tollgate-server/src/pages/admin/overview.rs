//! `GET /admin/`: how the business stands, by the figures of the report, each with what it means
//! and with its numbers beside the picture.

use super::block::{Block, Cell, Chart, Field, Form, Kind, Page, Table};
use super::customer::columns;
use super::customers::customer_path;
use super::owner::OwnerVisitor;
use crate::api::problem::ApiError;
use crate::pages::form::PageQuery;
use crate::pages::locale::Locale;
use crate::pages::problem::PageError;
use crate::state::AppState;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use std::sync::Arc;
use tollgate::report::{Report, ReportRange, Share};
use tollgate_core::catalog::Catalog;
use tollgate_core::money::{Currency, Money};
use tollgate_core::plan::Plan;
use tollgate_core::report::Day;

/// The parts that can be had as a table of their own, as the command line names them.
const CSV_PARTS: [&str; 10] = [
    "months",
    "customers",
    "active",
    "utilisation",
    "conversion",
    "reasons",
    "comments",
    "payments",
    "recurring",
    "usage",
];

/// Which days are looked at.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    from: String,
    #[serde(default)]
    until: String,
}

impl Wanted {
    /// The days: a year, unless others are named.
    pub(super) fn range(&self, state: &AppState) -> Result<ReportRange, ApiError> {
        let day = |text: &str| match text.trim() {
            "" => Ok(None),
            text => text
                .parse::<Day>()
                .map(Some)
                .map_err(|error| ApiError::InvalidRequest(error.to_string())),
        };
        ReportRange::new(day(&self.from)?, day(&self.until)?, state.tollgate.now())
            .map_err(|error| ApiError::InvalidRequest(error.to_string()))
    }
}

/// Shows it.
pub(super) async fn show(
    State(state): State<AppState>,
    owner: OwnerVisitor,
    PageQuery(wanted): PageQuery<Wanted>,
) -> Result<Response, PageError> {
    let t = owner.t;
    let range = wanted.range(&state)?;
    let report = state.tollgate.report(&range).await?;
    let mut page = Page::new(&owner, "admin-overview", t.text("admin-overview"));
    let (from, until) = (range.from().to_string(), range.until().to_string());
    page.add(Block::Form(
        Form::get("range", "/admin/", t.text("admin-show"))
            .with(
                Field::new("from", t.text("admin-first-day"), Kind::Date)
                    .value(&from)
                    .optional(),
            )
            .with(
                Field::new("until", t.text("admin-day-after"), Kind::Date)
                    .value(&until)
                    .optional(),
            ),
    ));
    if !report.is_current {
        page.add(Block::Notice("info", t.text("admin-behind").into_owned()));
    }
    let catalog = state.tollgate.catalog();
    let shown = Shown {
        t,
        catalog: &catalog,
        plans: catalog.plans_by_price(),
        report: &report,
        page: &mut page,
    };
    shown.all();
    let links = CSV_PARTS.map(|part| {
        let path = format!("/admin/report.csv?part={part}&from={from}&until={until}");
        (path, format!("{part}.csv"))
    });
    page.add(Block::Heading(t.text("admin-as-tables").into_owned()));
    page.add(Block::Links(links.into()));
    let moment = owner.moment(report.as_of);
    page.as_of(&moment).answer()
}

/// A report on its way onto a page.
struct Shown<'a> {
    t: &'static Locale,
    catalog: &'a Catalog,
    /// In the order in which they are shown.
    plans: Vec<&'a Arc<Plan>>,
    report: &'a Report,
    page: &'a mut Page,
}

impl Shown<'_> {
    fn all(mut self) {
        self.standing();
        self.active();
        self.utilisation();
        self.conversion();
        self.payments();
        self.churn();
        self.revenue();
    }

    /// A section, with what its figures mean.
    fn begin(&mut self, key: &str, figure: &str) {
        self.page.add(Block::Heading(self.t.text(key).into_owned()));
        let about = self.t.text(&format!("about-{figure}"));
        self.page.add(Block::Hint(about.into_owned()));
    }

    fn table(&mut self, caption: &str, keys: &[&str], rows: Vec<Vec<Cell>>) {
        let t = self.t;
        self.page.add(Block::Table(Table {
            caption: t.text(caption).into_owned(),
            columns: columns(t, keys),
            rows,
            empty: format!("{}: {}", t.text(caption), t.text("admin-nothing-counted")),
            next: None,
        }));
    }

    fn chart(&mut self, key: &str, values: Vec<(String, u64, String)>) {
        let title = self.t.text(key).into_owned();
        self.page.add(Block::Chart(Chart::new(title, values)));
    }

    fn number(&self, number: u64) -> Cell {
        Cell::number(self.t.number(number))
    }

    fn rate(&self, ppm: Option<u64>) -> String {
        match ppm {
            Some(ppm) => self.t.percent(ppm),
            None => self.t.text("admin-no-rate").into_owned(),
        }
    }

    fn plan(&self, plan: Option<&String>) -> Cell {
        Cell::text(match plan {
            Some(plan) => self.catalog.plan_name(plan).to_owned(),
            None => self.t.text("no-plan").into_owned(),
        })
    }

    /// The lines of a table, in the order in which plans are shown; those of no plan come last.
    fn by_plan<'r, R>(&self, rows: &'r [R], plan_of: impl Fn(&R) -> Option<&String>) -> Vec<&'r R> {
        let place = |row: &R| {
            let plan = plan_of(row);
            let mut plans = self.plans.iter();
            let known = plan.and_then(|id| plans.position(|plan| plan.id.as_str() == id));
            (plan.is_none(), known.unwrap_or(self.plans.len()))
        };
        let mut rows: Vec<_> = rows.iter().collect();
        rows.sort_by_key(|row| place(row));
        rows
    }

    fn money(&self, minor: u64, currency: &str) -> String {
        match Currency::new(currency) {
            Some(currency) => self.t.money(Money { minor, currency }),
            None => format!("{minor} {currency}"),
        }
    }

    fn standing(&mut self) {
        let (t, customers) = (self.t, &self.report.customers);
        let facts = [
            ("admin-customers", customers.total),
            ("admin-paid", customers.paid),
            ("admin-trialing", customers.trialing),
            ("admin-free", customers.free),
            ("admin-signed-up", customers.signed_up),
        ];
        let facts = facts.map(|(key, number)| (t.text(key).into_owned(), t.number(number)));
        self.begin("admin-customers", "customers");
        self.page.add(Block::Facts(facts.into()));
        let months = self.report.months.iter();
        let bars = months.map(|month| {
            let paid = month.customers.paid;
            (month.month.clone(), paid, t.number(paid))
        });
        let bars = bars.collect();
        self.chart("admin-paid-by-month", bars);
        let plans = self.by_plan(&self.report.customers.plans, |plan| plan.plan.as_ref());
        let rows = plans.into_iter().map(|plan| {
            vec![
                self.plan(plan.plan.as_ref()),
                self.number(plan.paid),
                self.number(plan.trialing),
                self.number(plan.free),
            ]
        });
        let rows = rows.collect();
        self.table(
            "admin-customers",
            &["admin-plan", "admin-paid", "admin-trialing", "admin-free"],
            rows,
        );
    }

    fn active(&mut self) {
        self.begin("admin-active", "active");
        let t = self.t;
        let months = self.report.months.iter();
        let bars = months.map(|month| {
            let members = month.active.members;
            (month.month.clone(), members, t.number(members))
        });
        let bars = bars.collect();
        self.chart("admin-active", bars);
        let rows = self.report.months.iter().flat_map(|month| {
            let plans = self.by_plan(&month.active.plans, |plan| plan.plan.as_ref());
            plans
                .into_iter()
                .map(|plan| {
                    vec![
                        Cell::text(&month.month),
                        self.plan(plan.plan.as_ref()),
                        self.number(plan.members),
                    ]
                })
                .collect::<Vec<_>>()
        });
        let rows = rows.collect();
        self.table(
            "admin-active",
            &["admin-month", "admin-plan", "admin-active"],
            rows,
        );
    }

    fn utilisation(&mut self) {
        self.begin("admin-utilisation", "utilisation");
        let ended = self.shares(&self.report.utilisation.ended, "admin-ended-periods");
        let running = self.shares(&self.report.utilisation.running, "admin-running-periods");
        let rows = ended.into_iter().chain(running).collect();
        self.table(
            "admin-utilisation",
            &[
                "admin-periods-which",
                "admin-plan",
                "meter",
                "admin-periods",
                "admin-mean",
            ],
            rows,
        );
    }

    fn shares(&self, shares: &[Share], key: &str) -> Vec<Vec<Cell>> {
        let which = self.t.text(key);
        let shares = self.by_plan(shares, |share| share.plan.as_ref());
        shares
            .into_iter()
            .map(|share| {
                vec![
                    Cell::text(which.clone()),
                    self.plan(share.plan.as_ref()),
                    Cell::text(self.catalog.meter_name(&share.meter)),
                    self.number(share.periods),
                    Cell::number(self.t.percent(share.mean_ppm)),
                ]
            })
            .collect()
    }

    fn conversion(&mut self) {
        self.begin("admin-conversion", "conversion");
        let (t, conversion) = (self.t, &self.report.conversion);
        let facts = vec![
            (
                t.text("admin-conversion-rate").into_owned(),
                self.rate(conversion.rate_ppm),
            ),
            (
                t.text("admin-converted").into_owned(),
                t.number(conversion.converted),
            ),
            (
                t.text("admin-prospects").into_owned(),
                t.number(conversion.prospects),
            ),
        ];
        self.page.add(Block::Facts(facts));
        let plans = self.by_plan(&self.report.conversion.plans, |plan| plan.plan.as_ref());
        let rows = plans.into_iter().map(|plan| {
            vec![
                self.plan(plan.plan.as_ref()),
                self.number(plan.from_free),
                self.number(plan.from_trial),
                self.number(plan.from_none),
            ]
        });
        let rows = rows.collect();
        self.table(
            "admin-conversion",
            &[
                "admin-plan",
                "admin-from-free",
                "admin-from-trial",
                "admin-from-none",
            ],
            rows,
        );
    }

    fn payments(&mut self) {
        self.begin("purchases", "payments");
        let (t, payments) = (self.t, &self.report.payments);
        let facts = vec![
            (
                t.text("admin-payments").into_owned(),
                t.number(payments.payments),
            ),
            (
                t.text("admin-payers").into_owned(),
                t.number(payments.customers),
            ),
        ];
        self.page.add(Block::Facts(facts));
        let rows = self.report.payments.top_ups.iter().map(|top_up| {
            vec![
                Cell::text(self.catalog.topup_name(&top_up.top_up)),
                self.number(top_up.payments),
                self.number(top_up.customers),
                Cell::number(self.money(top_up.amount, &top_up.currency)),
                Cell::number(self.money(top_up.refunded, &top_up.currency)),
                self.number(top_up.units),
            ]
        });
        let rows = rows.collect();
        self.table(
            "purchases",
            &[
                "admin-what",
                "admin-payments",
                "admin-payers",
                "admin-amount",
                "admin-refunded",
                "admin-units",
            ],
            rows,
        );
    }

    fn churn(&mut self) {
        self.begin("admin-churn", "churn");
        let (t, churn) = (self.t, &self.report.churn);
        let facts = vec![
            (
                t.text("admin-churn-rate").into_owned(),
                self.rate(churn.rate_ppm),
            ),
            (
                t.text("admin-left-customers").into_owned(),
                t.number(churn.left),
            ),
            (
                t.text("admin-paid-at-start").into_owned(),
                t.number(churn.paid_at_start),
            ),
        ];
        self.page.add(Block::Facts(facts));
        let rows = self.report.churn.reasons.iter().map(|reason| {
            vec![
                Cell::text(t.word("reason", &reason.reason)),
                self.number(reason.ends),
                self.number(reason.trials_ended),
            ]
        });
        let rows = rows.collect();
        self.table(
            "admin-reasons",
            &["admin-reason", "admin-paid-ended", "admin-trials-ended"],
            rows,
        );
        let rows = self.report.churn.comments.iter().map(|comment| {
            vec![
                Cell::text(comment.at.to_string()),
                Cell::link(&comment.customer, customer_path(&comment.customer)),
                Cell::text(self.catalog.plan_name(&comment.plan)),
                Cell::text(match &comment.reason {
                    Some(reason) => t.word("reason", reason),
                    None => String::new(),
                }),
                Cell::long(&comment.comment),
            ]
        });
        let rows = rows.collect();
        self.table(
            "admin-comments",
            &[
                "admin-when",
                "admin-customer",
                "admin-plan",
                "admin-reason",
                "admin-comment",
            ],
            rows,
        );
    }

    fn revenue(&mut self) {
        self.begin("admin-revenue", "recurring");
        let rows = self.report.recurring.iter().flat_map(|recurring| {
            let total = vec![
                Cell::text(self.t.text("admin-total")),
                Cell::number(self.money(recurring.monthly, &recurring.currency)),
                Cell::number(self.money(recurring.yearly, &recurring.currency)),
            ];
            let plans = self.by_plan(&recurring.plans, |plan| plan.plan.as_ref());
            let plans = plans.into_iter().map(|plan| {
                vec![
                    self.plan(plan.plan.as_ref()),
                    Cell::number(self.money(plan.monthly, &recurring.currency)),
                    Cell::number(self.money(plan.yearly, &recurring.currency)),
                ]
            });
            std::iter::once(total).chain(plans).collect::<Vec<_>>()
        });
        let rows = rows.collect();
        let months = self.report.months.iter();
        let currency = self.report.recurring.first();
        let currency = currency.map_or("", |recurring| recurring.currency.as_str());
        let bars = months.map(|month| {
            let mut of_month = month.recurring.iter();
            let found = of_month.find(|recurring| recurring.currency == currency);
            let monthly = found.map_or(0, |recurring| recurring.monthly);
            let shown = self.money(monthly, currency);
            (month.month.clone(), monthly, shown)
        });
        let bars = bars.collect();
        self.chart("admin-revenue-by-month", bars);
        self.table(
            "admin-revenue",
            &["admin-plan", "admin-monthly", "admin-yearly"],
            rows,
        );
    }
}
