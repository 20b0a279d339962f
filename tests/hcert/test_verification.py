"""The walk: each step can fail, and the verdict names the first that does."""

import json
import zlib
from base64 import b64encode
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import cbor2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256, SHA384
from cryptography.hazmat.primitives.serialization import Encoding

from registry.hcert import (
    Algorithm,
    Claims,
    KeySigner,
    Kind,
    Reason,
    Step,
    TrustedKey,
    TrustList,
    Usage,
    VaccinationClaim,
    Verdict,
    base45,
    encode,
    make_dsc,
    make_sca,
    new_key,
    read_trust_list,
    trust_certificate,
    verify,
)
from tests.hcert.answers import STEPS, assert_stops


def rsa_key(bits: int) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


class ForeignSigner:
    """Signs with any key of any family, for the answers that our own signer cannot give."""

    kid = b"foreign!"

    def __init__(self, key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey, algorithm: Algorithm) -> None:
        self.key = key
        self.algorithm = algorithm

    def sign(self, message: bytes) -> bytes:
        if isinstance(self.key, rsa.RSAPrivateKey):
            return self.key.sign(message, padding.PSS(padding.MGF1(SHA256()), 32), SHA256())
        half = self.key.key_size // 8
        digest = SHA256() if half == 32 else SHA384()
        r, s = decode_dss_signature(self.key.sign(message, ec.ECDSA(digest)))
        return r.to_bytes(half, "big") + s.to_bytes(half, "big")

    @property
    def trusted(self) -> TrustedKey:
        return TrustedKey(kid=self.kid, public_key=self.key.public_key(), participant="KGZ", source="test")


def test_a_genuine_certificate_passes_every_step(
    seal: Callable[..., str], trust: TrustList, claim: VaccinationClaim, claims: Claims, now: datetime
) -> None:
    verification = verify(seal(), trust, at=now)

    assert verification.steps == dict.fromkeys(STEPS, True)
    assert (verification.verdict, verification.reason) == (Verdict.VALID, None)
    assert verification.vaccinations == (claim,)
    assert verification.claims == claims
    assert verification.key == trust.keys[0]
    assert not verification.training


def test_a_certificate_of_a_training_key_says_so(
    claims: Claims, training_signer: KeySigner, sca: x509.Certificate, now: datetime
) -> None:
    dsc = training_signer.certificate.public_bytes(Encoding.DER)
    trust = TrustList((trust_certificate(dsc, sca=sca.public_bytes(Encoding.DER), source="training"),))

    verification = verify(encode(claims, training_signer), trust, at=now)

    assert (verification.verdict, verification.training) == (Verdict.VALID, True)


def test_text_that_is_no_certificate_stops_where_it_stops_being_one(trust: TrustList, now: datetime) -> None:
    assert_stops(verify("https://example.org", trust, at=now), Step.PREFIX, Reason.WRONG_PREFIX)
    assert_stops(verify("HC1:abc", trust, at=now), Step.BASE45, Reason.NOT_BASE45)
    assert_stops(verify("HC1:BB8", trust, at=now), Step.INFLATE, Reason.NOT_COMPRESSED)
    cose = "HC1:" + base45.encode(zlib.compress(b"\x01"))
    assert_stops(verify(cose, trust, at=now), Step.COSE, Reason.NOT_SIGNED, Verdict.CANNOT_TELL)


def test_without_the_key_nobody_can_tell(seal: Callable[..., str], now: datetime) -> None:
    verification = verify(seal(), TrustList(), at=now)

    assert_stops(verification, Step.KEY, Reason.UNKNOWN_KEY, Verdict.CANNOT_TELL)
    assert verification.vaccinations == ()


