"""The tables of the seed: subscriptions and usage events."""

import os
from datetime import datetime, timezone

from sqlalchemy import DateTime, ForeignKey, Index, String, create_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, sessionmaker

URL = os.environ["DATABASE_URL"]
# A session for each of the 40 threads that FastAPI runs handlers on; SQLite waits for its lock.
ARGUMENTS = {"check_same_thread": False, "timeout": 30} if URL.startswith("sqlite") else {}
engine = create_engine(URL, pool_size=40, max_overflow=0, connect_args=ARGUMENTS)
SessionLocal = sessionmaker(autocommit=False, autoflush=False, bind=engine)


class Base(DeclarativeBase):
    """What all tables share."""


class User(Base):
    """A user of the app."""

    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(64), unique=True, index=True)


class Subscription(Base):
    """The plan that a user has."""

    __tablename__ = "subscriptions"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), unique=True, index=True)
    plan_type: Mapped[str] = mapped_column(String(16), default="free")
    status: Mapped[str] = mapped_column(String(16), default="active")


class UsageEvent(Base):
    """One use of a feature."""

    __tablename__ = "usage_events"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    feature: Mapped[str] = mapped_column(String(32))
    amount: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(
        DateTime, default=lambda: datetime.now(timezone.utc)
    )
    month_key: Mapped[str] = mapped_column(String(7))

    __table_args__ = (
        Index("ix_usage_user_feature_month", "user_id", "feature", "month_key"),
    )

    @staticmethod
    def get_month_key() -> str:
        """This month, as "YYYY-MM"."""
        return datetime.now(timezone.utc).strftime("%Y-%m")
