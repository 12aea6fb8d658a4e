//! Subscriptions: what a customer pays for again and again.

mod calls;
mod object;
mod params;
mod values;

pub use object::{
    CancellationDetails, PauseCollection, Paused, PausedBy, PendingUpdate, StatusDetails,
    Subscription, SubscriptionItem,
};
pub use params::{
    BillingCycleAnchor, CancelSubscription, CancellationParams, CreateSubscription, DiscountParams,
    ItemParams, ListSubscriptions, PauseCollectionParams, ResumeSubscription, TrialEnd,
    TrialEndBehavior, TrialSettings, UpdateSubscription,
};
pub use values::{
    CancellationFeedback, MissingPaymentMethod, PaymentBehavior, Proration, StatusFilter,
    SubscriptionStatus,
};
