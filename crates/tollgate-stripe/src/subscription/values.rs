//! The values that subscriptions have and take.

open_enum! {
    /// What state a subscription is in.
    pub SubscriptionStatus {
        /// It is being tried.
        Trialing = "trialing",
        /// It is paid.
        Active = "active",
        /// Its latest invoice is not paid, and Stripe still tries.
        PastDue = "past_due",
        /// Its latest invoice is not paid, and Stripe has stopped trying.
        Unpaid = "unpaid",
        /// Its first invoice is not paid yet.
        Incomplete = "incomplete",
        /// Its first invoice was not paid in time; this is the end.
        IncompleteExpired = "incomplete_expired",
        /// It is paused.
        Paused = "paused",
        /// It has ended.
        Canceled = "canceled",
    }
}

impl SubscriptionStatus {
    /// Whether no other state follows.
    pub fn is_final(&self) -> bool {
        matches!(self, Self::Canceled | Self::IncompleteExpired)
    }
}

open_enum! {
    /// Which subscriptions to list.
    pub StatusFilter {
        /// All, those that have ended too.
        All = "all",
        /// Those that have ended.
        Ended = "ended",
        /// Those that are paid.
        Active = "active",
        /// Those that have been cancelled.
        Canceled = "canceled",
        /// Those being tried.
        Trialing = "trialing",
        /// Those whose latest invoice is not paid.
        PastDue = "past_due",
        /// Those whose latest invoice is not paid, and for which Stripe has stopped trying.
        Unpaid = "unpaid",
        /// Those whose first invoice is not paid yet.
        Incomplete = "incomplete",
        /// Those that are paused.
        Paused = "paused",
    }
}

open_enum! {
    /// Why a customer leaves, as the customer says.
    pub CancellationFeedback {
        /// Customer service was less than expected.
        CustomerService = "customer_service",
        /// Quality was less than expected.
        LowQuality = "low_quality",
        /// Some features are missing.
        MissingFeatures = "missing_features",
        /// Another service is used now.
        SwitchedService = "switched_service",
        /// It is hard to use.
        TooComplex = "too_complex",
        /// It costs too much.
        TooExpensive = "too_expensive",
        /// It is not used enough.
        Unused = "unused",
    }
}

open_enum! {
    /// What becomes of the part of a period that was paid at another price.
    pub Proration {
        /// It is put on the next invoice.
        CreateProrations = "create_prorations",
        /// It is invoiced at once.
        AlwaysInvoice = "always_invoice",
        /// Nothing.
        None = "none",
    }
}

open_enum! {
    /// What happens when the payment that a change needs is not made.
    pub PaymentBehavior {
        /// The change holds, and the subscription is past due or incomplete.
        AllowIncomplete = "allow_incomplete",
        /// A new subscription is incomplete until it is paid.
        DefaultIncomplete = "default_incomplete",
        /// Nothing is changed: the call fails.
        ErrorIfIncomplete = "error_if_incomplete",
        /// The change waits until it is paid.
        PendingIfIncomplete = "pending_if_incomplete",
    }
}

open_enum! {
    /// What happens at the end of a trial when there is no payment method.
    pub MissingPaymentMethod {
        /// The subscription ends.
        Cancel = "cancel",
        /// It is invoiced all the same.
        CreateInvoice = "create_invoice",
        /// It is paused.
        Pause = "pause",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_two_states_are_final() {
        for (text, is_final) in [
            ("trialing", false),
            ("active", false),
            ("past_due", false),
            ("unpaid", false),
            ("incomplete", false),
            ("incomplete_expired", true),
            ("paused", false),
            ("canceled", true),
            ("hibernating", false),
        ] {
            assert_eq!(
                SubscriptionStatus::from(text).is_final(),
                is_final,
                "{text}"
            );
        }
    }

    #[test]
    fn reasons_that_are_other_read_as_other() {
        let other = CancellationFeedback::from("other");
        assert_eq!(other, CancellationFeedback::Other("other".to_owned()));
        assert_eq!(other.as_str(), "other");
    }
}
