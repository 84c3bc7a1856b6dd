"""The offline decision. One page, twelve numbered steps; everything else in this room serves it."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from codes import base45
from codes.claims import Audience, Profile
from codes.errors import CardError, InputError, SetupError, StateError
from codes.presentation import Presentation, body_of
from codes.reasons import Note, Reason
from codes.scenes import Freshness
from verify import faults
from verify.freshness import judge_status
from verify.verdict import Accepted, Claims, Inconclusive, Refused, Verdict

if TYPE_CHECKING:
    from datetime import datetime

    from codes.credential import Credential
    from codes.scenes import SceneRules
    from verify.clock import ClockFloor
    from verify.ports import ReplayMemory, StatusSource
    from verify.trust import TrustedIssuer, TrustView

SEEN_CREDENTIALS = 4096
"""Issuer signatures remembered as verified; a metro gate meets the same commuters again within the life of a credential."""


class Verifier:
    """A terminal's judgement under one set of verified trust, one scene and one memory. Built anew when any of them changes."""

    def __init__(self, *, trust: TrustView, scene: SceneRules, status: StatusSource, replay: ReplayMemory, floor: ClockFloor) -> None:
        self.trust = trust
        self.scene = scene
        self.status = status
        self.replay = replay
        self.floor = floor
        self._seen: dict[bytes, None] = {}

    def verify(self, text: str, *, at: datetime, challenge: bytes | None = None) -> Verdict:
        """Judge one scanned text at the terminal's time `at` (aware), and against the terminal's own `challenge` where it showed one.

        Every step either holds or ends the decision; cheap comes before dear, and no byte is believed before its signature (FORMATS section 2).

        -1 ready            trust in date, clock not below its floor: else inconclusive, before the code is looked at
         0 text             prefix, length
         1 form             Base45, canonical CBOR, COSE shapes, every claim's type and range
         2 issuer           a key of the trust list has this region and key id
         3 scope            that key is valid now and may sign this profile, life and max_age; the clock suits what its region signed last
         4 issuer signature over exactly the bytes that were read
         5 recognition      this scene recognises that region
         6 credential time  iat <= now < exp
         7 holder signature with the key that the issuer named; absent or wrong is forged, never "unsigned"
         8 audience         the class fits the scene and the profile; a challenge is answered where required, absent where not
         9 window           -future <= now - iat <= min(max_age) + past
        10 status           the list belongs to issuer and profile, the index lies in it, the value is good, the answer is fresh enough
        11 scene rule       fare class, delegate, scenes that ask online
        12 not replayed     one acceptance per credential and passback interval: remembered, and accepted

        The only place where a `CardError` becomes a verdict: `InputError` and `StateError` refuse, `SetupError` is inconclusive.
        """
        now = int(at.timestamp())
        scene = self.scene
        step = -1
        try:
            # -1 ready (FORMATS 2, "Trusted time"; a code never moves the clock)
            self.floor.check(now)
            if now >= self.trust.expires:
                raise SetupError(faults.TRUST_EXPIRED, late_s=now - self.trust.expires)

            step = 0  # text
            body = body_of(text)

            step = 1  # form (FORMATS 1, "Strictness")
            code = Presentation.from_bytes(base45.decode(body))
            credential, says = code.credential, code.credential.says

            step = 2  # issuer: the key id is a hint that picks one key; nothing tries a second
            trusted = self.trust.issuers.get((says.iss, credential.kid))
            if trusted is None:
                raise InputError(faults.ISSUER_UNKNOWN, kid=credential.kid.hex())

            step = 3  # scope
            self._check_scope(trusted, credential, now)

            step = 4  # issuer signature
            self._check_issuer_signature(trusted, credential)

            step = 5  # recognition
            if says.iss not in scene.recognises:
                raise StateError(faults.ISSUER_NOT_HERE, region=says.iss)

            step = 6  # credential time (RFC 8392 3.1.4 and 3.1.6)
            if now >= says.exp:
                raise StateError(faults.CREDENTIAL_EXPIRED, late_s=now - says.exp)
            if now < says.iat:
                raise StateError(faults.CREDENTIAL_NOT_YET_VALID, ahead_s=says.iat - now)

            step = 7  # holder signature
            code.check(says.holder.load())

            step = 8  # audience and challenge
            self._check_audience(code)
            self._check_challenge(code.cnonce, challenge)

            step = 9  # window
            max_age = min(says.max_age, scene.max_age)
            if code.iat - now > scene.future:
                raise StateError(faults.CODE_FROM_FUTURE, ahead_s=code.iat - now)
            if now - code.iat > max_age + scene.past:
                raise StateError(faults.CODE_EXPIRED, late_s=now - code.iat - max_age, age_s=now - code.iat)

            step = 10  # status (IETF Token Status List; FORMATS 2 "Evidence time")
            as_of, notes = judge_status(says, scene=scene, trust=self.trust, status=self.status, now=now)

            step = 11  # scene rule
            if says.profile is Profile.DELEGATE:
                if not scene.delegate:
                    raise StateError(faults.DELEGATE_NOT_HERE)
                notes = (*notes, Note.DELEGATE)
            if scene.fares is not None and says.fare not in scene.fares:
                raise StateError(faults.FARE_NOT_HERE, fare=says.fare)
            if scene.freshness is Freshness.ONLINE:
                raise SetupError(faults.SCENE_ONLINE)

            step = 12  # not replayed
            self.replay.admit(says.iss, says.sub, now=now, until=now + scene.passback, made=code.iat - scene.future)

        except SetupError as error:
            return Inconclusive(reason=error.fault.reason or Reason.TERMINAL_NOT_READY, step=step, fault=error.fault, facts=error.facts)
        except CardError as error:
            return Refused(reason=error.fault.reason or Reason.MALFORMED, step=step, fault=error.fault, facts=error.facts)

        fare = None if scene.fares is None else says.fare
        claims = Claims(iss=says.iss, sub=says.sub, profile=says.profile, fare=fare, name=says.name, tail=says.tail)
        return Accepted(claims=claims, notes=notes, as_of=as_of, age=max(0, now - as_of))

    def _check_scope(self, trusted: TrustedIssuer, credential: Credential, now: int) -> None:
        issuer, says = trusted.issuer, credential.says
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

    def _check_issuer_signature(self, trusted: TrustedIssuer, credential: Credential) -> None:
        """Check it, or recognise the very same bytes as checked before under this trust (the view never changes; a new one is a new verifier)."""
        digest = sha256(credential.raw).digest()
        if digest not in self._seen:
            credential.check(trusted.key)
            if len(self._seen) >= SEEN_CREDENTIALS:
                del self._seen[next(iter(self._seen))]
            self._seen[digest] = None

    def _check_audience(self, code: Presentation) -> None:
        if code.audience is not self.scene.audience:
            raise StateError(faults.AUDIENCE_OTHER, audience=str(code.audience), scene=str(self.scene.audience))
        if (code.audience is Audience.IDENTITY) is (code.credential.says.name is None):
            raise StateError(faults.AUDIENCE_PROFILE, audience=str(code.audience), profile=int(code.credential.says.profile))

    def _check_challenge(self, answer: bytes | None, challenge: bytes | None) -> None:
        if challenge is None and self.scene.freshness is not Freshness.CHALLENGE:
            if answer is not None:
                raise StateError(faults.CHALLENGE_UNASKED)
        elif answer is None:
            raise StateError(faults.CHALLENGE_MISSING)
        elif challenge is None:
            raise StateError(faults.CHALLENGE_UNASKED)
        elif answer != challenge:
            raise StateError(faults.CHALLENGE_OTHER)
