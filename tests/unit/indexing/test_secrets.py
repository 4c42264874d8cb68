"""Values are assembled from parts, so that this file holds nothing shaped like a token."""

# ruff: noqa: E501 - a case is a line
from __future__ import annotations

import random
import string
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avatar.indexing.secrets import redact

RANDOM = random.Random(7)
ALNUM = string.ascii_letters + string.digits
HEX = "0123456789abcdef"


def run(length: int, alphabet: str = ALNUM) -> str:
    return "aB3" + "".join(RANDOM.choices(alphabet, k=length - 3)) if alphabet == ALNUM else (
        "".join(RANDOM.choices(alphabet, k=length))
    )  # fmt: skip


UPPER = string.ascii_uppercase + string.digits
TOKENS = [
    "AK" + "IA" + run(16, UPPER), "AS" + "IA" + run(16, UPPER), "gh" + "p_" + run(36),
    "github" + "_pat_" + run(60), "gl" + "pat-" + run(20), "xo" + "xb-" + run(12) + "-" + run(24),
    "sk" + "_live_" + run(24), "rk" + "_test_" + run(24), "AI" + "za" + run(35),
    "ya" + "29." + run(60), "GOC" + "SPX-" + run(28), "sk" + "-proj-" + run(48), "sk" + "-" + run(48),
    "sk" + "-ant-api03-" + run(90), "h" + "f_" + run(34), "np" + "m_" + run(36),
    "py" + "pi-AgEI" + run(90), "S" + "K" + run(32, HEX), "S" + "G." + run(22) + "." + run(43),
    "dop" + "_v1_" + run(64, HEX), "LT" + "AI" + run(20), "AK" + "ID" + run(32),
    "ey" + "J" + run(20) + ".ey" + "J" + run(40) + "." + run(43), "hv" + "s." + run(24),
    "shp" + "at_" + run(32, HEX), "glsa" + "_" + run(32) + "_" + run(8, HEX), "lin_" + "api_" + run(40),
    "https://hooks.slack" + ".com/services/T" + run(8) + "/B" + run(8) + "/" + run(24),
    "da" + "pi" + run(32, HEX), "dckr" + "_pat_" + run(27), "ntn" + "_" + run(46), "key" + "-" + run(32, HEX),
    "12345678" + ":AA" + run(33), "nva" + "pi-" + run(60), "gs" + "k_" + run(52), "$2" + "b$12$" + run(53),
]  # fmt: skip

