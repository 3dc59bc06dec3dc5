"""Interceptors: they take requests from client libraries, by botocore's event hook and by `responses`.

An interceptor turns a request into an `HttpRequest` for `_wire`, and the `HttpResponse` of `_wire` into the answer that
its library expects. This module imports neither library: the hooks are installed when botocore or requests is imported.
"""

from __future__ import annotations

from functools import cache, partial
from importlib import import_module

from .._imports import when_imported

#: Modules of client libraries, and the function that installs the hooks once one is imported.
_INSTALLERS = {
    "botocore.handlers": (".botocore_hook", "install"),
    "requests.sessions": (".requests_adapter", "install"),
    "botocore.retries.bucket": (".retry_waits", "install_on_bucket"),
    "aiobotocore.retries.bucket": (".retry_waits", "install_on_async_bucket"),
}


@cache
def install() -> None:
    """Install the hooks, once: they pass all requests on while no mock is open."""
    for library, (module, function) in _INSTALLERS.items():
        when_imported(library, partial(_run, module, function))


def _run(module: str, function: str) -> None:
    getattr(import_module(module, __name__), function)()
