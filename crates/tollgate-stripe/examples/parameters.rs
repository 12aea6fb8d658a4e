//! Prints every parameter that the client can send, as JSON: for each call the name of its type in
//! Stripe's own Python library, so that the library's types can judge the names and the values.
//!
//! Every structure is written out in full: a new parameter does not compile until it is here.

use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use tollgate_stripe::{
    AutomaticPaymentMethods, AutomaticTax, BillingCycleAnchor, CancelPaymentIntent, CancelSchedule,
    CancelSubscription, CancellationFeedback, CancellationParams, CheckoutDiscount,
    CheckoutLineItem, CheckoutMode, CheckoutStatus, CheckoutSubscription, Clearable,
    CreateCheckoutSession, CreateCustomer, CreatePaymentIntent, CreatePortalSession, CreatePreview,
    CreatePrice, CreateProduct, CreateRefund, CreateSchedule, CreateSubscription, Created,
    CustomerUpdate, DiscountParams, EventKind, Interval, InvoiceCreation, InvoiceStatus,
    ItemParams, ListCharges, ListCheckoutSessions, ListCustomers, ListDisputes, ListEvents,
    ListInvoiceLines, ListInvoicePayments, ListInvoices, ListLineItems, ListPaymentIntents,
    ListPrices, ListProducts, ListPromotionCodes, ListRefunds, ListSchedules, ListSubscriptions,
    MissingPaymentMethod, Page, PauseCollectionParams, PayInvoice, PaymentBehavior, PaymentFilter,
    PaymentIntentData, PaymentMethodCollection, PhaseDuration, PhaseItemParams, PhaseParams,
    PortalFlow, PortalFlowKind, PreviewMode, PreviewSubscription, PriceData, PriceKind,
    ProductData, Proration, RecurringParams, RefundReason, ReleaseSchedule, ResumeSubscription,
    ScheduleEnd, StatusFilter, SubscriptionOfFlow, TaxIdCollection, TrialEnd, TrialEndBehavior,
    TrialSettings, UpdateCustomer, UpdatePrice, UpdateProduct, UpdateSchedule, UpdateSubscription,
};

fn main() {
    let mut calls = Vec::new();
    calls.extend(catalog());
    calls.extend(customers());
    calls.extend(visits());
    calls.extend(subscriptions());
    calls.extend(schedules());
    calls.extend(invoices());
    calls.extend(payments());
    calls.extend(values());
    println!("{}", Value::Array(calls));
}

/// A call: the type of its parameters, and all of them.
fn call(of: &str, params: impl Serialize) -> Value {
    let params = serde_json::to_value(params).expect("parameters are JSON");
    json!({"type": of, "params": without_nulls(params)})
}

/// A list: its filter, and which page.
fn list(of: &str, filter: impl Serialize) -> Value {
    let page = Page {
        limit: Some(100),
        starting_after: some("obj_1"),
        ending_before: some("obj_2"),
    };
    let mut call = call(of, filter);
    let page = serde_json::to_value(page).expect("parameters are JSON");
    let fields = page.as_object().expect("a page is an object").clone();
    call["params"]
        .as_object_mut()
        .expect("a filter is an object")
        .extend(fields);
    call
}

/// What is `None` is not sent.
fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(fields) => fields
            .into_iter()
            .filter(|(_, field)| !field.is_null())
            .map(|(name, field)| (name, without_nulls(field)))
            .collect(),
        Value::Array(items) => items.into_iter().map(without_nulls).collect(),
        other => other,
    }
}

#[expect(clippy::unnecessary_wraps, reason = "every parameter is optional")]
fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn texts() -> Vec<String> {
    vec!["text".to_owned()]
}

fn metadata() -> BTreeMap<String, String> {
    [("name".to_owned(), "value".to_owned())].into()
}

const CREATED: Created = Created {
    gt: Some(1),
    gte: Some(1),
    lt: Some(2),
    lte: Some(2),
};

fn automatic_tax() -> AutomaticTax {
    AutomaticTax { enabled: true }
}

fn discount() -> DiscountParams {
    DiscountParams {
        coupon: some("half"),
        discount: some("di_1"),
        promotion_code: some("promo_1"),
    }
}

