"""Credentials: every shape that issuers use is found, everyday lines are not, and nothing is shown.

No credential stands in this file. Each is put together from a prefix and digits of a digest, so
that whoever scans this repository is left in peace.
"""

from __future__ import annotations

import base64
import hashlib
import importlib
import itertools
import json
import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engram.core.credentials import KEPT, MASK, covered, credentials_in, masked

ALNUM = string.digits + string.ascii_letters
HEX = "0123456789abcdef"
LOWER = string.digits + string.ascii_lowercase
UPPER = string.digits + string.ascii_uppercase

BENIGN = (Path(__file__).parent / "benign.txt").read_text(encoding="utf-8").splitlines()


def body(length: int, alphabet: str = ALNUM) -> str:
    """Characters that look random, the same in every run."""
    number = int.from_bytes(hashlib.shake_256(f"{length}{alphabet}".encode()).digest(200), "big")
    return "".join(
        alphabet[number // len(alphabet) ** place % len(alphabet)] for place in range(length)
    )


def encoded(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def dashes(words: str) -> str:
    return f"{'-' * 5}{words}{'-' * 5}"


JWT = ".".join((encoded('{"alg":"HS256"}'), encoded('{"sub":"1234"}'), body(43)))

# By the module of detect-secrets that finds it: what it has named detectors for.
# fmt: off
NAMED = {
    "artifactory": "artifactory=" + "AKC" + body(69),
    "aws": "A" + "KIA" + body(16, UPPER),
    "azure_storage_key": "Account" + "Key=" + body(86) + "==",
    "basic_auth": "https://ada:" + body(12) + "@db.engine.org/x",
    "cloudant": "https://ada:" + body(64, HEX) + "@ada.cloudant" + ".com",
    "discord": "M" + body(23) + "." + body(6) + "." + body(27),
    "github_token": "gh" + "p_" + body(36),
    "gitlab_token": "gl" + "pat-" + body(20),
    "ibm_cloud_iam": "ibm_cloud_iam_api_key = '" + body(44) + "'",
    "ibm_cos_hmac": "ibm_cos_secret_access_key = '" + body(48, HEX) + "'",
    "jwt": JWT,
    "mailchimp": body(32, HEX) + "-us" + "12",
    "npm": "//registry.engine.org/:_auth" + "Token=npm_" + body(36),
    "openai": "sk" + "-" + body(20) + "T3Blbk" + "FJ" + body(20),
    "private_key": dashes("BEGIN RSA PRIVATE " + "KEY") + "\n" + body(64),
    "pypi_token": "py" + "pi-AgEIcHlwaS5vcmc" + body(80),
    "sendgrid": "S" + "G." + body(22) + "." + body(43),
    "slack": "xo" + "xb-" + body(12, "0123456789") + "-" + body(24),
    "softlayer": "softlayer_api_key = '" + body(64, LOWER) + "'",
    "square_oauth": "sq" + "0csp-" + body(43),
    "stripe": "sk" + "_live_" + body(24),
    "telegram_token": body(9, "123456789") + ":" + body(35),
    "twilio": "S" + "K" + body(32, HEX),
}
OTHERS = {
    "an AWS secret": "aws_secret_access_key = " + body(40),
    "a Slack webhook": "https://hooks.slack" + ".com/services/T" + body(8, UPPER) + "/B" + body(24),
    "a Slack app token": "xa" + "pp-1-" + body(11, UPPER) + "-" + body(64, HEX),
    "a fine-grained GitHub token": "github" + "_pat_" + body(22) + "_" + body(59),
    "a Hugging Face token": "h" + "f_" + body(34, string.ascii_letters),
    "an npm token": "np" + "m_" + body(36),
    "an OpenAI project key": "sk" + "-proj-" + body(48),
    "an OpenAI service key": "sk" + "-svcacct-" + body(48),
    "an Anthropic key": "sk" + "-ant-api03-" + body(93) + "AA",
    "an OpenRouter key": "sk" + "-or-v1-" + body(64, HEX),
    "a Mistral or DeepSeek key": "sk" + "-" + body(32, HEX),
    "a Groq key": "gs" + "k_" + body(52),
    "an xAI key": "xa" + "i-" + body(80),
    "a Perplexity key": "pp" + "lx-" + body(48),
    "a Replicate token": "r" + "8_" + body(37),
    "a LangSmith key": "lsv" + "2_pt_" + body(32, HEX) + "_" + body(10, HEX),
    "a Google API key": "AI" + "za" + body(35),
    "a Google client secret": "GOC" + "SPX-" + body(28),
    "a Google access token": "ya" + "29." + body(60),
    "a Stripe test key": "sk" + "_test_" + body(24),
    "a Stripe webhook secret": "wh" + "sec_" + body(32),
    "a DigitalOcean token": "do" + "p_v1_" + body(64, HEX),
    "a Shopify token": "shp" + "at_" + body(32, HEX),
    "a Databricks token": "da" + "pi" + body(32, HEX),
    "a Linear key": "lin" + "_api_" + body(40),
    "a Notion token": "nt" + "n_" + body(46),
    "a Vault token": "hv" + "s." + body(24),
    "a Terraform token": body(14) + ".atlas" + "v1." + body(67),
    "a Grafana token": "gl" + "sa_" + body(32) + "_" + body(8, HEX),
    "a New Relic key": "NR" + "AK-" + body(27, UPPER),
    "a Postman key": "PM" + "AK-" + body(24, HEX) + "-" + body(34, HEX),
    "a Mailgun key": "ke" + "y-" + body(32, HEX),
    "a Supabase token": "sb" + "p_" + body(40, HEX),
    "an Atlassian token": "AT" + "ATT3xFfGF0" + body(60),
    "a Figma token": "fi" + "gd_" + body(40),
    "a Sentry token": "sn" + "trys_" + body(60),
    "an Airtable token": "pa" + "t" + body(14) + "." + body(64, HEX),
    "a Docker token": "dckr" + "_pat_" + body(27),
    "a RubyGems key": "ruby" + "gems_" + body(48, HEX),
    "a crates.io token": "ci" + "o" + body(32),
    "a NuGet key": "oy" + "2" + body(43, LOWER),
    "an Azure client secret": body(3) + "8Q" + "~" + body(34),
    "an Azure client secret in short runs": body(3) + "8Q" + "~" + body(14) + "~" + body(19),
    "an age key": "AGE-SECRET" + "-KEY-1" + body(58, UPPER),
    "an OpenSSH key": dashes("BEGIN OPENSSH PRIVATE " + "KEY") + "\\n" + body(64) + dashes("END"),
    "a PGP key": dashes("BEGIN PGP PRIVATE " + "KEY BLOCK"),
    "a PuTTY key": "PuTTY-User-" + "Key-File-3: ssh-ed25519",
    "a password in a URL": "postgres://app:" + body(14) + "@db.internal:5432/app",
    "a value under its name": 'client_secret: "' + body(32) + '"',
    "a value in JSON": '{"access_token": "' + body(40, HEX) + '"}',
    "a value in a shell": "export SERVICE_API_KEY=" + body(40),
}
# fmt: on
SHAPES = NAMED | OTHERS


@pytest.mark.parametrize("name", SHAPES)
def test_every_shape_is_found_alone_and_in_a_sentence(name: str) -> None:
    for text in (SHAPES[name], f"Use {SHAPES[name]} for this.", f'x = "{SHAPES[name]}"\n'):
        assert len(credentials_in(text)) == 1, text


@pytest.mark.parametrize("name", SHAPES)
def test_what_is_masked_shows_the_first_characters_and_is_masked_for_good(name: str) -> None:
    text = f"Use {SHAPES[name]} for this."
    found = credentials_in(text)[0]
    secret = text[found.start : found.end]
    assert masked(text) == text.replace(secret, secret[:KEPT] + MASK)
    assert credentials_in(masked(text)) == []


@pytest.mark.parametrize("name", SHAPES)
def test_what_is_covered_keeps_its_length_also_where_it_is_written_with_escapes(name: str) -> None:
    for text in (SHAPES[name], json.dumps(SHAPES[name]), json.dumps({"output": SHAPES[name]})):
        (found,) = credentials_in(text)
        assert len(covered(text)) == len(text)
        assert covered(text)[found.end :] == text[found.end :]
        assert credentials_in(covered(text)) == []
        assert text[found.start + KEPT : found.end] not in covered(text)


def test_nothing_is_found_in_everyday_lines() -> None:
    assert len(set(BENIGN)) >= 200
    assert {line: credentials_in(line) for line in BENIGN if credentials_in(line)} == {}


@pytest.mark.parametrize("name", NAMED)
def test_what_detect_secrets_finds_by_name_is_found(name: str) -> None:
    pytest.importorskip("detect_secrets", reason="detect-secrets is not installed")
    from detect_secrets.plugins.base import RegexBasedDetector

    module = importlib.import_module(f"detect_secrets.plugins.{name}")
    detectors = [
        kind()
        for kind in vars(module).values()
        if isinstance(kind, type)
        and issubclass(kind, RegexBasedDetector)
        and kind.__module__ == module.__name__
    ]
    assert any(list(detector.analyze_string(NAMED[name])) for detector in detectors)
    assert credentials_in(NAMED[name])


@given(
    st.text() | st.lists(st.sampled_from([*SHAPES.values(), *BENIGN[:40], " ", "@"])).map("".join)
)
def test_any_text_can_be_masked_and_keeps_what_is_no_credential(text: str) -> None:
    found = credentials_in(text)
    assert all(0 <= one.start < one.end <= len(text) for one in found)
    assert all(one.end <= other.start for one, other in itertools.pairwise(found))
    kept = "".join(
        MASK + part for part in _around(text, [(one.start + KEPT, one.end) for one in found])
    )
    assert masked(text) == kept[len(MASK) :]


def _around(text: str, cuts: list[tuple[int, int]]) -> list[str]:
    ends = [0, *(end for _, end in cuts)]
    starts = [*(max(start, 0) for start, _ in cuts), len(text)]
    return [text[end:start] for end, start in zip(ends, starts)]
