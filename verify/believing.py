"""What a code and a chip have in common: an issuer-signed credential, and the steps by which it is believed (steps -1, 2-6, 10 and 11 of the decision).

Each method is one step: it returns, or raises the `CardError` that ends the decision. The order is the verifier's.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from codes.claims import Profile
from codes.errors import InputError, SetupError, StateError
from codes.reasons import Note
from codes.scenes import Freshness
from verify import faults
from verify.freshness import judge_status

if TYPE_CHECKING:
    from codes.credential import Credential, Statement
    from codes.scenes import SceneRules
    from verify.clock import ClockFloor
    from verify.ports import StatusSource
    from verify.trust import TrustedIssuer, TrustView

SEEN_CREDENTIALS = 4096
"""Issuer signatures remembered as verified; a metro gate meets the same commuters again within the life of a credential."""


class Issued:
    """What can be believed of a credential by its issuer alone (steps 2, 3, 4 and 6): the same for a terminal and for an issuer that checks itself."""

    def __init__(self, *, trust: TrustView, floor: ClockFloor) -> None:
        self.trust = trust
        self.floor = floor
        self._seen: dict[bytes, None] = {}

    def issuer(self, credential: Credential) -> TrustedIssuer:
        """The one key that region and key id name; the key id is a hint, and nothing tries a second key. Raises `InputError` issuer-unknown."""
        trusted = self.trust.issuers.get((credential.says.iss, credential.kid))
        if trusted is None:
            raise InputError(faults.ISSUER_UNKNOWN, kid=credential.kid.hex())
        return trusted

    def scope(self, trusted: TrustedIssuer, says: Statement, now: int) -> None:
        """The key is valid now and may sign this profile, life and max_age; the clock suits what its region signed last.

        Raises `InputError` issuer-key-period, issuer-key-profile, issuer-key-life or issuer-key-max-age; `SetupError` clock-below-floor.
        """
        issuer = trusted.issuer
        self.floor.check_region(issuer.region, now)
        if not issuer.not_before <= now < issuer.not_after:
            raise InputError(faults.ISSUER_KEY_PERIOD, not_before=issuer.not_before, not_after=issuer.not_after)
        bounds = issuer.profiles.get(says.profile)
        if bounds is None:
            raise InputError(faults.ISSUER_KEY_PROFILE, profile=int(says.profile))
        if says.exp - says.iat > bounds.longest_life:
            raise InputError(faults.ISSUER_KEY_LIFE, life_s=says.exp - says.iat, limit_s=bounds.longest_life)
        if says.max_age > bounds.longest_max_age:
            raise InputError(faults.ISSUER_KEY_MAX_AGE, max_age_s=says.max_age, limit_s=bounds.longest_max_age)

    def signature(self, trusted: TrustedIssuer, credential: Credential) -> None:
        """The issuer signed exactly these bytes: checked, or recognised as the very bytes that were checked before under this trust.

        Raises `InputError` issuer-signature.
        """
        digest = sha256(credential.raw).digest()
        if digest not in self._seen:
            credential.check(trusted.key)
            if len(self._seen) >= SEEN_CREDENTIALS:
                del self._seen[next(iter(self._seen))]
            self._seen[digest] = None

    def times(self, says: Statement, now: int) -> None:
        """`iat <= now < exp` (RFC 8392 sections 3.1.4 and 3.1.6). Raises `StateError` credential-expired or credential-not-yet-valid."""
        if now >= says.exp:
            raise StateError(faults.CREDENTIAL_EXPIRED, late_s=now - says.exp)
        if now < says.iat:
            raise StateError(faults.CREDENTIAL_NOT_YET_VALID, early_s=says.iat - now)


class Believing(Issued):
    """Checks of a credential under one immutable set of trust and scene, and the newest status and clock floor."""

    def __init__(self, *, trust: TrustView, scene: SceneRules, status: StatusSource, floor: ClockFloor) -> None:
        super().__init__(trust=trust, floor=floor)
        self.scene = scene
        self.status = status

    def follow(self, *, status: StatusSource, floor: ClockFloor) -> None:
        """Go on with newer lists under the same trust: what was verified by it stays verified."""
        self.status, self.floor = status, floor

    def ready(self, now: int) -> None:
        """The clock is not below its floor and no part of the trust is out of date. Raises `SetupError` clock-below-floor or trust-expired."""
        self.floor.check(now)
        if now >= self.trust.expires:
            raise SetupError(faults.TRUST_EXPIRED, late_s=now - self.trust.expires)

    def recognition(self, says: Statement) -> None:
        """This scene recognises that region's cards. Raises `StateError` issuer-not-here."""
        if says.iss not in self.scene.recognises:
            raise StateError(faults.ISSUER_NOT_HERE, region=says.iss)

    def good_status(self, says: Statement, now: int) -> tuple[int, tuple[Note, ...]]:
        """Evidence time of a good status and the notes its age deserves; raises as `freshness.judge_status` does."""
        return judge_status(says, scene=self.scene, trust=self.trust, status=self.status, now=now)

    def scene_rule(self, says: Statement, notes: tuple[Note, ...]) -> tuple[Note, ...]:
        """The scene accepts this fare class and a delegate's credential, and lets a terminal decide by itself; the notes, with `delegate` where it is one.

        Raises `StateError` delegate-not-here or fare-not-here; `SetupError` scene-online.
        """
        scene = self.scene
        if says.profile is Profile.DELEGATE:
            if not scene.delegate:
                raise StateError(faults.DELEGATE_NOT_HERE)
            notes = (*notes, Note.DELEGATE)
        if scene.fares is not None and says.fare not in scene.fares:
            raise StateError(faults.FARE_NOT_HERE, fare=says.fare)
        if scene.freshness is Freshness.ONLINE:
            raise SetupError(faults.SCENE_ONLINE)
        return notes
