"""Shapes of tokens that say by themselves what they are: a prefix of their provider's own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class TokenShape:
    """One provider's token: `hints` are strings one of which every such token holds."""

    label: str
    hints: tuple[str, ...]
    pattern: re.Pattern[str]


REST: Final = "[A-Za-z0-9_-]*+"
"""What hangs on a token goes with it, so that its tail is never left over."""

_URL_SAFE: Final = "[A-Za-z0-9_-]"


def _shape(label: str, hints: str, pattern: str) -> TokenShape:
    return TokenShape(label, tuple(hints.split()), re.compile(r"(?<![A-Za-z0-9])" + pattern + REST))


def _prefixed(label: str, prefixes: str, tail: str) -> TokenShape:
    choice = "|".join(re.escape(prefix) for prefix in prefixes.split())
    return _shape(label, prefixes, f"(?:{choice}){tail}")


CLOUD_TOKENS: Final = (
    _prefixed("AWS access key", "AKIA ASIA ABIA ACCA", "[A-Z0-9]{16}"),
    _prefixed("Google API key", "AIza", _URL_SAFE + "{35}"),
    _prefixed("Google OAuth token", "ya29. 1//0", _URL_SAFE + "{20,}"),
    _prefixed("Google client secret", "GOCSPX-", _URL_SAFE + "{20,}"),
    _shape("Azure client secret", "8Q~ 7Q~", r"[A-Za-z0-9_.~-]{3}[78]Q~[A-Za-z0-9_.~-]{31,34}"),
    _shape("Azure signature", "sig=", r"sig=[A-Za-z0-9%+/=]{40,}"),
    _prefixed("DigitalOcean token", "dop_v1_ doo_v1_ dor_v1_", "[a-f0-9]{32,}"),
    _prefixed("Alibaba access key", "LTAI", "[A-Za-z0-9]{12,26}"),
    _prefixed("Tencent secret id", "AKID", "[A-Za-z0-9]{13,40}"),
    _prefixed("Volcengine access key", "AKLT", "[A-Za-z0-9=]{20,}"),
    _prefixed("Yandex key", "AQVN", _URL_SAFE + "{35,}"),
    _prefixed("Heroku key", "HRKU-", _URL_SAFE + "{30,}"),
    _prefixed("Netlify token", "nfp_", "[A-Za-z0-9]{36,}"),
    _prefixed("Fly token", "fo1_ fm2_", "[A-Za-z0-9_+/=-]{30,}"),
    _prefixed("Supabase token", "sbp_ sb_secret_", "[A-Za-z0-9_]{20,}"),
    _prefixed("PlanetScale token", "pscale_tkn_ pscale_pw_ pscale_oauth_", "[A-Za-z0-9_.-]{30,}"),
    _prefixed("Vault token", "hvs. hvb. hvr.", _URL_SAFE + "{20,}"),
    _shape("Terraform token", ".atlasv1.", r"[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_=-]{40,}"),
    _prefixed("Pulumi token", "pul-", "[a-f0-9]{40}"),
    _prefixed("Doppler token", "dp.pt. dp.st. dp.ct. dp.sa. dp.scim.", "[A-Za-z0-9_.-]{20,}"),
    _prefixed("Databricks token", "dapi", "[a-f0-9]{32}"),
    _prefixed("Tailscale key", "tskey-", r"[A-Za-z0-9-]{15,}"),
    _prefixed("1Password token", "ops_eyJ", "[A-Za-z0-9_=+/-]{40,}"),
)

