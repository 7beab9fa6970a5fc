"""The vendors' clients of PyPI, each against the emulator, and signatures made in Python.

    clients.py clients < {"base", "key", "secret", "pictures": {"person", "garment", "refused"}, "event": {"header", "body"}}
    clients.py sign    < [{"signer", "secret" | "seed", "id", "timestamp", "user", "body"}, ...]

Writes JSON: a line for each call ({"client", "name", "took", "error"?}), or a list of signatures.

What each client is pointed elsewhere with, without a change to it:
    replicate     its option `base_url`
    fashn         its option `base_url`
    stripe        its option `base_addresses`
    fal-client    FAL_QUEUE_RUN_HOST names a host, but always with https: its constant `QUEUE_URL_FORMAT` is set
"""

import datetime
import hashlib
import importlib.metadata
import json
import sys
import time
import urllib.request


def main():
    given = json.load(sys.stdin)
    if sys.argv[1] == "sign":
        print(json.dumps([sign(**one) for one in given]))
        return
    pictured = [clients(given["base"], given["key"], given["pictures"]) for clients in (replicate_calls, fal_calls, fashn_calls)]
    for package, calls in [*pictured, stripe_calls(given["base"], given["key"], given["secret"], given["event"])]:
        client = f"PyPI {package} {importlib.metadata.version(package)}"
        for name, call in calls:
            attempt(client, name, call)


def attempt(client, name, call):
    started = time.monotonic()
    row = {"client": client, "name": name}
    try:
        call()
    except Exception as error:
        row["error"] = f"{type(error).__name__}: {error}"
    row["took"] = (time.monotonic() - started) * 1000
    print(json.dumps(row), flush=True)


def expect(is_so, what):
    if not is_so:
        raise AssertionError(what)


def is_png(address):
    with urllib.request.urlopen(str(address)) as response:
        expect(response.read(4)[1:] == b"PNG", f"{address} is no PNG")


def refused(call, is_expected):
    try:
        outcome = call()
    except Exception as error:
        expect(is_expected(error), f"another error than expected: {type(error).__name__} {error}")
        return
    raise AssertionError(f"no error, but {outcome}")


def replicate_calls(base, key, pictures):
    import replicate
    from replicate.exceptions import ModelError, ReplicateError

    def of(token):
        return replicate.Client(api_token=token, base_url=f"{base}/replicate")

    client = of(key)
    client.poll_interval = 0.2
    model = "google/nano-banana-2"
    images = [pictures["person"], pictures["garment"]]
    given = {"prompt": "Dress the person", "image_input": images, "resolution": "1K"}

    def run():
        is_png(client.run(model, input=given, wait=False, use_file_output=False))

    def create():
        prediction = client.models.predictions.create(model=model, input=given)
        expect(prediction.status == "starting", prediction.status)
        prediction.reload()
        prediction.wait()
        expect(prediction.status == "succeeded", prediction.status)

    def cancel():
        prediction = client.models.predictions.create(model=model, input={**given, "prompt": "#slow"})
        prediction.cancel()
        prediction.reload()
        expect(prediction.status == "canceled", prediction.status)

    def refusal():
        call = lambda: client.run(model, input={"prompt": "#refused"}, wait=False)
        refused(call, lambda error: isinstance(error, ModelError) and "sensitive" in str(error))

    def unknown():
        call = lambda: client.models.predictions.create(model="google/nano-banana", input={"prompt": "x", "resolution": "1K"})
        refused(call, lambda error: isinstance(error, ReplicateError) and error.status == 422)

    def wrong_key():
        call = lambda: of("wrong").models.predictions.create(model=model, input=given)
        refused(call, lambda error: isinstance(error, ReplicateError) and error.status == 401)

    return "replicate", [
        ("run: create, poll, result", run),
        ("predictions.create, reload, wait", create),
        ("prediction.cancel", cancel),
        ("error: content that is refused", refusal),
        ("error: an input that the model does not have", unknown),
        ("error: a wrong key", wrong_key),
    ]


