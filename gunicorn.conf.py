"""How `make run` serves: two processes on this machine's loopback, and no control socket."""

import gc
import os
import sys

bind = f"127.0.0.1:{os.environ.get('PORT', '8000')}"  # loopback alone: a proxy with a certificate stands before it
workers = 2
threads = 4
timeout = 60
max_requests = 2000  # a worker is replaced now and then, so that nothing it leaks can grow
max_requests_jitter = 200
control_socket_disable = True  # on by default since gunicorn 25, and fails for accounts without a home
loglevel = "warning"


def when_ready(server):
    """Says where the site is, once it really listens."""
    host, port = server.address[0][:2]
    sys.stdout.write(f"Phenotheque: http://{host}:{port}  (Ctrl-C to stop)\n")
    sys.stdout.flush()


def post_worker_init(worker):
    """Keeps what the application is made of out of later collections of garbage: one page in six paid for one."""
    gc.collect()
    gc.freeze()