CODE_HOST_TOKENS: Final = (
    _prefixed("GitHub token", "ghp_ gho_ ghu_ ghs_ ghr_", "[A-Za-z0-9_]{20,}"),
    _prefixed("GitHub token", "github_pat_", "[A-Za-z0-9_]{22,}"),
    _prefixed(
        "GitLab token",
        "glpat- gldt- glrt- glptt- glcbt- gloas- glft- glimt- glagent- glsoat-",
        "[A-Za-z0-9_.=-]{18,}",
    ),
    _prefixed("Atlassian token", "ATATT3 ATBB ATCTT3", "[A-Za-z0-9_=-]{20,}"),
    _prefixed("npm token", "npm_", "[A-Za-z0-9]{36}"),
    _prefixed("PyPI token", "pypi-", _URL_SAFE + "{50,}"),
    _prefixed("RubyGems key", "rubygems_", "[a-f0-9]{40,}"),
    _prefixed("crates.io token", "cio", "[A-Za-z0-9]{32}(?![A-Za-z0-9])"),
    _prefixed("NuGet key", "oy2", "[a-z0-9]{43}"),
    _prefixed("Docker token", "dckr_pat_ dckr_oat_", _URL_SAFE + "{20,}"),
    _prefixed("Clojars token", "CLOJARS_", "[A-Za-z0-9]{50,}"),
    _prefixed("JFrog key", "AKCp", "[A-Za-z0-9]{60,}"),
    _prefixed("SonarQube token", "sqa_ sqp_ squ_", "[a-f0-9]{40}"),
    _prefixed("Buildkite token", "bkua_", "[a-f0-9]{40}"),
    _prefixed("CircleCI token", "CCIPAT_", "[A-Za-z0-9_]{30,}"),
    _prefixed("Postman key", "PMAK-", "[A-Za-z0-9-]{30,}"),
    _prefixed("Prefect key", "pnu_", "[A-Za-z0-9]{36}"),
)

MODEL_TOKENS: Final = (
    _prefixed("Anthropic key", "sk-ant-", _URL_SAFE + "{20,}"),
    _prefixed("OpenRouter key", "sk-or-", _URL_SAFE + "{20,}"),
    _prefixed("OpenAI key", "sk-", r"(?=[A-Za-z_-]{0,24}\d)[A-Za-z0-9_-]{20,}"),
    _prefixed("Hugging Face token", "hf_ api_org_", "[A-Za-z0-9]{30,}"),
    _prefixed("Replicate token", "r8_", "[A-Za-z0-9]{37}"),
    _prefixed("Groq key", "gsk_", "[A-Za-z0-9]{40,}"),
    _prefixed("xAI key", "xai-", "[A-Za-z0-9]{40,}"),
    _prefixed("Perplexity key", "pplx-", "[A-Za-z0-9]{40,}"),
    _prefixed("NVIDIA key", "nvapi-", _URL_SAFE + "{40,}"),
    _prefixed("Together key", "tgp_v1_", _URL_SAFE + "{30,}"),
    _prefixed("Cerebras key", "csk-", "[a-z0-9]{40,}"),
    _prefixed("Pinecone key", "pcsk_", "[A-Za-z0-9_]{40,}"),
    _prefixed("LangSmith key", "lsv2_pt_ lsv2_sk_", "[a-f0-9_]{32,}"),
    _prefixed("Tavily key", "tvly-", _URL_SAFE + "{20,}"),
)