PW = "Tr0ub4" + "dor&3"
WORD = "sword" + "fish"
B64 = "wJalrXUtn" + "FEMIK7MDENGbPxRfiCY" + "zz9+/Q=="
H32 = run(32, HEX)
SENTENCES: list[tuple[str, str]] = [
    ('password = "{}"', PW), ("PASSWORD='{}'", WORD), ("export DB_PASSWORD={}", WORD),
    ("Login: admin / {}", PW), ("creds: admin/{}", "hunter" + "2"), ("账号：admin / {}", "abc" + "12345"),
    ("user: kim | {}", PW), ("credentials: `root` / `{}`", "toor" + "4711"),
    ("db.password={}", PW), ("  password: {}", PW), ("password: {}  # staging", WORD),
    ('{{"user": "app", "password": "{}"}}', PW), ('"dbPassword" : "{}",', WORD), ("DB_PASS={}", PW),
    ("REDIS_PWD={}", "hunter" + "2"), ("mysql -u root -p{} shop", PW), ("curl -u admin:{} http://x/", PW),
    ("psql postgres://app:{}@db.internal:5432/app", "s3cr3" + "tPw"), ("redis://:{}@cache:6379/0", WORD),
    ("mongodb+srv://root:{}@cluster0.example.net", PW.replace("&", "")), ("amqp://guest:{}@mq", WORD),
    ("Server=db;User Id=sa;Password={};Encrypt=true", "P@ssw0" + "rd"),
    ("DefaultEndpointsProtocol=https;AccountName=a;AccountKey={};EndpointSuffix=core", B64),
    ("jdbc:mysql://h/db?user=a&password={}&useSSL=false", "qwe" + "123rt"),
    ("Authorization: Bearer {}", run(40)), ("Authorization: Basic {}", "dXNlcjpo" + "dW50ZXIy"),
    ("-H 'X-Api-Key: {}'", H32), ("PRIVATE-TOKEN: {}", run(20)), ("api_key={}", H32),
    ("apiKey: '{}'", run(24)), ("const API_KEY = `{}`;", H32), ("client_secret: {}", run(32)),
    ("SECRET_KEY = '{}'", "django-insecure-" + run(40)), ("aws_secret_access_key = {}", B64.rstrip("=")),
    ("tool --password {} --user bob", PW), ("tool --token={}", run(30)), ("tool --api-key {}", H32),
    ("sshpass -p {} ssh root@h", PW), ("docker login -u me -p {} reg.local", PW),
    ("PGPASSWORD={} psql", PW), ("<password>{}</password>", WORD), ("| root password | {} |", PW),
    ("The password for staging is {}.", PW), ("the wifi password is {}", WORD),
    ("Password (staging): {}", PW), ("We changed the root password to {}", "N3wer" + "Pass!"),
    ("密码：{}", "Abc@" + "123456"), ("数据库密码是{}", "Qwer" + "!234"), ("口令: {}", WORD),
    ("测试环境密码为 {}，别外传", "zxc" + "vbn99"), ("密钥：{}", H32), ("访问密钥 = {}", run(30)),
    ("令牌: {}", run(32)), ("用户名 admin 密码 {}", "Admin" + "@2024"), ("账号密码: {}", "root/" + "Toor#99"),
    ("密码（生产）：{}", PW), ("密码改成了 {}", "Spring" + "2025!"),
    ("CREATE USER a WITH PASSWORD '{}'", PW), ("CREATE USER a IDENTIFIED BY '{}'", WORD),
    ("machine h login bob password {}", PW), ("db.local:5432:app:bob:{}", PW),
    ("- name: DB_PASSWORD\n  value: {}", PW), ('String password = "{}";', WORD),
    ("password: str = '{}'", WORD), ('password := "{}"', WORD), ("config['password'] = '{}'", WORD),
    ('conn.setPassword("{}")', PW), ('os.environ.get("DB_PASSWORD", "{}")', PW),
    ('if password == "{}":', WORD), ("spring.datasource.password={}", WORD),
    ("passphrase: {}", "correct" + "horse9"), ("ANSIBLE_VAULT_PASSWORD={}", run(12)),
    ("export const token = '{}'", run(28)), ("auth_token: {}", H32), ("signing key = {}", H32),
    ("- **Password**: `{}`", WORD), ("pwd={}", "12345" + "678"), ("password=changeme{}", "1"),
    ("https://{}@github.com/a/b.git", run(30)), ('encryption_key = "{}"', B64),
]  # fmt: skip
POSITIVE = [(f"see {token} here", token) for token in TOKENS] + [
    (frame.format(value), value) for frame, value in SENTENCES
]

NEGATIVE = [
    "user: src/main.py", "login: /api/v1/login", "登录：用户名/密码", "user: alice / bob",
    "Login: GitHub / GitLab", "username: foo/bar-baz",
    'password = os.environ["DB_PASSWORD"]', "password = getpass.getpass()", "password: str",
    "def reset_password(user: User, password: str) -> None:", "token = parser.next_token()",
    "password = <your-password>", "password: ${DB_PASSWORD}", "password: {{ vault_password }}",
    "api_key = config.api_key", "self.token = token", "The password must have 12 characters.",
    "If you forgot your password, ask the help desk.", "tokens: 4096", "max_tokens = 2048",
    "key = lambda row: row.id", "for key, value in items:", 'password = ""', "password = None",
    "password=password, token=token)", "The token is expired", "the password is required",
    "passwords are stored in the vault", "token_count = 17", "Use --token to pass a token.",
    "密码不能少于八位", "请输入密码", "忘记密码怎么办？", "密码：（见保险箱）", "password: ********",
    "password: xxxxxxxx", "primary_key=True", "cache_key = make_key(user.id)",
    "sha256: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "commit 3f786850e387550fdab836ed7e6dbdec4d5f3c4a", "id: 123e4567-e89b-12d3-a456-426614174000",
    "https://example.com/path?page=2", "user@example.com:22", "http://localhost:8080/a@b",
    "const password = req.body.password;", "String password = request.getParameter(name);",
    '"password": "string"', '"password": {"type": "string"}', "secret: null", "password?: string;",
    "token: Optional[str] = None", "password_hash = hash_password(raw)", "import secrets, tokenize",
    "SECRET_NAME = 'db-secret-name'", "class PasswordForm(Form):", "sk-estimator-html-container-div",
    "keyboard = 'us-layout'", "author: Jane Doe", "design: simple", "pass", "compass = north",
    "secretName: tls-cert", "the secret of success is practice", "auth: basic", "session = Session()",
    "token := lexer.Next()", "git config credential.helper store", "monkey: banana2",
    "password: process.env.PASSWORD", "password = input('Password: ')", "public_key: abc",
]  # fmt: skip


