"""One stack: its layout, its secrets, whose stores it uses, and the services that make it up."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Self

from infra.embedded.addresses import (
    application_environment,
    embedded_stores,
    own_stores,
    public_addresses,
)
from infra.embedded.credentials import Credentials, load_credentials, write_private
from infra.embedded.layout import Layout, layout_of
from infra.embedded.processes import EMBEDDER, application_processes, has_embedding_packages
from infra.embedded.services import Service
from infra.embedded.stores import store_services

_LOOPBACK = "127.0.0.1,localhost"
_NO_PROXY = {"NO_PROXY": _LOOPBACK, "no_proxy": _LOOPBACK}
"""A proxy for the outside must not stand between our own processes."""

MARK = "CINEMESH_STACK"
"""The variable by which every process of a stack is known: it holds the stack's `var` folder."""


@dataclass(frozen=True)
class Stack:
    """What `up` decided and every later command must agree with; kept in `run/stack.json`."""

    layout: Layout
    credentials: Credentials = field(repr=False)
    own: Mapping[str, str] = field(default_factory=dict, repr=False)
    stores_only: bool = False

    @classmethod
    def wanted(cls, environ: Mapping[str, str], *, stores_only: bool = False) -> Self:
        """The stack that the environment asks for; its folders and secrets are made."""
        layout = layout_of(environ)
        layout.make_folders()
        credentials = load_credentials(layout)
        return cls(layout, credentials, own_stores(environ, credentials), stores_only)

    @classmethod
    def started(cls, environ: Mapping[str, str]) -> Self | None:
        """The stack that was started last in this checkout, if any was."""
        layout = layout_of(environ)
        try:
            known = json.loads((layout.run / "stack.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        layout = replace(layout, port_base=known["port_base"])
        return cls(layout, load_credentials(layout), known["own"], known["stores_only"])

    def save(self) -> None:
        """Let every later command find this stack."""
        known = {
            "port_base": self.layout.port_base,
            "own": dict(self.own),
            "stores_only": self.stores_only,
        }
        write_private(self.layout.run / "stack.json", json.dumps(known))

    @cached_property
    def stores(self) -> dict[str, Service]:
        """The stores that we run; those that the user brought are absent."""
        services = store_services(self.layout, self.credentials)
        return {name: services[name] for name in embedded_stores(self.own)}

    @cached_property
    def application(self) -> dict[str, Service]:
        """The processes of the application, the embedder among them."""
        return {} if self.stores_only else application_processes(self.layout)

    @property
    def services(self) -> dict[str, Service]:
        """All that a supervisor may be asked to run."""
        return {**self.stores, **self.application}

    @property
    def expected(self) -> tuple[str, ...]:
        """The names of what runs when all is well; the embedder once its packages are there."""
        return tuple(name for name in self.services if name != EMBEDDER or has_embedding_packages())

    @property
    def addresses(self) -> dict[str, str]:
        """Addresses and credentials for people."""
        return public_addresses(self.layout, self.credentials, self.own)

    def environment_of(self, service: Service) -> dict[str, str]:
        """The whole environment of one process; a store is told no secret of another."""
        application = self.application_environment
        base = {name: value for name, value in os.environ.items() if name not in application}
        if service.name in self.application:
            base |= application
        return {**base, **_NO_PROXY, **service.environment, MARK: str(self.layout.var)}

    def enter(self) -> None:
        """Give this process what every process of the application has in its environment."""
        os.environ |= {**self.application_environment, **_NO_PROXY}

    @property
    def application_environment(self) -> dict[str, str]:
        """What `manage.py` needs besides the environment that it inherits."""
        return application_environment(self.layout, self.credentials, self.own)
