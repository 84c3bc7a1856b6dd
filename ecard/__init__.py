"""What is true? The record of cards: who may do what to a card, the identity vault, issuing, and everything that is published from it.

    store = Store.create(path)                                        # SQLite, durable or not at all
    vault = Vault(wrapper=AesKeyWrapper(kek), index_key=index_key, entropy=secrets.token_bytes)
    office = CardOffice(store=store, vault=vault, policy=Policy(), issuers={"CN-CQ": chongqing}, entropy=secrets.token_bytes)

    applied = office.apply(application, actor=clerk, evidence=lifecycle.RULES[Command.APPLY].evidence, at=at)
    nonce = office.nonce(applied.card.ref, NoncePurpose.PERSONALISE, at=at)      # the chip answers nonce.value, then:
    made = office.personalise(applied.card.ref, chip_key=key, challenge=nonce.value, answer=answer, actor=workshop, at=at)
    office.activate(applied.card.ref, actor=clerk, evidence=papers, at=at)
    publish_statuses(office.truth(at), folder, signers, at=at)

The table of commands is `lifecycle.RULES`. Importing this package opens nothing and reads nothing.
"""

from ecard.applying import Application, Applied, Personalised
from ecard.enrolment import Nonce, NoncePurpose
from ecard.holderacts import PhoneProof, act_binding
from ecard.identity import IdentityType
from ecard.issuer import IssuingKey, RegionIssuer
from ecard.lifecycle import CarrierStatus, Command, Evidence
from ecard.model import Actor, Card, CardRef, Carrier, CarrierRef, Dossier, Entropy, FreezeGround, Role
from ecard.office import CardOffice
from ecard.phones import Bound, CredentialRequest, Endorsement, renewal_binding
from ecard.policy import Policy
from ecard.stopping import LossOf, Stopped
from ecard.store import Store
from ecard.vault import AesKeyWrapper, IndexPurpose, KeyWrapper, Vault

__all__ = [
    "Actor",
    "AesKeyWrapper",
    "Application",
    "Applied",
    "Bound",
    "Card",
    "CardOffice",
    "CardRef",
    "Carrier",
    "CarrierRef",
    "CarrierStatus",
    "Command",
    "CredentialRequest",
    "Dossier",
    "Endorsement",
    "Entropy",
    "Evidence",
    "FreezeGround",
    "IdentityType",
    "IndexPurpose",
    "IssuingKey",
    "KeyWrapper",
    "LossOf",
    "Nonce",
    "NoncePurpose",
    "Personalised",
    "PhoneProof",
    "Policy",
    "RegionIssuer",
    "Role",
    "Stopped",
    "Store",
    "Vault",
    "act_binding",
    "renewal_binding",
]
