// Generated from docs/openapi.json by `npm run generate`; do not edit.

export interface paths {
    "/.well-known/jwks.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The keys of our access tokens. Empty when they are signed with HS256. */
        get: operations["jwks"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/login": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Sign in. */
        post: operations["login"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/logout": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Sign out. */
        post: operations["logout"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who am I? */
        get: operations["me"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/refresh": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Exchange a refresh token. */
        post: operations["refresh"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/register": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Register. */
        post: operations["register"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/billing/cancel-subscription": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel my subscription.
         * @description Doing it twice changes nothing more. Units that were bought stay.
         */
        post: operations["billing_cancel_subscription"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/billing/change-plan": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Change my plan.
         * @description More holds at once, and is paid at once in proportion; less holds when the period that is paid
         *     ends.
         */
        post: operations["change_plan"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/billing/checkout-sessions/{session}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What has become of my payment?
         * @description For the page that Stripe sends the customer back to: Stripe is asked, and what it says holds.
         *     Coming back proves nothing.
         */
        get: operations["checkout_session"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/billing/create-checkout-session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Pay for a plan.
         * @description A page for the same that is still open is answered again: asking twice is not paying twice.
         */
        post: operations["create_checkout_session"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/billing/create-portal-session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Open the billing portal.
         * @description Payment methods, addresses, invoices, and leaving.
         */
        post: operations["create_portal_session"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/billing/invoices": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** My invoices, the newest first. */
        get: operations["billing_invoices"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/billing/payments": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What I bought once, the newest first. */
        get: operations["billing_payments"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/billing/plans": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The plans that can be chosen, cheapest first. */
        get: operations["billing_plans"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/billing/preview-change": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * What would a change of plan cost and do?
         * @description Nothing is done.
         */
        post: operations["preview_change"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/billing/purchase-quota": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Buy units.
         * @description No subscription is needed. They are there once Stripe has the money.
         */
        post: operations["purchase_quota"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/billing/status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The state of billing. */
        get: operations["billing_status"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/billing/subscribe/{plan_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Subscribe to a plan.
         * @description Without a subscription, here is the page to pay one; with one, its plan is changed.
         */
        post: operations["billing_subscribe"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/billing/subscription": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** My subscription. */
        get: operations["billing_subscription"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/billing/undo-cancellation": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Undo a cancellation, or a change that waits for the period's end. */
        post: operations["undo_cancellation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/billing/usage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** My quota. */
        get: operations["billing_usage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/billing/webhook": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Take an event of Stripe's. */
        post: operations["billing_webhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/healthz/live": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Whether the process answers
         * @description Asks no database: a database that is out of reach is no reason to start the process anew.
         */
        get: operations["live"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/healthz/ready": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Whether requests should be sent here
         * @description Writes to the database, durably, and is off from the moment that the server begins to stop.
         */
        get: operations["ready"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/me/usage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** My usage. */
        get: operations["my_usage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The counters
         * @description In the `OpenMetrics` text format; no label names a customer.
         */
        get: operations["metrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openapi.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The description of this API */
        get: operations["openapi"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/catalog": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Everything that is sold and gated */
        get: operations["get_catalog"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/consume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Take units for many customers
         * @description Up to 100 consumptions, each granted or refused by itself, together in few commits.
         */
        post: operations["consume_batch"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/customers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * All customers
         * @description In no order that means anything, but always the same, page by page.
         */
        get: operations["list_customers"];
        put?: never;
        /**
         * Begin a customer
         * @description Begins a customer, on the plan or on the catalog's default one. One that exists stays as it is
         *     and is answered with 200; but while nothing else has happened to it, it takes the plan, so that
         *     a request that was cut off can be sent again.
         */
        post: operations["create_customer"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/customers/{customer}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One customer */
        get: operations["get_customer"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Move a customer to another calendar
         * @description Periods that are running end as they would have; the next ones follow the new calendar.
         */
        patch: operations["change_customer"];
        trace?: never;
    };
    "/v1/customers/{customer}/check": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ask only
         * @description What a consumption would be answered now; nothing happens. A refusal is an answer here:
         *     `allowed` is false and `refusal` says why.
         */
        post: operations["check"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/customers/{customer}/consume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Take units
         * @description Takes units, all or nothing, and records the usage. The answer is sent only once it is
         *     durable. With an idempotency key a retry gets the first answer.
         */
        post: operations["consume"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/customers/{customer}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The history of usage
         * @description The newest first, page by page. A page looks at a bounded number of events: with a filter it
         *     may hold fewer than `limit` and still say `has_more`.
         */
        get: operations["list_events"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/customers/{customer}/events/{event}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One usage event */
        get: operations["get_event"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/customers/{customer}/events/{event}/reverse": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Take a usage event back
         * @description Gives the units back to where they came from, once. The event stays in the record; the
         *     reversal is a new entry, and `event` of the answer is its id.
         */
        post: operations["reverse_event"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/customers/{customer}/grants": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What a customer holds
         * @description Every grant that is not closed, in the order in which units are taken from them.
         */
        get: operations["list_grants"];
        put?: never;
        /**
         * Give units
         * @description Adds a grant, for instance units that were bought, a promotion, or a correction.
         */
        post: operations["give_units"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/customers/{customer}/grants/{grant}/revoke": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Take back what is left of a grant
         * @description What was used stays used; what is held stays held.
         */
        post: operations["revoke_grant"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/customers/{customer}/members/{member}/caps/{meter}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Cap a member
         * @description The member may use at most so many units of the meter in each window, whatever the customer
         *     still has. What was used in the running window counts.
         */
        put: operations["set_member_cap"];
        post?: never;
        /**
         * Free a member of its cap
         * @description A member without a cap stays without one.
         */
        delete: operations["remove_member_cap"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/customers/{customer}/page-links": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Let a customer into the billing page
         * @description For apps that sign their users in themselves: make a link when the customer asks for billing,
         *     and redirect their browser to it.
         */
        post: operations["create_page_link"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/customers/{customer}/reservations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What is held
         * @description Every open reservation, the oldest first.
         */
        get: operations["list_reservations"];
        put?: never;
        /**
         * Hold units
         * @description Holds units for work of unknown outcome or size. Settle it with what was really used, or
         *     release it; when nobody does, `on_expiry` says what becomes of it.
         */
        post: operations["reserve"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/customers/{customer}/reservations/{reservation}/extend": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Let a reservation last longer
         * @description It lasts `seconds` from now, never shorter than before, and at most 31 days from its opening.
         */
        post: operations["extend"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/customers/{customer}/reservations/{reservation}/release": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Give a reservation back */
        post: operations["release"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/customers/{customer}/reservations/{reservation}/settle": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Take the real amount
         * @description Takes what was really used, less or more than was held, and gives the rest back. More is taken
         *     from what else the customer has; when that does not suffice it is refused, and the reservation
         *     stays open.
         */
        post: operations["settle"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/customers/{customer}/subscription": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Which plan a customer has */
        get: operations["get_subscription"];
        put?: never;
        /**
         * Put a customer on a plan
         * @description Begins or changes the subscription, without payment. An upgrade holds at once and what was
         *     used still counts; a downgrade waits for the period's end, unless `when` says otherwise.
         */
        post: operations["subscribe"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/customers/{customer}/subscription/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * End a subscription
         * @description At the end of its billing period, or at once. The customer then falls back to the catalog's
         *     default plan; bought units stay.
         */
        post: operations["cancel_subscription"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/customers/{customer}/subscription/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * What a change of plan would do
         * @description Nothing happens.
         */
        post: operations["preview_subscription"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/customers/{customer}/subscription/undo": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Undo a change that waits
         * @description Undoes a change or cancellation that waits for the period's end.
         */
        post: operations["undo_change"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/customers/{customer}/usage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What a customer has and used */
        get: operations["get_usage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/customers/{customer}/why": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Explain a decision
         * @description What a consumption would be answered now, and the grants that it would draw on, in the order
         *     in which it would.
         */
        get: operations["explain"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/customers/{customer}/widget-tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Let a widget read a customer's usage
         * @description For a quarter of an hour: a page that stays open asks the app's back end for the next one.
         */
        post: operations["create_widget_token"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/invitations/accept": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Accept an invitation
         * @description Only a user with the invited e-mail address can. Who is a member already keeps the higher role.
         */
        post: operations["accept_invitation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * All API keys
         * @description In the order in which they were made, revoked ones too; never their secrets.
         */
        get: operations["list_keys"];
        put?: never;
        /**
         * Make an API key
         * @description Its secret is in this answer and nowhere else. Nobody gives away more than they have.
         */
        post: operations["create_key"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/keys/{key}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Revoke an API key
         * @description It stops working here at once, and on other replicas within ten seconds.
         */
        delete: operations["revoke_key"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/organizations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List my organisations
         * @description All of them on one page.
         */
        get: operations["list_organizations"];
        put?: never;
        /**
         * Found an organisation
         * @description The user who asks is its first owner.
         */
        post: operations["create_organization"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/organizations/{organization}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read an organisation */
        get: operations["get_organization"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Rename an organisation
         * @description Admins and owners may.
         */
        patch: operations["rename_organization"];
        trace?: never;
    };
    "/v1/organizations/{organization}/caps": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List member caps
         * @description All of them on one page, for every member to see.
         */
        get: operations["list_organization_caps"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/organizations/{organization}/invitations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List an organisation's invitations
         * @description Admins and owners may.
         */
        get: operations["list_invitations"];
        put?: never;
        /**
         * Invite somebody
         * @description Admins and owners may, into roles up to their own.
         */
        post: operations["invite"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/organizations/{organization}/invitations/{invitation}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Take an invitation back
         * @description Admins and owners may, as long as it is open.
         */
        delete: operations["revoke_invitation"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/organizations/{organization}/members": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List an organisation's members */
        get: operations["list_organization_members"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/organizations/{organization}/members/{member}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Change a member's role
         * @description Admins and owners may; nobody gives a role above their own or changes a member whose role is
         *     above theirs. The last owner stays one.
         */
        put: operations["set_member_role"];
        post?: never;
        /**
         * Remove a member
         * @description Admins and owners may, and everyone may leave. The last owner stays.
         */
        delete: operations["remove_organization_member"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/organizations/{organization}/members/{member}/caps/{meter}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Cap a member of my organisation
         * @description Admins and owners may. The member may use at most so many units of the meter in each window,
         *     whatever the organisation still has. What was used in the running window counts.
         */
        put: operations["set_organization_member_cap"];
        post?: never;
        /**
         * Free a member of my organisation of its cap
         * @description Admins and owners may. A member without a cap stays without one.
         */
        delete: operations["remove_organization_member_cap"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/plans": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What is sold
         * @description The newest version of every plan, the cheapest first.
         */
        get: operations["list_plans"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/report": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What the record says of the business
         * @description Customers, active users, use of quotas, conversion, churn with its reasons, payments and
         *     recurring revenue, for all of the days and for each month. The definitions stand beside the
         *     figures. A report is about live customers, and so a test key has none.
         */
        get: operations["get_report"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/stripe/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Stripe's events
         * @description What came, when, and what became of it.
         */
        get: operations["list_stripe_events"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/stripe/events/{event}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One of Stripe's events
         * @description With what Stripe sent, which can hold names and addresses.
         */
        get: operations["get_stripe_event"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/stripe/events/{event}/replay": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Try an event again
         * @description Whatever became of it. An event that was applied already changes nothing more: it is only a
         *     hint to look at Stripe's objects as they are now.
         */
        post: operations["replay_stripe_event"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/webhooks/stripe": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Take an event of Stripe's. */
        post: operations["stripe_webhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description The token of an invitation. */
        AcceptBody: {
            /** @description As it was shown when the invitation was made. */
            token: string;
        };
        /** @description A problem, with figures or without. */
        AnyProblem: components["schemas"]["RefusalProblem"] | components["schemas"]["Problem"];
        /** @description What became of each. */
        BatchAnswer: {
            /** @description In the order of the request. */
            results: components["schemas"]["BatchResult"][];
        };
        /** @description Many consumptions. */
        BatchBody: {
            /** @description They are decided in this order; each is granted or refused by itself. */
            items: components["schemas"]["BatchItem"][];
        };
        /** @description One of many consumptions. */
        BatchItem: {
            /**
             * Format: int64
             * @description How many uses of it; 1 when left out.
             */
            amount?: number | null;
            /** @description Who pays. */
            customer: components["schemas"]["CustomerId"];
            feature?: components["schemas"]["FeatureId"] | null;
            idempotency_key?: components["schemas"]["IdempotencyKey"] | null;
            member?: components["schemas"]["MemberId"] | null;
            /** @description Kept with the usage event; at most 1,024 bytes. */
            metadata?: Record<string, unknown> | null;
            /** @description Several features, each once. */
            uses?: components["schemas"]["UseBody"][] | null;
        };
        /** @description What became of one. */
        BatchResult: {
            problem?: components["schemas"]["AnyProblem"] | null;
            receipt?: components["schemas"]["ReceiptBody"] | null;
            /**
             * Format: int32
             * @description The status that the consumption alone would have been answered with.
             */
            status: number;
        };
        /** @description When to end it. */
        CancelBody: {
            /** @description At the end of the billing period, which is the default, or else at once. */
            at_period_end?: boolean | null;
        };
        /** @description When it ends. */
        CanceledBody: {
            /**
             * Format: date-time
             * @description When it ends.
             */
            ends_at: string;
            /**
             * @description `canceling`: it lasts until then. `canceled`: it has ended.
             * @example canceling
             */
            status: string;
        };
        /** @description How and why. All of it may be left out. */
        CancelRequest: {
            /**
             * @description Whether it lasts until the end of the period that is paid.
             * @default true
             */
            at_period_end?: boolean;
            /**
             * @description In the customer's words.
             * @default null
             */
            comment?: string | null;
            /**
             * @description `customer_service`, `low_quality`, `missing_features`, `other`, `switched_service`,
             *     `too_complex`, `too_expensive` or `unused`.
             * @default null
             * @example too_expensive
             */
            reason?: string | null;
        };
        /** @description A member's cap. */
        CapBody: {
            /** @description What windows are counted from. */
            anchor?: components["schemas"]["WindowAnchor"];
            /** @description How long a window is. */
            every?: components["schemas"]["Window"];
            /**
             * Format: int64
             * @description Units for each window.
             */
            units: number;
        };
        /** @description Everything that is sold and gated. */
        CatalogBody: {
            /**
             * @description The currency of prices that name none.
             * @example usd
             */
            currency: string;
            default_plan?: components["schemas"]["PlanId"] | null;
            /** @description What the app gates. */
            features: {
                [key: string]: components["schemas"]["CatalogFeature"];
            };
            /** @description What is counted. */
            meters: {
                [key: string]: components["schemas"]["MeterBody"];
            };
            /** @description What people read. */
            name: string;
            /** @description What is sold, the cheapest first. */
            plans: components["schemas"]["Plan"][];
            /** @description The time zone of customers that name none. */
            time_zone: components["schemas"]["TimeZone"];
            /** @description Units that can be bought once. */
            top_ups: {
                [key: string]: components["schemas"]["TopUpBody"];
            };
            /**
             * Format: int32
             * @description Raised by every applied change.
             */
            version: number;
        };
        /** @description What the app gates. */
        CatalogFeature: {
            /**
             * Format: int64
             * @description Units for each use.
             */
            cost: number;
            meter?: components["schemas"]["MeterId"] | null;
            /** @description What people read. */
            name: string;
        };
        /** @description What a change of the subscription came to. */
        ChangeAnswer: {
            /** @description When it takes effect. */
            effective_at: components["schemas"]["Instant"];
            subscription?: components["schemas"]["Subscription"] | null;
        };
        /** @description What came of it. */
        ChangedBody: (components["schemas"]["CheckoutBody"] | null) & {
            /**
             * Format: date-time
             * @description From when it holds, when that is later.
             */
            effective_at?: string | null;
            /** @description Where the rest is paid. */
            payment_url?: string | null;
            /**
             * @description The plan.
             * @example elite
             */
            plan: string;
            /**
             * @description `changed`: it holds. `scheduled`: it will. `payment_required`: it holds once it is paid.
             *     `checkout`: there was no subscription, and here is the page to pay one.
             * @example changed
             */
            status: string;
        };
        /** @description A plan to change to. */
        ChangeRequest: {
            /**
             * @description The plan; the free one ends the subscription with its period.
             * @example elite
             */
            plan: string;
            /**
             * @description The price, as the catalog names it; the plan's only or monthly one, when left out.
             * @example monthly
             */
            price?: string | null;
        };
        /** @description Whether it would be granted. */
        CheckAnswer: {
            /** @description Whether it would be granted now. */
            allowed: boolean;
            /** @description The figures as they would stand afterwards; empty when it would be refused. */
            features: components["schemas"]["FiguresBody"][];
            plan?: components["schemas"]["PlanId"] | null;
            refusal?: components["schemas"]["RefusalBody"] | null;
        };
        /** @description What would be taken. */
        CheckBody: {
            /**
             * Format: int64
             * @description How many uses of it; 1 when left out.
             */
            amount?: number | null;
            feature?: components["schemas"]["FeatureId"] | null;
            member?: components["schemas"]["MemberId"] | null;
            /** @description Several features, each once. */
            uses?: components["schemas"]["UseBody"][] | null;
        };
        /** @description A payment page. */
        CheckoutBody: {
            /** @description The page. Whoever has this link can pay. */
            checkout_url: string;
            /**
             * Format: date-time
             * @description When the page ends.
             */
            expires_at?: string | null;
            /** @description The payment, for units bought once. */
            payment_id?: string | null;
            /**
             * @description Stripe's id of it.
             * @example cs_test_a1b2c3
             */
            session_id: string;
        };
        /** @description A plan to be paid. Names only: what they cost is not the client's to say. */
        CheckoutRequest: {
            /**
             * @description Where to go to leave; its origin must be allowed.
             * @example http://localhost:3000/billing?canceled=true
             */
            cancel_url: string;
            /**
             * @description The plan.
             * @example pro
             */
            plan: string;
            /**
             * @description The price, as the catalog names it; the plan's only or monthly one, when left out.
             * @example monthly
             */
            price?: string | null;
            /** @description A promotion code. */
            promotion_code?: string | null;
            /**
             * @description Where to go afterwards; its origin must be allowed.
             * @example http://localhost:3000/dashboard?success=true
             */
            success_url: string;
        };
        /** @description What has become of a payment page. */
        CheckoutStateBody: {
            /** @description Stripe's id of it. */
            session_id: string;
            /**
             * @description `open`, `processing` (finished, and the money has not come yet), `paid`, or `expired`.
             * @example processing
             */
            status: string;
        };
        /** @description What to take: `feature` with `amount`, or several `uses`, all or none. */
        ConsumeBody: {
            /**
             * Format: int64
             * @description How many uses of it; 1 when left out.
             */
            amount?: number | null;
            feature?: components["schemas"]["FeatureId"] | null;
            idempotency_key?: components["schemas"]["IdempotencyKey"] | null;
            member?: components["schemas"]["MemberId"] | null;
            /** @description Kept with the usage event; at most 1,024 bytes. */
            metadata?: Record<string, unknown> | null;
            /** @description Several features, each once. */
            uses?: components["schemas"]["UseBody"][] | null;
        };
        /** @description A customer. */
        CustomerBody: {
            /** @description The host app's own id. */
            id: components["schemas"]["CustomerId"];
            plan?: components["schemas"]["PlanId"] | null;
            subscription?: components["schemas"]["Subscription"] | null;
            /** @description Whose calendar counts. */
            time_zone: components["schemas"]["TimeZone"];
        };
        /** @description What is to be another. */
        CustomerChangeBody: {
            /** @description Whose calendar counts from now on. */
            time_zone: components["schemas"]["TimeZone"];
        };
        /**
         * @description The host app's own id of a customer
         * @example user_123
         */
        CustomerId: string;
        /** @description A usage event. */
        EventBody: {
            /**
             * Format: int64
             * @description How many uses of it.
             */
            amount: number;
            /** @description When. */
            created_at: components["schemas"]["Instant"];
            feature?: components["schemas"]["FeatureId"] | null;
            /** @description Its id. */
            id: components["schemas"]["EventId"];
            idempotency_key?: components["schemas"]["IdempotencyKey"] | null;
            member?: components["schemas"]["MemberId"] | null;
            /** @description What the caller wanted kept. */
            metadata?: Record<string, unknown> | null;
            /**
             * @description The calendar month in the customer's zone.
             * @example 2026-01
             */
            month_key: string;
            plan?: components["schemas"]["PlanId"] | null;
            /** @description Whether it was taken back. */
            reversed: boolean;
            /** @description Everything that was used. */
            uses: components["schemas"]["UseBody"][];
        };
        /**
         * @description A usage event
         * @example evt_01hf8q4s0r0000000000000001
         */
        EventId: string;
        /** @description The new end. */
        ExtendAnswer: {
            /** @description When it ends by itself now. */
            expires_at: components["schemas"]["Instant"];
            /** @description The reservation. */
            reservation: components["schemas"]["ReservationId"];
        };
        /** @description How much longer. */
        ExtendBody: {
            /**
             * Format: int32
             * @description Seconds from now; 900 when left out.
             */
            seconds?: number | null;
        };
        /** @description What one feature has, in units of its meter. */
        FeatureBody: {
            /**
             * Format: int64
             * @description Units in this period; null when unlimited.
             */
            limit?: number | null;
            /**
             * Format: int64
             * @description Units left; null when unlimited.
             */
            remaining?: number | null;
            /** @description Whether there is no limit. */
            unlimited: boolean;
            /**
             * Format: int64
             * @description Units used.
             */
            used: number;
        };
        /**
         * @description A feature of the catalog
         * @example ats_scan
         */
        FeatureId: string;
        /** @description What a feature has, in units of its meter. */
        FeatureUsageBody: {
            /**
             * Format: int64
             * @description Units in this period; null when unlimited.
             */
            limit?: number | null;
            /**
             * Format: int64
             * @description Units left; null when unlimited.
             */
            remaining?: number | null;
            /** @description Whether there is no limit. */
            unlimited: boolean;
            /**
             * Format: int64
             * @description Units used.
             */
            used: number;
        };
        /** @description What a feature's meter holds, after what was just done. */
        FiguresBody: {
            /** @description The feature. */
            feature: components["schemas"]["FeatureId"];
            /**
             * Format: int64
             * @description Units set aside by reservations.
             */
            held: number;
            /**
             * Format: int64
             * @description Units in this period; null when unlimited.
             */
            limit?: number | null;
            meter?: components["schemas"]["MeterId"] | null;
            /**
             * Format: int64
             * @description Units left; null when unlimited.
             */
            remaining?: number | null;
            resets_at?: components["schemas"]["Instant"] | null;
            /** @description Whether there is no limit. */
            unlimited: boolean;
            /**
             * Format: int64
             * @description Units used in this period.
             */
            used: number;
        };
        /** @description What was given. */
        GiveAnswer: {
            grant?: components["schemas"]["GrantBody"] | null;
            /** @description The grant's id. */
            id: components["schemas"]["GrantId"];
        };
        /** @description What to give. */
        GiveBody: {
            expires_at?: components["schemas"]["Instant"] | null;
            idempotency_key?: components["schemas"]["IdempotencyKey"] | null;
            /** @description What the units are of. */
            meter: components["schemas"]["MeterId"];
            /**
             * Format: int32
             * @description Among grants that expire at the same instant the smaller goes first.
             */
            priority?: number;
            /** @description What they are given for. */
            reference?: string;
            /** @description Where they come from. */
            source?: components["schemas"]["GiveSource"];
            starts_at?: components["schemas"]["Instant"] | null;
            /**
             * Format: int64
             * @description How many.
             */
            units: number;
        };
        /**
         * @description Where given units come from.
         * @enum {string}
         */
        GiveSource: "top_up" | "promotion" | "adjustment";
        /** @description A grant. At every moment amount = remaining + held + used + expired + revoked. */
        GrantBody: {
            /**
             * Format: int64
             * @description Units given.
             */
            amount: number;
            /** @description When it was given. */
            created_at: components["schemas"]["Instant"];
            /**
             * Format: int64
             * @description Units that ended unused.
             */
            expired: number;
            expires_at?: components["schemas"]["Instant"] | null;
            /**
             * Format: int64
             * @description Units set aside by reservations.
             */
            held: number;
            /** @description Its id. */
            id: components["schemas"]["GrantId"];
            /** @description Whether its units can be used now. */
            live: boolean;
            /** @description What the units are of. */
            meter: components["schemas"]["MeterId"];
            /**
             * Format: int32
             * @description Among grants that expire at the same instant the smaller goes first.
             */
            priority: number;
            /** @description What it was given for. */
            reference: string;
            /**
             * Format: int64
             * @description Units left.
             */
            remaining: number;
            /**
             * Format: int64
             * @description Units taken back.
             */
            revoked: number;
            /**
             * @description Where they come from: plan, rollover, `top_up`, promotion or adjustment.
             * @example top_up
             */
            source: string;
            /** @description From when its units can be used. */
            starts_at: components["schemas"]["Instant"];
            /**
             * Format: int64
             * @description Units used.
             */
            used: number;
        };
        /**
         * @description A grant
         * @example grt_01hf8q4s0r0000000000000001
         */
        GrantId: string;
        /** @description What a reservation did. */
        HeldBody: {
            /** @description When it ends by itself. */
            expires_at: components["schemas"]["Instant"];
            /** @description The figures of each feature reserved, in the order of the request. */
            features: components["schemas"]["FiguresBody"][];
            plan?: components["schemas"]["PlanId"] | null;
            /** @description Whether this is the stored answer of an earlier request with the same key. */
            replayed: boolean;
            /** @description The reservation. */
            reservation: components["schemas"]["ReservationId"];
        };
        /**
         * @description Makes a retry harmless: the same key and request get the first answer; kept for a day
         * @example order-4711
         */
        IdempotencyKey: string;
        /**
         * Format: date-time
         * @example 2026-01-31T00:00:00Z
         */
        Instant: string;
        /** @description An invitation. */
        InvitationBody: {
            /** @description When it was made. */
            created_at: components["schemas"]["Instant"];
            /** @description Who is invited. */
            email: string;
            /** @description From when it can no longer be accepted. */
            expires_at: components["schemas"]["Instant"];
            /** @description Its own for ever. */
            id: components["schemas"]["InvitationId"];
            /** @description What they will be. */
            role: components["schemas"]["RoleName"];
            /** @description What became of it. */
            status: components["schemas"]["InvitationStatus"];
        };
        /**
         * @description An invitation into an organisation
         * @example inv_01hf8q4s0r0000000000000001
         */
        InvitationId: string;
        /**
         * @description What became of an invitation.
         * @enum {string}
         */
        InvitationStatus: "open" | "accepted" | "revoked" | "expired";
        /** @description Who is invited, and as what. */
        InviteBody: {
            /**
             * Format: email
             * @description Whom; only a user with this address can accept.
             * @example colleague@example.com
             */
            email: string;
            /** @description What they will be. */
            role: components["schemas"]["RoleName"];
        };
        /** @description An API key, as it is listed. */
        KeyBody: {
            /** @description When it was made. */
            created_at: components["schemas"]["Instant"];
            /** @description What it is listed and revoked by. */
            id: components["schemas"]["KeyId"];
            last_used_at?: components["schemas"]["Instant"] | null;
            /**
             * @description live or test.
             * @example live
             */
            mode: string;
            /** @description What people read. */
            name: string;
            /**
             * @description Its first characters.
             * @example tg_live_4f7kq2
             */
            prefix: string;
            revoked_at?: components["schemas"]["Instant"] | null;
            /** @description What it may do: read, consume, manage, admin. */
            scopes: string[];
        };
        /**
         * @description An API key's id
         * @example key_01hf8q4s0r0000000000000001
         */
        KeyId: string;
        /** @description What a plan gives of a meter. */
        LimitBody: {
            /**
             * @description What periods are counted from: calendar or billing.
             * @example calendar
             */
            anchor: string;
            /**
             * @description When they are renewed: minute, hour, day, week, month, year or never.
             * @example month
             */
            reset: string;
            /** @description Whether unused units are kept at a reset. */
            rollover: boolean;
            /**
             * Format: int32
             * @description For so many periods; null for ever.
             */
            rollover_periods_max?: number | null;
            /**
             * Format: int64
             * @description At most so many of them; null for all.
             */
            rollover_units_max?: number | null;
            /**
             * Format: int64
             * @description Units for each period; null when unlimited.
             */
            units?: number | null;
            /** @description Whether there is no limit. */
            unlimited: boolean;
        };
        /** @description One page. */
        List_CustomerBody: {
            /** @description What is on it. */
            data: {
                /** @description The host app's own id. */
                id: components["schemas"]["CustomerId"];
                plan?: components["schemas"]["PlanId"] | null;
                subscription?: components["schemas"]["Subscription"] | null;
                /** @description Whose calendar counts. */
                time_zone: components["schemas"]["TimeZone"];
            }[];
            /** @description Whether there is more. */
            has_more: boolean;
            /** @description What to send as `starting_after` for the next page; null on the last one. */
            next?: string | null;
        };
        /** @description One page. */
        List_EventBody: {
            /** @description What is on it. */
            data: {
                /**
                 * Format: int64
                 * @description How many uses of it.
                 */
                amount: number;
                /** @description When. */
                created_at: components["schemas"]["Instant"];
                feature?: components["schemas"]["FeatureId"] | null;
                /** @description Its id. */
                id: components["schemas"]["EventId"];
                idempotency_key?: components["schemas"]["IdempotencyKey"] | null;
                member?: components["schemas"]["MemberId"] | null;
                /** @description What the caller wanted kept. */
                metadata?: Record<string, unknown> | null;
                /**
                 * @description The calendar month in the customer's zone.
                 * @example 2026-01
                 */
                month_key: string;
                plan?: components["schemas"]["PlanId"] | null;
                /** @description Whether it was taken back. */
                reversed: boolean;
                /** @description Everything that was used. */
                uses: components["schemas"]["UseBody"][];
            }[];
            /** @description Whether there is more. */
            has_more: boolean;
            /** @description What to send as `starting_after` for the next page; null on the last one. */
            next?: string | null;
        };
        /** @description One page. */
        List_GrantBody: {
            /** @description What is on it. */
            data: {
                /**
                 * Format: int64
                 * @description Units given.
                 */
                amount: number;
                /** @description When it was given. */
                created_at: components["schemas"]["Instant"];
                /**
                 * Format: int64
                 * @description Units that ended unused.
                 */
                expired: number;
                expires_at?: components["schemas"]["Instant"] | null;
                /**
                 * Format: int64
                 * @description Units set aside by reservations.
                 */
                held: number;
                /** @description Its id. */
                id: components["schemas"]["GrantId"];
                /** @description Whether its units can be used now. */
                live: boolean;
                /** @description What the units are of. */
                meter: components["schemas"]["MeterId"];
                /**
                 * Format: int32
                 * @description Among grants that expire at the same instant the smaller goes first.
                 */
                priority: number;
                /** @description What it was given for. */
                reference: string;
                /**
                 * Format: int64
                 * @description Units left.
                 */
                remaining: number;
                /**
                 * Format: int64
                 * @description Units taken back.
                 */
                revoked: number;
                /**
                 * @description Where they come from: plan, rollover, `top_up`, promotion or adjustment.
                 * @example top_up
                 */
                source: string;
                /** @description From when its units can be used. */
                starts_at: components["schemas"]["Instant"];
                /**
                 * Format: int64
                 * @description Units used.
                 */
                used: number;
            }[];
            /** @description Whether there is more. */
            has_more: boolean;
            /** @description What to send as `starting_after` for the next page; null on the last one. */
            next?: string | null;
        };
        /** @description One page. */
        List_InvitationBody: {
            /** @description What is on it. */
            data: {
                /** @description When it was made. */
                created_at: components["schemas"]["Instant"];
                /** @description Who is invited. */
                email: string;
                /** @description From when it can no longer be accepted. */
                expires_at: components["schemas"]["Instant"];
                /** @description Its own for ever. */
                id: components["schemas"]["InvitationId"];
                /** @description What they will be. */
                role: components["schemas"]["RoleName"];
                /** @description What became of it. */
                status: components["schemas"]["InvitationStatus"];
            }[];
            /** @description Whether there is more. */
            has_more: boolean;
            /** @description What to send as `starting_after` for the next page; null on the last one. */
            next?: string | null;
        };
        /** @description One page. */
        List_InvoiceBody: {
            /** @description What is on it. */
            data: {
                /**
                 * Format: int64
                 * @description What is to be paid, in the currency's smallest unit.
                 */
                amount_due_cents: number;
                /**
                 * Format: int64
                 * @description What was paid.
                 */
                amount_paid_cents: number;
                /**
                 * Format: date-time
                 * @description When it was made.
                 */
                created_at?: string | null;
                /** @description ISO 4217, in small letters. */
                currency?: string | null;
                /** @description Where it is seen and paid. Whoever has this link sees it. */
                hosted_invoice_url?: string | null;
                /**
                 * @description Stripe's id of it.
                 * @example in_1abc
                 */
                id: string;
                /** @description Its PDF. Whoever has this link sees it. */
                invoice_pdf?: string | null;
                /** @description Its number, once it is final. */
                number?: string | null;
                /** @description `draft`, `open`, `paid`, `uncollectible` or `void`. */
                status?: string | null;
                /**
                 * Format: int64
                 * @description What it comes to.
                 */
                total_cents: number;
            }[];
            /** @description Whether there is more. */
            has_more: boolean;
            /** @description What to send as `starting_after` for the next page; null on the last one. */
            next?: string | null;
        };
        /** @description One page. */
        List_KeyBody: {
            /** @description What is on it. */
            data: {
                /** @description When it was made. */
                created_at: components["schemas"]["Instant"];
                /** @description What it is listed and revoked by. */
                id: components["schemas"]["KeyId"];
                last_used_at?: components["schemas"]["Instant"] | null;
                /**
                 * @description live or test.
                 * @example live
                 */
                mode: string;
                /** @description What people read. */
                name: string;
                /**
                 * @description Its first characters.
                 * @example tg_live_4f7kq2
                 */
                prefix: string;
                revoked_at?: components["schemas"]["Instant"] | null;
                /** @description What it may do: read, consume, manage, admin. */
                scopes: string[];
            }[];
            /** @description Whether there is more. */
            has_more: boolean;
            /** @description What to send as `starting_after` for the next page; null on the last one. */
            next?: string | null;
        };
        /** @description One page. */
        List_MemberCapBody: {
            /** @description What is on it. */
            data: (components["schemas"]["CapBody"] & {
                /** @description The member. */
                member: components["schemas"]["UserId"];
                /** @description What is capped. */
                meter: components["schemas"]["MeterId"];
                /**
                 * Format: int64
                 * @description Units used and held in the running window.
                 */
                used: number;
            })[];
            /** @description Whether there is more. */
            has_more: boolean;
            /** @description What to send as `starting_after` for the next page; null on the last one. */
            next?: string | null;
        };
        /** @description One page. */
        List_OrganizationBody: {
            /** @description What is on it. */
            data: {
                /** @description When it was founded. */
                created_at: components["schemas"]["Instant"];
                /** @description The customer whose quota its members use. */
                customer_id: components["schemas"]["CustomerId"];
                /** @description Its own for ever; for the header `X-Organization`, too. */
                id: components["schemas"]["OrganizationId"];
                /** @description What people read. */
                name: string;
                /** @description What the one who asks may do there. */
                role: components["schemas"]["RoleName"];
            }[];
            /** @description Whether there is more. */
            has_more: boolean;
            /** @description What to send as `starting_after` for the next page; null on the last one. */
            next?: string | null;
        };
        /** @description One page. */
        List_OrganizationMemberBody: {
            /** @description What is on it. */
            data: {
                /** @description Since when they belong to it. */
                created_at: components["schemas"]["Instant"];
                /** @description Their e-mail address. */
                email?: string | null;
                /** @description What they want to be called. */
                name?: string | null;
                /** @description What they may do. */
                role: components["schemas"]["RoleName"];
                /** @description The user; their usage is recorded under this id. */
                user_id: components["schemas"]["UserId"];
            }[];
            /** @description Whether there is more. */
            has_more: boolean;
            /** @description What to send as `starting_after` for the next page; null on the last one. */
            next?: string | null;
        };
        /** @description One page. */
        List_PaymentBody: {
            /** @description What is on it. */
            data: {
                /**
                 * Format: int64
                 * @description What was paid, in the currency's smallest unit, before taxes and discounts.
                 * @example 500
                 */
                amount_cents: number;
                /**
                 * Format: date-time
                 * @description When it was begun.
                 */
                created_at: string;
                /**
                 * @description ISO 4217, in small letters.
                 * @example usd
                 */
                currency: string;
                /** @description What people read. */
                description: string;
                /**
                 * @description `none`, `open` or `lost`.
                 * @example none
                 */
                dispute: string;
                /**
                 * @description Its own for ever.
                 * @example pay_01hf8q4s0r0000000000000001
                 */
                id: string;
                /** @description The organisation, when the customer is one. */
                org_id?: string | null;
                /**
                 * Format: int64
                 * @description Units that were paid back after they had been used: a debt.
                 */
                quota_owed: number;
                /**
                 * Format: int64
                 * @description Units bought.
                 * @example 50
                 */
                quota_purchased: number;
                /**
                 * Format: int64
                 * @description Units that were taken back.
                 */
                quota_revoked: number;
                /**
                 * Format: int64
                 * @description What was paid back, in the currency's smallest unit.
                 */
                refunded_cents: number;
                /**
                 * @description `pending`, `succeeded`, `failed` or `refunded`.
                 * @example succeeded
                 */
                status: string;
                /** @description Stripe's id of the payment, once there is one. */
                stripe_payment_intent_id?: string | null;
                /** @description The user, when the customer is one. */
                user_id?: string | null;
            }[];
            /** @description Whether there is more. */
            has_more: boolean;
            /** @description What to send as `starting_after` for the next page; null on the last one. */
            next?: string | null;
        };
        /** @description One page. */
        List_Plan: {
            /** @description What is on it. */
            data: {
                /** @description Whether it can be chosen now. */
                active: boolean;
                /** @description Caps within time windows, beside the limits. */
                caps: components["schemas"]["PlanCapBody"][];
                /** @description One sentence for people. */
                description: string;
                /** @description Features switched on or off whatever their meter says. */
                features: {
                    [key: string]: boolean;
                };
                /** @description The catalog's name for it. */
                id: components["schemas"]["PlanId"];
                /** @description What it gives of each meter. */
                limits: {
                    [key: string]: components["schemas"]["LimitBody"];
                };
                /** @description What people read. */
                name: string;
                /** @description What it costs; none for a free plan. */
                prices: {
                    [key: string]: components["schemas"]["Price"];
                };
                /**
                 * Format: int32
                 * @description Days of trial that a first subscription gets.
                 */
                trial_days: number;
                /**
                 * Format: int32
                 * @description A changed plan is a new version; customers keep theirs until moved.
                 */
                version: number;
            }[];
            /** @description Whether there is more. */
            has_more: boolean;
            /** @description What to send as `starting_after` for the next page; null on the last one. */
            next?: string | null;
        };
        /** @description One page. */
        List_ReservationBody: {
            /** @description What is on it. */
            data: {
                /** @description When it was opened. */
                created_at: components["schemas"]["Instant"];
                /** @description When it ends by itself. */
                expires_at: components["schemas"]["Instant"];
                /** @description Its id. */
                id: components["schemas"]["ReservationId"];
                member?: components["schemas"]["MemberId"] | null;
                /** @description What becomes of it then. */
                on_expiry: components["schemas"]["OnExpiryBody"];
                /** @description What was asked for. */
                uses: components["schemas"]["UseBody"][];
            }[];
            /** @description Whether there is more. */
            has_more: boolean;
            /** @description What to send as `starting_after` for the next page; null on the last one. */
            next?: string | null;
        };
        /** @description One page. */
        List_StripeEventBody: {
            /** @description What is on it. */
            data: {
                /**
                 * Format: int32
                 * @description How often it was tried.
                 */
                attempts: number;
                /**
                 * Format: date-time
                 * @description When Stripe made it.
                 */
                created_at: string;
                /** @description Our customer, once it is known. */
                customer?: string | null;
                /**
                 * Format: date-time
                 * @description When it was finished with.
                 */
                finished_at?: string | null;
                /**
                 * @description Stripe's id of it.
                 * @example evt_1abc
                 */
                id: string;
                /**
                 * Format: date-time
                 * @description When it is tried next, if it is.
                 */
                next_attempt_at?: string | null;
                /** @description What there is to say about its state. */
                note?: string | null;
                /** @description The object that it is about. */
                object?: string | null;
                /** @description As Stripe sent it; only of one event. */
                payload?: Record<string, unknown> | null;
                /**
                 * Format: date-time
                 * @description When it came.
                 */
                received_at: string;
                /**
                 * @description How it came: `webhook`, or `sweep` when it had been missing.
                 * @example webhook
                 */
                source: string;
                /**
                 * @description `waiting`, `done`, `ignored`, `parked` (nobody knows its customer yet) or `quarantined`
                 *     (somebody has to look at it).
                 * @example done
                 */
                state: string;
                /** @description Stripe's customer that it is about. */
                stripe_customer?: string | null;
                /**
                 * @description Its kind.
                 * @example invoice.paid
                 */
                type: string;
            }[];
            /** @description Whether there is more. */
            has_more: boolean;
            /** @description What to send as `starting_after` for the next page; null on the last one. */
            next?: string | null;
        };
        /** @description The password form of RFC 6749; other fields of it do not matter here. */
        LoginForm: {
            /**
             * Format: password
             * @description The password.
             * @example testpass123
             */
            password: string;
            /**
             * @description The e-mail address.
             * @example test@example.com
             */
            username: string;
        };
        /** @description Whom a token stands for. */
        MeBody: {
            /**
             * Format: date-time
             * @description When they registered; null for a user of the host app.
             */
            created_at?: string | null;
            /** @description The customer that they act for when they name no organisation. */
            customer_id: string;
            /** @description The e-mail address; null for a user of the host app. */
            email?: string | null;
            /** @description The user's id, here or in the host app. */
            id: string;
            /** @description What they want to be called. */
            name?: string | null;
            /** @description The organisations that they belong to. */
            organizations: components["schemas"]["MyOrganization"][];
        };
        /**
         * @description The host app's own id of someone who acts for a customer
         * @example user_7
         */
        MemberId: string;
        /** @description What is counted. */
        MeterBody: {
            /** @description What people read. */
            name: string;
            /**
             * @description One of what is counted.
             * @example operation
             */
            unit: string;
        };
        /**
         * @description A meter of the catalog
         * @example ats_scan
         */
        MeterId: string;
        /** @description The quota of one meter. */
        MeterQuota: components["schemas"]["QuotaFigures"] & {
            /**
             * @description The meter.
             * @example operations
             */
            meter: string;
        };
        /** @description What a meter has. */
        MeterUsageBody: {
            /**
             * Format: int64
             * @description Of the limit, units of earlier periods.
             */
            carried_over: number;
            /**
             * Format: int64
             * @description Of the limit, units that were bought or given.
             */
            extra: number;
            /** @description Units used by each feature. */
            features: {
                [key: string]: number;
            };
            /**
             * Format: int64
             * @description Units set aside by reservations.
             */
            held: number;
            /**
             * Format: int64
             * @description Units of all live grants in this period; null when unlimited.
             */
            limit?: number | null;
            /** @description The meter. */
            meter: components["schemas"]["MeterId"];
            period_end?: components["schemas"]["Instant"] | null;
            period_start?: components["schemas"]["Instant"] | null;
            /**
             * Format: int64
             * @description Units left; null when unlimited.
             */
            remaining?: number | null;
            /** @description Whether there is no limit. */
            unlimited: boolean;
            /**
             * Format: int64
             * @description Units used.
             */
            used: number;
        };
        /**
         * @description Whether a key acts on live customers.
         * @enum {string}
         */
        ModeWord: "live" | "test";
        /** @description An amount of money in its currency's smallest unit. */
        MoneyBody: {
            /**
             * Format: int64
             * @description Minor units: 999 is $9.99.
             */
            amount: number;
            /**
             * @description ISO 4217, in small letters.
             * @example usd
             */
            currency: string;
        };
        /** @description An organisation that a user belongs to. */
        MyOrganization: {
            /** @description For the header `X-Organization`. */
            id: string;
            /** @description What people read. */
            name: string;
            /**
             * @description What the user may do there: owner, admin or member.
             * @example member
             */
            role: string;
        };
        /** @description A new customer. */
        NewCustomerBody: {
            /** @description The host app's own id. */
            id: components["schemas"]["CustomerId"];
            plan?: components["schemas"]["PlanId"] | null;
            time_zone?: components["schemas"]["TimeZone"] | null;
        };
        /** @description An invitation with its token. */
        NewInvitationBody: components["schemas"]["InvitationBody"] & {
            /** @description What the invited person accepts it with. It is shown this once: send it to them. */
            token: string;
        };
        /** @description The key, shown this once. */
        NewKeyAnswer: components["schemas"]["KeyBody"] & {
            /**
             * @description The key itself; keep it, it is never shown again.
             * @example tg_live_…
             */
            secret: string;
        };
        /** @description A new key. */
        NewKeyBody: {
            /** @description Whether it acts on live customers; a test key has customers of its own. */
            mode?: components["schemas"]["ModeWord"];
            /** @description What people read. */
            name: string;
            /** @description What it may do. */
            scopes: components["schemas"]["ScopeWord"][];
        };
        /**
         * @description What becomes of a reservation that nobody settles.
         * @enum {string}
         */
        OnExpiryBody: "release" | "settle";
        /** @description An organisation, for one of its members. */
        OrganizationBody: {
            /** @description When it was founded. */
            created_at: components["schemas"]["Instant"];
            /** @description The customer whose quota its members use. */
            customer_id: components["schemas"]["CustomerId"];
            /** @description Its own for ever; for the header `X-Organization`, too. */
            id: components["schemas"]["OrganizationId"];
            /** @description What people read. */
            name: string;
            /** @description What the one who asks may do there. */
            role: components["schemas"]["RoleName"];
        };
        /**
         * @description An organisation
         * @example org_01hf8q4s0r0000000000000001
         */
        OrganizationId: string;
        /** @description The name of an organisation. */
        OrganizationNameBody: {
            /**
             * @description What people read.
             * @example Acme Logistics
             */
            name: string;
        };
        /** @description A way to the billing page. */
        PageLinkAnswer: {
            /** @description Until when it works. */
            expires_at: components["schemas"]["Instant"];
            /**
             * @description Where to send the customer's browser. Whoever follows it first is in: it works once.
             * @example https://app.example/billing/enter?link=tgv_…
             */
            url: string;
        };
        /** @description A change of plan that waits for its time. */
        PendingBody: {
            /**
             * Format: date-time
             * @description When it takes effect.
             */
            at: string;
            /** @description The plan that it leads to. */
            plan_id: string;
        };
        /** @description A change that waits for its time. */
        PendingChange: {
            /** @description When it takes effect. */
            effective_at: components["schemas"]["Instant"];
            /** @description The plan that it leads to. */
            plan: components["schemas"]["PlanId"];
            price?: components["schemas"]["PriceId"] | null;
        };
        /** @description A plan. */
        Plan: {
            /** @description Whether it can be chosen now. */
            active: boolean;
            /** @description Caps within time windows, beside the limits. */
            caps: components["schemas"]["PlanCapBody"][];
            /** @description One sentence for people. */
            description: string;
            /** @description Features switched on or off whatever their meter says. */
            features: {
                [key: string]: boolean;
            };
            /** @description The catalog's name for it. */
            id: components["schemas"]["PlanId"];
            /** @description What it gives of each meter. */
            limits: {
                [key: string]: components["schemas"]["LimitBody"];
            };
            /** @description What people read. */
            name: string;
            /** @description What it costs; none for a free plan. */
            prices: {
                [key: string]: components["schemas"]["Price"];
            };
            /**
             * Format: int32
             * @description Days of trial that a first subscription gets.
             */
            trial_days: number;
            /**
             * Format: int32
             * @description A changed plan is a new version; customers keep theirs until moved.
             */
            version: number;
        };
        /** @description A plan as it is sold. */
        PlanBody: {
            /**
             * Format: date-time
             * @description Since when it is there.
             */
            created_at?: string | null;
            /**
             * @description ISO 4217, in small letters.
             * @example usd
             */
            currency: string;
            /** @description One sentence for people. */
            description: string;
            /** @description The features that it gives, by the names that people read. */
            features: string[];
            /**
             * @description The catalog's name for it.
             * @example basic
             */
            id: string;
            /** @description Whether it can be chosen now. */
            is_active: boolean;
            /** @description Units of each meter for a period; null when unlimited. */
            limits: {
                [key: string]: number | null;
            };
            /**
             * Format: int64
             * @description Units of all meters together for a period; null when one of them is unlimited.
             * @example 150
             */
            monthly_quota?: number | null;
            /** @description What people read. */
            name: string;
            /**
             * Format: int64
             * @description What a month costs in the currency's smallest unit; what a year costs, where there is no
             *     monthly price.
             * @example 999
             */
            price_cents: number;
            /** @description Every price. */
            prices: components["schemas"]["PriceBody"][];
            /** @description Stripe's id of the price. */
            stripe_price_id?: string | null;
        };
        /** @description At most so many units within a window. */
        PlanCapBody: {
            /**
             * @description How long a window is.
             * @example day
             */
            every: string;
            /** @description What is capped. */
            meter: components["schemas"]["MeterId"];
            /**
             * @description Who shares it: customer or member.
             * @example customer
             */
            scope: string;
            /**
             * Format: int64
             * @description Units for each window.
             */
            units: number;
        };
        /**
         * @description A plan of the catalog
         * @example pro
         */
        PlanId: string;
        /** @description A visit to the portal. */
        PortalBody: {
            /** @description The portal, for this customer. Whoever has this link is let in. */
            portal_url: string;
        };
        /** @description A visit to the portal. */
        PortalRequest: {
            /**
             * @description Where to go afterwards; its origin must be allowed.
             * @example http://localhost:3000/billing
             */
            return_url?: string | null;
        };
        /** @description What a change would do. */
        PreviewAnswer: {
            /** @description Every meter as it would stand, were the change made now. */
            after: components["schemas"]["MeterUsageBody"][];
            /** @description Every meter as it stands. */
            before: components["schemas"]["MeterUsageBody"][];
            /**
             * @description Which way it goes.
             * @example upgrade
             */
            direction: string;
            /** @description When it would take effect. */
            effective_at: components["schemas"]["Instant"];
            from?: components["schemas"]["PlanId"] | null;
            /** @description The plan that it would have. */
            to: components["schemas"]["PlanId"];
        };
        /** @description What a change of plan would cost and do. */
        PreviewBody: {
            /** @description ISO 4217, in small letters. */
            currency?: string | null;
            /**
             * Format: int64
             * @description What would be charged at once, in the currency's smallest unit; null when nothing would, or
             *     when the payment page says it.
             */
            due_cents?: number | null;
            /**
             * Format: date-time
             * @description From when it would hold.
             */
            effective_at: string;
            /** @description The plan that the customer has. */
            from?: string | null;
            /** @description Features that it would bring. */
            gained: string[];
            /** @description Whether it would hold at once. */
            is_immediate: boolean;
            /** @description What the sum is made of. */
            lines: components["schemas"]["PreviewLine"][];
            /** @description Features that it would take away. */
            lost: string[];
            /** @description Every meter, as it stands and as it would. */
            meters: components["schemas"]["PreviewMeter"][];
            /** @description The plan that it would have. */
            to: string;
        };
        /** @description A part of the sum. */
        PreviewLine: {
            /**
             * Format: int64
             * @description In the currency's smallest unit; negative for a credit.
             */
            amount_cents: number;
            /** @description What it is for. */
            description?: string | null;
        };
        /** @description A meter, as it stands and as it would. */
        PreviewMeter: {
            /** @description The meter. */
            meter: string;
            /**
             * Format: int64
             * @description Units that would remain; null when unlimited.
             */
            remaining_after?: number | null;
            /**
             * Format: int64
             * @description Units that remain; null when unlimited.
             */
            remaining_before?: number | null;
        };
        /** @description What a plan costs in one rhythm. */
        Price: components["schemas"]["MoneyBody"] & {
            /**
             * @description How long a billing period is: month or year.
             * @example month
             */
            interval: string;
            /** @description Stripe's price, when it is known. */
            stripe_price?: string | null;
        };
        /** @description What a plan costs in one rhythm. */
        PriceBody: {
            /**
             * Format: int64
             * @description For one billing period, in the currency's smallest unit.
             */
            amount_cents: number;
            /** @description ISO 4217, in small letters. */
            currency: string;
            /**
             * @description The catalog's name for it.
             * @example monthly
             */
            id: string;
            /**
             * @description `month` or `year`.
             * @example month
             */
            interval: string;
            /** @description Stripe's id of the price. */
            stripe_price_id?: string | null;
        };
        /**
         * @description A price of a plan
         * @example monthly
         */
        PriceId: string;
        /** @description What went wrong, as RFC 9457 has it. */
        Problem: {
            /** @description The same sentence, where RFC 9457 has it. */
            detail: string;
            /**
             * @description The error's word, for programs.
             * @example invalid_request
             */
            error: string;
            /** @description One sentence for people. */
            message: string;
            /**
             * @description Of a `billing_error`, why.
             * @example already_subscribed
             */
            reason?: string | null;
            /**
             * Format: int32
             * @description The status.
             */
            status: number;
            /** @description The status in words. */
            title: string;
            /**
             * @description The kind of problem, as a URI.
             * @example urn:tollgate:problem:invalid_request
             */
            type: string;
        };
        /** @description Units to be bought. How many only: what they cost is not the client's to say. */
        PurchaseRequest: {
            /** @description Where to go to leave; its origin must be allowed. */
            cancel_url?: string | null;
            /**
             * Format: int64
             * @description How many units.
             * @example 50
             */
            quantity: number;
            /** @description Where to go after paying; its origin must be allowed. */
            success_url?: string | null;
            /**
             * @description What, as the catalog names it; the only thing that there is, when left out.
             * @example extra_operations
             */
            topup?: string | null;
        };
        /** @description The quota of the running period, of all meters together; with one meter, it is that meter's. */
        QuotaBody: components["schemas"]["QuotaFigures"] & {
            /**
             * Format: date-time
             * @description When this quota began: the start of the period.
             */
            created_at?: string | null;
            /**
             * @description The customer and the start of the period: another period is another quota.
             * @example usr_01hf8q4s0r0000000000000001/2026-01-15T12:00:00Z
             */
            id: string;
            /** @description The quota of each meter. */
            meters: components["schemas"]["MeterQuota"][];
            /** @description The organisation, when the customer is one. */
            org_id?: string | null;
            /** @description The subscription that gives it; null when all of it was bought or given. */
            subscription_id?: string | null;
            /**
             * Format: date-time
             * @description When the customer's account last changed.
             */
            updated_at: string;
            /** @description The user, when the customer is one. */
            user_id?: string | null;
        };
        /** @description The figures of a quota. */
        QuotaFigures: {
            /**
             * Format: int64
             * @description Of the limit, units that were left of earlier periods.
             * @example 10
             */
            carryover_from_previous: number;
            /**
             * Format: date-time
             * @description The first instant after it; null when nothing is renewed.
             */
            period_end?: string | null;
            /**
             * Format: date-time
             * @description The first instant of the period; null when nothing is renewed.
             */
            period_start?: string | null;
            /**
             * Format: int64
             * @description Units set aside by reservations.
             */
            quota_held: number;
            /**
             * Format: int64
             * @description Units in all, carried over and bought ones included; null when unlimited.
             * @example 160
             */
            quota_limit?: number | null;
            /**
             * Format: int64
             * @description Of the limit, units that were bought or given.
             */
            quota_purchased: number;
            /**
             * Format: int64
             * @description Units that can still be used; null when unlimited.
             */
            quota_remaining?: number | null;
            /**
             * Format: int64
             * @description Units used.
             */
            quota_used: number;
        };
        /** @description What a consumption did. */
        ReceiptBody: {
            /** @description The usage event that records it. */
            event: components["schemas"]["EventId"];
            /** @description The figures of each feature used, in the order of the request. */
            features: components["schemas"]["FiguresBody"][];
            plan?: components["schemas"]["PlanId"] | null;
            /** @description Whether this is the stored answer of an earlier request with the same key. */
            replayed: boolean;
        };
        /** @description The event is kept. */
        ReceivedBody: {
            /** @description Always true: what is not kept is answered with an error, and comes again. */
            received: boolean;
        };
        /** @description The token to exchange; without it, that of the cookie. */
        RefreshRequest: {
            /** @description As signing in answered it. */
            refresh_token?: string | null;
        };
        /** @description A clear no with every figure. */
        RefusalBody: {
            /** @description The figures of what refused. */
            detail: components["schemas"]["RefusalDetail"];
            /**
             * @description The reason in one word.
             * @example quota_exceeded
             */
            error: string;
            /** @description The member whose cap it was. */
            member?: string | null;
            /** @description One sentence for people. */
            message: string;
            /** @description What is counted. */
            meter?: string | null;
            /**
             * Format: int64
             * @description Units that the request needed.
             */
            quota_needed: number;
            /**
             * Format: int64
             * @description Units left; absent without a subscription.
             */
            quota_remaining?: number | null;
            /**
             * Format: date-time
             * @description When the limit or cap is renewed; null for never.
             */
            resets_at?: string | null;
            /** @description What would make it a yes. */
            ways_out: components["schemas"]["WayOutBody"][];
        };
        /** @description The figures of what refused. */
        RefusalDetail: {
            /**
             * @description The reason in one word.
             * @example quota_exceeded
             */
            error: string;
            /** @description The feature that was refused. */
            feature?: string | null;
            /**
             * Format: int64
             * @description Units of the limit or cap.
             */
            limit: number;
            /** @description The customer's plan. */
            plan?: string | null;
            /**
             * Format: int64
             * @description Units left of it.
             */
            remaining: number;
            /**
             * Format: int64
             * @description Units used of it.
             */
            used: number;
        };
        /** @description A clear no with every figure: RFC 9457, except that `detail` is an object. */
        RefusalProblem: components["schemas"]["RefusalBody"] & {
            /**
             * Format: int32
             * @description The status.
             */
            status: number;
            /** @description The status in words. */
            title: string;
            /**
             * @description The kind of problem, as a URI.
             * @example urn:tollgate:problem:quota_exceeded
             */
            type: string;
        };
        /** @description What somebody registers with. */
        RegisterRequest: {
            /**
             * Format: email
             * @description Where they can be reached, and what they sign in with.
             * @example test@example.com
             */
            email: string;
            /** @description The token of an invitation to this address: they are a member at once. */
            invitation?: string | null;
            /** @description What they want to be called. */
            name?: string | null;
            /**
             * Format: password
             * @description At least 8 characters.
             * @example testpass123
             */
            password: string;
        };
        /** @description What the record says of the business within some days. */
        Report: {
            /** @description Monthly active users by plan. */
            active: components["schemas"]["ReportActive"];
            /**
             * Format: date-time
             * @description Everything that happened before is counted.
             */
            as_of: string;
            /** @description Who left, and why. */
            churn: components["schemas"]["ReportChurn"];
            /** @description From free plans and trials to paid plans. */
            conversion: components["schemas"]["ReportConversion"];
            /** @description Customers by plan. */
            customers: components["schemas"]["ReportCustomers"];
            /** @description What the figures mean. */
            definitions: components["schemas"]["ReportDefinition"][];
            /**
             * Format: date
             * @description The first day.
             */
            from: string;
            /** @description Whether nothing had happened since when the report was made. */
            is_current: boolean;
            /** @description The same for each calendar month, as far as it lies in the range; the oldest first. */
            months: components["schemas"]["ReportMonth"][];
            /** @description Units bought once. */
            payments: components["schemas"]["ReportPayments"];
            /** @description Recurring revenue at the end of the range, by currency. */
            recurring: components["schemas"]["ReportRecurring"][];
            /**
             * Format: date
             * @description The day after the last.
             */
            until: string;
            /** @description What was used, by feature. */
            usage: components["schemas"]["ReportUsage"];
            /** @description How much of the quotas was used, by plan and meter. */
            utilisation: components["schemas"]["ReportUtilisation"];
        };
        /** @description Monthly active users. */
        ReportActive: {
            /**
             * Format: int64
             * @description All of them.
             */
            members: number;
            /**
             * @description The calendar month, as `2026-01`.
             * @example 2026-01
             */
            month: string;
            /** @description By plan. */
            plans: components["schemas"]["ReportPlanMembers"][];
        };
        /** @description Who left, and why. */
        ReportChurn: {
            /** @description What customers wrote whose subscription ended within the range; the newest first, at most 200. */
            comments: components["schemas"]["ReportComment"][];
            /**
             * Format: int64
             * @description How often a paid standing ended.
             */
            ends: number;
            /**
             * Format: int64
             * @description Distinct customers whose paid standing ended.
             */
            left: number;
            /**
             * Format: int64
             * @description Customers who paid when the range began.
             */
            paid_at_start: number;
            /** @description By the plan that was left. */
            plans: components["schemas"]["ReportPlanEnds"][];
            /**
             * Format: int64
             * @description Of those who paid at the start, in parts per million.
             */
            rate_ppm?: number | null;
            /** @description By reason; the most frequent first. */
            reasons: components["schemas"]["ReportReason"][];
            /**
             * Format: int64
             * @description How many trials ended without a payment.
             */
            trials_ended: number;
        };
        /** @description What a customer who left wrote. */
        ReportComment: {
            /**
             * Format: date-time
             * @description When the subscription ended.
             */
            at: string;
            /** @description What they wrote. */
            comment: string;
            /** @description Who. */
            customer: string;
            /** @description The plan that was left. */
            plan: string;
            /** @description The reason, in Stripe's words. */
            reason?: string | null;
        };
        /** @description From free plans and trials to paid plans. */
        ReportConversion: {
            /**
             * Format: int64
             * @description Customers who did.
             */
            converted: number;
            /** @description By the plan that they paid. */
            plans: components["schemas"]["ReportPlanConversions"][];
            /**
             * Format: int64
             * @description Customers who could have paid for the first time.
             */
            prospects: number;
            /**
             * Format: int64
             * @description Of the prospects, in parts per million.
             */
            rate_ppm?: number | null;
        };
        /** @description Customers at the end of the range. */
        ReportCustomers: {
            /**
             * Format: int64
             * @description Those on a free plan.
             */
            free: number;
            /**
             * Format: int64
             * @description Those without a subscription that gives access.
             */
            none: number;
            /**
             * Format: int64
             * @description Those who pay.
             */
            paid: number;
            /** @description By plan. */
            plans: components["schemas"]["ReportPlanCustomers"][];
            /**
             * Format: int64
             * @description Customers who began within the range.
             */
            signed_up: number;
            /**
             * Format: int64
             * @description All of them.
             */
            total: number;
            /**
             * Format: int64
             * @description Those in a trial.
             */
            trialing: number;
        };
        /** @description What a figure means. */
        ReportDefinition: {
            /**
             * @description The part of the report.
             * @example churn
             */
            figure: string;
            /** @description What it means. */
            text: string;
        };
        /** @description Units of a feature. */
        ReportFeatureUnits: {
            /** @description The feature. */
            feature: string;
            /**
             * Format: int64
             * @description Units given back by reversals.
             */
            given_back: number;
            /**
             * Format: int64
             * @description Units used.
             */
            used: number;
        };
        /** @description A calendar month, as far as it lies in the range. */
        ReportMonth: {
            /** @description Monthly active users, of the whole month. */
            active: components["schemas"]["ReportActive"];
            /**
             * Format: int64
             * @description Of those who paid at its beginning, in parts per million.
             */
            churn_ppm?: number | null;
            /** @description From free plans and trials to paid plans. */
            conversion: components["schemas"]["ReportConversion"];
            /** @description Customers at its end. */
            customers: components["schemas"]["ReportCustomers"];
            /**
             * Format: date
             * @description The first day that is counted.
             */
            from: string;
            /**
             * Format: int64
             * @description Distinct customers whose paid standing ended.
             */
            left: number;
            /**
             * @description The month, as `2026-01`.
             * @example 2026-01
             */
            month: string;
            /**
             * Format: int64
             * @description Customers who paid at its beginning.
             */
            paid_at_start: number;
            /** @description Units bought once. */
            payments: components["schemas"]["ReportPayments"];
            /** @description Recurring revenue at its end, by currency. */
            recurring: components["schemas"]["ReportRecurring"][];
            /**
             * Format: date
             * @description The day after the last.
             */
            until: string;
            /** @description What was used, by feature. */
            usage: components["schemas"]["ReportUsage"];
            /** @description How much of the quotas was used in periods that ended, and that had not at its end. */
            utilisation: components["schemas"]["ReportUtilisation"];
        };
        /** @description Units bought once. */
        ReportPayments: {
            /**
             * Format: int64
             * @description How many distinct customers made them.
             */
            customers: number;
            /**
             * Format: int64
             * @description How many payments.
             */
            payments: number;
            /**
             * Format: int64
             * @description Payments of each of those customers, in parts per million, rounded half up.
             */
            per_customer_ppm?: number | null;
            /** @description By top-up and currency. */
            top_ups: components["schemas"]["ReportTopUpPayments"][];
        };
        /** @description Customers who paid a plan for the first time. */
        ReportPlanConversions: {
            /**
             * Format: int64
             * @description From a free plan.
             */
            from_free: number;
            /**
             * Format: int64
             * @description From no plan at all, after a free plan or a trial had ended.
             */
            from_none: number;
            /**
             * Format: int64
             * @description From a trial.
             */
            from_trial: number;
            /** @description The plan; null for none. */
            plan?: string | null;
        };
        /** @description Customers of a plan. */
        ReportPlanCustomers: {
            /**
             * Format: int64
             * @description Those on it without a price.
             */
            free: number;
            /**
             * Format: int64
             * @description Those to whom it gives no access.
             */
            none: number;
            /**
             * Format: int64
             * @description Those who pay.
             */
            paid: number;
            /** @description The plan; null for none. */
            plan?: string | null;
            /**
             * Format: int64
             * @description Those in a trial.
             */
            trialing: number;
        };
        /** @description How often a plan was left. */
        ReportPlanEnds: {
            /**
             * Format: int64
             * @description How often it was left by someone who paid.
             */
            ends: number;
            /** @description The plan; null for none. */
            plan?: string | null;
            /**
             * Format: int64
             * @description How often its trial ended without a payment.
             */
            trials_ended: number;
        };
        /** @description Active users of a plan. */
        ReportPlanMembers: {
            /**
             * Format: int64
             * @description How many.
             */
            members: number;
            /** @description The plan; null for none. */
            plan?: string | null;
        };
        /** @description Recurring revenue of a plan. */
        ReportPlanRecurring: {
            /**
             * Format: int64
             * @description In a month, in minor units.
             */
            monthly: number;
            /** @description The plan; null for none. */
            plan?: string | null;
            /**
             * Format: int64
             * @description In a year, in minor units.
             */
            yearly: number;
        };
        /** @description How often there was a reason to leave. */
        ReportReason: {
            /**
             * Format: int64
             * @description Of those who paid.
             */
            ends: number;
            /**
             * @description The reason, in Stripe's words; `not_stated` or `not_cancelled` where there is none.
             * @example too_expensive
             */
            reason: string;
            /**
             * Format: int64
             * @description Of those who tried.
             */
            trials_ended: number;
        };
        /** @description Recurring revenue in a currency. */
        ReportRecurring: {
            /**
             * @description The currency.
             * @example usd
             */
            currency: string;
            /**
             * Format: int64
             * @description In a month (MRR), in minor units.
             */
            monthly: number;
            /** @description By plan. */
            plans: components["schemas"]["ReportPlanRecurring"][];
            /**
             * Format: int64
             * @description In a year (ARR), in minor units.
             */
            yearly: number;
        };
        /** @description How much of a plan's quotas of a meter was used. */
        ReportShare: {
            /**
             * Format: int64
             * @description The mean of their shares used, in parts per million, rounded half up.
             */
            mean_ppm: number;
            /** @description The meter. */
            meter: string;
            /**
             * Format: int64
             * @description How many periods.
             */
            periods: number;
            /** @description The plan; null for none. */
            plan?: string | null;
        };
        /** @description Payments of a top-up. */
        ReportTopUpPayments: {
            /**
             * Format: int64
             * @description What was paid, in minor units.
             */
            amount: number;
            /**
             * @description The currency.
             * @example usd
             */
            currency: string;
            /**
             * Format: int64
             * @description How many distinct customers made them.
             */
            customers: number;
            /**
             * Format: int64
             * @description How many payments.
             */
            payments: number;
            /**
             * Format: int64
             * @description What of it was paid back.
             */
            refunded: number;
            /** @description The top-up, as the catalog names it. */
            top_up: string;
            /**
             * Format: int64
             * @description Units bought.
             */
            units: number;
        };
        /** @description What was used. */
        ReportUsage: {
            /**
             * Format: int64
             * @description Usage events.
             */
            events: number;
            /** @description Units, by feature. */
            features: components["schemas"]["ReportFeatureUnits"][];
        };
        /** @description How much of the quotas was used. */
        ReportUtilisation: {
            /** @description In periods that ended within the range. */
            ended: components["schemas"]["ReportShare"][];
            /** @description In periods that had not ended at the end of the range. */
            running: components["schemas"]["ReportShare"][];
        };
        /**
         * @description A reservation
         * @example res_01hf8q4s0r0000000000000001
         */
        ReservationId: string;
        /** @description What to hold, and for how long. */
        ReserveBody: {
            /**
             * Format: int64
             * @description How many uses of it; 1 when left out.
             */
            amount?: number | null;
            feature?: components["schemas"]["FeatureId"] | null;
            idempotency_key?: components["schemas"]["IdempotencyKey"] | null;
            member?: components["schemas"]["MemberId"] | null;
            /** @description What becomes of them if nobody settles. */
            on_expiry?: components["schemas"]["OnExpiryBody"];
            /**
             * Format: int32
             * @description How long they are held; 900 when left out.
             */
            seconds?: number | null;
            /** @description Several features, each once. */
            uses?: components["schemas"]["UseBody"][] | null;
        };
        /** @description What was taken back. */
        RevokeAnswer: {
            /** @description The grant's id. */
            id: components["schemas"]["GrantId"];
            /**
             * Format: int64
             * @description Units taken back.
             */
            revoked: number;
        };
        /** @description How much to take back. */
        RevokeBody: {
            /**
             * Format: int64
             * @description At most so many units; all that is left when left out.
             */
            units?: number | null;
        };
        /** @description What a member may do. */
        RoleBody: {
            /** @description From now on. */
            role: components["schemas"]["RoleName"];
        };
        /**
         * @description What a user may do in an organisation; each role includes those before it.
         * @enum {string}
         */
        RoleName: "member" | "admin" | "owner";
        /**
         * @description What somebody may do.
         * @enum {string}
         */
        RoleWord: "owner" | "admin" | "member";
        /**
         * @description What a key may do.
         * @enum {string}
         */
        ScopeWord: "read" | "consume" | "manage" | "admin";
        /** @description What was really used; nothing named is exactly what was reserved. */
        SettleBody: {
            /**
             * Format: int64
             * @description How many uses of it, fewer or more than reserved; 1 when left out.
             */
            amount?: number | null;
            feature?: components["schemas"]["FeatureId"] | null;
            idempotency_key?: components["schemas"]["IdempotencyKey"] | null;
            /** @description Kept with the usage event; at most 1,024 bytes. */
            metadata?: Record<string, unknown> | null;
            /** @description Several features, each once. A reserved one that is not named was not used. */
            uses?: components["schemas"]["UseBody"][] | null;
        };
        /** @description Whether billing is there. */
        StatusBody: {
            /**
             * Format: int32
             * @description The version of the catalog that they are of.
             */
            catalog_version: number;
            /** @description The plans that can be chosen. */
            plans: string[];
            /** @description Stripe's publishable key, for pages. */
            publishable_key?: string | null;
            /**
             * @description Always `ok`: a server that cannot answer does not.
             * @example ok
             */
            status: string;
            /** @description Whether payments can be taken. */
            stripe_configured: boolean;
        };
        /** @description An event of Stripe's. */
        StripeEventBody: {
            /**
             * Format: int32
             * @description How often it was tried.
             */
            attempts: number;
            /**
             * Format: date-time
             * @description When Stripe made it.
             */
            created_at: string;
            /** @description Our customer, once it is known. */
            customer?: string | null;
            /**
             * Format: date-time
             * @description When it was finished with.
             */
            finished_at?: string | null;
            /**
             * @description Stripe's id of it.
             * @example evt_1abc
             */
            id: string;
            /**
             * Format: date-time
             * @description When it is tried next, if it is.
             */
            next_attempt_at?: string | null;
            /** @description What there is to say about its state. */
            note?: string | null;
            /** @description The object that it is about. */
            object?: string | null;
            /** @description As Stripe sent it; only of one event. */
            payload?: Record<string, unknown> | null;
            /**
             * Format: date-time
             * @description When it came.
             */
            received_at: string;
            /**
             * @description How it came: `webhook`, or `sweep` when it had been missing.
             * @example webhook
             */
            source: string;
            /**
             * @description `waiting`, `done`, `ignored`, `parked` (nobody knows its customer yet) or `quarantined`
             *     (somebody has to look at it).
             * @example done
             */
            state: string;
            /** @description Stripe's customer that it is about. */
            stripe_customer?: string | null;
            /**
             * @description Its kind.
             * @example invoice.paid
             */
            type: string;
        };
        /** @description Which plan, and when. */
        SubscribeBody: {
            idempotency_key?: components["schemas"]["IdempotencyKey"] | null;
            /** @description The plan, in its newest version. */
            plan: components["schemas"]["PlanId"];
            price?: components["schemas"]["PriceId"] | null;
            /** @description When it takes effect. */
            when?: components["schemas"]["When"];
        };
        /** @description How to get there. All of it may be left out. */
        SubscribeRequest: {
            /** @description Where to go to leave; its origin must be allowed. */
            cancel_url?: string | null;
            /**
             * @description The price, as the catalog names it; the plan's only or monthly one, when left out.
             * @example annual
             */
            price?: string | null;
            /** @description A promotion code. */
            promotion_code?: string | null;
            /** @description Where to go after paying; its origin must be allowed. */
            success_url?: string | null;
        };
        /** @description A customer's subscription to a plan. */
        Subscription: {
            cancel_at?: components["schemas"]["Instant"] | null;
            current_period_end?: components["schemas"]["Instant"] | null;
            /** @description When the running billing period began. */
            current_period_start: components["schemas"]["Instant"];
            /**
             * @description Its id.
             * @example sub_01hf8q4s0r0000000000000001
             */
            id: string;
            /**
             * @description How long a billing period is: month or year.
             * @example month
             */
            interval: string;
            pending?: components["schemas"]["PendingChange"] | null;
            /** @description The plan. */
            plan: components["schemas"]["PlanId"];
            /**
             * Format: int32
             * @description The plan's version that the customer has.
             */
            plan_version: number;
            price?: components["schemas"]["PriceId"] | null;
            /** @description When it began. */
            started_at: components["schemas"]["Instant"];
            /**
             * @description Its standing, in Stripe's words.
             * @example active
             */
            status: string;
        };
        /** @description A subscription. */
        SubscriptionBody: {
            /**
             * Format: date-time
             * @description When it ends, if it was cancelled.
             */
            cancel_at?: string | null;
            /**
             * Format: date-time
             * @description When it began.
             */
            created_at: string;
            /**
             * Format: date-time
             * @description The first instant after it.
             */
            current_period_end: string;
            /**
             * Format: date-time
             * @description The first instant of the running billing period.
             */
            current_period_start: string;
            /**
             * Format: date-time
             * @description While a payment is overdue: until when the plan can be used all the same.
             */
            grace_until?: string | null;
            /**
             * @description Its own for ever.
             * @example sub_01hf8q4s0r0000000000000001
             */
            id: string;
            /** @description The organisation, when the customer is one. */
            org_id?: string | null;
            pending?: components["schemas"]["PendingBody"] | null;
            plan?: components["schemas"]["PlanBody"] | null;
            /**
             * @description The plan.
             * @example basic
             */
            plan_id: string;
            /** @description The price that is paid; null for a free plan. */
            price_id?: string | null;
            /**
             * Format: int64
             * @description Units that were paid back after they had been used: a debt.
             */
            quota_owed: number;
            /**
             * @description `active`, `trialing`, `past_due`, `unpaid`, `canceled`, …
             * @example active
             */
            status: string;
            /** @description Stripe's id of the customer. */
            stripe_customer_id?: string | null;
            /** @description Stripe's id of the price. */
            stripe_price_id?: string | null;
            /**
             * @description Stripe's own word for the standing of what is paid there: `unpaid` or `paused` where the
             *     plan has fallen back.
             * @example active
             */
            stripe_status?: string | null;
            /** @description Stripe's id of the subscription. */
            stripe_subscription_id?: string | null;
            /**
             * Format: date-time
             * @description When the customer's account last changed.
             */
            updated_at: string;
            /** @description The user, when the customer is one. */
            user_id?: string | null;
        };
        /**
         * @description An IANA time zone
         * @example Europe/Berlin
         */
        TimeZone: string;
        /** @description What signing in and refreshing answer (RFC 6749, 5.1). */
        TokenBody: {
            /** @description For `Authorization: Bearer …`. */
            access_token: string;
            /**
             * Format: int64
             * @description Seconds for which the access token is valid.
             */
            expires_in: number;
            /** @description For `POST /auth/refresh`, once. */
            refresh_token: string;
            /**
             * @description Always `bearer`.
             * @example bearer
             */
            token_type: string;
        };
        /** @description Units that can be bought once. */
        TopUpBody: {
            /**
             * Format: int32
             * @description Days until unused units end; null for never.
             */
            expires_days?: number | null;
            /** @description The meter that it fills. */
            meter: components["schemas"]["MeterId"];
            /** @description What people read. */
            name: string;
            /**
             * Format: int64
             * @description The most units of one purchase.
             */
            quantity_max: number;
            /**
             * Format: int64
             * @description The fewest units of one purchase.
             */
            quantity_min: number;
            /** @description For each unit. */
            unit_price: components["schemas"]["MoneyBody"];
        };
        /** @description A customer's usage. */
        Usage: {
            /** @description The customer. */
            customer: components["schemas"]["CustomerId"];
            /** @description Every feature that the plan or a grant gives. */
            features: {
                [key: string]: components["schemas"]["FeatureUsageBody"];
            };
            /** @description Every meter that the plan or a grant gives. */
            meters: components["schemas"]["MeterUsageBody"][];
            /**
             * @description The calendar month in the customer's zone.
             * @example 2026-01
             */
            month_key: string;
            plan?: components["schemas"]["PlanId"] | null;
        };
        /** @description What the customer has and used. */
        UsageBody: {
            /** @description Every feature that the plan or a grant gives. */
            features: {
                [key: string]: components["schemas"]["FeatureBody"];
            };
            /**
             * @description The calendar month in the customer's time zone.
             * @example 2026-01
             */
            month_key: string;
            /**
             * @description The plan; null without one.
             * @example free
             */
            plan?: string | null;
        };
        /** @description So many uses of a feature. */
        UseBody: {
            /**
             * Format: int64
             * @description How many uses.
             * @default 1
             */
            amount?: number;
            /** @description The feature. */
            feature: components["schemas"]["FeatureId"];
        };
        /** @description A user. */
        UserBody: {
            /**
             * Format: date-time
             * @description When they registered.
             */
            created_at: string;
            /** @description The customer that they are when they act for no organisation. */
            customer_id: string;
            /** @description In small letters. */
            email: string;
            /**
             * @description Theirs for ever.
             * @example usr_01hf8q4s0r0000000000000001
             */
            id: string;
            /** @description What they want to be called. */
            name?: string | null;
        };
        /** @description What went wrong, on a user-facing route. */
        UserError: {
            /** @description The same, where some clients look for it. */
            detail: components["schemas"]["UserErrorDetail"];
            /**
             * @description The error's word, for programs.
             * @example unauthenticated
             */
            error: string;
            /** @description One sentence for people. */
            message: string;
            /**
             * @description Of a `billing_error`, why.
             * @example already_subscribed
             */
            reason?: string | null;
        };
        /** @description The same error once more. */
        UserErrorDetail: {
            /** @description One sentence for people. */
            detail: string;
            /** @description The error's word. */
            error: string;
        };
        /**
         * @description A user with an account here
         * @example usr_01hf8q4s0r0000000000000001
         */
        UserId: string;
        /** @description Who will visit. */
        VisitorBody: {
            member?: components["schemas"]["MemberId"] | null;
            /** @description What they may do: a `member` sees everything and pays nothing. */
            role?: components["schemas"]["RoleWord"];
        };
        /** @description What would make a refusal a yes. */
        WayOutBody: {
            /**
             * Format: date-time
             * @description When it will be.
             */
            until: string;
            /** @enum {string} */
            way: "wait";
        } | {
            /**
             * Format: int64
             * @description Units that it gives of the meter; null for unlimited.
             */
            limit?: number | null;
            /** @description The plan. */
            plan: string;
            price?: components["schemas"]["MoneyBody"] | null;
            /** @enum {string} */
            way: "plan";
        } | {
            /** @description What they cost together. */
            price: components["schemas"]["MoneyBody"];
            /** @description What to buy. */
            top_up: string;
            /**
             * Format: int64
             * @description The fewest units that would do.
             */
            units: number;
            /** @enum {string} */
            way: "top_up";
        } | {
            /** @enum {string} */
            way: "raise_cap";
        };
        /**
         * @description When a change takes effect.
         * @enum {string}
         */
        When: "auto" | "now" | "period_end";
        /** @description A decision with what it rests on. */
        WhyAnswer: {
            /**
             * Format: int64
             * @description Units for each use.
             */
            cost: number;
            /** @description What would be answered now. */
            decision: components["schemas"]["CheckAnswer"];
            /** @description The grants on that meter, in the order in which units are taken from them. */
            grants: components["schemas"]["GrantBody"][];
            meter?: components["schemas"]["MeterId"] | null;
        };
        /** @description What a widget reads with. */
        WidgetTokenAnswer: {
            /** @description Until when it works. */
            expires_at: components["schemas"]["Instant"];
            /**
             * @description For the attribute `token` of a widget. It reads this customer's usage and the plans, and
             *     nothing else.
             * @example tgv_…
             */
            token: string;
        };
        /**
         * @description How long a window is.
         * @enum {string}
         */
        Window: "minute" | "hour" | "day" | "week" | "month" | "year" | "never";
        /**
         * @description What windows are counted from.
         * @enum {string}
         */
        WindowAnchor: "calendar" | "billing";
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    jwks: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A JWKS document (RFC 7517) */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": unknown;
                };
            };
            /** @description The head of the request is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    login: {
        parameters: {
            query?: {
                /**
                 * @description Whether to set the tokens as cookies, too. Requests with cookies that change something must
                 *     come from a page of the same site, or carry `X-Requested-With`.
                 */
                cookies?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/x-www-form-urlencoded": components["schemas"]["LoginForm"];
            };
        };
        responses: {
            /** @description Tokens */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TokenBody"];
                };
            };
            /** @description The body or the query does not read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description No proof of who asks, or one that does not hold */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description Not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description The body did not arrive in time */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description The body is too long */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description The body is of another kind */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description It reads, but is not what is asked for */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description Too many attempts */
            429: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description The head of the request is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A defect, or broken data */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description Too much at once, or the server is stopping */
            503: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
        };
    };
    logout: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RefreshRequest"];
            };
        };
        responses: {
            /** @description The session has ended; a token that was not valid changes nothing */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The body or the query does not read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description No proof of who asks, or one that does not hold */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description Not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description The body did not arrive in time */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description The body is too long */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description The body is of another kind */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description It reads, but is not what is asked for */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description Too many attempts */
            429: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description The head of the request is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A defect, or broken data */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description Too much at once, or the server is stopping */
            503: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
        };
    };
    me: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The user */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MeBody"];
                };
            };
            /** @description No token, or one that does not hold */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description Not a member of that organisation */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description Too many requests */
            429: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description The head of the request is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A defect, or broken data */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description Too much at once, or the server is stopping */
            503: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
        };
    };
    refresh: {
        parameters: {
            query?: {
                /**
                 * @description Whether to set the tokens as cookies, too. Requests with cookies that change something must
                 *     come from a page of the same site, or carry `X-Requested-With`.
                 */
                cookies?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RefreshRequest"];
            };
        };
        responses: {
            /** @description The next tokens */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TokenBody"];
                };
            };
            /** @description The body or the query does not read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description No proof of who asks, or one that does not hold */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description Not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description The body did not arrive in time */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description The body is too long */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description The body is of another kind */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description It reads, but is not what is asked for */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description Too many attempts */
            429: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description The head of the request is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A defect, or broken data */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description Too much at once, or the server is stopping */
            503: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
        };
    };
    register: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RegisterRequest"];
            };
        };
        responses: {
            /** @description The new user, on the default plan */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserBody"];
                };
            };
            /** @description The body or the query does not read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description No proof of who asks, or one that does not hold */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description Not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description No such invitation */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description The body did not arrive in time */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description There is an account with this address */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description The body is too long */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description The body is of another kind */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description It reads, but is not what is asked for */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description Too many attempts */
            429: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description The head of the request is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A defect, or broken data */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description Too much at once, or the server is stopping */
            503: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
        };
    };
    billing_cancel_subscription: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description The organisation to act for; without it, the user acts for themselves. A token of the host
                 *     app names it in a claim instead.
                 */
                "X-Organization"?: string | null;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CancelRequest"];
            };
        };
        responses: {
            /** @description When it ends */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CanceledBody"];
                };
            };
            /** @description Not for sale, or not set up, or the body does not read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description No proof of who asks, or one that does not hold */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description Not an administrator of the organisation */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description The body did not arrive in time */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description It contradicts what is there */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description The body is too long */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description The body is of another kind */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description It reads, but is not what is asked for */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description Too many requests */
            429: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description The head of the request is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A defect, or broken data */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description Stripe refused */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description Stripe is out of reach, or too much at once */
            503: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
        };
    };
    change_plan: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description The organisation to act for; without it, the user acts for themselves. A token of the host
                 *     app names it in a claim instead.
                 */
                "X-Organization"?: string | null;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ChangeRequest"];
            };
        };
        responses: {
            /** @description What came of it */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChangedBody"];
                };
            };
            /** @description Not for sale, or not set up, or the body does not read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description No proof of who asks, or one that does not hold */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description Not an administrator of the organisation */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description The body did not arrive in time */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description It contradicts what is there */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description The body is too long */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description The body is of another kind */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description It reads, but is not what is asked for */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description Too many requests */
            429: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description The head of the request is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A defect, or broken data */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description Stripe refused */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description Stripe is out of reach, or too much at once */
            503: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
        };
    };
    checkout_session: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description The organisation to act for; without it, the user acts for themselves. A token of the host
                 *     app names it in a claim instead.
                 */
                "X-Organization"?: string | null;
            };
            path: {
                /** @description Stripe's id of the page */
                session: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Its state */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CheckoutStateBody"];
                };
            };
            /** @description Not for sale, or not set up, or the body does not read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description No proof of who asks, or one that does not hold */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description Not an administrator of the organisation */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description The body did not arrive in time */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description It contradicts what is there */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description The body is too long */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description The body is of another kind */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description It reads, but is not what is asked for */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description Too many requests */
            429: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description The head of the request is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A defect, or broken data */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description Stripe refused */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description Stripe is out of reach, or too much at once */
            503: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
        };
    };
    create_checkout_session: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description The organisation to act for; without it, the user acts for themselves. A token of the host
                 *     app names it in a claim instead.
                 */
                "X-Organization"?: string | null;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CheckoutRequest"];
            };
        };
        responses: {
            /** @description The page */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CheckoutBody"];
                };
            };
            /** @description Not for sale, or not set up, or the body does not read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description No proof of who asks, or one that does not hold */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description Not an administrator of the organisation */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description The body did not arrive in time */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description It contradicts what is there */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description The body is too long */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description The body is of another kind */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description It reads, but is not what is asked for */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description Too many requests */
            429: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description The head of the request is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A defect, or broken data */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description Stripe refused */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description Stripe is out of reach, or too much at once */
            503: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
        };
    };
    create_portal_session: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description The organisation to act for; without it, the user acts for themselves. A token of the host
                 *     app names it in a claim instead.
                 */
                "X-Organization"?: string | null;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PortalRequest"];
            };
        };
        responses: {
            /** @description The portal */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PortalBody"];
                };
            };
            /** @description Not for sale, or not set up, or the body does not read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description No proof of who asks, or one that does not hold */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description Not an administrator of the organisation */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description The body did not arrive in time */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description It contradicts what is there */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description The body is too long */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description The body is of another kind */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description It reads, but is not what is asked for */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description Too many requests */
            429: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description The head of the request is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A defect, or broken data */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description Stripe refused */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description Stripe is out of reach, or too much at once */
            503: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
        };
    };
    billing_invoices: {
        parameters: {
            query?: {
                /** @description How many things at most. */
                limit?: number;
                /** @description The id of the last thing on the page before. */
                starting_after?: string;
            };
            header?: {
                /**
                 * @description The organisation to act for; without it, the user acts for themselves. A token of the host
                 *     app names it in a claim instead.
                 */
                "X-Organization"?: string | null;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One page */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["List_InvoiceBody"];
                };
            };
            /** @description Not for sale, or not set up, or the body does not read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description No proof of who asks, or one that does not hold */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description Not an administrator of the organisation */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description The body did not arrive in time */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description It contradicts what is there */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description The body is too long */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description The body is of another kind */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description It reads, but is not what is asked for */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description Too many requests */
            429: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description The head of the request is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A defect, or broken data */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description Stripe refused */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description Stripe is out of reach, or too much at once */
            503: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
        };
    };
    billing_payments: {
        parameters: {
            query?: {
                /** @description How many things at most. */
                limit?: number;
                /** @description The id of the last thing on the page before. */
                starting_after?: string;
            };
            header?: {
                /**
                 * @description The organisation to act for; without it, the user acts for themselves. A token of the host
                 *     app names it in a claim instead.
                 */
                "X-Organization"?: string | null;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One page */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["List_PaymentBody"];
                };
            };
            /** @description Not for sale, or not set up, or the body does not read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description No proof of who asks, or one that does not hold */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description Not an administrator of the organisation */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description The body did not arrive in time */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description It contradicts what is there */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description The body is too long */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description The body is of another kind */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description It reads, but is not what is asked for */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description Too many requests */
            429: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description The head of the request is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A defect, or broken data */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description Stripe refused */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description Stripe is out of reach, or too much at once */
            503: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
        };
    };
    billing_plans: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The plans */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PlanBody"][];
                };
            };
            /** @description The head of the request is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A defect, or broken data */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description Too busy */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
        };
    };
    preview_change: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description The organisation to act for; without it, the user acts for themselves. A token of the host
                 *     app names it in a claim instead.
                 */
                "X-Organization"?: string | null;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ChangeRequest"];
            };
        };
        responses: {
            /** @description What it would do */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PreviewBody"];
                };
            };
            /** @description Not for sale, or not set up, or the body does not read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description No proof of who asks, or one that does not hold */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description Not an administrator of the organisation */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description The body did not arrive in time */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description It contradicts what is there */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description The body is too long */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description The body is of another kind */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description It reads, but is not what is asked for */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description Too many requests */
            429: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description The head of the request is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A defect, or broken data */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description Stripe refused */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description Stripe is out of reach, or too much at once */
            503: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
        };
    };
    purchase_quota: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description The organisation to act for; without it, the user acts for themselves. A token of the host
                 *     app names it in a claim instead.
                 */
                "X-Organization"?: string | null;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PurchaseRequest"];
            };
        };
        responses: {
            /** @description The page */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CheckoutBody"];
                };
            };
            /** @description Not for sale, or not set up, or the body does not read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description No proof of who asks, or one that does not hold */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description Not an administrator of the organisation */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description The body did not arrive in time */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description It contradicts what is there */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description The body is too long */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description The body is of another kind */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description It reads, but is not what is asked for */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description Too many requests */
            429: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description The head of the request is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A defect, or broken data */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description Stripe refused */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description Stripe is out of reach, or too much at once */
            503: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
        };
    };
    billing_status: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The state */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StatusBody"];
                };
            };
            /** @description The head of the request is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    billing_subscribe: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description The organisation to act for; without it, the user acts for themselves. A token of the host
                 *     app names it in a claim instead.
                 */
                "X-Organization"?: string | null;
            };
            path: {
                /** @description The plan */
                plan_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SubscribeRequest"];
            };
        };
        responses: {
            /** @description What came of it */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChangedBody"];
                };
            };
            /** @description Not for sale, or not set up, or the body does not read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description No proof of who asks, or one that does not hold */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description Not an administrator of the organisation */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description The body did not arrive in time */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description It contradicts what is there */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description The body is too long */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description The body is of another kind */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description It reads, but is not what is asked for */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description Too many requests */
            429: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description The head of the request is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A defect, or broken data */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description Stripe refused */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description Stripe is out of reach, or too much at once */
            503: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
        };
    };
    billing_subscription: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description The organisation to act for; without it, the user acts for themselves. A token of the host
                 *     app names it in a claim instead.
                 */
                "X-Organization"?: string | null;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The subscription */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SubscriptionBody"];
                };
            };
            /** @description No token, or one that does not hold */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description Not a member of that organisation */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description No subscription */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description Too many requests */
            429: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description The head of the request is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A defect, or broken data */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description Too much at once, or the server is stopping */
            503: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
        };
    };
    undo_cancellation: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description The organisation to act for; without it, the user acts for themselves. A token of the host
                 *     app names it in a claim instead.
                 */
                "X-Organization"?: string | null;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It goes on as it was */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Not for sale, or not set up, or the body does not read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description No proof of who asks, or one that does not hold */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description Not an administrator of the organisation */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description The body did not arrive in time */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description It contradicts what is there */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description The body is too long */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description The body is of another kind */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description It reads, but is not what is asked for */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description Too many requests */
            429: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description The head of the request is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A defect, or broken data */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description Stripe refused */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description Stripe is out of reach, or too much at once */
            503: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
        };
    };
    billing_usage: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description The organisation to act for; without it, the user acts for themselves. A token of the host
                 *     app names it in a claim instead.
                 */
                "X-Organization"?: string | null;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The quota */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["QuotaBody"];
                };
            };
            /** @description No token, or one that does not hold */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description Not a member of that organisation */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description No subscription, and nothing bought */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description Too many requests */
            429: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description The head of the request is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A defect, or broken data */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description Too much at once, or the server is stopping */
            503: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
        };
    };
    billing_webhook: {
        parameters: {
            query?: never;
            header: {
                /** @description Stripe's signature of the body */
                "Stripe-Signature": string;
            };
            path?: never;
            cookie?: never;
        };
        /** @description The event, as Stripe sends it */
        requestBody: {
            content: {
                "application/json": string;
            };
        };
        responses: {
            /** @description It is kept */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReceivedBody"];
                };
            };
            /** @description The body or the query does not read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description No proof of who asks, or one that does not hold */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description Not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description The body did not arrive in time */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description The body is too long */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description The body is of another kind */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description It reads, but is not what is asked for */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description Too many attempts */
            429: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description The head of the request is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A defect, or broken data */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description Too much at once, or the server is stopping */
            503: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
        };
    };
    live: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It does */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            /** @description The head of the request is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    ready: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description They should */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            /** @description The head of the request is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description They should not */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    my_usage: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description The organisation to act for; without it, the user acts for themselves. A token of the host
                 *     app names it in a claim instead.
                 */
                "X-Organization"?: string | null;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Plan, month and features */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UsageBody"];
                };
            };
            /** @description No token, or one that does not hold */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description Not a member of that organisation */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description Too many requests */
            429: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description The head of the request is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A defect, or broken data */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description Too much at once, or the server is stopping */
            503: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
        };
    };
    metrics: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The counters */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/openmetrics-text": string;
                };
            };
            /** @description The head of the request is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    openapi: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description An OpenAPI 3.1 document */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, unknown>;
                };
            };
            /** @description The head of the request is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    get_catalog: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The catalog in use */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CatalogBody"];
                };
            };
            /** @description A part of the path or the query does not read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No API key or token, or one that does not hold */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The API key has not the scope, or the user not the role, that this takes */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests from this API key */
            429: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The head of the request is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A defect, or broken data */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too much at once, or the server is stopping; nothing happened */
            503: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    consume_batch: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["BatchBody"];
            };
        };
        responses: {
            /** @description What became of each */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BatchAnswer"];
                };
            };
            /** @description Not JSON, or a part of the path or a header does not read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No API key or token, or one that does not hold */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The API key has not the scope, or the user not the role, that this takes; or the plan has not the feature */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["RefusalProblem"] | components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body did not arrive in time */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description It contradicts what is there */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too long */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is of another kind than application/json */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description JSON, but not what is asked for; or the idempotency key came with another request before */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The quota or a cap is exceeded; or too many requests from this API key */
            429: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["RefusalProblem"] | components["schemas"]["Problem"];
                };
            };
            /** @description The head of the request is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The outcome is unknown: retry with the same idempotency key; or a defect */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too much at once, or the server is stopping; nothing happened */
            503: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_customers: {
        parameters: {
            query?: {
                /** @description How many things at most. */
                limit?: number;
                /** @description The id of the last thing on the page before. */
                starting_after?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One page */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["List_CustomerBody"];
                };
            };
            /** @description A part of the path or the query does not read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No API key or token, or one that does not hold */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The API key has not the scope, or the user not the role, that this takes */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests from this API key */
            429: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The head of the request is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A defect, or broken data */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too much at once, or the server is stopping; nothing happened */
            503: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    create_customer: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewCustomerBody"];
            };
        };
        responses: {
            /** @description It was there */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CustomerBody"];
                };
            };
            /** @description Begun */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CustomerBody"];
                };
            };
            /** @description Not JSON, or a part of the path or a header does not read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No API key or token, or one that does not hold */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The API key has not the scope, or the user not the role, that this takes; or the plan has not the feature */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["RefusalProblem"] | components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body did not arrive in time */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description It contradicts what is there */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too long */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is of another kind than application/json */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description JSON, but not what is asked for; or the idempotency key came with another request before */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The quota or a cap is exceeded; or too many requests from this API key */
            429: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["RefusalProblem"] | components["schemas"]["Problem"];
                };
            };
            /** @description The head of the request is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The outcome is unknown: retry with the same idempotency key; or a defect */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too much at once, or the server is stopping; nothing happened */
            503: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_customer: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The customer */
                customer: components["schemas"]["CustomerId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The customer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CustomerBody"];
                };
            };
            /** @description A part of the path or the query does not read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No API key or token, or one that does not hold */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The API key has not the scope, or the user not the role, that this takes */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests from this API key */
            429: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The head of the request is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A defect, or broken data */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too much at once, or the server is stopping; nothing happened */
            503: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    change_customer: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The customer */
                customer: components["schemas"]["CustomerId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CustomerChangeBody"];
            };
        };
        responses: {
            /** @description The customer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CustomerBody"];
                };
            };
            /** @description Not JSON, or a part of the path or a header does not read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No API key or token, or one that does not hold */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The API key has not the scope, or the user not the role, that this takes; or the plan has not the feature */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["RefusalProblem"] | components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body did not arrive in time */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description It contradicts what is there */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too long */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is of another kind than application/json */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description JSON, but not what is asked for; or the idempotency key came with another request before */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The quota or a cap is exceeded; or too many requests from this API key */
            429: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["RefusalProblem"] | components["schemas"]["Problem"];
                };
            };
            /** @description The head of the request is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The outcome is unknown: retry with the same idempotency key; or a defect */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too much at once, or the server is stopping; nothing happened */
            503: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    check: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The customer */
                customer: components["schemas"]["CustomerId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CheckBody"];
            };
        };
        responses: {
            /** @description Whether it would be granted */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CheckAnswer"];
                };
            };
            /** @description Not JSON, or a part of the path or a header does not read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No API key or token, or one that does not hold */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The API key has not the scope, or the user not the role, that this takes; or the plan has not the feature */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["RefusalProblem"] | components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body did not arrive in time */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description It contradicts what is there */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too long */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is of another kind than application/json */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description JSON, but not what is asked for; or the idempotency key came with another request before */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The quota or a cap is exceeded; or too many requests from this API key */
            429: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["RefusalProblem"] | components["schemas"]["Problem"];
                };
            };
            /** @description The head of the request is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The outcome is unknown: retry with the same idempotency key; or a defect */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too much at once, or the server is stopping; nothing happened */
            503: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    consume: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes a retry harmless */
                "Idempotency-Key"?: components["schemas"]["IdempotencyKey"] | null;
            };
            path: {
                /** @description The customer */
                customer: components["schemas"]["CustomerId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ConsumeBody"];
            };
        };
        responses: {
            /** @description Taken */
            200: {
                headers: {
                    /** @description What is left */
                    RateLimit?: string;
                    /** @description What applies */
                    "RateLimit-Policy"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReceiptBody"];
                };
            };
            /** @description Not JSON, or a part of the path or a header does not read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No API key or token, or one that does not hold */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No subscription */
            402: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["RefusalProblem"];
                };
            };
            /** @description The API key has not the scope, or the user not the role, that this takes; or the plan has not the feature */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["RefusalProblem"] | components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body did not arrive in time */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description It contradicts what is there */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too long */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is of another kind than application/json */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description JSON, but not what is asked for; or the idempotency key came with another request before */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The quota or a cap is exceeded; or too many requests from this API key */
            429: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["RefusalProblem"] | components["schemas"]["Problem"];
                };
            };
            /** @description The head of the request is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The outcome is unknown: retry with the same idempotency key; or a defect */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too much at once, or the server is stopping; nothing happened */
            503: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_events: {
        parameters: {
            query?: {
                /** @description Only of this feature. */
                feature?: components["schemas"]["FeatureId"];
                /** @description Only at or after this instant. */
                from?: components["schemas"]["Instant"];
                /** @description How many at most. */
                limit?: number;
                /** @description Only of this member. */
                member?: components["schemas"]["MemberId"];
                /** @description The `next` of the page before. */
                starting_after?: components["schemas"]["EventId"];
                /** @description Only before this instant. */
                until?: components["schemas"]["Instant"];
            };
            header?: never;
            path: {
                /** @description The customer */
                customer: components["schemas"]["CustomerId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One page */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["List_EventBody"];
                };
            };
            /** @description A part of the path or the query does not read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No API key or token, or one that does not hold */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The API key has not the scope, or the user not the role, that this takes */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests from this API key */
            429: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The head of the request is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A defect, or broken data */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too much at once, or the server is stopping; nothing happened */
            503: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_event: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The customer */
                customer: components["schemas"]["CustomerId"];
                /** @description The usage event */
                event: components["schemas"]["EventId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The event */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EventBody"];
                };
            };
            /** @description A part of the path or the query does not read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No API key or token, or one that does not hold */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The API key has not the scope, or the user not the role, that this takes */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests from this API key */
            429: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The head of the request is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A defect, or broken data */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too much at once, or the server is stopping; nothing happened */
            503: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    reverse_event: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The customer */
                customer: components["schemas"]["CustomerId"];
                /** @description The usage event */
                event: components["schemas"]["EventId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Taken back */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReceiptBody"];
                };
            };
            /** @description Not JSON, or a part of the path or a header does not read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No API key or token, or one that does not hold */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The API key has not the scope, or the user not the role, that this takes; or the plan has not the feature */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["RefusalProblem"] | components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body did not arrive in time */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description It contradicts what is there */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too long */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is of another kind than application/json */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description JSON, but not what is asked for; or the idempotency key came with another request before */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The quota or a cap is exceeded; or too many requests from this API key */
            429: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["RefusalProblem"] | components["schemas"]["Problem"];
                };
            };
            /** @description The head of the request is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The outcome is unknown: retry with the same idempotency key; or a defect */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too much at once, or the server is stopping; nothing happened */
            503: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_grants: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The customer */
                customer: components["schemas"]["CustomerId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Every grant that is not closed */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["List_GrantBody"];
                };
            };
            /** @description A part of the path or the query does not read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No API key or token, or one that does not hold */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The API key has not the scope, or the user not the role, that this takes */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests from this API key */
            429: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The head of the request is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A defect, or broken data */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too much at once, or the server is stopping; nothing happened */
            503: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    give_units: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes a retry harmless */
                "Idempotency-Key"?: components["schemas"]["IdempotencyKey"] | null;
            };
            path: {
                /** @description The customer */
                customer: components["schemas"]["CustomerId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["GiveBody"];
            };
        };
        responses: {
            /** @description Given */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GiveAnswer"];
                };
            };
            /** @description Not JSON, or a part of the path or a header does not read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No API key or token, or one that does not hold */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The API key has not the scope, or the user not the role, that this takes; or the plan has not the feature */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["RefusalProblem"] | components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body did not arrive in time */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description It contradicts what is there */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too long */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is of another kind than application/json */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description JSON, but not what is asked for; or the idempotency key came with another request before */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The quota or a cap is exceeded; or too many requests from this API key */
            429: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["RefusalProblem"] | components["schemas"]["Problem"];
                };
            };
            /** @description The head of the request is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The outcome is unknown: retry with the same idempotency key; or a defect */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too much at once, or the server is stopping; nothing happened */
            503: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    revoke_grant: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The customer */
                customer: components["schemas"]["CustomerId"];
                /** @description The grant */
                grant: components["schemas"]["GrantId"];
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["RevokeBody"] | null;
            };
        };
        responses: {
            /** @description Taken back */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RevokeAnswer"];
                };
            };
            /** @description Not JSON, or a part of the path or a header does not read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No API key or token, or one that does not hold */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The API key has not the scope, or the user not the role, that this takes; or the plan has not the feature */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["RefusalProblem"] | components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body did not arrive in time */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description It contradicts what is there */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too long */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is of another kind than application/json */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description JSON, but not what is asked for; or the idempotency key came with another request before */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The quota or a cap is exceeded; or too many requests from this API key */
            429: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["RefusalProblem"] | components["schemas"]["Problem"];
                };
            };
            /** @description The head of the request is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The outcome is unknown: retry with the same idempotency key; or a defect */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too much at once, or the server is stopping; nothing happened */
            503: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    set_member_cap: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The customer */
                customer: components["schemas"]["CustomerId"];
                /** @description The member */
                member: components["schemas"]["MemberId"];
                /** @description What is capped */
                meter: components["schemas"]["MeterId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CapBody"];
            };
        };
        responses: {
            /** @description The cap as it stands */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CapBody"];
                };
            };
            /** @description Not JSON, or a part of the path or a header does not read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No API key or token, or one that does not hold */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The API key has not the scope, or the user not the role, that this takes; or the plan has not the feature */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["RefusalProblem"] | components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body did not arrive in time */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description It contradicts what is there */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too long */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is of another kind than application/json */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description JSON, but not what is asked for; or the idempotency key came with another request before */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The quota or a cap is exceeded; or too many requests from this API key */
            429: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["RefusalProblem"] | components["schemas"]["Problem"];
                };
            };
            /** @description The head of the request is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The outcome is unknown: retry with the same idempotency key; or a defect */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too much at once, or the server is stopping; nothing happened */
            503: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    remove_member_cap: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The customer */
                customer: components["schemas"]["CustomerId"];
                /** @description The member */
                member: components["schemas"]["MemberId"];
                /** @description What is capped */
                meter: components["schemas"]["MeterId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description There is no cap */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Not JSON, or a part of the path or a header does not read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No API key or token, or one that does not hold */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The API key has not the scope, or the user not the role, that this takes; or the plan has not the feature */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["RefusalProblem"] | components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body did not arrive in time */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description It contradicts what is there */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too long */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is of another kind than application/json */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description JSON, but not what is asked for; or the idempotency key came with another request before */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The quota or a cap is exceeded; or too many requests from this API key */
            429: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["RefusalProblem"] | components["schemas"]["Problem"];
                };
            };
            /** @description The head of the request is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The outcome is unknown: retry with the same idempotency key; or a defect */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too much at once, or the server is stopping; nothing happened */
            503: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    create_page_link: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The customer */
                customer: components["schemas"]["CustomerId"];
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["VisitorBody"] | null;
            };
        };
        responses: {
            /** @description The link */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageLinkAnswer"];
                };
            };
            /** @description Not JSON, or a part of the path or a header does not read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No API key or token, or one that does not hold */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The API key has not the scope, or the user not the role, that this takes; or the plan has not the feature */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["RefusalProblem"] | components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body did not arrive in time */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description It contradicts what is there */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too long */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is of another kind than application/json */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description JSON, but not what is asked for; or the idempotency key came with another request before */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The quota or a cap is exceeded; or too many requests from this API key */
            429: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["RefusalProblem"] | components["schemas"]["Problem"];
                };
            };
            /** @description The head of the request is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The outcome is unknown: retry with the same idempotency key; or a defect */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too much at once, or the server is stopping; nothing happened */
            503: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_reservations: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The customer */
                customer: components["schemas"]["CustomerId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Every open reservation */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["List_ReservationBody"];
                };
            };
            /** @description A part of the path or the query does not read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No API key or token, or one that does not hold */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The API key has not the scope, or the user not the role, that this takes */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests from this API key */
            429: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The head of the request is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A defect, or broken data */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too much at once, or the server is stopping; nothing happened */
            503: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    reserve: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes a retry harmless */
                "Idempotency-Key"?: components["schemas"]["IdempotencyKey"] | null;
            };
            path: {
                /** @description The customer */
                customer: components["schemas"]["CustomerId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ReserveBody"];
            };
        };
        responses: {
            /** @description Held before, with the same key */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HeldBody"];
                };
            };
            /** @description Held */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HeldBody"];
                };
            };
            /** @description Not JSON, or a part of the path or a header does not read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No API key or token, or one that does not hold */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No subscription */
            402: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["RefusalProblem"];
                };
            };
            /** @description The API key has not the scope, or the user not the role, that this takes; or the plan has not the feature */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["RefusalProblem"] | components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body did not arrive in time */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description It contradicts what is there */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too long */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is of another kind than application/json */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description JSON, but not what is asked for; or the idempotency key came with another request before */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The quota or a cap is exceeded; or too many requests from this API key */
            429: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["RefusalProblem"] | components["schemas"]["Problem"];
                };
            };
            /** @description The head of the request is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The outcome is unknown: retry with the same idempotency key; or a defect */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too much at once, or the server is stopping; nothing happened */
            503: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    extend: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The customer */
                customer: components["schemas"]["CustomerId"];
                /** @description The reservation */
                reservation: components["schemas"]["ReservationId"];
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["ExtendBody"] | null;
            };
        };
        responses: {
            /** @description The new end */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ExtendAnswer"];
                };
            };
            /** @description Not JSON, or a part of the path or a header does not read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No API key or token, or one that does not hold */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The API key has not the scope, or the user not the role, that this takes; or the plan has not the feature */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["RefusalProblem"] | components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body did not arrive in time */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description It contradicts what is there */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too long */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is of another kind than application/json */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description JSON, but not what is asked for; or the idempotency key came with another request before */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The quota or a cap is exceeded; or too many requests from this API key */
            429: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["RefusalProblem"] | components["schemas"]["Problem"];
                };
            };
            /** @description The head of the request is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The outcome is unknown: retry with the same idempotency key; or a defect */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too much at once, or the server is stopping; nothing happened */
            503: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    release: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The customer */
                customer: components["schemas"]["CustomerId"];
                /** @description The reservation */
                reservation: components["schemas"]["ReservationId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Given back */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Not JSON, or a part of the path or a header does not read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No API key or token, or one that does not hold */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The API key has not the scope, or the user not the role, that this takes; or the plan has not the feature */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["RefusalProblem"] | components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body did not arrive in time */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description It contradicts what is there */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too long */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is of another kind than application/json */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description JSON, but not what is asked for; or the idempotency key came with another request before */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The quota or a cap is exceeded; or too many requests from this API key */
            429: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["RefusalProblem"] | components["schemas"]["Problem"];
                };
            };
            /** @description The head of the request is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The outcome is unknown: retry with the same idempotency key; or a defect */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too much at once, or the server is stopping; nothing happened */
            503: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    settle: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes a retry harmless */
                "Idempotency-Key"?: components["schemas"]["IdempotencyKey"] | null;
            };
            path: {
                /** @description The customer */
                customer: components["schemas"]["CustomerId"];
                /** @description The reservation */
                reservation: components["schemas"]["ReservationId"];
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["SettleBody"] | null;
            };
        };
        responses: {
            /** @description Taken */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReceiptBody"];
                };
            };
            /** @description Not JSON, or a part of the path or a header does not read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No API key or token, or one that does not hold */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No subscription */
            402: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["RefusalProblem"];
                };
            };
            /** @description The API key has not the scope, or the user not the role, that this takes; or the plan has not the feature */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["RefusalProblem"] | components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body did not arrive in time */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description It contradicts what is there */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too long */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is of another kind than application/json */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description JSON, but not what is asked for; or the idempotency key came with another request before */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The quota or a cap is exceeded; or too many requests from this API key */
            429: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["RefusalProblem"] | components["schemas"]["Problem"];
                };
            };
            /** @description The head of the request is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The outcome is unknown: retry with the same idempotency key; or a defect */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too much at once, or the server is stopping; nothing happened */
            503: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_subscription: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The customer */
                customer: components["schemas"]["CustomerId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The subscription */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Subscription"];
                };
            };
            /** @description A part of the path or the query does not read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No API key or token, or one that does not hold */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The API key has not the scope, or the user not the role, that this takes */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests from this API key */
            429: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The head of the request is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A defect, or broken data */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too much at once, or the server is stopping; nothing happened */
            503: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    subscribe: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes a retry harmless */
                "Idempotency-Key"?: components["schemas"]["IdempotencyKey"] | null;
            };
            path: {
                /** @description The customer */
                customer: components["schemas"]["CustomerId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SubscribeBody"];
            };
        };
        responses: {
            /** @description Done, or waiting for its time */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChangeAnswer"];
                };
            };
            /** @description Not JSON, or a part of the path or a header does not read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No API key or token, or one that does not hold */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The API key has not the scope, or the user not the role, that this takes; or the plan has not the feature */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["RefusalProblem"] | components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body did not arrive in time */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description It contradicts what is there */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too long */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is of another kind than application/json */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description JSON, but not what is asked for; or the idempotency key came with another request before */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The quota or a cap is exceeded; or too many requests from this API key */
            429: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["RefusalProblem"] | components["schemas"]["Problem"];
                };
            };
            /** @description The head of the request is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The outcome is unknown: retry with the same idempotency key; or a defect */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too much at once, or the server is stopping; nothing happened */
            503: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    cancel_subscription: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The customer */
                customer: components["schemas"]["CustomerId"];
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["CancelBody"] | null;
            };
        };
        responses: {
            /** @description When it ends */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChangeAnswer"];
                };
            };
            /** @description Not JSON, or a part of the path or a header does not read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No API key or token, or one that does not hold */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No subscription */
            402: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["RefusalProblem"];
                };
            };
            /** @description The API key has not the scope, or the user not the role, that this takes; or the plan has not the feature */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["RefusalProblem"] | components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body did not arrive in time */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description It contradicts what is there */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too long */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is of another kind than application/json */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description JSON, but not what is asked for; or the idempotency key came with another request before */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The quota or a cap is exceeded; or too many requests from this API key */
            429: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["RefusalProblem"] | components["schemas"]["Problem"];
                };
            };
            /** @description The head of the request is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The outcome is unknown: retry with the same idempotency key; or a defect */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too much at once, or the server is stopping; nothing happened */
            503: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    preview_subscription: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The customer */
                customer: components["schemas"]["CustomerId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PreviewBody"];
            };
        };
        responses: {
            /** @description What it would do */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PreviewAnswer"];
                };
            };
            /** @description Not JSON, or a part of the path or a header does not read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No API key or token, or one that does not hold */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The API key has not the scope, or the user not the role, that this takes; or the plan has not the feature */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["RefusalProblem"] | components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body did not arrive in time */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description It contradicts what is there */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too long */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is of another kind than application/json */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description JSON, but not what is asked for; or the idempotency key came with another request before */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The quota or a cap is exceeded; or too many requests from this API key */
            429: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["RefusalProblem"] | components["schemas"]["Problem"];
                };
            };
            /** @description The head of the request is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The outcome is unknown: retry with the same idempotency key; or a defect */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too much at once, or the server is stopping; nothing happened */
            503: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    undo_change: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The customer */
                customer: components["schemas"]["CustomerId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The subscription as it stands */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Subscription"] | null;
                };
            };
            /** @description Not JSON, or a part of the path or a header does not read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No API key or token, or one that does not hold */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No subscription */
            402: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["RefusalProblem"];
                };
            };
            /** @description The API key has not the scope, or the user not the role, that this takes; or the plan has not the feature */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["RefusalProblem"] | components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body did not arrive in time */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description It contradicts what is there */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too long */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is of another kind than application/json */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description JSON, but not what is asked for; or the idempotency key came with another request before */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The quota or a cap is exceeded; or too many requests from this API key */
            429: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["RefusalProblem"] | components["schemas"]["Problem"];
                };
            };
            /** @description The head of the request is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The outcome is unknown: retry with the same idempotency key; or a defect */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too much at once, or the server is stopping; nothing happened */
            503: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_usage: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The customer */
                customer: components["schemas"]["CustomerId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The usage as of now */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Usage"];
                };
            };
            /** @description A part of the path or the query does not read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No API key or token, or one that does not hold */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The API key has not the scope, or the user not the role, that this takes */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests from this API key */
            429: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The head of the request is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A defect, or broken data */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too much at once, or the server is stopping; nothing happened */
            503: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    explain: {
        parameters: {
            query: {
                /** @description How many uses of it; 1 when left out. */
                amount?: number;
                /** @description The feature. */
                feature: components["schemas"]["FeatureId"];
                /** @description Who would act for the customer. */
                member?: components["schemas"]["MemberId"];
            };
            header?: never;
            path: {
                /** @description The customer */
                customer: components["schemas"]["CustomerId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The decision with what it rests on */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WhyAnswer"];
                };
            };
            /** @description A part of the path or the query does not read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No API key or token, or one that does not hold */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The API key has not the scope, or the user not the role, that this takes */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests from this API key */
            429: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The head of the request is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A defect, or broken data */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too much at once, or the server is stopping; nothing happened */
            503: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    create_widget_token: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The customer */
                customer: components["schemas"]["CustomerId"];
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["VisitorBody"] | null;
            };
        };
        responses: {
            /** @description The token */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WidgetTokenAnswer"];
                };
            };
            /** @description Not JSON, or a part of the path or a header does not read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No API key or token, or one that does not hold */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The API key has not the scope, or the user not the role, that this takes; or the plan has not the feature */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["RefusalProblem"] | components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body did not arrive in time */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description It contradicts what is there */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too long */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is of another kind than application/json */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description JSON, but not what is asked for; or the idempotency key came with another request before */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The quota or a cap is exceeded; or too many requests from this API key */
            429: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["RefusalProblem"] | components["schemas"]["Problem"];
                };
            };
            /** @description The head of the request is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The outcome is unknown: retry with the same idempotency key; or a defect */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too much at once, or the server is stopping; nothing happened */
            503: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    accept_invitation: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AcceptBody"];
            };
        };
        responses: {
            /** @description The organisation */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrganizationBody"];
                };
            };
            /** @description Not JSON, or a part of the path or a header does not read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No API key or token, or one that does not hold */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The API key has not the scope, or the user not the role, that this takes; or the plan has not the feature */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["RefusalProblem"] | components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body did not arrive in time */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description It contradicts what is there */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too long */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is of another kind than application/json */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description JSON, but not what is asked for; or the idempotency key came with another request before */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The quota or a cap is exceeded; or too many requests from this API key */
            429: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["RefusalProblem"] | components["schemas"]["Problem"];
                };
            };
            /** @description The head of the request is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The outcome is unknown: retry with the same idempotency key; or a defect */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too much at once, or the server is stopping; nothing happened */
            503: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_keys: {
        parameters: {
            query?: {
                /** @description How many things at most. */
                limit?: number;
                /** @description The id of the last thing on the page before. */
                starting_after?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One page */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["List_KeyBody"];
                };
            };
            /** @description A part of the path or the query does not read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No API key or token, or one that does not hold */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The API key has not the scope, or the user not the role, that this takes */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests from this API key */
            429: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The head of the request is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A defect, or broken data */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too much at once, or the server is stopping; nothing happened */
            503: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    create_key: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewKeyBody"];
            };
        };
        responses: {
            /** @description The key, shown this once */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NewKeyAnswer"];
                };
            };
            /** @description Not JSON, or a part of the path or a header does not read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No API key or token, or one that does not hold */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The API key has not the scope, or the user not the role, that this takes; or the plan has not the feature */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["RefusalProblem"] | components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body did not arrive in time */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description It contradicts what is there */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too long */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is of another kind than application/json */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description JSON, but not what is asked for; or the idempotency key came with another request before */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The quota or a cap is exceeded; or too many requests from this API key */
            429: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["RefusalProblem"] | components["schemas"]["Problem"];
                };
            };
            /** @description The head of the request is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The outcome is unknown: retry with the same idempotency key; or a defect */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too much at once, or the server is stopping; nothing happened */
            503: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    revoke_key: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The key's id */
                key: components["schemas"]["KeyId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Revoked */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Not JSON, or a part of the path or a header does not read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No API key or token, or one that does not hold */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The API key has not the scope, or the user not the role, that this takes; or the plan has not the feature */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["RefusalProblem"] | components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body did not arrive in time */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description It contradicts what is there */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too long */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is of another kind than application/json */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description JSON, but not what is asked for; or the idempotency key came with another request before */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The quota or a cap is exceeded; or too many requests from this API key */
            429: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["RefusalProblem"] | components["schemas"]["Problem"];
                };
            };
            /** @description The head of the request is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The outcome is unknown: retry with the same idempotency key; or a defect */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too much at once, or the server is stopping; nothing happened */
            503: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_organizations: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The organisations */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["List_OrganizationBody"];
                };
            };
            /** @description A part of the path or the query does not read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No API key or token, or one that does not hold */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The API key has not the scope, or the user not the role, that this takes */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests from this API key */
            429: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The head of the request is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A defect, or broken data */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too much at once, or the server is stopping; nothing happened */
            503: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    create_organization: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["OrganizationNameBody"];
            };
        };
        responses: {
            /** @description The organisation */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrganizationBody"];
                };
            };
            /** @description Not JSON, or a part of the path or a header does not read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No API key or token, or one that does not hold */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The API key has not the scope, or the user not the role, that this takes; or the plan has not the feature */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["RefusalProblem"] | components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body did not arrive in time */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description It contradicts what is there */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too long */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is of another kind than application/json */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description JSON, but not what is asked for; or the idempotency key came with another request before */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The quota or a cap is exceeded; or too many requests from this API key */
            429: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["RefusalProblem"] | components["schemas"]["Problem"];
                };
            };
            /** @description The head of the request is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The outcome is unknown: retry with the same idempotency key; or a defect */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too much at once, or the server is stopping; nothing happened */
            503: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_organization: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The organisation */
                organization: components["schemas"]["OrganizationId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The organisation */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrganizationBody"];
                };
            };
            /** @description A part of the path or the query does not read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No API key or token, or one that does not hold */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The API key has not the scope, or the user not the role, that this takes */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests from this API key */
            429: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The head of the request is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A defect, or broken data */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too much at once, or the server is stopping; nothing happened */
            503: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    rename_organization: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The organisation */
                organization: components["schemas"]["OrganizationId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["OrganizationNameBody"];
            };
        };
        responses: {
            /** @description The organisation */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrganizationBody"];
                };
            };
            /** @description Not JSON, or a part of the path or a header does not read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No API key or token, or one that does not hold */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The API key has not the scope, or the user not the role, that this takes; or the plan has not the feature */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["RefusalProblem"] | components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body did not arrive in time */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description It contradicts what is there */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too long */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is of another kind than application/json */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description JSON, but not what is asked for; or the idempotency key came with another request before */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The quota or a cap is exceeded; or too many requests from this API key */
            429: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["RefusalProblem"] | components["schemas"]["Problem"];
                };
            };
            /** @description The head of the request is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The outcome is unknown: retry with the same idempotency key; or a defect */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too much at once, or the server is stopping; nothing happened */
            503: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_organization_caps: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The organisation */
                organization: components["schemas"]["OrganizationId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The caps */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["List_MemberCapBody"];
                };
            };
            /** @description A part of the path or the query does not read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No API key or token, or one that does not hold */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The API key has not the scope, or the user not the role, that this takes */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests from this API key */
            429: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The head of the request is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A defect, or broken data */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too much at once, or the server is stopping; nothing happened */
            503: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_invitations: {
        parameters: {
            query?: {
                /** @description How many things at most. */
                limit?: number;
                /** @description The id of the last thing on the page before. */
                starting_after?: string;
            };
            header?: never;
            path: {
                /** @description The organisation */
                organization: components["schemas"]["OrganizationId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The invitations */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["List_InvitationBody"];
                };
            };
            /** @description A part of the path or the query does not read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No API key or token, or one that does not hold */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The API key has not the scope, or the user not the role, that this takes */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests from this API key */
            429: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The head of the request is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A defect, or broken data */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too much at once, or the server is stopping; nothing happened */
            503: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    invite: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The organisation */
                organization: components["schemas"]["OrganizationId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["InviteBody"];
            };
        };
        responses: {
            /** @description The invitation, with its token */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NewInvitationBody"];
                };
            };
            /** @description Not JSON, or a part of the path or a header does not read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No API key or token, or one that does not hold */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The API key has not the scope, or the user not the role, that this takes; or the plan has not the feature */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["RefusalProblem"] | components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body did not arrive in time */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description It contradicts what is there */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too long */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is of another kind than application/json */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description JSON, but not what is asked for; or the idempotency key came with another request before */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The quota or a cap is exceeded; or too many requests from this API key */
            429: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["RefusalProblem"] | components["schemas"]["Problem"];
                };
            };
            /** @description The head of the request is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The outcome is unknown: retry with the same idempotency key; or a defect */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too much at once, or the server is stopping; nothing happened */
            503: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    revoke_invitation: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The invitation */
                invitation: components["schemas"]["InvitationId"];
                /** @description The organisation */
                organization: components["schemas"]["OrganizationId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It can no longer be accepted */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Not JSON, or a part of the path or a header does not read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No API key or token, or one that does not hold */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The API key has not the scope, or the user not the role, that this takes; or the plan has not the feature */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["RefusalProblem"] | components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body did not arrive in time */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description It contradicts what is there */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too long */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is of another kind than application/json */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description JSON, but not what is asked for; or the idempotency key came with another request before */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The quota or a cap is exceeded; or too many requests from this API key */
            429: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["RefusalProblem"] | components["schemas"]["Problem"];
                };
            };
            /** @description The head of the request is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The outcome is unknown: retry with the same idempotency key; or a defect */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too much at once, or the server is stopping; nothing happened */
            503: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_organization_members: {
        parameters: {
            query?: {
                /** @description How many things at most. */
                limit?: number;
                /** @description The id of the last thing on the page before. */
                starting_after?: string;
            };
            header?: never;
            path: {
                /** @description The organisation */
                organization: components["schemas"]["OrganizationId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The members */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["List_OrganizationMemberBody"];
                };
            };
            /** @description A part of the path or the query does not read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No API key or token, or one that does not hold */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The API key has not the scope, or the user not the role, that this takes */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests from this API key */
            429: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The head of the request is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A defect, or broken data */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too much at once, or the server is stopping; nothing happened */
            503: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    set_member_role: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The member */
                member: components["schemas"]["UserId"];
                /** @description The organisation */
                organization: components["schemas"]["OrganizationId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RoleBody"];
            };
        };
        responses: {
            /** @description The role as it stands */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RoleBody"];
                };
            };
            /** @description Not JSON, or a part of the path or a header does not read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No API key or token, or one that does not hold */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The API key has not the scope, or the user not the role, that this takes; or the plan has not the feature */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["RefusalProblem"] | components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body did not arrive in time */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description It contradicts what is there */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too long */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is of another kind than application/json */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description JSON, but not what is asked for; or the idempotency key came with another request before */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The quota or a cap is exceeded; or too many requests from this API key */
            429: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["RefusalProblem"] | components["schemas"]["Problem"];
                };
            };
            /** @description The head of the request is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The outcome is unknown: retry with the same idempotency key; or a defect */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too much at once, or the server is stopping; nothing happened */
            503: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    remove_organization_member: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The member */
                member: components["schemas"]["UserId"];
                /** @description The organisation */
                organization: components["schemas"]["OrganizationId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description They are no member any more */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Not JSON, or a part of the path or a header does not read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No API key or token, or one that does not hold */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The API key has not the scope, or the user not the role, that this takes; or the plan has not the feature */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["RefusalProblem"] | components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body did not arrive in time */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description It contradicts what is there */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too long */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is of another kind than application/json */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description JSON, but not what is asked for; or the idempotency key came with another request before */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The quota or a cap is exceeded; or too many requests from this API key */
            429: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["RefusalProblem"] | components["schemas"]["Problem"];
                };
            };
            /** @description The head of the request is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The outcome is unknown: retry with the same idempotency key; or a defect */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too much at once, or the server is stopping; nothing happened */
            503: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    set_organization_member_cap: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The member */
                member: components["schemas"]["UserId"];
                /** @description What is capped */
                meter: components["schemas"]["MeterId"];
                /** @description The organisation */
                organization: components["schemas"]["OrganizationId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CapBody"];
            };
        };
        responses: {
            /** @description The cap as it stands */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CapBody"];
                };
            };
            /** @description Not JSON, or a part of the path or a header does not read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No API key or token, or one that does not hold */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The API key has not the scope, or the user not the role, that this takes; or the plan has not the feature */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["RefusalProblem"] | components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body did not arrive in time */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description It contradicts what is there */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too long */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is of another kind than application/json */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description JSON, but not what is asked for; or the idempotency key came with another request before */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The quota or a cap is exceeded; or too many requests from this API key */
            429: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["RefusalProblem"] | components["schemas"]["Problem"];
                };
            };
            /** @description The head of the request is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The outcome is unknown: retry with the same idempotency key; or a defect */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too much at once, or the server is stopping; nothing happened */
            503: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    remove_organization_member_cap: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The member */
                member: components["schemas"]["UserId"];
                /** @description What is capped */
                meter: components["schemas"]["MeterId"];
                /** @description The organisation */
                organization: components["schemas"]["OrganizationId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description There is no cap */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Not JSON, or a part of the path or a header does not read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No API key or token, or one that does not hold */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The API key has not the scope, or the user not the role, that this takes; or the plan has not the feature */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["RefusalProblem"] | components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body did not arrive in time */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description It contradicts what is there */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too long */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is of another kind than application/json */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description JSON, but not what is asked for; or the idempotency key came with another request before */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The quota or a cap is exceeded; or too many requests from this API key */
            429: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["RefusalProblem"] | components["schemas"]["Problem"];
                };
            };
            /** @description The head of the request is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The outcome is unknown: retry with the same idempotency key; or a defect */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too much at once, or the server is stopping; nothing happened */
            503: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_plans: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Every plan */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["List_Plan"];
                };
            };
            /** @description A part of the path or the query does not read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No API key or token, or one that does not hold */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The API key has not the scope, or the user not the role, that this takes */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests from this API key */
            429: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The head of the request is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A defect, or broken data */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too much at once, or the server is stopping; nothing happened */
            503: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_report: {
        parameters: {
            query?: {
                /**
                 * @description The first day, UTC; the first of the month eleven months before the last when left out.
                 * @example 2026-01-01
                 */
                from?: string;
                /**
                 * @description The day after the last; tomorrow when left out or later.
                 * @example 2026-02-01
                 */
                until?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The report as of now */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Report"];
                };
            };
            /** @description A part of the path or the query does not read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No API key or token, or one that does not hold */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The API key has not the scope, or the user not the role, that this takes */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests from this API key */
            429: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The head of the request is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A defect, or broken data */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too much at once, or the server is stopping; nothing happened */
            503: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_stripe_events: {
        parameters: {
            query?: {
                /** @description Only those of this customer. */
                customer?: components["schemas"]["CustomerId"];
                /** @description How many at most. */
                limit?: number;
                /** @description The `next` of the page before. */
                starting_after?: string;
                /** @description Only those in this state: `waiting`, `done`, `ignored`, `parked` or `quarantined`. */
                state?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One page */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["List_StripeEventBody"];
                };
            };
            /** @description A part of the path or the query does not read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No API key or token, or one that does not hold */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The API key has not the scope, or the user not the role, that this takes */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests from this API key */
            429: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The head of the request is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A defect, or broken data */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too much at once, or the server is stopping; nothing happened */
            503: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_stripe_event: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Stripe's id of the event */
                event: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The event */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StripeEventBody"];
                };
            };
            /** @description A part of the path or the query does not read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No API key or token, or one that does not hold */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The API key has not the scope, or the user not the role, that this takes */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests from this API key */
            429: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The head of the request is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A defect, or broken data */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too much at once, or the server is stopping; nothing happened */
            503: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    replay_stripe_event: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Stripe's id of the event */
                event: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It will be tried */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Not JSON, or a part of the path or a header does not read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No API key or token, or one that does not hold */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The API key has not the scope, or the user not the role, that this takes; or the plan has not the feature */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["RefusalProblem"] | components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body did not arrive in time */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description It contradicts what is there */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too long */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is of another kind than application/json */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description JSON, but not what is asked for; or the idempotency key came with another request before */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The quota or a cap is exceeded; or too many requests from this API key */
            429: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["RefusalProblem"] | components["schemas"]["Problem"];
                };
            };
            /** @description The head of the request is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The outcome is unknown: retry with the same idempotency key; or a defect */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too much at once, or the server is stopping; nothing happened */
            503: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    stripe_webhook: {
        parameters: {
            query?: never;
            header: {
                /** @description Stripe's signature of the body */
                "Stripe-Signature": string;
            };
            path?: never;
            cookie?: never;
        };
        /** @description The event, as Stripe sends it */
        requestBody: {
            content: {
                "application/json": string;
            };
        };
        responses: {
            /** @description It is kept */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReceivedBody"];
                };
            };
            /** @description The body or the query does not read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description No proof of who asks, or one that does not hold */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description Not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description The body did not arrive in time */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description The body is too long */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description The body is of another kind */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description It reads, but is not what is asked for */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description Too many attempts */
            429: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description The head of the request is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A defect, or broken data */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
            /** @description Too much at once, or the server is stopping */
            503: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserError"];
                };
            };
        };
    };
}
