"""A loopback reverse proxy that adds a token: the conformance suite has no option for a header.

Host, Origin and every other header pass as they came, and answers are passed on piece by piece.
Standard library only, because it is a program of its own: python proxy.py PORT TARGET_PORT, with
the token in the environment.
"""

import os
import socket
import sys
from http.client import HTTPConnection, HTTPResponse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TOKEN_VARIABLE = "PROXY_TOKEN"
HOST = "127.0.0.1"
OWN_HEADERS = {"authorization", "connection", "transfer-encoding"}
"""What each side of a proxy says for itself."""


class Forward(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    target_port = 0

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        target = HTTPConnection(HOST, self.target_port, timeout=60)
        try:
            target.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                if name.lower() not in OWN_HEADERS:
                    target.putheader(name, value)
            target.putheader("Authorization", f"Bearer {os.environ[TOKEN_VARIABLE]}")
            target.endheaders(body)
            self.pass_on(target.getresponse())
        except ConnectionError:
            self.close_connection = True
        finally:
            target.close()

    do_GET = do_DELETE = do_POST

    def pass_on(self, answer: HTTPResponse) -> None:
        self.send_response_only(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in OWN_HEADERS:
                self.send_header(name, value)
        in_chunks = answer.chunked or answer.length is None
        if in_chunks:
            self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        while piece := answer.read1(65536):
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece) if in_chunks else piece)
        if in_chunks:
            self.wfile.write(b"0\r\n\r\n")

    def log_message(self, format: str, *arguments: object) -> None:
        """Nothing: a test shows what failed."""


def reach(port: int) -> None:
    """Raises OSError while nothing listens there."""
    socket.create_connection((HOST, port), timeout=5).close()


def main(port: int, target_port: int) -> None:
    Forward.target_port = target_port
    ThreadingHTTPServer((HOST, port), Forward).serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
