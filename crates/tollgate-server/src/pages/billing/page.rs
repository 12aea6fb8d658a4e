//! `GET /billing/`: everything that a customer has, uses and pays, on one page.

use super::view::{
    Arrival, Facts, MeterView, Notice, PlanCard, Purchase, StatusView, TopUpView, is_processing,
};
use crate::pages::form::PageQuery;
use crate::pages::locale::{Locale, Spoken};
use crate::pages::problem::{PageError, html, text_of};
use crate::pages::visitor::PageVisitor;
use crate::state::AppState;
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use std::time::Duration;
use tollgate::billing::{Billing, BillingError};
use tollgate_core::Timestamp;
use tollgate_core::money::Currency;
use tollgate_stripe::{Invoice, InvoiceStatus, Private};

/// How long Stripe may take for its part of the page. The rest of it does not wait longer.
const STRIPE_TIME: Duration = Duration::from_secs(3);
/// Invoices and purchases that are shown; the portal has all of them.
const INVOICES_SHOWN: u8 = 6;
const PURCHASES_SHOWN: u32 = 12;
/// How often the page asks anew by itself whether a payment has come, and after how many seconds.
const TURNS_MAX: u32 = 30;
const TURN_SECONDS: u32 = 3;

/// The page.
#[derive(Template)]
#[template(path = "billing/page.html")]
struct Page<'a> {
    t: &'a Locale,
    visitor: &'a PageVisitor,
    who: String,
    organizations: Vec<Choice>,
    problem: Option<String>,
    notices: Vec<Notice>,
    status: StatusView,
    meters: Vec<MeterView>,
    topups: Vec<TopUpView>,
    purchases: Vec<Purchase>,
    plans: Vec<PlanCard>,
    stripe: StripePart,
    has_billing: bool,
    may_pay: bool,
    may_cancel: bool,
    ask_whom: Option<String>,
    zone: String,
    /// Counts the changes of the account: the script knows by it what it has seen.
    version: u64,
    /// The address and the seconds after which the page asks anew.
    refresh: Option<(u32, String)>,
}

/// Somebody that the visitor can act for.
struct Choice {
    name: String,
    path: String,
    is_current: bool,
}

/// What Stripe says, if it could be asked.
#[derive(Default)]
struct StripePart {
    next_charge: Option<NextCharge>,
    invoices: Vec<InvoiceView>,
    has_portal: bool,
    is_silent: bool,
}

struct NextCharge {
    amount: String,
    date: String,
    lines: Vec<(String, String)>,
}

struct InvoiceView {
    date: String,
    number: String,
    amount: String,
    state: String,
    tone: &'static str,
    page: Option<String>,
    pdf: Option<String>,
}

/// Shows it.
pub(super) async fn show(
    State(state): State<AppState>,
    Spoken(t): Spoken,
    visitor: PageVisitor,
    PageQuery(arrival): PageQuery<Arrival>,
) -> Result<Response, PageError> {
    let facts = Facts::read(&state, &visitor).await?;
    let is_whole = arrival.part.as_deref() != Some("live");
    let mut stripe = StripePart::default();
    let mut purchases = Vec::new();
    if let (Some(billing), true) = (&state.billing, is_whole) {
        let payments = billing
            .payments(visitor.customer(), None, PURCHASES_SHOWN)
            .await?;
        let shown = payments.iter();
        purchases = shown
            .filter_map(|payment| Purchase::new(&facts, t, payment))
            .collect();
        stripe = StripePart::ask(billing, &facts, t).await;
    }
    html(&Page::new(t, &visitor, &facts, &arrival, stripe, purchases))
}

impl<'a> Page<'a> {
    fn new(
        t: &'a Locale,
        visitor: &'a PageVisitor,
        facts: &Facts,
        arrival: &Arrival,
        stripe: StripePart,
        purchases: Vec<Purchase>,
    ) -> Self {
        let paid = is_processing(facts, arrival);
        let refresh = paid.filter(|_| arrival.turn < TURNS_MAX).map(|paid| {
            let turn = (arrival.turn + 1).to_string();
            let query = [("checkout", paid.word()), ("turn", turn.as_str())];
            (TURN_SECONDS, visitor.path_with("/billing/", &query))
        });
        let problem = arrival.problem.as_deref();
        let problem = problem.map(|word| text_of(t, word, StatusCode::BAD_REQUEST));
        let plans = PlanCard::all(facts, t, paid);
        let is_paid = facts.account.subscription().is_some_and(|subscription| {
            subscription.price.is_some() && subscription.cancel_at.is_none()
        });
        Self {
            t,
            visitor,
            who: who(visitor),
            organizations: choices(t, visitor),
            problem,
            notices: Notice::all(facts, t, arrival),
            status: StatusView::new(facts, t),
            meters: MeterView::all(facts, t),
            topups: if facts.has_billing && facts.may_pay {
                TopUpView::all(facts, t)
            } else {
                Vec::new()
            },
            purchases,
            plans,
            stripe,
            has_billing: facts.has_billing,
            may_pay: facts.may_pay,
            may_cancel: is_paid && facts.may_pay && facts.has_billing,
            ask_whom: ask_whom(facts, t, visitor),
            zone: facts.zone().name().to_owned(),
            version: facts.account.version(),
            refresh,
        }
    }
}