def fal_calls(base, key, pictures):
    import fal_client
    import fal_client.client

    fal_client.client.QUEUE_URL_FORMAT = f"{base}/fal/"
    client = fal_client.SyncClient(key=key)
    endpoint = "fal-ai/nano-banana/edit"
    images = [pictures["person"], pictures["garment"]]
    given = {"prompt": "Dress the person", "image_urls": images, "aspect_ratio": "3:4"}

    def subscribe():
        output = client.subscribe(endpoint, given, interval=0.2)
        is_png(output["images"][0]["url"])

    def submit():
        handle = client.submit(endpoint, given, webhook_url=pictures["sink"])
        expect(isinstance(handle.status(), (fal_client.Queued, fal_client.InProgress)), "it is over")
        is_png(handle.get()["images"][0]["url"])

    def cancel():
        handle = client.submit(endpoint, {**given, "prompt": "#slow"})
        handle.cancel()
        refused(handle.get, lambda error: status_of(error) == 499)

    def refusal():
        call = lambda: client.subscribe(endpoint, {**given, "prompt": "#refused"}, interval=0.2)
        refused(call, lambda error: status_of(error) == 422)

    def unknown():
        call = lambda: client.subscribe(endpoint, {**given, "resolution": "1K"}, interval=0.2)
        refused(call, lambda error: status_of(error) == 422)

    def wrong_key():
        call = lambda: fal_client.SyncClient(key="wrong").submit(endpoint, given)
        refused(call, lambda error: status_of(error) == 401)

    return "fal-client", [
        ("subscribe: submit, status, result", subscribe),
        ("submit, status, get", submit),
        ("cancel", cancel),
        ("error: content that is refused", refusal),
        ("error: a field that the model does not have", unknown),
        ("error: a wrong key", wrong_key),
    ]


def status_of(error):
    """The status of an HTTP error, however the client wraps it."""
    response = getattr(error, "response", None)
    return getattr(error, "status_code", None) or getattr(response, "status_code", None)


def fashn_calls(base, key, pictures):
    import fashn

    def of(token):
        return fashn.Fashn(api_key=token, base_url=f"{base}/fashn", max_retries=0)

    client = of(key)
    given = {"model_image": pictures["person"], "garment_image": pictures["garment"], "category": "tops"}
    model = "tryon-v1.6"

    def subscribe(inputs=given):
        return client.predictions.subscribe(model_name=model, inputs=inputs)

    def completes():
        done = subscribe()
        expect(done.status == "completed", f"{done.status}: {done.error}")
        is_png(done.output[0])

    def run():
        started = client.predictions.run(model_name=model, inputs=given, webhook_url=pictures["sink"])
        expect(started.error is None and started.id.endswith("-u1"), started)
        state = client.predictions.status(started.id).status
        expect(state in ("starting", "in_queue", "processing"), state)

    def labelled():
        done = subscribe({**given, "garment_image": pictures["refused"]})
        expect(done.status == "failed" and done.error.name == "ContentModerationError", done)

    def unknown():
        call = lambda: client.predictions.run(model_name=model, inputs={**given, "resolution": "1k"})
        refused(call, lambda error: isinstance(error, fashn.BadRequestError))

    def wrong_key():
        call = lambda: of("wrong").predictions.run(model_name=model, inputs=given)
        refused(call, lambda error: isinstance(error, fashn.AuthenticationError))

    return "fashn", [
        ("predictions.subscribe: run, poll, result", completes),
        ("predictions.run, status", run),
        ("error: a label in the garment's pixels", labelled),
        ("error: an input that the model does not have", unknown),
        ("error: a wrong key", wrong_key),
    ]