def test_a_changed_payload_breaks_the_signature(seal: Callable[..., str], trust: TrustList, now: datetime) -> None:
    tag = cbor2.loads(zlib.decompress(base45.decode(seal()[4:])))
    protected, unprotected, payload, signature = tag.value
    forged = cbor2.dumps([protected, dict(unprotected), payload.replace(b"AIGUL", b"ALIYA"), signature])

    verification = verify("HC1:" + base45.encode(zlib.compress(forged)), trust, at=now)

    assert_stops(verification, Step.SIGNATURE, Reason.WRONG_SIGNATURE)
    assert verification.vaccinations == ()


@pytest.mark.parametrize("cut", [b"", b"\x00" * 63, b"\x00" * 64, b"\xff" * 64, b"\x00" * 65])
def test_a_signature_that_is_none_is_wrong(
    seal: Callable[..., str], trust: TrustList, now: datetime, cut: bytes
) -> None:
    protected, _, payload, _ = cbor2.loads(zlib.decompress(base45.decode(seal()[4:]))).value
    forged = cbor2.dumps([protected, {}, payload, cut])

    verification = verify("HC1:" + base45.encode(zlib.compress(forged)), trust, at=now)

    assert_stops(verification, Step.SIGNATURE, Reason.WRONG_SIGNATURE)


def test_a_signature_with_a_zero_put_into_it_is_wrong(
    seal: Callable[..., str], trust: TrustList, now: datetime
) -> None:
    # The same two numbers in 65 bytes: a second spelling of one signature would slip past a revocation list of hashes.
    protected, _, payload, signature = cbor2.loads(zlib.decompress(base45.decode(seal()[4:]))).value
    forged = cbor2.dumps([protected, {}, payload, signature[:32] + b"\x00" + signature[32:]])

    verification = verify("HC1:" + base45.encode(zlib.compress(forged)), trust, at=now)

    assert_stops(verification, Step.SIGNATURE, Reason.WRONG_SIGNATURE)


def test_every_key_with_the_same_kid_is_tried(seal: Callable[..., str], trust: TrustList, now: datetime) -> None:
    (right,) = trust.keys
    wrong = replace(right, public_key=new_key().public_key())
    other_family = replace(right, public_key=rsa_key(2048).public_key())

    verification = verify(seal(), TrustList((other_family, wrong, right)), at=now)

    assert (verification.verdict, verification.key) == (Verdict.VALID, right)


def test_an_rsa_signature_counts(claims: Claims, now: datetime) -> None:
    signer = ForeignSigner(rsa_key(2048), Algorithm.PS256)

    assert verify(encode(claims, signer), TrustList((signer.trusted,)), at=now).verdict is Verdict.VALID


@pytest.mark.parametrize(
    ("key", "algorithm"),
    [
        pytest.param(ec.generate_private_key(ec.SECP384R1()), Algorithm.ES256, id="another curve"),
        pytest.param(ec.generate_private_key(ec.SECP256K1()), Algorithm.ES256, id="another curve of 256 bits"),
        pytest.param(rsa_key(2047), Algorithm.PS256, id="an RSA key one bit short"),
        pytest.param(ec.generate_private_key(ec.SECP256R1()), Algorithm.PS256, id="PS256 with a curve"),
        pytest.param(rsa_key(2048), Algorithm.ES256, id="ES256 with RSA"),
    ],
)
def test_a_key_that_does_not_fit_the_algorithm_is_refused_though_its_signature_be_right(
    claims: Claims, now: datetime, key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey, algorithm: Algorithm
) -> None:
    signer = ForeignSigner(key, algorithm)

    verification = verify(encode(claims, signer), TrustList((signer.trusted,)), at=now)

    assert_stops(verification, Step.KEY, Reason.UNSUITABLE_KEY)


def test_a_key_so_large_that_checking_takes_long_is_not_tried(
    seal: Callable[..., str], trust: TrustList, now: datetime
) -> None:
    (key,) = trust.keys
    huge = rsa.RSAPublicNumbers(65537, 2**4096 + 1).public_key()
    protected = cbor2.dumps({1: -37, 4: key.kid})
    message = cbor2.dumps([protected, {}, cbor2.dumps({-260: {-6: {}}}), bytes(513)])

    verification = verify(
        "HC1:" + base45.encode(zlib.compress(message)), TrustList((replace(key, public_key=huge),)), at=now
    )

    assert_stops(verification, Step.KEY, Reason.UNSUITABLE_KEY)


