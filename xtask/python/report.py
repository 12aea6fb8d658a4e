"""Recomputes reports from the exported record alone, and compares every figure.

    report.py FOLDER [must-differ]

The folder has what `tollgate export` wrote (record.ndjson, payments.ndjson, cancellations.ndjson),
the catalog (catalog.toml), and reports (report-*.json) as `tollgate report --json` printed them. With
`must-differ` the reports are altered-*.json, and in each of them something must be found.
Nothing here is shared with the program that is judged: the definitions of docs/reports.md are
written a second time, the plain way, over the whole history at once.
"""

import json
import sys
import tomllib
from collections import Counter, defaultdict
from datetime import date, datetime, timedelta, timezone
from functools import cache
from pathlib import Path

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
MICRO = timedelta(microseconds=1)
DAY = 86_400_000_000
PPM = 1_000_000
SHARE_MAX = 1_000 * PPM
NOTED_WITHIN = 300_000_000
COMMENTS_MAX = 200


def micros(text):
    """An RFC 3339 instant as microseconds since 1970."""
    return (datetime.fromisoformat(text.replace("Z", "+00:00")) - EPOCH) // MICRO


def midnight(day):
    return (date.fromisoformat(day) - EPOCH.date()).days * DAY


@cache
def month_of_day(day):
    return (EPOCH.date() + timedelta(days=day)).strftime("%Y-%m")


