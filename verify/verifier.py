"""The offline decision. One page, numbered steps; everything else in this room serves it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codes import base45
from codes.claims import Audience
from codes.errors import CardError, StateError
from codes.presentation import Presentation, body_of
from codes.scenes import Freshness
from verify import faults
from verify.believing import Believing
from verify.clock import seconds_of
from verify.verdict import Accepted, Verdict, not_accepted

if TYPE_CHECKING:
    from datetime import datetime

    from codes.scenes import SceneRules
    from verify.clock import ClockFloor
    from verify.ports import ReplayMemory, StatusSource
    from verify.trust import TrustView


class Verifier:
    """A terminal's judgement under one set of verified trust, one scene and one memory. Built anew when any of them changes."""

    def __init__(self, *, trust: TrustView, scene: SceneRules, status: StatusSource, replay: ReplayMemory, floor: ClockFloor) -> None:
        self.scene = scene
        self.replay = replay
        self.believing = Believing(trust=trust, scene=scene, status=status, floor=floor)

    def verify(self, text: str, *, at: datetime, challenge: bytes | None = None) -> Verdict:
        """Judge one scanned text at the terminal's time `at` (aware), and against the terminal's own `challenge` where it showed one.

        Every step either holds or ends the decision; cheap comes before dear, and no byte is believed before its signature (FORMATS section 2).

        -1 ready             trust in date, clock not below its floor: else inconclusive, before the code is looked at
         0 text              prefix, length
         1 form              Base45, canonical CBOR, COSE shapes, every claim's type and range
         2 issuer            a key of the trust list has this region and key id
         3 scope             that key is valid now and may sign this profile, life and max_age; the clock suits what its region signed last
         4 issuer signature  over exactly the bytes that were read
         5 recognition       this scene recognises that region
         6 credential time   iat <= now < exp
         7 holder signature  with the key that the issuer named; absent or wrong is forged, never "unsigned"
         8 audience          the class fits the scene and the profile; a challenge is answered where required, absent where not
         9 window            -future <= now - iat <= min(max_age) + past
        10 status            the list belongs to issuer and profile, the index lies in it, the value is good, the answer is fresh enough
        11 scene rule        fare class, delegate, scenes that ask online
        12 not replayed      one acceptance per credential and passback interval: remembered, and accepted

        Here a `CardError` becomes a verdict: `InputError` and `StateError` refuse, `SetupError` is inconclusive. A naive `at` is a `ValueError`.
        """
        now = seconds_of(at)
        believing, scene = self.believing, self.scene
        step = -1
        try:
            believing.ready(now)  # a code never moves the clock (FORMATS 2, "Trusted time")

            step = 0  # text
            body = body_of(text)

            step = 1  # form (FORMATS 1, "Strictness")
            code = Presentation.from_bytes(base45.decode(body))
            credential = code.credential
            says = credential.says

            step = 2  # issuer
            trusted = believing.issuer(credential)

            step = 3  # scope
            believing.scope(trusted, says, now)

            step = 4  # issuer signature
            believing.signature(trusted, credential)

            step = 5  # recognition
            believing.recognition(says)

            step = 6  # credential time
            believing.times(says, now)

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

            step = 10  # status (IETF Token Status List; FORMATS 2, "Evidence time")
            as_of, notes = believing.good_status(says, now)

            step = 11  # scene rule
            notes = believing.scene_rule(says, notes)

            step = 12  # not replayed
            self.replay.admit(says.iss, says.sub, iat=code.iat, now=now, until=now + scene.passback, future=scene.future)

        except CardError as error:
            return not_accepted(error, step=step)

        return Accepted.of(says, scene, notes=notes, as_of=as_of, now=now)

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
        elif answer != challenge:
            raise StateError(faults.CHALLENGE_UNASKED if challenge is None else faults.CHALLENGE_OTHER)