def test_secrets_are_found_and_code_stays_readable() -> None:
    missed = [text for text, secret in POSITIVE if secret in redact(text).text]
    spoilt = [text for text in NEGATIVE if redact(text).marks]
    found = len(POSITIVE) - len(missed)
    assert len(POSITIVE) + len(NEGATIVE) >= 120
    assert found / len(POSITIVE) >= 0.90, missed
    assert found / (found + len(spoilt)) >= 0.80, spoilt
    assert len(spoilt) / len(NEGATIVE) <= 0.10, spoilt


def test_the_mark_names_the_kind_and_the_line() -> None:
    done = redact(f"one\nuse {TOKENS[0]}\nthree\npassword = '{PW}'")
    assert done.text == (
        "one\nuse [secret removed: AWS access key]\nthree\npassword = '[secret removed: password]'"
    )
    assert [(mark.line, mark.label) for mark in done.marks] == [
        (2, "AWS access key"), (4, "password"),
    ]  # fmt: skip


def pem(lines: int, *, end: bool, kind: str = "RSA ") -> str:
    body = [run(64) for _ in range(lines)]
    closing = [f"-----END {kind}PRIVATE " + "KEY-----"] if end else []
    return "\n".join([f"-----BEGIN {kind}PRIVATE " + "KEY-----", *body, *closing])


@pytest.mark.parametrize("end", [True, False])
@pytest.mark.parametrize("kind", ["RSA ", "", "OPENSSH ", "EC "])
def test_a_private_key_goes_and_the_lines_stay(kind: str, *, end: bool) -> None:
    key = pem(12, end=end, kind=kind)
    text = f"before\n{key}\n\nafter the key, words go on"
    done = redact(text)
    assert done.text.count("\n") == text.count("\n")
    assert not any(line in done.text for line in key.split("\n")[1:13])
    assert done.text.startswith("before\n[secret removed: private key]")
    assert done.text.endswith("\nafter the key, words go on")


def test_a_private_key_on_one_line_goes() -> None:
    for end in (True, False):
        key = pem(5, end=end).replace("\n", "\\n")
        assert key[40:80] not in redact(f'"key": "{key}",').text
    assert redact("A file starts with -----BEGIN PRIVATE " + "KEY----- and so on").marks == ()
    assert redact(pem(500, end=False)).marks


PARTS = st.sampled_from(
    ["password", "token", "密码", "：", ": ", "=", '"', "'", "\n", " ", "is ", "hunter2", PW, H32,
     "https://", "@", ":", "a", "[secret removed: password]", "[secret removed: ", "]", "key", "--",
     "Bearer ", "authorization", "-----BEGIN PRIVATE " + "KEY-----", TOKENS[0], TOKENS[2], ";", "&", "`"]
)  # fmt: skip


@settings(deadline=None, max_examples=300)
@given(st.lists(PARTS | st.text(max_size=6), max_size=30).map("".join))
def test_redacting_again_changes_nothing_and_lines_stay(text: str) -> None:
    once = redact(text)
    assert once.text.count("\n") == text.count("\n")
    assert redact(once.text).text == once.text


@pytest.mark.parametrize(
    "unit", ["a.", "http://a:b", "sk-", "password ", "mysql ", "$1$", "\n", "eyJaaaaaaaaa.", "AKIA"]
)
def test_hostile_text_takes_no_more_than_linear_time(unit: str) -> None:
    def seconds(size: int) -> float:
        text = unit * (size // len(unit))
        started = time.perf_counter()
        redact(text)
        return time.perf_counter() - started

    assert seconds(200_000) < 40 * max(seconds(20_000), 0.005)
