# English. Every language has the same messages with the same blanks; a test holds them to it.

# Numbers, money, dates.
group-separator = ,
decimal-separator = .
percent = { $number }%
money = { $symbol }{ $amount }
money-of-code = { $code }{"\u00A0"}{ $amount }
date = { $day } { $month } { $year }
moment = { $date }, { $time } { $zone }
month-1 = Jan
month-2 = Feb
month-3 = Mar
month-4 = Apr
month-5 = May
month-6 = Jun
month-7 = Jul
month-8 = Aug
month-9 = Sep
month-10 = Oct
month-11 = Nov
month-12 = Dec

# Every page.
skip-to-content = Skip to the content
problem-title = This did not work
back-to-billing = Back to billing

# Signing in.
sign-in = Sign in
sign-up = Create an account
sign-out = Sign out
email = E-mail address
password = Password
password-hint = At least 8 characters.
name-optional = Name (optional)
no-account = New here?
have-account = You have an account?
session-over = Your session is over. Please sign in again, or open billing anew from where you came.
registration-closed = New accounts are by invitation only.
enter-title = Open billing
enter-button = Continue
signed-in-as = Signed in as
billing-for = Billing for
just-me = Just me

# The billing page.
billing-title = Billing
your-plan = Your plan
no-plan = No plan
no-plan-hint = Choose one below to begin.
usage = Usage
no-usage = There is nothing to count yet.
used-of = { $used } of { $limit }
used-unlimited = { $used } used, no limit
resets = resets { $date }
left =
    { $count ->
        [0] None left
       *[other] { $number } left
    }
left-of = { $left } of { $limit } left
held =
    { $count ->
        [one] { $number } set aside for work in progress
       *[other] { $number } set aside for work in progress
    }
unlimited = Unlimited
see-plans = See the plans
buy-more = Buy more
source-plan = Plan
source-rollover = Carried over
source-top-up = Bought
source-granted = Granted
extra-quota = Extra quota
quantity = Quantity
quantity-range = From { $min } to { $max }.
price-each = { $amount } each
never-expires = never expires
expires-after =
    { $count ->
        [one] can be used for { $number } day
       *[other] can be used for { $number } days
    }
buy = Buy
plans = Plans
how-to-pay = How to pay
price-free = No charge
price-per-month = { $amount } a month
price-per-year = { $amount } a year
billed-yearly = billed { $amount } yearly
months-free =
    { $count ->
        [one] { $number } month free
       *[other] { $number } months free
    }
save-percent = save { $percent }
units-once = { $units } once
units-per-minute = { $units } a minute
units-per-hour = { $units } an hour
units-per-day = { $units } a day
units-per-week = { $units } a week
units-per-month = { $units } a month
units-per-year = { $units } a year
with-carry-over = { $units }, unused ones carry over
yours-now = yours now
you-gain = You gain:
you-lose = You lose:
trial-days =
    { $count ->
        [one] Free for { $number } day
       *[other] Free for the first { $number } days
    }
subscribe = Subscribe
see-change = See what changes
change-term = Change how you pay
go-back-to-free = Go back to this plan
next-charge = Next charge
purchases = One-time purchases
payment-paid = paid
payment-refunded = refunded
payment-partly-refunded = { $amount } refunded
payment-disputed = disputed
payment-lost = charged back
invoices = Invoices
invoice-paid = paid
invoice-open = to be paid
invoice-uncollectible = not paid
invoice-void = void
stripe-silent = Invoices cannot be shown right now. Everything else on this page is up to date.
manage = Payment and cancellation
payment-details = Payment method and billing details
cancel-link = Cancel the plan
times-are-in = Dates are in the time zone

# The status line.
status-renews = Renews on { $date }
status-ends = Ends on { $date }
status-changes = Changes to { $plan } on { $date }
status-trial-ends = Trial until { $date }
badge-trial = trial
badge-past-due = payment overdue
badge-unpaid = unpaid
badge-paused = paused
badge-ending = ending