fn item() -> ItemParams {
    ItemParams {
        id: some("si_1"),
        price: some("price_1"),
        quantity: Some(1),
        deleted: Some(false),
        metadata: metadata(),
    }
}

fn trial_settings() -> TrialSettings {
    TrialSettings {
        end_behavior: TrialEndBehavior {
            missing_payment_method: MissingPaymentMethod::Cancel,
        },
    }
}

fn cancellation() -> CancellationParams {
    CancellationParams {
        comment: Some("too many buttons".into()),
        feedback: Some(CancellationFeedback::TooComplex),
    }
}

fn catalog() -> Vec<Value> {
    let create_price = CreatePrice {
        currency: "usd".to_owned(),
        unit_amount: Some(999),
        unit_amount_decimal: some("9.5"),
        product: some("prod_1"),
        recurring: Some(RecurringParams {
            interval: Interval::Month,
            interval_count: Some(1),
        }),
        active: Some(true),
        lookup_key: some("pro"),
        transfer_lookup_key: Some(true),
        metadata: metadata(),
        nickname: some("Pro"),
        tax_behavior: some("exclusive"),
    };
    let update_price = UpdatePrice {
        active: Some(false),
        lookup_key: some("pro"),
        transfer_lookup_key: Some(true),
        metadata: Some(Clearable::Set(metadata())),
        nickname: some("Pro"),
    };
    let list_prices = ListPrices {
        active: Some(true),
        created: Some(CREATED),
        currency: some("usd"),
        lookup_keys: texts(),
        product: some("prod_1"),
        kind: Some(PriceKind::Recurring),
        expand: texts(),
    };
    let create_product = CreateProduct {
        id: some("prod_1"),
        name: "Pro".to_owned(),
        active: Some(true),
        description: some("All of it"),
        metadata: metadata(),
        tax_code: some("txcd_1"),
        unit_label: some("scan"),
    };
    let update_product = UpdateProduct {
        name: some("Pro"),
        active: Some(true),
        default_price: some("price_1"),
        description: Some(Clearable::Clear),
        metadata: Some(Clearable::Clear),
        unit_label: Some(Clearable::Set("scan".to_owned())),
    };
    let list_products = ListProducts {
        active: Some(true),
        created: Some(CREATED),
        ids: texts(),
        expand: texts(),
    };
    let list_promotion_codes = ListPromotionCodes {
        active: Some(true),
        code: some("SAVE"),
        coupon: some("half"),
        customer: some("cus_1"),
        expand: texts(),
    };
    vec![
        call("PriceCreateParams", create_price),
        call("PriceModifyParams", update_price),
        list("PriceListParams", list_prices),
        call("ProductCreateParams", create_product),
        call("ProductModifyParams", update_product),
        list("ProductListParams", list_products),
        list("PromotionCodeListParams", list_promotion_codes),
    ]
}

fn customers() -> Vec<Value> {
    let create = CreateCustomer {
        email: Some("ada@example.com".into()),
        name: Some("Ada".into()),
        description: some("First of all"),
        metadata: metadata(),
        preferred_locales: texts(),
        test_clock: some("clock_1"),
    };
    let update = UpdateCustomer {
        email: Some("ada@example.com".into()),
        name: Some("Ada".into()),
        description: some("First of all"),
        metadata: Some(Clearable::Set(metadata())),
        preferred_locales: texts(),
    };
    let filter = ListCustomers {
        email: Some("ada@example.com".into()),
        created: Some(CREATED),
        expand: texts(),
    };
    vec![
        call("CustomerCreateParams", create),
        call("CustomerModifyParams", update),
        list("CustomerListParams", filter),
    ]
}

fn visits() -> Vec<Value> {
    let filter = ListCheckoutSessions {
        customer: some("cus_1"),
        payment_intent: some("pi_1"),
        subscription: some("sub_1"),
        status: Some(CheckoutStatus::Open),
        created: Some(CREATED),
        expand: texts(),
    };
    let lines = ListLineItems {
        session: "cs_1".to_owned(),
        expand: texts(),
    };
    let portal = CreatePortalSession {
        customer: "cus_1".to_owned(),
        return_url: some("https://app.example"),
        configuration: some("bpc_1"),
        flow_data: Some(PortalFlow {
            kind: PortalFlowKind::SubscriptionCancel,
            subscription_cancel: Some(SubscriptionOfFlow {
                subscription: "sub_1".to_owned(),
            }),
            subscription_update: Some(SubscriptionOfFlow {
                subscription: "sub_1".to_owned(),
            }),
        }),
        locale: some("de"),
    };
    vec![
        call("checkout.SessionCreateParams", checkout()),
        list("checkout.SessionListParams", filter),
        list("checkout.SessionListLineItemsParams", lines),
        call("billing_portal.SessionCreateParams", portal),
    ]
}