SERVICE_TOKENS: Final = (
    _prefixed(
        "Slack token",
        "xoxa- xoxb- xoxe- xoxe. xoxo- xoxp- xoxr- xoxs- xoxd- xoxc- xapp-",
        r"(?=[A-Za-z.-]{0,24}\d)[A-Za-z0-9%.-]{10,}",
    ),
    _shape(
        "Slack webhook",
        "hooks.slack.com",
        r"hooks\.slack\.com/(?:services|workflows|triggers)/[A-Za-z0-9/_-]{20,}",
    ),
    _shape(
        "Discord webhook", "/api/webhooks/", r"discord(?:app)?\.com/api/webhooks/\d+/[\w-]{40,}"
    ),
    _shape(
        "Discord token", ".", r"[MNO][A-Za-z0-9_-]{23,27}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,}"
    ),
    _shape("Telegram token", ":AA", r"\d{8,10}:AA[A-Za-z0-9_-]{32,}"),
    _shape(
        "Feishu webhook",
        "/bot/v2/hook/",
        r"open\.(?:feishu|larksuite)\.c(?:n|om)"
        r"/open-apis/bot/v2/hook/[A-Za-z0-9-]{20,}",
    ),
    _shape(
        "WeCom webhook",
        "/webhook/send?key=",
        r"qyapi\.weixin\.qq\.com/cgi-bin/webhook/send\?key=[A-Za-z0-9-]{20,}",
    ),
    _prefixed("Stripe key", "sk_live_ sk_test_ rk_live_ rk_test_ pk_live_", "[A-Za-z0-9]{10,}"),
    _prefixed("Stripe webhook secret", "whsec_", "[A-Za-z0-9+/=]{20,}"),
    _prefixed("Twilio key", "SK", "[0-9a-f]{32}(?![0-9a-f])"),
    _prefixed("SendGrid key", "SG.", r"[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}"),
    _prefixed("Mailgun key", "key-", "[0-9a-f]{32}"),
    _shape("Mailchimp key", "-us", r"[0-9a-f]{32}-us\d{1,2}"),
    _prefixed("Brevo key", "xkeysib- xsmtpsib-", "[A-Za-z0-9-]{40,}"),
    _prefixed("Resend key", "re_", "[A-Za-z0-9]{8}_[A-Za-z0-9]{20,}"),
    _prefixed("Shopify token", "shpat_ shpca_ shppa_ shpss_", "[a-fA-F0-9]{32}"),
    _prefixed("Square token", "sq0atp- sq0csp- EAAAE", _URL_SAFE + "{20,}"),
    _shape("Braintree token", "access_token$", r"access_token\$\w+\$[a-z0-9]{12,}\$[a-f0-9]{32}"),
    _prefixed("Facebook token", "EAAC EAAB EAAG", "[A-Za-z0-9]{40,}"),
    _prefixed("Dropbox token", "sl.", _URL_SAFE + "{60,}"),
    _prefixed("Linear key", "lin_api_ lin_oauth_", "[A-Za-z0-9]{30,}"),
    _prefixed("Notion token", "secret_ ntn_", "[A-Za-z0-9]{40,}"),
    _shape("Airtable token", "pat", r"pat[A-Za-z0-9]{14}\.[a-f0-9]{64}"),
    _prefixed("Figma token", "figd_", _URL_SAFE + "{30,}"),
    _prefixed("Grafana token", "glsa_ glc_", "[A-Za-z0-9_+/=]{30,}"),
    _prefixed("New Relic key", "NRAK- NRII- NRJS- NRRA-", "[A-Za-z0-9_-]{16,}"),
    _prefixed("Sentry token", "sntrys_ sntryu_", "[A-Za-z0-9_+/=]{30,}"),
    _prefixed("Dynatrace token", "dt0c01. dt0s16. dt0s01.", "[A-Za-z0-9.]{40,}"),
    _prefixed("Contentful token", "CFPAT-", _URL_SAFE + "{40,}"),
    _prefixed("Typeform token", "tfp_", "[A-Za-z0-9_.=-]{40,}"),
    _prefixed("Shippo token", "shippo_live_ shippo_test_", "[a-f0-9]{40}"),
    _shape("Mapbox token", "sk.eyJ", r"sk\.eyJ[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{16,}"),
)

GENERAL_TOKENS: Final = (
    _prefixed("age key", "AGE-SECRET-KEY-1", "[0-9A-Z]{50,}"),
    _prefixed("private key", "b3BlbnNzaC1rZXktdjE", "[A-Za-z0-9+/=]{10,}"),
    _shape(
        "JSON web token",
        "eyJ",
        r"eyJ[A-Za-z0-9_=-]{8,}\.eyJ[A-Za-z0-9_=-]{4,}(?:\.[A-Za-z0-9_.+/=-]*)?",
    ),
    _shape("password hash", "$2a$ $2b$ $2y$", r"\$2[aby]\$\d\d\$[A-Za-z0-9./]{53}"),
    _shape(
        "password hash",
        "$1$ $5$ $6$ $y$ $apr1$",
        r"\$(?:1|5|6|y|apr1)\$[^\s:$]{1,40}\$(?:[^\s:$]{1,40}\$)?[A-Za-z0-9./]{20,}",
    ),
    _shape("password hash", "$argon2 $scrypt", r"\$(?:argon2(?:id|i|d)|scrypt)\$[^\s:\"']{20,}"),
)

TOKEN_SHAPES: Final = (
    *CLOUD_TOKENS,
    *CODE_HOST_TOKENS,
    *MODEL_TOKENS,
    *SERVICE_TOKENS,
    *GENERAL_TOKENS,
)
"""Every shape in the order they are tried: the more special prefix before the more general."""
