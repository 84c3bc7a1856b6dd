"""People who work in a city, and the desk at which they sign in: cheap passwords, authenticators that are told the time."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pyotp

from ecard.access.desk import AccessDesk
from ecard.access.passwords import Passwords
from ecard.model import Actor, Role
from tests.ecard.city import CQ, SC

if TYPE_CHECKING:
    from datetime import datetime

    from ecard.access.resets import Enrolled
    from ecard.access.sessions import Opened
    from ecard.model import Entropy
    from tests.ecard.city import City

PASSWORD = "两江四岸 horse 2026"
ADDRESS = "10.0.0.7"


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """Somebody who works here, as office.toml would say."""

    ref: str
    person: str
    roles: tuple[Role, ...]
    region: str = CQ
    joint_desk: bool = False

    def acting(self, role: Role | None = None) -> Actor:
        return Actor(ref=self.ref, person=self.person, role=role or self.roles[0], region=self.region)


WORKERS = (
    Worker(ref="admin-1", person="staff-9", roles=(Role.ADMIN,)),
    Worker(ref="clerk-1", person="staff-1", roles=(Role.CLERK,)),
    Worker(ref="clerk-2", person="staff-2", roles=(Role.CLERK,)),
    Worker(ref="lead-1", person="staff-5", roles=(Role.SUPERVISOR, Role.CLERK)),
    Worker(ref="lead-2", person="staff-6", roles=(Role.SUPERVISOR,)),
    Worker(ref="clerk-3", person="staff-3", roles=(Role.CLERK,), region=SC),
    Worker(ref="lead-3", person="staff-7", roles=(Role.SUPERVISOR,), region=SC),
)


def cheap(entropy: Entropy) -> Passwords:
    """Hashes that cost next to nothing."""
    return Passwords(entropy, passes=1, memory_kib=8, lanes=1)


@dataclass
class Reception:
    """The desk, who works here, and what the operators took along."""

    city: City
    desk: AccessDesk
    staff: dict[str, Worker]
    given: dict[str, Enrolled] = field(default_factory=dict)

    @classmethod
    def of(cls, city: City, *, entropy: Entropy | None = None) -> Reception:
        office = city.office if entropy is None else replace(city.office, entropy=entropy)
        return cls(city, AccessDesk.of(office, cheap(office.entropy)), {worker.ref: worker for worker in WORKERS})

    def enrol(self, ref: str, *, by: str = "admin-1", password: str = PASSWORD) -> Enrolled:
        self.given[ref] = self.desk.enrol(self.staff[ref], password, actor=self.staff[by].acting(), at=self.city.at)
        return self.given[ref]

    def everybody(self) -> Reception:
        """All of the region enrolled: the admin first, by nobody else."""
        for ref in ("admin-1", "clerk-1", "clerk-2", "lead-1", "lead-2"):
            self.enrol(ref)
        return self

    def code(self, ref: str, at: datetime | None = None) -> str:
        return pyotp.TOTP(self.given[ref].secret).at(at or self.city.at)

    def sign_in(
        self,
        ref: str,
        *,
        password: str = PASSWORD,
        code: str | None = None,
        address: str = ADDRESS,
        device: str | None = None,
        before: bytes | None = None,
    ) -> Opened:
        shown = self.code(ref) if code is None else code
        return self.desk.sign_in(ref, password, shown, staff=self.staff, address=address, device=device, before=before, at=self.city.at)

    def is_in(self, opened: Opened) -> bool:
        return self.desk.look(opened.secret, staff=self.staff, at=self.city.at) is not None
