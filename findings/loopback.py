"""Plain sockets and processes on loopback, for the scripts beside this file."""
import contextlib
import socket
import subprocess
import threading
import time


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


def until(connection, end):
    """Reads until `end` has come or the peer has closed."""
    received = b""
    while end not in received and (more := connection.recv(65536)):
        received += more
    return received


def connected(port, seconds=30):
    """A connection to a server that may still be starting."""
    for _ in range(seconds * 10):
        with contextlib.suppress(ConnectionRefusedError):
            connection = socket.create_connection(("127.0.0.1", port), timeout=seconds)
            if connection.getsockname() != connection.getpeername():  # TCP can connect a free port to itself
                return connection
            connection.close()
        time.sleep(0.1)
    raise TimeoutError(f"no server listens on port {port}")


def exchange(port, request):
    """Sends a request that asks for `Connection: close`, and reads the whole answer."""
    with connected(port) as client:
        client.sendall(request)
        return until(client, b"\0 no answer contains this")


def backend(converse):
    """Calls `converse(connection)` for each connection to the port that is returned."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve(connection):
        with connection, contextlib.suppress(OSError):
            converse(connection)

    def accept():
        while True:
            threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    return listener.getsockname()[1]


@contextlib.contextmanager
def running(*command, **options):
    """A process that ends with the block."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options)
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def output(*command):
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120)
    return result.stdout.strip()
