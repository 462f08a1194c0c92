"""Sends a worker what no client sends on purpose, byte by byte, and looks whether it bears it.

Nothing may be answered with 5xx, nobody may be kept waiting beyond the limits of docs/connect-rest.md, and while clients
that say nothing keep their places, others are answered. WORKER and WORKER_PID are told by the environment.
"""

import json
import os
import re
import socket
import threading
import time
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

import requests

WORKER = os.environ["WORKER"]
ADDRESS = (urlsplit(WORKER).hostname, urlsplit(WORKER).port)
REQUESTS_MIN = 100
# A head or a body that does not come is waited for 30 s; the rest is what a busy machine takes.
SLOW_S = 30 + 8
# Nothing here has to wait for anything.
ANSWER_S = 10
BODY_MAX = 1_048_576
MEMORY_MIB_MAX = 64

HOST = b"Host: worker\r\n"
JSON = b"Content-Type: application/json\r\n"


def read(line, limit_s):
    """All that is answered until the worker closes the connection; fails when it does neither within the limit."""
    until, got = time.monotonic() + limit_s, b""
    while True:
        line.settimeout(max(0.01, until - time.monotonic()))
        try:
            more = line.recv(65536)
        except TimeoutError as error:
            raise AssertionError(f"neither answered nor closed within {limit_s} s; so far: {got[:200]!r}") from error
        except ConnectionResetError:
            return got
        if not more:
            return got
        got += more


def send(data, limit_s=ANSWER_S, close=False):
    with socket.create_connection(ADDRESS, timeout=limit_s) as line:
        try:
            line.sendall(data)
            if close:
                line.shutdown(socket.SHUT_WR)
        except (BrokenPipeError, ConnectionResetError):
            # Refused in the middle of it; the answer may be there.
            pass
        return read(line, limit_s)


def statuses(answer):
    return [int(status) for status in re.findall(rb"HTTP/1\.[01] (\d{3}) ", answer)]


def whole(method, path, headers=b"", body=b"", host=HOST):
    """A request after whose answer the worker closes."""
    head = b"%s %s HTTP/1.1\r\n%sConnection: close\r\n%s" % (method, path, host, headers)
    if body or method in (b"PUT", b"POST", b"PATCH"):
        head += b"Content-Length: %d\r\n" % len(body)
    return head + b"\r\n" + body


def put(body, path=b"/connectors/hostile/config", headers=JSON):
    return whole(b"PUT", path, headers, body)


def nested(depth, opening, closing, inner=b"1"):
    return opening * depth + inner + closing * depth


# Name, bytes, and the statuses that may be answered; 0 stands for a connection that is closed without an answer.
CASES = []


def case(name, data, *expected, close=False):
    CASES.append((name, data, set(expected), close))


