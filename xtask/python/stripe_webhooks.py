"""Holds our webhook signatures against Stripe's own Python library, in both directions.

The argument is the program `webhook`, an example of tollgate-stripe.
"""

import json
import subprocess
import sys
import time

import stripe

SECRET = "whsec_of_the_suite"
PROGRAM = sys.argv[1]
NOW = int(time.time())


def body(**more):
    event = {"id": "evt_1", "object": "event", "type": "invoice.paid", "data": {"object": more}}
    return json.dumps(event, ensure_ascii=False, indent=2)


BODIES = [
    body(),
    body(name="Žofie Müller 日本", note="a\tb \\ \"c\"", emoji="🎫"),
    body(lines=[{"id": f"il_{number}", "amount": number} for number in range(5000)]),
]


def ours(*arguments, body):
    done = subprocess.run([PROGRAM, *arguments], input=body.encode(), capture_output=True, check=False)
    return done.stdout.decode().strip() if done.returncode == 0 else None


def they_accept(body, header, tolerance=300):
    try:
        stripe.Webhook.construct_event(body, header, SECRET, tolerance)
    except stripe.SignatureVerificationError:
        return False
    return True


def theirs(body, at, secret=SECRET):
    signature = stripe.WebhookSignature._compute_signature(f"{at}.{body}", secret)
    return f"t={at},v1={signature}"


def checks():
    for number, body in enumerate(BODIES):
        header = ours("sign", SECRET, str(NOW), body=body)
        yield f"they accept ours, body {number}", they_accept(body, header)
        yield f"they refuse ours, changed, body {number}", not they_accept(body + " ", header)
        old = ours("sign", SECRET, str(NOW - 400), body=body)
        yield f"they refuse ours, old, body {number}", not they_accept(body, old)

        header = theirs(body, NOW)
        yield f"we accept theirs, body {number}", ours("verify", SECRET, str(NOW), header, body=body) == "evt_1"
        yield f"we refuse theirs, changed, body {number}", not ours("verify", SECRET, str(NOW), header, body=body + " ")
        yield f"we refuse theirs, old, body {number}", not ours("verify", SECRET, str(NOW + 301), header, body=body)
        foreign = theirs(body, NOW, "whsec_other")
        yield f"we refuse another's, body {number}", not ours("verify", SECRET, str(NOW), foreign, body=body)


def main():
    passed = failed = 0
    for name, is_right in checks():
        passed += is_right
        failed += not is_right
        if not is_right:
            print(f"wrong: {name}")
    print(f"test result: {'FAILED' if failed else 'ok'}. {passed} passed; {failed} failed; 0 ignored")
    sys.exit(1 if failed else 0)


main()
