# A backend on Python's own HTTP parser, which forgives much: prints its port, then each complete request as a line of JSON.
import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

lock = threading.Lock()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30
    wbufsize = -1

    def body(self):
        if "chunked" not in (self.headers.get("transfer-encoding") or "").lower():
            length = int(self.headers.get("content-length") or 0)
            found = self.rfile.read(length)
            return found if len(found) == length else None
        parts = []
        while True:
            line = self.rfile.readline()
            if not line:
                return None
            size = int(line.split(b";")[0], 16)
            if size == 0:
                break
            part = self.rfile.read(size)
            if len(part) < size:
                return None
            parts.append(part)
            self.rfile.readline()
        while True:
            line = self.rfile.readline()
            if not line:
                return None
            if line in (b"\r\n", b"\n"):
                return b"".join(parts)

    def serve(self):
        try:
            body = self.body()
        except (ValueError, OSError):
            body = None
        if body is None:
            self.close_connection = True
            return
        seen = {"method": self.command, "path": self.path, "host": self.headers.get("host") or "", "body": body.decode("latin1")}
        with lock:
            print(json.dumps(seen), flush=True)
        answer = f"{self.command} {self.path}".encode("latin1")
        self.send_response(200)
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer)

    def __getattr__(self, name):
        if name.startswith("do_"):
            return self.serve
        raise AttributeError(name)

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, *_):
        pass


server = Server(("127.0.0.1", 0), Handler)
print(server.server_address[1], flush=True)
server.serve_forever()
