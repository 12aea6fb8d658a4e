//! What the billing page shows, in words: made of the account, the catalog and Stripe's standing,
//! before any template.

mod meters;
mod notices;
mod plans;
mod purchases;
mod status;

pub(crate) use meters::MeterView;
pub(super) use notices::{Arrival, Notice, Paid, is_processing};
pub(crate) use plans::PlanCard;
pub(crate) use purchases::what_was_bought;
pub(super) use purchases::{Purchase, TopUpView};
pub(crate) use status::StatusView;

use crate::api::problem::ApiError;
use crate::auth::extract::ActingFor;
use crate::pages::locale::Locale;
use crate::pages::visitor::PageVisitor;
use crate::state::AppState;
use std::sync::Arc;
use tollgate::billing::BillingStanding;
use tollgate_core::Timestamp;
use tollgate_core::account::{Account, MeterUsage};
use tollgate_core::billing::Billed;
use tollgate_core::catalog::Catalog;
use tollgate_core::period::TimeZone;
use tollgate_store::organization::Role;

/// How many of those who may pay are named to a member who may not.
const ADMINS_SHOWN: usize = 3;
const MEMBERS_READ: u32 = 100;

/// Everything that the words are made of, as of one moment.
pub(crate) struct Facts {
    pub(super) account: Account,
    pub(super) catalog: Arc<Catalog>,
    pub(super) standing: BillingStanding,
    pub(super) now: Timestamp,
    pub(super) has_billing: bool,
    pub(super) may_pay: bool,
    /// Who may pay, for a member who may not.
    pub(super) admins: Vec<String>,
}

impl Facts {
    /// Reads them, for a visitor of the page.
    pub(super) async fn read(state: &AppState, visitor: &PageVisitor) -> Result<Self, ApiError> {
        let facts = Self::of(state, &visitor.acting).await?;
        Ok(Self {
            may_pay: visitor.may_pay(),
            admins: if visitor.acting.role < Role::Admin {
                admins(state, visitor).await?
            } else {
                Vec::new()
            },
            ..facts
        })
    }

    /// Reads them; an account that does not exist yet is begun.
    pub(crate) async fn of(state: &AppState, acting: &ActingFor) -> Result<Self, ApiError> {
        let tollgate = &state.tollgate;
        let account = acting.account(tollgate).await?;
        let standing = match &state.billing {
            Some(billing) => billing.standing(&acting.customer).await?,
            None => BillingStanding::default(),
        };
        Ok(Self {
            account,
            catalog: tollgate.catalog(),
            standing,
            now: tollgate.now(),
            has_billing: state.billing.is_some(),
            may_pay: acting.role >= Role::Admin,
            admins: Vec::new(),
        })
    }

    /// The customer's time zone.
    pub(super) fn zone(&self) -> &TimeZone {
        self.account.time_zone()
    }

    /// What Stripe bills, while it does.
    pub(super) fn billed(&self) -> Option<&Billed> {
        let billed = self.standing.stripe.as_ref()?.billed.as_ref()?;
        billed.is_running().then_some(billed)
    }

    /// The usage of every meter.
    pub(super) fn meters(&self) -> Vec<MeterUsage> {
        self.account.meters_usage(&self.catalog, self.now)
    }

    /// A day, in the customer's zone.
    pub(super) fn date(&self, t: &Locale, at: Timestamp) -> String {
        t.date(at, self.zone())
    }
}

/// Who may pay for the organisation that a member of it acts for.
async fn admins(state: &AppState, visitor: &PageVisitor) -> Result<Vec<String>, ApiError> {
    let (Some(organization), Some(user)) = (visitor.organization, &visitor.user) else {
        return Ok(Vec::new());
    };
    let members = state
        .identity
        .members(user.id, organization, None, MEMBERS_READ)
        .await?;
    let admins = members
        .into_iter()
        .filter(|(membership, _)| membership.role >= Role::Admin)
        .filter_map(|(_, user)| user.map(|user| user.email));
    Ok(admins.take(ADMINS_SHOWN).collect())
}
