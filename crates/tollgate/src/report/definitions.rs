//! What the figures mean, in words that stand beside them.

use serde::Serialize;

/// What a figure means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = ReportDefinition))]
pub struct Definition {
    /// The part of the report.
    #[cfg_attr(feature = "openapi", schema(value_type = String, example = "churn"))]
    pub figure: &'static str,
    /// What it means.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub text: &'static str,
}

/// Every figure, in the order of the report.
pub(super) const ALL: [Definition; 9] = [
    Definition {
        figure: "range",
        text: "Days are days of UTC; `from` is the first, `until` the day after the last. Shares and rates \
               are in parts per million, rounded half up; a rate of nothing is null. Money is in minor units.",
    },
    Definition {
        figure: "customers",
        text: "Customers at the end of the range, by plan. Paid: on a plan with a price, active or with a \
               payment overdue. Trialing: in the trial of such a plan. Free: on a plan without a price. None: \
               without a subscription that gives access. Signed up: customers who began within the range.",
    },
    Definition {
        figure: "active",
        text: "Distinct members of customers (or the customers themselves, where no member is named) with at \
               least one usage event in the calendar month that the range ends in, each counted once, under \
               the plan of its last use in that month. Always of the whole month.",
    },
    Definition {
        figure: "utilisation",
        text: "The share of the plan's own quota that was used, as the mean over periods. Ended: periods of a \
               meter that ended within the range. Running: periods that had not ended at the end of the range. \
               Whatever was used counts, less what was given back in the period, so that it exceeds 1,000,000 \
               where units were carried over or bought. Unlimited meters and quotas of 0 are left out; one \
               period counts at most 1,000 times its quota.",
    },
    Definition {
        figure: "conversion",
        text: "Converted: customers who paid for the first time within the range and had been on a free plan \
               or in a trial. Prospects: customers who had been on one by the end of the range and had not \
               paid before it began. Each counts once. The rate is converted of prospects.",
    },
    Definition {
        figure: "churn",
        text: "Left: distinct customers whose paid standing ended within the range, and did not go on by the \
               same change. The rate is left of those who paid when the range began. Ends counts how often it \
               ended; each has one reason: the last one that the customer gave and did not take back, \
               `not_stated` where it cancelled without one, `not_cancelled` where it ended otherwise, as when \
               a payment failed for good. Trials that ended without a payment have reasons as well.",
    },
    Definition {
        figure: "payments",
        text: "Payments of units bought once that succeeded, also those paid back later, by the day on which \
               they were begun.",
    },
    Definition {
        figure: "recurring",
        text: "The list prices of all paid subscriptions at the end of the range, without discounts and \
               taxes. A month of a yearly price is a twelfth; the sum over a year is divided once, rounded \
               half up, so that the plans may not add up to the whole by a unit.",
    },
    Definition {
        figure: "usage",
        text: "Usage events, and units used and given back by feature.",
    },
];
