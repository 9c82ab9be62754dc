"""What is not quite HTTP, or never ends: bytes around a good body, by name."""

import gzip
from collections.abc import Iterator

JSON = "application/json"
MEGABYTE = 1 << 20


def not_quite_http(good: bytes) -> Iterator[tuple[str, bytes]]:
    """What is not quite HTTP, or never ends."""
    head = f"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: {JSON}\r\n".encode()
    chunked = head + b"Transfer-Encoding: chunked\r\n\r\n"
    yield "http: long header", head + b"A: " + b"x" * MEGABYTE
    yield "http: many headers", head + b"A: b\r\n" * 100_000 + b"\r\n"
    yield "http: long address", b"GET /" + b"x" * MEGABYTE + b" HTTP/1.1\r\n\r\n"
    yield "http: half a head", head
    yield "http: half a body", head + b"Content-Length: 1000\r\n\r\n" + good[:20]
    yield "http: negative length", head + b"Content-Length: -1\r\n\r\n"
    yield "http: huge length", head + b"Content-Length: 99999999999999999999\r\n\r\n"
    yield "http: two lengths", head + b"Content-Length: 1\r\nContent-Length: 9\r\n\r\n" + good
    yield "http: small chunks", chunked + b"1\r\n[\r\n" * 100_000 + b"0\r\n\r\n"
    yield "http: endless trailer", chunked + b"0\r\nA: " + b"x" * MEGABYTE
    yield "http: endless chunk", chunked + b"f" * 1000
    yield "http: upgrade", head + b"Connection: upgrade\r\nUpgrade: websocket\r\n\r\n"
    yield "http: a pipeline", b"GET /ping HTTP/1.1\r\nHost: x\r\n\r\n" * 2000
    yield "http: another method", b"DELETE /predict HTTP/1.1\r\nHost: x\r\n\r\n"
    yield "http: blank lines", b"\r\n" * 50_000
    length = f"Content-Length: {len(good)}\r\n".encode()
    bomb = gzip.compress(bytes(100 * MEGABYTE))
    packed = head + f"Content-Encoding: gzip\r\nContent-Length: {len(bomb)}\r\n\r\n".encode()
    yield "http: gzip", packed + bomb
    yield "http: a pipeline of rows", (head + length + b"\r\n" + good) * 500
    yield "http: length and chunks", head + length + b"Transfer-Encoding: chunked\r\n\r\n" + good
    yield "http: chunked twice", head + b"Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n"
    yield "http: huge chunk", chunked + b"ffffffffffffffff\r\n" + good
    yield "http: promised body", head + length + b"Expect: 100-continue\r\n\r\n"
    yield "http: lines of lf", head.replace(b"\r\n", b"\n") + length + b"\n" + good
    yield "http: 2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(1000)
    yield "http: 0.9", b"GET /ping\r\n"
    yield "http: another's address", b"GET http://other/ping HTTP/1.1\r\nHost: x\r\n\r\n"
    yield "http: a path of bytes", b"GET /%ff%00%0d%0aX:1 HTTP/1.1\r\nHost: x\r\n\r\n"
    yield "http: tls", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500)
    yield "http: zeros", bytes(MEGABYTE)