fn checkout() -> CreateCheckoutSession {
    CreateCheckoutSession {
        mode: CheckoutMode::Subscription,
        customer: some("cus_1"),
        line_items: vec![CheckoutLineItem {
            price: some("price_1"),
            quantity: Some(1),
            price_data: Some(PriceData {
                currency: "usd".to_owned(),
                unit_amount: 10,
                product_data: ProductData {
                    name: "Extra".to_owned(),
                },
            }),
        }],
        success_url: some("https://app.example/done"),
        cancel_url: some("https://app.example"),
        client_reference_id: some("user_1"),
        allow_promotion_codes: Some(true),
        discounts: vec![CheckoutDiscount {
            coupon: some("half"),
            promotion_code: some("promo_1"),
        }],
        automatic_tax: Some(automatic_tax()),
        customer_update: Some(CustomerUpdate {
            address: some("auto"),
            name: some("auto"),
        }),
        tax_id_collection: Some(TaxIdCollection { enabled: true }),
        expires_at: Some(1),
        invoice_creation: Some(InvoiceCreation { enabled: true }),
        locale: some("de"),
        payment_method_collection: Some(PaymentMethodCollection::IfRequired),
        payment_intent_data: Some(PaymentIntentData {
            description: some("50 operations"),
            metadata: metadata(),
            setup_future_usage: some("off_session"),
        }),
        subscription_data: Some(CheckoutSubscription {
            description: some("Pro"),
            metadata: metadata(),
            billing_cycle_anchor: Some(1),
            trial_end: Some(1),
            trial_period_days: Some(14),
            trial_settings: Some(trial_settings()),
        }),
        metadata: metadata(),
        expand: texts(),
    }
}

fn subscriptions() -> Vec<Value> {
    let create = CreateSubscription {
        customer: "cus_1".to_owned(),
        items: vec![ItemParams {
            id: None,
            deleted: None,
            ..item()
        }],
        automatic_tax: Some(automatic_tax()),
        cancel_at_period_end: Some(false),
        default_payment_method: some("pm_1"),
        discounts: vec![discount()],
        expand: texts(),
        metadata: metadata(),
        payment_behavior: Some(PaymentBehavior::DefaultIncomplete),
        trial_end: Some(TrialEnd::At(1)),
        trial_period_days: Some(14),
        trial_settings: Some(trial_settings()),
    };
    let cancel = CancelSubscription {
        cancellation_details: Some(cancellation()),
        invoice_now: Some(true),
        prorate: Some(true),
        expand: texts(),
    };
    let resume = ResumeSubscription {
        billing_cycle_anchor: Some(BillingCycleAnchor::now()),
        proration_behavior: Some(Proration::None),
        proration_date: Some(1),
        expand: texts(),
    };
    let filter = ListSubscriptions {
        customer: some("cus_1"),
        price: some("price_1"),
        status: Some(StatusFilter::All),
        created: Some(CREATED),
        expand: texts(),
    };
    vec![
        call("SubscriptionCreateParams", create),
        call("SubscriptionModifyParams", update_subscription()),
        call("SubscriptionCancelParams", cancel),
        call("SubscriptionResumeParams", resume),
        list("SubscriptionListParams", filter),
    ]
}

fn update_subscription() -> UpdateSubscription {
    UpdateSubscription {
        items: vec![item()],
        automatic_tax: Some(automatic_tax()),
        billing_cycle_anchor: Some(BillingCycleAnchor::unchanged()),
        cancel_at: Some(Clearable::Clear),
        cancel_at_period_end: Some(true),
        cancellation_details: Some(cancellation()),
        default_payment_method: some("pm_1"),
        discounts: Some(Clearable::Set(vec![discount()])),
        expand: texts(),
        metadata: Some(Clearable::Set(metadata())),
        pause_collection: Some(Clearable::Set(PauseCollectionParams {
            behavior: "void".to_owned(),
            resumes_at: Some(1),
        })),
        payment_behavior: Some(PaymentBehavior::PendingIfIncomplete),
        proration_behavior: Some(Proration::AlwaysInvoice),
        proration_date: Some(1),
        trial_end: Some(TrialEnd::Now),
        trial_settings: Some(trial_settings()),
    }
}