def month_of(at):
    return month_of_day(at // DAY)


def first_of(month):
    return midnight(month + "-01")


def half_up(value, by):
    return (2 * value + by) // (2 * by)


def ppm(part, whole):
    return None if whole == 0 else half_up(part * PPM, whole)


def read_lines(path):
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


class Steps:
    """A value that changes at instants; asked for as it was just before one."""

    def __init__(self, first):
        self.times = []
        self.values = [first]

    def set(self, at, value):
        self.times.append(at)
        self.values.append(value)

    def before(self, at):
        # Everything that happened earlier than `at` counts.
        low, high = 0, len(self.times)
        while low < high:
            middle = (low + high) // 2
            if self.times[middle] < at:
                low = middle + 1
            else:
                high = middle
        return self.values[low]


class Customer:
    def __init__(self, name):
        self.name = name
        self.began_at = None
        self.terms = Steps(None)  # (standing, plan, currency, yearly)
        self.ends = []  # (at, standing, plan, began)
        self.prospect_at = None
        self.converted = None  # (at, plan, standing before)
        self.running = defaultdict(lambda: Steps(None))  # meter -> (share)


class World:
    def __init__(self, folder):
        self.catalog = tomllib.loads((folder / "catalog.toml").read_text())
        self.customers = {}
        self.uses = defaultdict(dict)  # month -> (customer, member) -> plan of the last use
        # By day, for every range begins and ends with one.
        self.events = Counter()
        self.units = defaultdict(Counter)  # day -> (feature, is used) -> units
        self.periods = defaultdict(list)  # day of the end -> (plan, meter, share)
        histories = defaultdict(list)
        for line in read_lines(folder / "record.ndjson"):
            histories[line["customer"]].append(line)
        self.entries = sum(len(entries) for entries in histories.values())
        for name, entries in histories.items():
            entries.sort(key=lambda entry: entry["number"])
            numbers = [entry["number"] for entry in entries]
            assert numbers == list(range(1, len(entries) + 1)), f"the record of {name} has gaps"
            self.live(Customer(name), entries)
        self.payments = [
            payment
            for payment in read_lines(folder / "payments.ndjson")
            if payment["status"] in ("succeeded", "refunded")
        ]
        for payment in self.payments:
            payment["at"] = micros(payment["created_at"])
        self.cancellations = defaultdict(list)
        for said in read_lines(folder / "cancellations.ndjson"):
            if said["undone_at"] is None:
                said["at"] = micros(said["created_at"])
                said["end"] = micros(said["ends_at"])
                self.cancellations[said["customer"]].append(said)

    def yearly(self, subscription):
        price = self.catalog["plans"][subscription["plan"]]["prices"][subscription["price"]]
        times = {"month": 12, "year": 1}[price["interval"]]
        currency = price.get("currency", self.catalog["catalog"]["currency"]).lower()
        return currency, price["amount"] * times

    def standing(self, subscription):
        """What a subscription makes of a customer: (standing, plan, currency, yearly)."""
        if subscription is None:
            return ("none", None, None, 0)
        plan, status = subscription["plan"], subscription["status"]
        if status not in ("trialing", "active", "past_due"):
            return ("none", plan, None, 0)
        if subscription.get("price") is None:
            return ("free", plan, None, 0)
        if status == "trialing":
            return ("trialing", plan, None, 0)
        return ("paid", plan, *self.yearly(subscription))

    def live(self, customer, entries):
        self.customers[customer.name] = customer
        customer.began_at = micros(entries[0]["at"])
        terms = ("none", None, None, 0)
        began = None
        has_paid = False
        # meter -> [end, grant, quota, used]; without a quota the grant is None
        meters = {}
        for entry in entries:
            at = micros(entry["at"])
            body = entry["body"]
            plan_before = terms[1]
            used = body.get("used") if entry["kind"] == "used" else None
            if used is not None:
                # A customer's entries stand in the order in which they happened.
                who = customer.name, used.get("member")
                self.uses[month_of(at)][who] = used.get("plan")
                self.events[at // DAY] += 1
            after = terms
            gone = set()
            for effect in body["effects"]:
                (kind, what), = effect.items()
                if kind == "subscription":
                    after = self.standing(what)
                elif kind == "period_turned":
                    old = meters.get(what["meter"])
                    if old is not None:
                        share = share_of(old)
                        if share is not None:
                            day = min(old[0], at) // DAY
                            self.periods[day].append((plan_before, what["meter"], share))
                    meters[what["meter"]] = [what["period"]["end"], None, 0, 0]
                elif kind == "period_set":
                    meters.setdefault(what["meter"], [0, None, 0, 0])[0] = what["period"]["end"]
                elif kind == "grant_added" and what["source"] == "plan":
                    meter = meters.setdefault(what["meter"], [0, None, 0, 0])
                    end = what["expires_at"]
                    meter[0] = 1 << 62 if end is None else end
                    meter[1], meter[2] = what["number"], what["nominal"]
                elif kind == "grant_resized":
                    for meter in meters.values():
                        if meter[1] == what["grant"]:
                            end = what["expires_at"]
                            meter[0] = 1 << 62 if end is None else end
                            meter[2] = what["limit"]
                elif kind == "grant_ended":
                    gone.add(what["grant"])
                elif kind in ("taken", "held_taken"):
                    meters.setdefault(what["m"], [0, None, 0, 0])[3] += what["u"]
                    self.units[at // DAY][(what["f"], True)] += what["u"]
                elif kind == "given_back":
                    moved = what["moved"]
                    if what["this_period"]:
                        meters[moved["m"]][3] -= moved["u"]
                    self.units[at // DAY][(moved["f"], False)] += moved["u"]
            for meter in meters.values():
                if meter[1] in gone:
                    meter[1] = None
            if entry["number"] == 1 or after != terms:
                customer.terms.set(at, after)
            for name, meter in meters.items():
                share = share_of(meter)
                standing = None if share is None else (after[1], share)
                if customer.running[name].values[-1] != standing:
                    customer.running[name].set(at, standing)
            had, has = terms[0], after[0]
            if customer.prospect_at is None and not has_paid and has in ("free", "trialing"):
                customer.prospect_at = at
            if has == "paid" and not has_paid:
                has_paid = True
                if customer.prospect_at is not None:
                    customer.converted = (at, after[1], had)
            left = (had == "paid" and has != "paid") or (
                had == "trialing" and has not in ("trialing", "paid")
            )
            if left:
                customer.ends.append((at, had, terms[1], began))
                began = None
            if has in ("trialing", "paid") and began is None:
                began = at
            terms = after

    def reason(self, customer, end):
        at, _, _, began = end
        said = [
            one
            for one in self.cancellations[customer.name]
            if began <= one["at"] <= at + NOTED_WITHIN
        ]
        if not said:
            return "not_cancelled"
        return max(said, key=lambda one: one["id"])["reason"] or "not_stated"

    # The parts of a report, each over the instants `start` up to `end`.

    def part_customers(self, start, end):
        plans = defaultdict(Counter)
        for customer in self.customers.values():
            terms = customer.terms.before(end)
            if terms is not None:
                plans[terms[1] or ""][terms[0]] += 1
        total = Counter()
        for counts in plans.values():
            total.update(counts)
        kinds = ("paid", "trialing", "free", "none")
        return {
            "total": sum(total.values()),
            **{kind: total[kind] for kind in kinds},
            "signed_up": sum(start <= one.began_at < end for one in self.customers.values()),
            "plans": [
                {"plan": plan or None, **{kind: counts[kind] for kind in kinds}}
                for plan, counts in sorted(plans.items())
            ],
        }

    def part_active(self, month):
        last = self.uses[month]
        plans = Counter(plan or "" for plan in last.values())
        return {
            "month": month,
            "members": len(last),
            "plans": [
                {"plan": plan or None, "members": count} for plan, count in sorted(plans.items())
            ],
        }

    def part_utilisation(self, start, end):
        ended, running = defaultdict(list), defaultdict(list)
        for day in range(start // DAY, end // DAY):
            for plan, meter, share in self.periods[day]:
                ended[(plan or "", meter)].append(share)
        for customer in self.customers.values():
            for meter, steps in customer.running.items():
                standing = steps.before(end)
                if standing is not None:
                    running[(standing[0] or "", meter)].append(standing[1])
        return {"ended": means(ended), "running": means(running)}

    def part_conversion(self, start, end):
        prospects = converted = 0
        plans = defaultdict(Counter)
        for customer in self.customers.values():
            if customer.prospect_at is None or customer.prospect_at >= end:
                continue
            paid = customer.converted
            if paid is not None and paid[0] < start:
                continue
            prospects += 1
            if paid is not None and paid[0] < end:
                converted += 1
                plans[paid[1]][paid[2]] += 1
        return {
            "prospects": prospects,
            "converted": converted,
            "rate_ppm": ppm(converted, prospects),
            "plans": [
                {
                    "plan": plan,
                    "from_free": counts["free"],
                    "from_trial": counts["trialing"],
                    "from_none": counts["none"],
                }
                for plan, counts in sorted(plans.items())
            ],
        }

    def ends_within(self, start, end):
        for customer in self.customers.values():
            for one in customer.ends:
                if start <= one[0] < end:
                    yield customer, one

    def left(self, start, end):
        """Distinct customers whose paid standing ended, and how many paid before."""
        ends = self.ends_within(start, end)
        left = {customer.name for customer, one in ends if one[1] == "paid"}
        terms = (customer.terms.before(start) for customer in self.customers.values())
        paid = sum(one is not None and one[0] == "paid" for one in terms)
        return len(left), paid

    def part_churn(self, start, end, as_of):
        left, paid = self.left(start, end)
        plans, reasons = defaultdict(Counter), defaultdict(Counter)
        for customer, one in self.ends_within(start, end):
            plans[one[2] or ""][one[1]] += 1
            reasons[self.reason(customer, one)][one[1]] += 1
        ordered = sorted(
            reasons.items(), key=lambda item: (-item[1]["paid"], -item[1]["trialing"], item[0])
        )
        said = [
            one
            for cancellations in self.cancellations.values()
            for one in cancellations
            if start <= one["end"] < end and one["comment"] is not None and one["end"] <= as_of
        ]
        said.sort(key=lambda one: (one["end"], one["id"]), reverse=True)
        return {
            "paid_at_start": paid,
            "left": left,
            "rate_ppm": ppm(left, paid),
            "ends": sum(counts["paid"] for counts in reasons.values()),
            "trials_ended": sum(counts["trialing"] for counts in reasons.values()),
            "plans": [
                {"plan": plan or None, "ends": c["paid"], "trials_ended": c["trialing"]}
                for plan, c in sorted(plans.items())
            ],
            "reasons": [
                {"reason": reason, "ends": c["paid"], "trials_ended": c["trialing"]}
                for reason, c in ordered
            ],
            "comments": [
                {
                    "at": one["end"],
                    "customer": one["customer"],
                    "plan": one["plan"],
                    "reason": one["reason"],
                    "comment": one["comment"],
                }
                for one in said[:COMMENTS_MAX]
            ],
        }

    def part_payments(self, start, end):
        within = [one for one in self.payments if start <= one["at"] < end]
        top_ups = defaultdict(list)
        for one in within:
            top_ups[(one["top_up"], one["currency"])].append(one)
        customers = len({one["customer"] for one in within})
        return {
            "payments": len(within),
            "customers": customers,
            "per_customer_ppm": ppm(len(within), customers),
            "top_ups": [
                {
                    "top_up": top_up,
                    "currency": currency,
                    "payments": len(of),
                    "customers": len({one["customer"] for one in of}),
                    "amount": sum(one["amount"] for one in of),
                    "refunded": sum(one["refunded"] for one in of),
                    "units": sum(one["units"] for one in of),
                }
                for (top_up, currency), of in sorted(top_ups.items())
            ],
        }

    def part_recurring(self, end):
        currencies = defaultdict(Counter)
        for customer in self.customers.values():
            terms = customer.terms.before(end)
            if terms is not None and terms[2] is not None:
                currencies[terms[2]][terms[1]] += terms[3]
        return [
            {
                "currency": currency,
                "monthly": half_up(sum(plans.values()), 12),
                "yearly": sum(plans.values()),
                "plans": [
                    {"plan": plan, "monthly": half_up(yearly, 12), "yearly": yearly}
                    for plan, yearly in sorted(plans.items())
                ],
            }
            for currency, plans in sorted(currencies.items())
        ]

    def part_usage(self, start, end):
        features = defaultdict(Counter)
        days = range(start // DAY, end // DAY)
        for day in days:
            for (feature, is_used), units in self.units[day].items():
                features[feature][is_used] += units
        return {
            "events": sum(self.events[day] for day in days),
            "features": [
                {"feature": feature, "used": counts[True], "given_back": counts[False]}
                for feature, counts in sorted(features.items())
            ],
        }

    def report(self, told):
        """The report over the same days as the one that was told."""
        start, end = midnight(told["from"]), midnight(told["until"])
        as_of = micros(told["as_of"])
        months = []
        month = month_of(start)
        while first_of(month) < end:
            following = month_of(first_of(month) + 32 * DAY)
            of = max(first_of(month), start), min(first_of(following), end)
            left, paid = self.left(*of)
            months.append(
                {
                    "month": month,
                    "from": day_of(of[0]),
                    "until": day_of(of[1]),
                    "customers": self.part_customers(*of),
                    "active": self.part_active(month),
                    "utilisation": self.part_utilisation(*of),
                    "conversion": self.part_conversion(*of),
                    "paid_at_start": paid,
                    "left": left,
                    "churn_ppm": ppm(left, paid),
                    "payments": self.part_payments(*of),
                    "recurring": self.part_recurring(of[1]),
                    "usage": self.part_usage(*of),
                }
            )
            month = following
        return {
            "from": told["from"],
            "until": told["until"],
            "customers": self.part_customers(start, end),
            "active": self.part_active(month_of(end - 1)),
            "utilisation": self.part_utilisation(start, end),
            "conversion": self.part_conversion(start, end),
            "churn": self.part_churn(start, end, as_of),
            "payments": self.part_payments(start, end),
            "recurring": self.part_recurring(end),
            "usage": self.part_usage(start, end),
            "months": months,
        }


def day_of(at):
    return (EPOCH.date() + timedelta(days=at // DAY)).isoformat()


def share_of(meter):
    """How much of its quota a running period has used; None without one."""
    _, grant, quota, used = meter
    if grant is None or quota == 0:
        return None
    return min(half_up(used * PPM, quota), SHARE_MAX)


def means(shares):
    return [
        {
            "plan": plan or None,
            "meter": meter,
            "periods": len(of),
            "mean_ppm": half_up(sum(of), len(of)),
        }
        for (plan, meter), of in sorted(shares.items())
    ]


def compare(place, ours, told, found):
    """Counts every figure, and tells those that differ."""
    if isinstance(ours, dict) and isinstance(told, dict):
        for name in sorted(ours.keys() | told.keys()):
            compare(f"{place}.{name}", ours.get(name), told.get(name), found)
    elif isinstance(ours, list) and isinstance(told, list):
        compare(f"{place}.length", len(ours), len(told), found)
        for index, pair in enumerate(zip(ours, told)):
            compare(f"{place}[{index}]", *pair, found)
    else:
        found["compared"] += 1
        if ours != told:
            found["different"] += 1
            if found["different"] <= 20:
                print(f"{place}: the record gives {ours!r}, the report says {told!r}")


def main():
    folder = Path(sys.argv[1])
    must_differ = sys.argv[2:] == ["must-differ"]
    world = World(folder)
    known = {}
    compared = different = wrong = 0
    for path in sorted(folder.glob("altered-*.json" if must_differ else "report-*.json")):
        told = json.loads(path.read_text())
        for said in told["churn"]["comments"]:
            said["at"] = micros(said["at"])
        assert told.pop("is_current") is True, f"{path.name} is not of all that there is"
        assert len(told.pop("definitions")) > 0
        days = told["from"], told["until"]
        if days not in known:
            known[days] = world.report(told)
        told.pop("as_of")
        found = Counter()
        compare(path.stem, known[days], told, found)
        compared += found["compared"]
        different += found["different"]
        wrong += (found["different"] > 0) != must_differ
    assert compared > 500, "a report says more than that"
    print(
        f"{compared} figures of {len(world.customers)} customers and {world.entries} entries "
        f"compared, {different} differ"
    )
    sys.exit(1 if wrong else 0)


main()