/// Whom a member who may not pay can ask.
fn ask_whom(facts: &Facts, t: &Locale, visitor: &PageVisitor) -> Option<String> {
    if facts.may_pay || visitor.is_owner_looking {
        return None;
    }
    Some(if facts.admins.is_empty() {
        t.text("ask-an-admin").into_owned()
    } else {
        t.with("ask-these-admins", &[("names", &facts.admins.join(", "))])
    })
}

/// Who is signed in, as they know themselves.
fn who(visitor: &PageVisitor) -> String {
    let Some(user) = &visitor.user else {
        return visitor.customer().to_string();
    };
    user.name.clone().unwrap_or_else(|| user.email.clone())
}

fn choices(t: &Locale, visitor: &PageVisitor) -> Vec<Choice> {
    if visitor.organizations.is_empty() {
        return Vec::new();
    }
    let own = Choice {
        name: t.text("just-me").into_owned(),
        path: "/billing/".to_owned(),
        is_current: visitor.organization.is_none(),
    };
    let organizations = visitor
        .organizations
        .iter()
        .map(|(organization, _)| Choice {
            name: organization.name.clone(),
            path: format!("/billing/?for={}", organization.id),
            is_current: visitor.organization == Some(organization.id),
        });
    std::iter::once(own).chain(organizations).collect()
}

impl StripePart {
    /// Asks Stripe, within its time. Without an answer the page says so and shows the rest.
    async fn ask(billing: &Billing, facts: &Facts, t: &Locale) -> Self {
        let customer = facts.account.customer();
        let known = facts.standing.stripe.as_ref();
        let has_portal = known.is_some_and(|row| row.stripe_customer.is_some());
        if !has_portal {
            return Self::default();
        }
        let both = async {
            let (invoices, next) = tokio::join!(
                billing.invoices(customer, None, INVOICES_SHOWN),
                billing.next_invoice(customer),
            );
            Ok::<_, BillingError>((invoices?, next?))
        };
        let Ok(Ok((invoices, next))) = tokio::time::timeout(STRIPE_TIME, both).await else {
            tracing::warn!("Stripe did not answer for the billing page");
            return Self {
                is_silent: true,
                has_portal,
                ..Self::default()
            };
        };
        let billed = facts.billed();
        Self {
            next_charge: next.zip(billed).and_then(|(invoice, billed)| {
                NextCharge::new(facts, t, &invoice, billed.period.end)
            }),
            invoices: invoices
                .data
                .iter()
                .filter_map(|invoice| InvoiceView::new(facts, t, invoice))
                .collect(),
            has_portal,
            is_silent: false,
        }
    }
}

impl NextCharge {
    fn new(facts: &Facts, t: &Locale, invoice: &Invoice, at: Timestamp) -> Option<Self> {
        let currency = Currency::new(invoice.currency.as_deref()?)?;
        let money = |minor: i64| t.signed_money(i128::from(minor), currency);
        let lines = invoice.lines.data.iter().map(|line| {
            let what = line.description.clone().unwrap_or_default();
            (what, money(line.amount.unwrap_or_default()))
        });
        Some(Self {
            amount: money(invoice.amount_due?),
            date: facts.date(t, at),
            lines: lines.collect(),
        })
    }
}

impl InvoiceView {
    fn new(facts: &Facts, t: &Locale, invoice: &Invoice) -> Option<Self> {
        let currency = Currency::new(invoice.currency.as_deref()?)?;
        let (tone, key) = match invoice.status.as_ref()? {
            InvoiceStatus::Paid => ("good", "invoice-paid"),
            InvoiceStatus::Open => ("warn", "invoice-open"),
            InvoiceStatus::Uncollectible => ("bad", "invoice-uncollectible"),
            InvoiceStatus::Void => ("info", "invoice-void"),
            // What can still change is nobody's business yet.
            _ => return None,
        };
        Some(Self {
            date: facts.date(t, Timestamp::from_seconds(invoice.created?)),
            number: invoice.number.clone().unwrap_or_else(|| invoice.id.clone()),
            amount: t.signed_money(i128::from(invoice.total.unwrap_or_default()), currency),
            state: t.text(key).into_owned(),
            tone,
            page: web(invoice.hosted_invoice_url.as_ref()),
            pdf: web(invoice.invoice_pdf.as_ref()),
        })
    }
}

/// An address that a link may have.
fn web(url: Option<&Private>) -> Option<String> {
    let url = url?.expose();
    let is_web = url.starts_with("https://") || url.starts_with("http://");
    is_web.then(|| url.to_owned())
}