fn phase() -> PhaseParams {
    PhaseParams {
        items: vec![PhaseItemParams {
            price: some("price_1"),
            quantity: Some(1),
        }],
        start_date: Some(1),
        end_date: Some(2),
        duration: Some(PhaseDuration {
            interval: Interval::Month,
            interval_count: Some(1),
        }),
        discounts: vec![discount()],
        metadata: metadata(),
        proration_behavior: Some(Proration::None),
        trial_end: Some(2),
    }
}

fn schedules() -> Vec<Value> {
    let create = CreateSchedule {
        from_subscription: some("sub_1"),
        customer: some("cus_1"),
        end_behavior: Some(ScheduleEnd::Release),
        // The start of a phase is only of a change.
        phases: vec![PhaseParams {
            start_date: None,
            ..phase()
        }],
        start_date: Some(1),
        metadata: metadata(),
        expand: texts(),
    };
    let update = UpdateSchedule {
        end_behavior: Some(ScheduleEnd::Cancel),
        phases: vec![phase()],
        proration_behavior: Some(Proration::None),
        metadata: Some(Clearable::Set(metadata())),
        expand: texts(),
    };
    let release = ReleaseSchedule {
        preserve_cancel_date: Some(true),
    };
    let cancel = CancelSchedule {
        invoice_now: Some(true),
        prorate: Some(true),
    };
    let filter = ListSchedules {
        customer: some("cus_1"),
        scheduled: Some(true),
        expand: texts(),
    };
    vec![
        call("SubscriptionScheduleCreateParams", create),
        call("SubscriptionScheduleModifyParams", update),
        call("SubscriptionScheduleReleaseParams", release),
        call("SubscriptionScheduleCancelParams", cancel),
        list("SubscriptionScheduleListParams", filter),
    ]
}

fn invoices() -> Vec<Value> {
    let preview = CreatePreview {
        customer: some("cus_1"),
        subscription: some("sub_1"),
        subscription_details: Some(PreviewSubscription {
            items: vec![item()],
            billing_cycle_anchor: Some(BillingCycleAnchor::now()),
            cancel_at: Some(Clearable::Set(1)),
            cancel_at_period_end: Some(true),
            cancel_now: Some(true),
            proration_behavior: Some(Proration::AlwaysInvoice),
            proration_date: Some(1),
            start_date: Some(1),
            trial_end: Some(TrialEnd::Now),
        }),
        schedule: some("sub_sched_1"),
        currency: some("usd"),
        discounts: Some(Clearable::Set(vec![discount()])),
        automatic_tax: Some(automatic_tax()),
        preview_mode: Some(PreviewMode::Next),
        expand: texts(),
    };
    let pay = PayInvoice {
        payment_method: some("pm_1"),
        off_session: Some(true),
        paid_out_of_band: Some(true),
        expand: texts(),
    };
    let filter = ListInvoices {
        customer: some("cus_1"),
        subscription: some("sub_1"),
        status: Some(InvoiceStatus::Open),
        created: Some(CREATED),
        expand: texts(),
    };
    let lines = ListInvoiceLines {
        invoice: "in_1".to_owned(),
        expand: texts(),
    };
    let payments = ListInvoicePayments {
        invoice: some("in_1"),
        payment: Some(PaymentFilter::payment_intent("pi_1")),
        status: some("paid"),
        expand: texts(),
    };
    vec![
        call("InvoiceCreatePreviewParams", preview),
        call("InvoicePayParams", pay),
        list("InvoiceListParams", filter),
        list("InvoiceListLinesParams", lines),
        list("InvoicePaymentListParams", payments),
    ]
}