def stripe_calls(base, key, secret, event):
    import stripe

    def of(token):
        return stripe.StripeClient(token, base_addresses={"api": f"{base}/stripe"}, max_network_retries=0)

    client = of(key).v1
    price = {"currency": "usd", "unit_amount": 500, "product_data": {"name": "50 credits"}}
    given = {
        "mode": "payment",
        "line_items": [{"quantity": 1, "price_data": price}],
        "success_url": "http://127.0.0.1:8787/#/orders/ord_1",
        "client_reference_id": "ord_1",
    }
    sessions = client.checkout.sessions

    def post(address, form):
        return urllib.request.urlopen(address, data=form.encode())

    def paid():
        made = sessions.create(given)
        post(f"{base}/stripe/dashboard/{made.id}/pay", "email=ada@example.com")
        return sessions.retrieve(made.id, {"expand": ["payment_intent"]})

    def create():
        made = sessions.create(given)
        expect(made.status == "open" and made.livemode is False, made)
        expect(sessions.retrieve(made.id).amount_total == 500, "another amount")
        expect(sessions.expire(made.id).status == "expired", "it is not expired")

    def pages():
        made = [sessions.create(given).id for _ in range(3)]
        listed = [session.id for session in sessions.list({"limit": 2}).auto_paging_iter()]
        expect(listed[:3] == made[::-1], listed)

    def refund():
        intent = paid().payment_intent.id
        made = client.refunds.create({"payment_intent": intent, "amount": 200})
        expect(made.status == "succeeded" and client.refunds.retrieve(made.id).amount == 200, made)
        expect([one.id for one in client.refunds.list({"payment_intent": intent})] == [made.id], "another list")
        call = lambda: client.refunds.create({"payment_intent": intent, "amount": 301})
        refused(call, lambda error: isinstance(error, stripe.InvalidRequestError))

    def key_of_one():
        options = {"idempotency_key": "python_1"}
        again = [sessions.create(given, options) for _ in range(2)]
        expect(again[0].id == again[1].id, "another session")
        call = lambda: sessions.create({**given, "locale": "de"}, options)
        refused(call, lambda error: isinstance(error, stripe.IdempotencyError))

    def event_is_good():
        told = stripe.Webhook.construct_event(event["body"], event["header"], secret)
        expect(told.type.startswith("checkout.session."), told.type)
        call = lambda: stripe.Webhook.construct_event(event["body"] + " ", event["header"], secret)
        refused(call, lambda error: isinstance(error, stripe.SignatureVerificationError))

    def on_demand():
        for fault, kind in (("500", stripe.APIError), ("429", stripe.RateLimitError)):
            post(f"{base}/stripe/faults", f"faults={fault}")
            refused(lambda: sessions.create(given), lambda error: type(error) is kind)

    def unknown():
        call = lambda: sessions.create({**given, "amount": 5})
        refused(call, lambda error: isinstance(error, stripe.InvalidRequestError) and error.param == "amount")

    def wrong_key():
        call = lambda: of("wrong").v1.checkout.sessions.create(given)
        refused(call, lambda error: isinstance(error, stripe.AuthenticationError))

    return "stripe", [
        ("checkout.sessions: create, retrieve, expire", create),
        ("checkout.sessions.list: pages", pages),
        ("refunds: create, retrieve, list", refund),
        ("an idempotency key: replayed, and misused", key_of_one),
        ("Webhook.construct_event: what the emulator signs", event_is_good),
        ("error: 500 and 429 on demand", on_demand),
        ("error: a parameter that there is not", unknown),
        ("error: a wrong key", wrong_key),
    ]


def sign(signer, id, timestamp, body, secret=None, seed=None, user=None):
    """A signature over a body, as text: of Standard Webhooks, or fal's over four lines, in hex."""
    if signer == "standardwebhooks":
        import standardwebhooks

        at = datetime.datetime.fromtimestamp(timestamp, tz=datetime.timezone.utc)
        return standardwebhooks.Webhook(secret).sign(id, at, body)
    import nacl.signing

    digest = hashlib.sha256(body.encode()).hexdigest()
    signed = "\n".join([id, user, str(timestamp), digest]).encode()
    return nacl.signing.SigningKey(bytes.fromhex(seed)).sign(signed).signature.hex()


main()
