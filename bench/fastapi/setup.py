"""Makes the tables and the users: `setup.py CUSTOMERS RACERS`."""

import sys

from models import Base, SessionLocal, Subscription, User, engine


def main(customers: int, racers: int) -> None:
    """Customers have a limit that is never reached, racers the seed's "pro" plan."""
    Base.metadata.create_all(engine)
    plans = [(f"customer-{n:06}", "ample") for n in range(customers)]
    plans += [(f"racer-{n:06}", "pro") for n in range(racers)]
    with SessionLocal() as db:
        db.add_all([User(id=i, name=name) for i, (name, _) in enumerate(plans, start=1)])
        db.flush()
        db.add_all(
            [Subscription(user_id=i, plan_type=plan) for i, (_, plan) in enumerate(plans, start=1)]
        )
        db.commit()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
