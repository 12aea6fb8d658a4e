//! A report as it is answered everywhere: plain figures.

use super::definitions::Definition;
use serde::{Serialize, Serializer};
use tollgate_core::report::Day;
use tollgate_core::time::Timestamp;

/// What the record says of the business within some days.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Report {
    /// The first day.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = Date))]
    pub from: Day,
    /// The day after the last.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = Date))]
    pub until: Day,
    /// Everything that happened before is counted.
    #[serde(serialize_with = "rfc3339")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub as_of: Timestamp,
    /// Whether nothing had happened since when the report was made.
    pub is_current: bool,
    /// What the figures mean.
    pub definitions: Vec<Definition>,
    /// Customers by plan.
    pub customers: Customers,
    /// Monthly active users by plan.
    pub active: Active,
    /// How much of the quotas was used, by plan and meter.
    pub utilisation: Utilisation,
    /// From free plans and trials to paid plans.
    pub conversion: Conversion,
    /// Who left, and why.
    pub churn: Churn,
    /// Units bought once.
    pub payments: Payments,
    /// Recurring revenue at the end of the range, by currency.
    pub recurring: Vec<Recurring>,
    /// What was used, by feature.
    pub usage: Usage,
    /// The same for each calendar month, as far as it lies in the range; the oldest first.
    pub months: Vec<Month>,
}

/// Customers at the end of the range.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = ReportCustomers))]
pub struct Customers {
    /// All of them.
    pub total: u64,
    /// Those who pay.
    pub paid: u64,
    /// Those in a trial.
    pub trialing: u64,
    /// Those on a free plan.
    pub free: u64,
    /// Those without a subscription that gives access.
    pub none: u64,
    /// Customers who began within the range.
    pub signed_up: u64,
    /// By plan.
    pub plans: Vec<PlanCustomers>,
}

/// Customers of a plan.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = ReportPlanCustomers))]
pub struct PlanCustomers {
    /// The plan; null for none.
    pub plan: Option<String>,
    /// Those who pay.
    pub paid: u64,
    /// Those in a trial.
    pub trialing: u64,
    /// Those on it without a price.
    pub free: u64,
    /// Those to whom it gives no access.
    pub none: u64,
}

/// Monthly active users.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = ReportActive))]
pub struct Active {
    /// The calendar month, as `2026-01`.
    #[cfg_attr(feature = "openapi", schema(example = "2026-01"))]
    pub month: String,
    /// All of them.
    pub members: u64,
    /// By plan.
    pub plans: Vec<PlanMembers>,
}

/// Active users of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = ReportPlanMembers))]
pub struct PlanMembers {
    /// The plan; null for none.
    pub plan: Option<String>,
    /// How many.
    pub members: u64,
}

/// How much of the quotas was used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = ReportUtilisation))]
pub struct Utilisation {
    /// In periods that ended within the range.
    pub ended: Vec<Share>,
    /// In periods that had not ended at the end of the range.
    pub running: Vec<Share>,
}

/// How much of a plan's quotas of a meter was used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = ReportShare))]
pub struct Share {
    /// The plan; null for none.
    pub plan: Option<String>,
    /// The meter.
    pub meter: String,
    /// How many periods.
    pub periods: u64,
    /// The mean of their shares used, in parts per million, rounded half up.
    pub mean_ppm: u64,
}

/// From free plans and trials to paid plans.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = ReportConversion))]
pub struct Conversion {
    /// Customers who could have paid for the first time.
    pub prospects: u64,
    /// Customers who did.
    pub converted: u64,
    /// Of the prospects, in parts per million.
    pub rate_ppm: Option<u64>,
    /// By the plan that they paid.
    pub plans: Vec<PlanConversions>,
}

/// Customers who paid a plan for the first time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = ReportPlanConversions))]
pub struct PlanConversions {
    /// The plan; null for none.
    pub plan: Option<String>,
    /// From a free plan.
    pub from_free: u64,
    /// From a trial.
    pub from_trial: u64,
    /// From no plan at all, after a free plan or a trial had ended.
    pub from_none: u64,
}

/// Who left, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = ReportChurn))]
pub struct Churn {
    /// Customers who paid when the range began.
    pub paid_at_start: u64,
    /// Distinct customers whose paid standing ended.
    pub left: u64,
    /// Of those who paid at the start, in parts per million.
    pub rate_ppm: Option<u64>,
    /// How often a paid standing ended.
    pub ends: u64,
    /// How many trials ended without a payment.
    pub trials_ended: u64,
    /// By the plan that was left.
    pub plans: Vec<PlanEnds>,
    /// By reason; the most frequent first.
    pub reasons: Vec<Reason>,
    /// What customers wrote whose subscription ended within the range; the newest first, at most 200.
    pub comments: Vec<Comment>,
}

