"""Shows a page of one's own to a headless browser on loopback and hands back what the page reports.

A page reports by `fetch('/report', {method: 'POST', body})`. Every other POST goes to the caller's `answer`, which gets the
handler after the body has been read.
"""
import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PROGRAMS = {
    "chromium": ["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--user-data-dir={profile}"],
    "firefox": ["firefox-esr", "--headless", "--no-remote", "--profile", "{profile}"],
}


def respond(handler, status, body=b"", content_type="text/plain"):
    handler.send_response(status)
    handler.send_header("Content-Type", content_type)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def report_of(browser, page, answer=lambda handler: respond(handler, 200), seconds=90):
    """The text that `page` reports in `browser`, a key of `PROGRAMS`; `TimeoutError` when none comes in time."""
    reported, report = threading.Event(), []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            respond(self, 200, page.encode(), "text/html; charset=utf-8")

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.path != "/report":
                return answer(self)
            report.append(body.decode())
            respond(self, 200)
            reported.set()

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.handle_error = lambda *_: None
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with running(browser, f"http://127.0.0.1:{server.server_port}/"):
        if not reported.wait(seconds):
            raise TimeoutError(f"{browser} has not reported within {seconds} s")
    server.shutdown()
    return report[0]


def version_of(browser):
    return subprocess.run([PROGRAMS[browser][0], "--version"], capture_output=True, text=True).stdout.strip()


@contextlib.contextmanager
def running(browser, address):
    profile = tempfile.mkdtemp()
    command = [word.format(profile=profile) for word in PROGRAMS[browser]] + [address]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        yield
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()
        shutil.rmtree(profile, ignore_errors=True)
