"""The seed's way to guard an endpoint, behind the route that all peers serve."""

import hashlib
import os
from collections.abc import Iterator
from typing import Annotated, Optional

from fastapi import Depends, FastAPI, Header, HTTPException
from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import SessionLocal, User
from quota_service import QuotaExceeded, check_and_consume

TOKEN_HASHES = {hashlib.sha256(os.environ["API_TOKEN"].encode()).digest()}
app = FastAPI()


class Consume(BaseModel):
    """What is to be consumed."""

    feature: str
    amount: int = 1


class Answer(BaseModel):
    """What stands after it."""

    allowed: bool
    customer: str
    feature: str
    amount: int
    limit: Optional[int]
    used: int
    remaining: Optional[int]
    unlimited: bool


def get_db() -> Iterator[Session]:
    """A session for one request."""
    db = SessionLocal()
    try:
        yield db
    finally:
        db.close()


def authorise(authorization: Annotated[str, Header()]) -> None:
    """Only holders of the token come through."""
    token = authorization.removeprefix("Bearer ")
    if hashlib.sha256(token.encode()).digest() not in TOKEN_HASHES:
        raise HTTPException(status_code=401)


def require_quota(
    customer: str,
    request: Consume,
    _: Annotated[None, Depends(authorise)],
    db: Annotated[Session, Depends(get_db)],
) -> Answer:
    """The seed's dependency: consumes, or answers 429."""
    user_id = db.execute(select(User.id).where(User.name == customer)).scalar_one_or_none()
    if user_id is None:
        raise HTTPException(status_code=404)
    try:
        used, limit, remaining = check_and_consume(db, user_id, request.feature, request.amount)
    except QuotaExceeded as refused:
        detail = {
            "error": "quota_exceeded",
            "feature": request.feature,
            "plan": refused.plan,
            "limit": refused.limit,
            "used": refused.used,
            "remaining": max(refused.limit - refused.used, 0),
        }
        raise HTTPException(status_code=429, detail=detail) from refused
    return Answer(
        allowed=True,
        customer=customer,
        feature=request.feature,
        amount=request.amount,
        limit=limit,
        used=used,
        remaining=remaining,
        unlimited=limit is None,
    )


@app.post("/v1/customers/{customer}/consume")
def consume(answer: Annotated[Answer, Depends(require_quota)]) -> Answer:
    """The guarded endpoint, which does nothing else."""
    return answer