fn payments() -> Vec<Value> {
    let create = CreatePaymentIntent {
        amount: 500,
        currency: "usd".to_owned(),
        customer: some("cus_1"),
        confirm: Some(true),
        off_session: Some(true),
        payment_method: some("pm_1"),
        automatic_payment_methods: Some(AutomaticPaymentMethods {
            enabled: true,
            allow_redirects: some("never"),
        }),
        return_url: some("https://app.example"),
        description: some("50 operations"),
        metadata: metadata(),
        expand: texts(),
    };
    let cancel = CancelPaymentIntent {
        cancellation_reason: some("abandoned"),
    };
    let list_payments = ListPaymentIntents {
        customer: some("cus_1"),
        created: Some(CREATED),
        expand: texts(),
    };
    let list_charges = ListCharges {
        customer: some("cus_1"),
        payment_intent: some("pi_1"),
        created: Some(CREATED),
        expand: texts(),
    };
    let refund = CreateRefund {
        payment_intent: some("pi_1"),
        charge: some("ch_1"),
        amount: Some(5),
        reason: Some(RefundReason::RequestedByCustomer),
        metadata: metadata(),
        expand: texts(),
    };
    let list_refunds = ListRefunds {
        payment_intent: some("pi_1"),
        charge: some("ch_1"),
        created: Some(CREATED),
        expand: texts(),
    };
    let list_disputes = ListDisputes {
        charge: some("ch_1"),
        payment_intent: some("pi_1"),
        created: Some(CREATED),
        expand: texts(),
    };
    let list_events = ListEvents {
        created: Some(CREATED),
        types: vec![EventKind::InvoicePaid],
        kind: some("invoice.*"),
        delivery_success: Some(false),
    };
    vec![
        call("PaymentIntentCreateParams", create),
        call("PaymentIntentCancelParams", cancel),
        list("PaymentIntentListParams", list_payments),
        list("ChargeListParams", list_charges),
        call("RefundCreateParams", refund),
        list("RefundListParams", list_refunds),
        list("DisputeListParams", list_disputes),
        list("EventListParams", list_events),
    ]
}

/// Every value that is sent of an open set: the type, the path of the parameter, the value.
fn values() -> Vec<Value> {
    let sets: [(&str, &[&str], &[&str]); 15] = [
        ("PriceListParams", &["type"], PriceKind::KNOWN),
        (
            "checkout.SessionCreateParams",
            &["mode"],
            CheckoutMode::KNOWN,
        ),
        (
            "checkout.SessionListParams",
            &["status"],
            CheckoutStatus::KNOWN,
        ),
        (
            "checkout.SessionCreateParams",
            &["payment_method_collection"],
            PaymentMethodCollection::KNOWN,
        ),
        (
            "billing_portal.SessionCreateParams",
            &["flow_data", "type"],
            PortalFlowKind::KNOWN,
        ),
        (
            "SubscriptionModifyParams",
            &["cancellation_details", "feedback"],
            CancellationFeedback::KNOWN,
        ),
        (
            "SubscriptionModifyParams",
            &["payment_behavior"],
            PaymentBehavior::KNOWN,
        ),
        (
            "SubscriptionModifyParams",
            &["proration_behavior"],
            Proration::KNOWN,
        ),
        (
            "SubscriptionModifyParams",
            &["trial_settings", "end_behavior", "missing_payment_method"],
            MissingPaymentMethod::KNOWN,
        ),
        ("SubscriptionListParams", &["status"], StatusFilter::KNOWN),
        (
            "SubscriptionScheduleModifyParams",
            &["end_behavior"],
            ScheduleEnd::KNOWN,
        ),
        ("InvoiceListParams", &["status"], InvoiceStatus::KNOWN),
        (
            "InvoiceCreatePreviewParams",
            &["preview_mode"],
            PreviewMode::KNOWN,
        ),
        ("RefundCreateParams", &["reason"], RefundReason::KNOWN),
        ("Event", &["type"], EventKind::KNOWN),
    ];
    sets.into_iter()
        .flat_map(|(of, path, known)| known.iter().map(move |value| of_set(of, path, value)))
        .collect()
}

fn of_set(of: &str, path: &[&str], value: &str) -> Value {
    let params = path
        .iter()
        .rev()
        .fold(json!(value), |inner, name| json!({ *name: inner }));
    json!({"type": of, "params": params, "is_part": true})
}
