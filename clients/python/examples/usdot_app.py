"""A USDOT lookup tool: it reads the numbers on pictures of trucks, and takes those typed by hand.

Each picture and each number is one operation of the user's plan (`catalogs/usdot.toml`). What could
not be read costs nothing. Run it with

    TOLLGATE_URL=http://127.0.0.1:8000 TOLLGATE_KEY=tg_live_… uvicorn usdot_app:app
"""

import asyncio
import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

from fastapi import Depends, FastAPI, File, Form, Header, HTTPException, UploadFile

from tollgate import AsyncTollgate, Receipt, Retries, Spool
from tollgate.fastapi import Quota, install, quota

UPLOADS_MAX = 50
PICTURE_BYTES_MAX = 10 * 1024 * 1024
READ_SECONDS_MAX = 30.0


async def current_user(x_user: Annotated[str, Header()]) -> str:
    """Who is signed in. A real app checks its session here, instead of trusting a header."""
    return x_user


def typed_numbers(manual_usdots: Annotated[str, Form()] = "") -> list[str]:
    """The numbers that were typed, divided by anything that is not part of one."""
    return [word for word in re.split(r"[\s,;]+", manual_usdots) if word]


def sent_pictures(files: Annotated[list[UploadFile] | None, File()] = None) -> list[UploadFile]:
    """The pictures that were sent, if any."""
    return files or []


Numbers = Annotated[list[str], Depends(typed_numbers)]
Pictures = Annotated[list[UploadFile], Depends(sent_pictures)]
User = Annotated[str, Depends(current_user)]


def operations(numbers: Numbers, files: Pictures) -> dict[str, int]:
    """What an upload needs: an operation for each picture and each number."""
    if not 1 <= len(numbers) + len(files) <= UPLOADS_MAX:
        raise HTTPException(422, f"send 1 to {UPLOADS_MAX} pictures and numbers")
    return {"image_ocr": len(files), "usdot_lookup": len(numbers)}


def client() -> AsyncTollgate:
    """The guard's way to the server, as the environment says."""
    spool = os.environ.get("TOLLGATE_SPOOL")
    timeout = float(os.environ.get("TOLLGATE_TIMEOUT", "2"))
    return AsyncTollgate(
        os.environ["TOLLGATE_URL"],
        os.environ["TOLLGATE_KEY"],
        timeout=timeout,
        retries=Retries(deadline_seconds=2.5 * timeout),
        # A lookup is cheap: while the server is away it is granted, and charged later.
        policy={"usdot_lookup": "allow"} if spool else "deny",
        spool=Spool(spool) if spool else None,
    )


def create_app(tollgate: AsyncTollgate) -> FastAPI:
    """The service, one line of quota for each route that costs something."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with tollgate:
            yield

    app = FastAPI(title="USDOT Lookup Tool", lifespan=lifespan)
    install(app, tollgate, opens_customers=True)

    @app.post("/upload")
    async def upload(
        numbers: Numbers,
        files: Pictures,
        held: Annotated[Quota, quota(by=current_user, uses=operations)],
    ) -> dict[str, Any]:
        """Reads pictures and takes numbers; what failed is told, and costs nothing."""
        records: list[dict[str, Any]] = []
        failures: list[dict[str, str]] = []
        used = {"image_ocr": 0, "usdot_lookup": 0}
        for file in files:
            name = file.filename or "picture"
            try:
                found = await read_picture(await file.read(PICTURE_BYTES_MAX + 1))
            except ValueError as error:
                failures.append({"file_name": name, "error": str(error)})
            else:
                records.append({"source": "image", "file_name": name, "usdot_numbers": found})
                used["image_ocr"] += 1
        for number in numbers:
            if re.fullmatch(r"[0-9]{1,8}", number):
                records.append({"source": "manual", "usdot_number": number})
                used["usdot_lookup"] += 1
            else:
                failures.append({"usdot_number": number, "error": "not a USDOT number"})
        if not records:
            raise HTTPException(422, {"error": "nothing_read", "failures": failures})
        # Of a feature that was not reserved nothing can be settled.
        needed = {"image_ocr": len(files), "usdot_lookup": len(numbers)}
        receipt = await held.settle(uses={name: used[name] for name in used if needed[name]})
        return {"records": records, "failures": failures, "quota": after(receipt)}

    @app.get("/lookup/{number}", dependencies=[quota("usdot_lookup", by=current_user)])
    async def lookup(number: str) -> dict[str, str]:
        """One number, for one operation."""
        if not re.fullmatch(r"[0-9]{1,8}", number):
            raise HTTPException(404, "not a USDOT number")
        return {"source": "manual", "usdot_number": number}

    @app.post("/salesforce/sync", dependencies=[quota("salesforce_sync", by=current_user)])
    async def salesforce_sync() -> dict[str, str]:
        """In every plan, and draws nothing: it goes on when no operations are left."""
        return {"status": "synced"}

    @app.get("/dashboard")
    async def dashboard(user: User) -> dict[str, Any]:
        """Stays open when no operations are left."""
        usage = await tollgate.usage(user)
        (meter,) = usage.meters
        return {
            "plan": usage.plan,
            "quota": {"limit": meter.limit, "used": meter.used, "remaining": meter.remaining},
        }

    return app


def after(receipt: Receipt) -> dict[str, Any] | None:
    """What is left. Both features draw on one meter, so that the figures of one are those of all;
    there are none while the server is away."""
    for figures in receipt.features:
        return {
            "limit": figures.limit,
            "used": figures.used,
            "remaining": figures.remaining,
            "unlimited": figures.unlimited,
            "resets_at": figures.resets_at,
        }
    return None


async def read_picture(picture: bytes) -> list[str]:
    """The USDOT numbers on a picture, by the `tesseract` command."""
    if len(picture) > PICTURE_BYTES_MAX:
        raise ValueError("the picture is too large")
    try:
        process = await asyncio.create_subprocess_exec(
            "tesseract",
            "stdin",
            "stdout",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
    except FileNotFoundError:
        raise ValueError("pictures cannot be read: tesseract is not installed") from None
    try:
        text, _ = await asyncio.wait_for(process.communicate(picture), READ_SECONDS_MAX)
    except asyncio.TimeoutError:
        process.kill()
        raise ValueError("the picture took too long to read") from None
    found = re.findall(r"\bUS\s*DOT\D{0,5}([0-9]{1,8})\b", text.decode(errors="replace"), re.I)
    if process.returncode != 0 or not found:
        raise ValueError("no USDOT number was found on the picture")
    return list(dict.fromkeys(found))


if "TOLLGATE_URL" in os.environ:
    app = create_app(client())