def bodies():
    case("body of one byte too many", put(b"{" + b" " * BODY_MAX + b"}"), 413, 0)
    case("body of 16 MiB", put(b" " * (16 << 20)), 413, 0)
    case("body of as much as may be", put(b"{" + b" " * (BODY_MAX - 2) + b"}"), 400)
    case("chunked without end", whole(b"PUT", b"/connectors/h/config", JSON + b"Transfer-Encoding: chunked\r\n")
         .replace(b"Content-Length: 0\r\n", b"") + b"40000\r\n" + b" " * 0x40000 + b"\r\n" + b"100000\r\n"
         + b" " * 0x100000 + b"\r\n0\r\n\r\n", 413, 0)
    for size in [b"zz", b"-1", b"ffffffffffffffffff", b"", b"1;" + b"x" * 20000]:
        case(f"chunk of the size {size[:9]!r}", b"PUT /connectors/h/config HTTP/1.1\r\n" + HOST + JSON
             + b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n" + size + b"\r\n{}\r\n0\r\n\r\n", 400, 0, close=True)
    for path in [b"/connectors/h/config", b"/connectors", b"/connector-plugins/GenesysSource/config/validate",
                 b"/connectors/h/offsets", b"/admin/loggers/root"]:
        method = {b"/connectors": b"POST", b"/connectors/h/offsets": b"PATCH"}.get(path, b"PUT")
        for name, body in [
            ("deep arrays", nested(100_000, b"[", b"]")),
            ("deep objects", nested(50_000, b'{"a":', b"}")),
            ("deep value", b'{"config":%s}' % nested(100_000, b"[", b"]")),
            ("a huge array", b'{"offsets":[' + b",".join([b"{}"] * 200_000) + b"]}"),
            ("many keys", b"{" + b",".join(b'"k%d":"v"' % number for number in range(60_000)) + b"}"),
            ("a long key", b'{"' + b"k" * 500_000 + b'":"v"}'),
            ("a long value", b'{"connector.class":"' + b"v" * 900_000 + b'"}'),
            ("NUL", b'{"connector.class":"Genesys\\u0000Source"}'),
            ("a bare NUL", b'{"connector.class":"\0"}'),
            ("no UTF-8", b'{"connector.class":"\xff\xfe\xc3\x28"}'),
            ("half a surrogate", b'{"connector.class":"\\ud800"}'),
            ("a huge number", b'{"connector.class":1e99999,"tasks.max":%s}' % (b"9" * 100_000)),
            ("the same key again", b'{"a":"1","a":[],"a":{}}'),
            ("a mark of byte order", b"\xef\xbb\xbf{}"),
            ("another form", b"name=hostile&config=1"),
            ("two values", b"{}{}"),
            ("nothing", b""),
        ]:
            case(f"{name} to {path.decode()}", whole(method, path, JSON, body), 400, 404)
    sound = b'{"connector.class":"HandleTimeProcessor","pipeline.name":"hostile"%s}'
    case("placeholders in placeholders", put(sound % (b',"kpi.zone":"' + b"${env:" * 5_000 + b"}" * 5_000 + b'"')), 400)
    case("a file of the machine", put(sound % b',"kpi.zone":"${file:/etc/passwd:root}"'), 400)
    case("a file without end", put(sound % b',"kpi.zone":"${file:/dev/zero:x}"'), 400)
    case("a long pipeline", put(sound.replace(b"hostile", b"h" * 60_000) % b""), 400)
    case("more tasks than there are", put(sound % b',"tasks.max":"2147483647"'), 400)
    offsets = json.dumps({"offsets": [{"partition": {"org": "acme", "source_partition": f"p{number}"}, "offset": None}
                                      for number in range(5_000)]}).encode()
    case("offsets of nobody", whole(b"PATCH", b"/connectors/h/offsets", JSON, offsets), 404)


def heads():
    # 32 KiB are the limit, which is looked at when a read has ended.
    for size in [8_000, 100_000, 1_000_000]:
        expected = (200,) if size == 8_000 else (431, 0)
        case(f"header of {size} bytes", whole(b"GET", b"/", b"X-A: " + b"a" * size + b"\r\n"), *expected)
    case("headers without end", whole(b"GET", b"/", b"".join(b"X-%d: a\r\n" % number for number in range(5_000))), 431, 0)
    case("a path of 31 KB", whole(b"GET", b"/connectors/" + b"a" * 31_000), 404)
    case("a path of 100 KB", whole(b"GET", b"/connectors/" + b"a" * 100_000), 414, 431, 0)
    case("a query of 30 KB", whole(b"GET", b"/connectors?" + b"expand=info&" * 2_500), 200)
    for host in [b"Host: \r\n", b"Host: a b\r\n", b"Host: evil.example@worker\r\n", b"Host: x/../y\r\n", b"Host: [::1\r\n",
                 b"Host: \xff\xfe\r\n", b"Host: " + b"h" * 10_000 + b"\r\n", b"Host: a\r\nHost: b\r\n", b""]:
        case(f"host {host[:30]!r}", whole(b"GET", b"/connectors", host=host), 200, 400)
    for length in [b"-1", b"+2", b"0x2", b"2, 3", b"18446744073709551616", b"2\r\nContent-Length: 3", b"two", b"",
                   b"2\r\nTransfer-Encoding: chunked"]:
        case(f"length {length!r}", b"PUT /connectors/h/config HTTP/1.1\r\n" + HOST + JSON + b"Connection: close\r\n"
             + b"Content-Length: " + length + b"\r\n\r\n{}", 400, 413, 0, close=True)
    case("a length that is too short", b"PUT /connectors/h/config HTTP/1.1\r\n" + HOST + JSON
         + b"Content-Length: 2\r\n\r\n{}trailing garbage\r\n\r\n", 400)
    for accept in [b"application/xml", b"*/*;q=NaN", b",,,;;;", b"a/b;q=-1", b"\xff", b"application/json;q=1e309"]:
        case(f"accept {accept!r}", whole(b"GET", b"/connectors", b"Accept: " + accept + b"\r\n"), 200, 406)
    for kind in [b"application/json; charset=utf-16", b"text/plain", b"\xff", b"application/json\0"]:
        case(f"type {kind!r}", put(b"{}", headers=b"Content-Type: " + kind + b"\r\n"), 400, 415)
    case("encoded", put(b"\x1f\x8b\x08", headers=JSON + b"Content-Encoding: gzip\r\n"), 400, 415)
    case("expects the impossible", put(b"{}", headers=JSON + b"Expect: the-impossible\r\n"), 400, 417)
    case("wants another protocol", whole(b"GET", b"/", b"Connection: upgrade\r\nUpgrade: h2c\r\n"), 200)
    case("a folded header", whole(b"GET", b"/", b"X-A: a\r\n b\r\n"), 200, 400)
    case("a header of controls", whole(b"GET", b"/", b"X-A: \x01\x00\r\n"), 400)
    case("a header without a name", whole(b"GET", b"/", b": a\r\n"), 400)


def lines():
    for name, data in [
        ("TLS", bytes.fromhex("16030100c8010000c40303") + b"\x00" * 200),
        ("HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0" * 64),
        ("HTTP/3.7", b"GET / HTTP/3.7\r\n\r\n"),
        ("nothing of HTTP", b"\0" * 1000 + b"\r\n\r\n"),
        ("no version", b"GET /\r\n\r\n"),
        ("no line", b"\r\n" * 1000),
        ("a lower method", b"get / HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n"),
        ("a method of 10 KB", b"G" * 10_000 + b" / HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n"),
        ("a method of controls", b"G\0T / HTTP/1.1\r\n" + HOST + b"\r\n"),
        ("a tunnel", b"CONNECT example.org:443 HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n"),
        ("a proxy", b"GET http://example.org/connectors HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n"),
        ("an asterisk", b"OPTIONS * HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n"),
        ("a blank in the path", b"GET /connectors /x HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n"),
        ("bytes in the path", b"GET /connectors/\xff\xfe HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n"),
    ]:
        case(name, data, 0, 200, 400, 404, 405, 414, 431, close=True)
    many = whole(b"GET", b"/connectors").replace(b"Connection: close\r\n", b"")
    case("200 requests at once, then garbage", many * 200 + b"\0garbage\r\n\r\n", 200, 400)
    case("a request smuggled", b"GET / HTTP/1.1\r\n" + HOST + b"Content-Length: 45\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
         + b"DELETE /connectors/h HTTP/1.1\r\nX: ", 400, 200, close=True)


def paths():
    for path in [b"/..", b"/../../etc/passwd", b"/connectors/../../etc/passwd", b"/connectors/%2e%2e/%2e%2e/etc/passwd",
                 b"/connectors/..%2f..%2fetc%2fpasswd", b"/connectors/%2F", b"/connectors/%2Fetc%2Fpasswd/config",
                 b"/connectors/%00", b"/connectors/a%00b/status", b"/connectors/%", b"/connectors/%zz", b"/connectors/%ff%fe",
                 b"/connectors/%c0%ae%c0%ae", b"//connectors", b"/connectors//config", b"/connectors/" + b"/" * 10_000,
                 b"/connectors/h/tasks/-1/status", b"/connectors/h/tasks/4294967296/status", b"/connectors/h/tasks/0x1/status",
                 b"/connectors/h/tasks/%31/status", b"/status/../connectors", b"/status/%2e%2e", b"/metrics/..", b"/static/..%5c",
                 b"/connectors;a=b", b"/connectors?expand=%ff&expand", b"/connectors?" + b"&" * 20_000, b"/#", b"/\\..\\..",
                 b"/connector-plugins/..%2f/config", b"/admin/loggers/%ff", b"/admin/loggers/" + b"a." * 5_000]:
        case(f"path {path[:40]!r}", whole(b"GET", path), 200, 400, 404, 405, 406)
    for name in [b"%2e%2e", b".", b"..", b"%00", b"%0d%0aX:%20y", b"%20", b"a%7fb"]:
        case(f"name {name!r}", put(b'{"connector.class":"HandleTimeProcessor"}', b"/connectors/" + name + b"/config"), 400, 404)
    for method in [b"DELETE", b"PUT", b"POST", b"PATCH"]:
        for path in [b"/", b"/health", b"/openapi.json", b"/connectors/h/tasks", b"/connectors/h/fence", b"/status", b"/metrics"]:
            case(f"{method.decode()} {path.decode()}", whole(method, path, JSON, b"{}" if method != b"DELETE" else b""), 404, 405)


def trickle(parts, pause_s, seen, name):
    """Sends bit by bit, until the worker has enough of it or the limit is over."""
    begun = time.monotonic()
    with socket.create_connection(ADDRESS, timeout=ANSWER_S) as line:
        for part in parts:
            try:
                line.sendall(part)
            except (BrokenPipeError, ConnectionResetError):
                break
            line.settimeout(pause_s)
            try:
                if line.recv(65536, socket.MSG_PEEK) is not None:
                    break
            except TimeoutError:
                pass
            except ConnectionResetError:
                break
            if SLOW_S < time.monotonic() - begun:
                break
        try:
            answer = read(line, max(0.1, SLOW_S - (time.monotonic() - begun)))
            seen[name] = (statuses(answer), time.monotonic() - begun)
        except AssertionError as error:
            seen[name] = error


def slow():
    """Clients that are slow or say nothing, all at once; gives the threads and what becomes of each."""
    seen = {}
    put_head = b"PUT /connectors/h/config HTTP/1.1\r\n" + HOST + JSON + b"Content-Length: 100000\r\n\r\n"
    ways = {
        "says nothing": ([b""], 1),
        "half a line": ([b"GET /conn"], 1),
        "half a head": ([b"GET / HTTP/1.1\r\nHost: w"], 1),
        "a head without an end": ([b"GET / HTTP/1.1\r\n"] + [b"X-%d: a\r\n" % number for number in range(90)], 0.5),
        "a letter at a time": ([b"GET / HTTP/1.1\r\nX-A: "] + [b"a"] * 1_000, 0.5),
        "no body": ([put_head], 1),
        "half a body": ([put_head + b"{"], 1),
        "a body a letter at a time": ([put_head] + [b" "] * 1_000, 0.5),
        "chunks a letter at a time": (
            [put_head.replace(b"Content-Length: 100000", b"Transfer-Encoding: chunked")] + [b"1\r\n \r\n"] * 1_000, 0.5),
        "nothing after an answer": ([b"GET / HTTP/1.1\r\n" + HOST + b"\r\n"], 1),
    }
    threads = [threading.Thread(target=trickle, args=(parts, pause_s, seen, name), daemon=True)
               for name, (parts, pause_s) in ways.items()]
    for thread in threads:
        thread.start()
    return threads, seen, set(ways)


def crowd(size=300):
    """Connections that keep a place each and say nothing."""
    return [socket.create_connection(ADDRESS, timeout=ANSWER_S) for _ in range(size)]


def rss_mib():
    status = Path(f"/proc/{os.environ['WORKER_PID']}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]) / 1024


def main():
    begun, memory = time.monotonic(), rss_mib()
    threads, seen, ways = slow()
    places = crowd()
    for make in [bodies, heads, lines, paths]:
        make()
    faults, told, slowest = [], Counter(), ("", 0.0)
    for name, data, expected, close in CASES:
        asked = time.monotonic()
        try:
            got = set(statuses(send(data, close=close))) or {0}
        except AssertionError as error:
            faults.append(f"{name}: {error}")
            continue
        slowest = max(slowest, (name, time.monotonic() - asked), key=lambda one: one[1])
        told.update(got)
        if not got <= expected or any(500 <= status for status in got):
            faults.append(f"{name}: answered {sorted(got)}, expected of {sorted(expected)}")
    for place in places:
        place.close()
    print(f"   {len(CASES)} requests, slowest {slowest[1]:.1f} s ({slowest[0]}); "
          + ", ".join(f"{status}: {count}" for status, count in sorted(told.items())))
    for thread in threads:
        thread.join(SLOW_S + 5)
    for name in sorted(ways):
        outcome = seen.get(name, "has not ended")
        if not isinstance(outcome, tuple) or any(500 <= status for status in outcome[0]):
            faults.append(f"slow, {name}: {outcome}")
        else:
            print(f"   slow, {name}: {outcome[0] or 'closed'} after {outcome[1]:.0f} s")
    grown = rss_mib() - memory
    print(f"   {time.monotonic() - begun:.0f} s, memory {grown:+.1f} MiB")
    assert not faults, "\n".join(["", *faults])
    assert REQUESTS_MIN <= len(CASES)
    assert grown <= MEMORY_MIB_MAX, grown
    assert requests.get(f"{WORKER}/health", timeout=10).json()["status"] == "healthy"
    assert requests.get(f"{WORKER}/connectors", timeout=10).json() == []


main()
