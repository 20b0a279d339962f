"""Signed health certificates (HCERT) as QR codes: a pure codec without web and without database.

Write:  encode(Claims(Kind.DVC, write_vaccination(claim), ...), KeySigner(key, dsc)) -> "HC1:..."
Read:   verify(text, trust_list, at=now) -> Verification(verdict, reason, steps, vaccinations, ...)

Layers, inside out: `dvc` (what is said of a person and a dose), `claims` (who says it, when, until when), `envelope`
(signed, compressed, base45), `trust` and `did` (whose signature counts), `verify` (the walk and its verdict).
"""

from registry.hcert.authority import make_dsc, make_sca, new_key
from registry.hcert.claims import Claims, Kind
from registry.hcert.countries import alpha_3_of, spellings_of
from registry.hcert.did import (
    BadTrustList,
    ListedCertificate,
    read_proof_key,
    read_trust_list,
    write_proof_key,
    write_trust_list,
)
from registry.hcert.dvc import IncompleteClaim, VaccinationClaim, VaccineType, read_vaccinations, write_vaccination
from registry.hcert.envelope import Hcert, decode, encode
from registry.hcert.reasons import BadHcert, Reason, Step
from registry.hcert.revocations import (
    BadRevocationList,
    ListFault,
    RecalledLot,
    RevocationList,
    RolledBack,
    Withdrawal,
    Withdrawn,
    newest,
    read_revocation_list,
    write_revocation_list,
)
from registry.hcert.signer import Algorithm, KeySigner, Signer, key_id
from registry.hcert.trust import Role, TrustedKey, TrustList, UnusableCertificate, trust_certificate, trust_certificates
from registry.hcert.usage import Usage
from registry.hcert.verify import Verdict, Verification, verdict_of, verify

__all__ = [
    "Algorithm",
    "BadHcert",
    "BadRevocationList",
    "BadTrustList",
    "Claims",
    "Hcert",
    "IncompleteClaim",
    "KeySigner",
    "Kind",
    "ListFault",
    "ListedCertificate",
    "Reason",
    "RecalledLot",
    "RevocationList",
    "Role",
    "RolledBack",
    "Signer",
    "Step",
    "TrustList",
    "TrustedKey",
    "UnusableCertificate",
    "Usage",
    "VaccinationClaim",
    "VaccineType",
    "Verdict",
    "Verification",
    "Withdrawal",
    "Withdrawn",
    "alpha_3_of",
    "decode",
    "encode",
    "key_id",
    "make_dsc",
    "make_sca",
    "new_key",
    "newest",
    "read_proof_key",
    "read_revocation_list",
    "read_trust_list",
    "read_vaccinations",
    "spellings_of",
    "trust_certificate",
    "trust_certificates",
    "verdict_of",
    "verify",
    "write_proof_key",
    "write_revocation_list",
    "write_trust_list",
    "write_vaccination",
]
