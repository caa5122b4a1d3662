"""What Python's clients make of reeld: a WebSocket of `websockets`, metrics read by `prometheus_client`.

    python talk.py HOST:PORT

The server is run by run.mjs, which runs this too. Ends with 0 and one line, or with a traceback.
"""

import asyncio
import http.client
import json
import sys

import websockets
from prometheus_client.parser import text_string_to_metric_families

WAIT_SECS_MAX = 10


async def talk(address):
    uri = f"ws://{address}/_/live?session=python"
    async with websockets.connect(uri, max_size=1 << 20) as socket:
        hello = json.loads(await socket.recv())
        assert hello["type"] == "hello" and hello["session"] == "python", hello
        assert socket.response.headers.get("Sec-WebSocket-Extensions") is None

        await (await socket.ping(b"there"))
        await socket.send(b"bytes that nobody reads")
        # One message in three frames.
        await socket.send(["watch", " ", "inspect"])
        view = json.loads(await socket.recv())
        assert view["type"] == "inspect" and view["sees"] == "all", view
        ours = [one for one in view["connections"] if one.get("session") == "python"]
        assert [one["phase"] for one in ours] == ["live"], ours
        await socket.close(3001, "enough")
        assert socket.close_code == 3001, socket.close_code

    async with websockets.connect(uri) as socket:
        await socket.recv()
        try:
            await socket.send("x" * 100_000)
            while True:
                await socket.recv()
        except websockets.ConnectionClosed as closed:
            assert closed.rcvd.code == 1009, closed

    # A foreign page, and no session.
    for refused, status in [
        (dict(uri=uri, origin="http://a.test"), 403),
        (dict(uri=f"ws://{address}/"), 400),
    ]:
        try:
            await websockets.connect(**refused)
            raise AssertionError(f"{refused} was let in")
        except websockets.InvalidStatus as error:
            assert error.response.status_code == status, error


def get(address, target):
    connection = http.client.HTTPConnection(address, timeout=WAIT_SECS_MAX)
    connection.request("GET", target)
    reply = connection.getresponse()
    body = reply.read()
    connection.close()
    assert reply.status == 200, (target, reply.status)
    return body


def scrape(address):
    """Samples by name and labels."""
    samples = {}
    for family in text_string_to_metric_families(get(address, "/_/metrics").decode()):
        assert family.type in ("counter", "gauge", "histogram"), family
        assert family.documentation, family
        for sample in family.samples:
            key = (sample.name, tuple(sorted(sample.labels.items())))
            assert key not in samples, key
            samples[key] = sample.value
    return samples


def metrics(address):
    before = scrape(address)
    for _ in range(3):
        get(address, "/video/video.mp4")
    after = scrape(address)
    key = ("reeld_requests_total", (("status", "200"),))
    assert after[key] - before.get(key, 0) == 4, (before.get(key), after[key])
    assert after["reeld_accepted_total", ()] - before["reeld_accepted_total", ()] == 4
    assert after["reeld_closes_total", (("reason", "refused"),)] >= 1
    assert after["reeld_refusals_total", (("reason", "foreign-origin"),)] == 1
    buckets = [value for (name, _), value in after.items() if name == "reeld_reply_seconds_bucket"]
    assert len(buckets) == 10 and max(buckets) == after["reeld_reply_seconds_count", ()]
    stats = json.loads(get(address, "/_/stats"))
    assert stats["requests"] == after["reeld_reply_seconds_count", ()] + 1, stats
    return len(after)


if __name__ == "__main__":
    asyncio.run(asyncio.wait_for(talk(sys.argv[1]), WAIT_SECS_MAX))
    print(f"websockets {websockets.__version__} talked, {metrics(sys.argv[1])} samples were read")