/// How often a plan was left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = ReportPlanEnds))]
pub struct PlanEnds {
    /// The plan; null for none.
    pub plan: Option<String>,
    /// How often it was left by someone who paid.
    pub ends: u64,
    /// How often its trial ended without a payment.
    pub trials_ended: u64,
}

/// How often there was a reason to leave.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = ReportReason))]
pub struct Reason {
    /// The reason, in Stripe's words; `not_stated` or `not_cancelled` where there is none.
    #[cfg_attr(feature = "openapi", schema(example = "too_expensive"))]
    pub reason: String,
    /// Of those who paid.
    pub ends: u64,
    /// Of those who tried.
    pub trials_ended: u64,
}

/// What a customer who left wrote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = ReportComment))]
pub struct Comment {
    /// When the subscription ended.
    #[serde(serialize_with = "rfc3339")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub at: Timestamp,
    /// Who.
    pub customer: String,
    /// The plan that was left.
    pub plan: String,
    /// The reason, in Stripe's words.
    pub reason: Option<String>,
    /// What they wrote.
    pub comment: String,
}

/// Units bought once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = ReportPayments))]
pub struct Payments {
    /// How many payments.
    pub payments: u64,
    /// How many distinct customers made them.
    pub customers: u64,
    /// Payments of each of those customers, in parts per million, rounded half up.
    pub per_customer_ppm: Option<u64>,
    /// By top-up and currency.
    pub top_ups: Vec<TopUpPayments>,
}

/// Payments of a top-up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = ReportTopUpPayments))]
pub struct TopUpPayments {
    /// The top-up, as the catalog names it.
    pub top_up: String,
    /// The currency.
    #[cfg_attr(feature = "openapi", schema(example = "usd"))]
    pub currency: String,
    /// How many payments.
    pub payments: u64,
    /// How many distinct customers made them.
    pub customers: u64,
    /// What was paid, in minor units.
    pub amount: u64,
    /// What of it was paid back.
    pub refunded: u64,
    /// Units bought.
    pub units: u64,
}

/// Recurring revenue in a currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = ReportRecurring))]
pub struct Recurring {
    /// The currency.
    #[cfg_attr(feature = "openapi", schema(example = "usd"))]
    pub currency: String,
    /// In a month (MRR), in minor units.
    pub monthly: u64,
    /// In a year (ARR), in minor units.
    pub yearly: u64,
    /// By plan.
    pub plans: Vec<PlanRecurring>,
}

/// Recurring revenue of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = ReportPlanRecurring))]
pub struct PlanRecurring {
    /// The plan; null for none.
    pub plan: Option<String>,
    /// In a month, in minor units.
    pub monthly: u64,
    /// In a year, in minor units.
    pub yearly: u64,
}

/// What was used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = ReportUsage))]
pub struct Usage {
    /// Usage events.
    pub events: u64,
    /// Units, by feature.
    pub features: Vec<FeatureUnits>,
}

/// Units of a feature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = ReportFeatureUnits))]
pub struct FeatureUnits {
    /// The feature.
    pub feature: String,
    /// Units used.
    pub used: u64,
    /// Units given back by reversals.
    pub given_back: u64,
}

/// A calendar month, as far as it lies in the range.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = ReportMonth))]
pub struct Month {
    /// The month, as `2026-01`.
    #[cfg_attr(feature = "openapi", schema(example = "2026-01"))]
    pub month: String,
    /// The first day that is counted.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = Date))]
    pub from: Day,
    /// The day after the last.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = Date))]
    pub until: Day,
    /// Customers at its end.
    pub customers: Customers,
    /// Monthly active users, of the whole month.
    pub active: Active,
    /// How much of the quotas was used in periods that ended, and that had not at its end.
    pub utilisation: Utilisation,
    /// From free plans and trials to paid plans.
    pub conversion: Conversion,
    /// Customers who paid at its beginning.
    pub paid_at_start: u64,
    /// Distinct customers whose paid standing ended.
    pub left: u64,
    /// Of those who paid at its beginning, in parts per million.
    pub churn_ppm: Option<u64>,
    /// Units bought once.
    pub payments: Payments,
    /// Recurring revenue at its end, by currency.
    pub recurring: Vec<Recurring>,
    /// What was used, by feature.
    pub usage: Usage,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde asks with a reference"
)]
fn rfc3339<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(at)
}