# Notices.
notice-processing = Your payment is being processed. This page shows it as soon as it is confirmed; you do not need to pay again.
notice-past-due = The last payment failed. Your plan stays until { $date }: please pay or change the payment method before then.
notice-past-due-open = The last payment failed. Please pay or change the payment method.
notice-unpaid = A payment is missing, so your plan is switched off. It comes back as soon as it is paid.
notice-incomplete = The first payment has not been confirmed yet. Your plan begins as soon as it is.
notice-paused = Your subscription is paused.
notice-ending = { $plan } ends on { $date }. Until then you can use all of it.
notice-scheduled = { $from } changes to { $to } on { $date }.
notice-disputed =
    { $count ->
        [one] A payment is disputed: { $number } unit cannot be used until that is decided.
       *[other] A payment is disputed: { $number } units cannot be used until that is decided.
    }
notice-owed =
    { $count ->
        [one] { $number } unit had been used already when it was refunded.
       *[other] { $number } units had been used already when they were refunded.
    }
notice-no-billing = Payments are not set up here yet, so plans cannot be changed on this page.
notice-looking = You see the page as this customer sees it. Nothing can be changed here.
pay-now = Settle the payment
resume-in-portal = Manage the subscription
undo-cancel = Keep the plan
undo-change = Keep the present plan
ask-an-admin = Ask a billing admin of your organisation to change the plan or to buy more.
ask-these-admins = To change the plan or to buy more, ask a billing admin: { $names }

# Leaving for the payment page.
away-title = One moment
away-text = You are being taken to the secure payment page.
away-link = Continue

# Changing the plan.
change-to = Change to { $plan }
due-today = { $amount } due today.
due-nothing = Nothing is due today.
holds-at-once = The new plan holds at once.
holds-from = The new plan holds from { $date }; until then nothing changes.
meter = Quota
before = Now
after = Then
change-confirm = Confirm the change
change-keep = Keep the present plan

# Leaving.
cancel-title = Cancel { $plan }
cancel-until = You keep { $plan } until { $date }. You will not be charged again.
cancel-then = Then you are on { $plan }.
cancel-then-nothing = Then you have no plan.
cancel-keeps-bought = What you bought once stays yours.
cancel-can-be-undone = You can change your mind on the billing page until then.
why-leave = Why are you leaving? (optional)
comment = Anything you would like to tell us (optional)
cancel-confirm = Cancel the plan
cancel-keep = Keep the plan
reason-customer-service = The customer service
reason-low-quality = The quality
reason-missing-features = Something is missing
reason-other = Another reason
reason-switched-service = I am switching to something else
reason-too-complex = It is too complicated
reason-too-expensive = It is too expensive
reason-unused = I do not use it

# What goes wrong.
problem-forged = The form was not taken, because the page that it stands on is out of date. Please open the page again.
problem-link-over = This link has been used already, or its time is over. Please ask for a new one.
problem-forbidden = You may not do this here.
problem-not-found = There is nothing at this address.
problem-rate-limited = That was too often. Please wait a few minutes and try again.
problem-unavailable = This cannot be reached right now. Please try again in a moment.
problem-request = This could not be understood. Please try again.
problem-internal = Something went wrong on our side. It has been noted.
problem-unauthenticated = Wrong e-mail address or password.
problem-email-taken = There is an account with this e-mail address already.
problem-invalid-quantity = This quantity cannot be bought. Please choose another one.
problem-already-subscribed = You have a plan already.
problem-same-plan = You have this plan already.
problem-not-subscribed = There is no plan that could be cancelled or changed.
problem-payment-overdue = A payment is overdue. Please settle it first.
problem-nothing-to-undo = There is nothing to undo any more.
problem-no-billing-account = Nothing has been paid yet, so there are no payment details.
problem-not-set-up = This plan cannot be paid yet.
problem-not-configured = Payments are not set up here yet.
problem-stripe-unavailable = The payment service cannot be reached right now. Please try again in a moment.
problem-invalid-email = This is not an e-mail address.
problem-invalid-password = The password must have 8 to 128 characters.
problem-invalid-name = The name must have 1 to 100 characters.
problem-registration-closed = New accounts are by invitation only.
