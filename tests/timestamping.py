"""A timestamp service on this machine: OpenSSL's own ``ts -reply`` behind a tiny HTTP server.

Nothing is tested here.
"""

from __future__ import annotations

import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from retention.stamping import Stamper

HAS_OPENSSL = shutil.which("openssl") is not None
SETTINGS = """\
[req]
distinguished_name = name
prompt = no
[name]
CN = {name}
[root]
basicConstraints = critical, CA:true
keyUsage = critical, keyCertSign
[stamps]
basicConstraints = critical, CA:false
extendedKeyUsage = critical, timeStamping
[tsa]
default_tsa = tsa1
[tsa1]
dir = {folder}
serial = $dir/serial
crypto_device = builtin
signer_cert = $dir/stamps.pem
signer_key = $dir/stamps.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha512
accuracy = secs:1
ess_cert_id_alg = sha256
"""


class Service:
    """A certificate authority of its own, and a signer of timestamps under it. ``answer`` replaces every answer.

    Only the signer's own certificate is in a token: OpenSSL 3.0 writes several in an order that DER does not allow.
    """

    def __init__(self, folder: Path, name: str = "Town Timestamps") -> None:
        folder.mkdir(parents=True)
        self.folder = folder
        self.url = ""
        self.answer: bytes | None = None
        self.status = 200
        settings = folder / "openssl.cnf"
        settings.write_text(SETTINGS.format(folder=folder, name=f"{name} Root"), "utf-8")
        key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
        self._openssl("req", "-x509", *key, "-keyout", "root.key", "-out", "root.pem", "-extensions", "root")
        settings.write_text(SETTINGS.format(folder=folder, name=name), "utf-8")
        self._openssl("req", "-new", *key, "-keyout", "stamps.key", "-out", "stamps.csr")
        signed = ("-CA", "root.pem", "-CAkey", "root.key", "-CAcreateserial", "-extfile", "openssl.cnf")
        self._openssl("x509", "-req", "-in", "stamps.csr", *signed, "-extensions", "stamps", "-out", "stamps.pem")
        (folder / "serial").write_text("01\n")

    @property
    def certificates(self) -> Path:
        return self.folder / "root.pem"

    @property
    def stamper(self) -> Stamper:
        return Stamper(self.url, self.certificates)

    def reply(self, query: bytes) -> bytes:
        if self.answer is not None:
            return self.answer
        (self.folder / "query").write_bytes(query)
        self._openssl("ts", "-reply", "-queryfile", "query", "-out", "reply")
        return (self.folder / "reply").read_bytes()

    @contextmanager
    def serving(self) -> Iterator[Service]:
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                query = self.rfile.read(int(self.headers["Content-Length"]))
                reply = service.reply(query)
                self.send_response(service.status)
                self.send_header("Content-Type", "application/timestamp-reply")
                self.send_header("Content-Length", str(len(reply)))
                self.end_headers()
                self.wfile.write(reply)

            def log_message(self, format: str, *args: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        self.url = f"http://127.0.0.1:{server.server_port}/tsr"
        try:
            yield self
        finally:
            server.shutdown()
            thread.join()
            server.server_close()

    def _openssl(self, *arguments: str) -> None:
        asked = ["openssl", *arguments, *(["-config", "openssl.cnf"] if arguments[0] in ("req", "ts") else [])]
        subprocess.run(asked, cwd=self.folder, check=True, capture_output=True)
