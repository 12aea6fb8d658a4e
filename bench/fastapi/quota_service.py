"""The seed's quota logic: add up the month's usage, then record one more event."""

from typing import Optional

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import Subscription, UsageEvent

# "ample" is for throughput: its limit is never reached, and it is still looked up and summed for.
PLAN_LIMITS: dict[str, dict[str, Optional[int]]] = {
    "free": {"ats_scan": 2, "resume_tailor": 3, "cover_letter": 3, "jd_parse": 5},
    "pro": {"ats_scan": 20, "resume_tailor": 25, "cover_letter": 30, "jd_parse": 60},
    "elite": {"ats_scan": None, "resume_tailor": None, "cover_letter": None, "jd_parse": None},
    "ample": {"ats_scan": 1_000_000_000},
}


class QuotaExceeded(Exception):
    """The month's limit does not allow it."""

    def __init__(self, plan: str, limit: int, used: int) -> None:
        super().__init__("quota_exceeded")
        self.plan, self.limit, self.used = plan, limit, used


def get_plan_for_user(db: Session, user_id: int) -> str:
    """The user's plan; free without a subscription."""
    plan = db.execute(
        select(Subscription.plan_type).where(
            Subscription.user_id == user_id, Subscription.status == "active"
        )
    ).scalar_one_or_none()
    return plan or "free"


def get_month_usage(db: Session, user_id: int, month_key: str) -> dict[str, int]:
    """What the user used of each feature in the month."""
    rows = db.execute(
        select(UsageEvent.feature, func.sum(UsageEvent.amount))
        .where(UsageEvent.user_id == user_id, UsageEvent.month_key == month_key)
        .group_by(UsageEvent.feature)
    )
    return {feature: int(total) for feature, total in rows}


def check_and_consume(
    db: Session, user_id: int, feature: str, amount: int = 1
) -> tuple[int, Optional[int], Optional[int]]:
    """Checks the quota and records the usage: used, limit and remaining afterwards."""
    plan = get_plan_for_user(db, user_id)
    limit = PLAN_LIMITS[plan][feature]
    month_key = UsageEvent.get_month_key()
    used = get_month_usage(db, user_id, month_key).get(feature, 0)
    if limit is not None and used + amount > limit:
        raise QuotaExceeded(plan, limit, used)
    db.add(UsageEvent(user_id=user_id, feature=feature, amount=amount, month_key=month_key))
    db.commit()
    used += amount
    return used, limit, None if limit is None else limit - used