def test_a_signer_of_tests_may_not_sign_vaccinations(seal: Callable[..., str], trust: TrustList, now: datetime) -> None:
    (key,) = trust.keys

    limited = TrustList((replace(key, usages=frozenset({Usage.TEST, Usage.RECOVERY})),))
    unlimited = TrustList((replace(key, usages=frozenset()),))

    assert_stops(verify(seal(), limited, at=now), Step.KEY_USAGE, Reason.WRONG_KEY_USAGE)
    assert verify(seal(), unlimited, at=now).verdict is Verdict.VALID


def test_a_key_whose_chain_is_broken_is_said_to_be_so(
    seal: Callable[..., str], signer: KeySigner, now: datetime
) -> None:
    stranger = make_sca(new_key(), country="KG", organisation="Ministry of Health", name="KG SCA 1", at=now)
    chain = [b64encode(c.public_bytes(Encoding.DER)).decode() for c in (signer.certificate, stranger)]
    jwk = {"kid": b64encode(signer.kid).decode(), "x5c": chain}
    entry = {"id": "did:web:example.org#1", "publicKeyJwk": jwk, "participant": "KGZ", "keyusage": "DSC"}
    trust = read_trust_list(json.dumps({"verificationMethod": [entry]}), source="test")

    assert_stops(verify(seal(), trust, at=now), Step.KEY, Reason.BROKEN_CHAIN, Verdict.CANNOT_TELL)
    assert_stops(verify(seal(), TrustList() | trust, at=now), Step.KEY, Reason.BROKEN_CHAIN, Verdict.CANNOT_TELL)


def test_a_list_full_of_keys_with_one_kid_does_not_buy_a_thousand_checks(trust: TrustList) -> None:
    (key,) = trust.keys

    assert len(TrustList((key,) * 1000).list_signers(key.kid)) == 16


@pytest.mark.parametrize(
    "kind", [Kind.EU_DCC, Kind.DDCC_VACCINATION, Kind.LINK, None], ids=["EU", "DDCC", "link", "unassigned"]
)
def test_a_kind_that_we_do_not_interpret_is_genuine_but_not_judged(
    seal: Callable[..., str], trust: TrustList, now: datetime, kind: Kind | None
) -> None:
    verification = verify(seal(kind=kind, content={99: "x"}), trust, at=now)

    assert_stops(verification, Step.CONTENT, Reason.KIND_NOT_INTERPRETED, Verdict.CANNOT_TELL)


def test_a_dvc_of_an_unknown_shape_is_genuine_but_not_judged(
    seal: Callable[..., str], trust: TrustList, now: datetime
) -> None:
    verification = verify(seal(content={"n": "x"}), trust, at=now)
    incomplete = verify(seal(content={"n": "x", "vx": {}}), trust, at=now)

    assert_stops(verification, Step.CONTENT, Reason.UNKNOWN_SHAPE, Verdict.CANNOT_TELL)
    assert_stops(incomplete, Step.CONTENT, Reason.UNREADABLE_CONTENT, Verdict.CANNOT_TELL)


def test_the_steps_are_those_of_the_profile_in_order() -> None:
    assert [step.value for step in Step] == STEPS


def test_a_second_signer_of_the_same_authority_is_not_believed_unless_listed(
    claims: Claims, trust: TrustList, sca: x509.Certificate, sca_key: ec.EllipticCurvePrivateKey, now: datetime
) -> None:
    key = new_key()
    unlisted = KeySigner(key, make_dsc(key.public_key(), sca=sca, sca_key=sca_key, name="KG DSC 2", at=now))

    verification = verify(encode(claims, unlisted), trust, at=now)

    assert_stops(verification, Step.KEY, Reason.UNKNOWN_KEY, Verdict.CANNOT_TELL)
