"""Every key of `profile.toml` with an example and its meaning: the one table behind it all.

The commented template, the hints of `avatar check`, and the test that no key is undocumented
read this table.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Key:
    """One key; `example` is TOML for its value. The example is the default where there is one."""

    section: str
    name: str
    example: str
    meaning: str

    @property
    def line(self) -> str:
        """The key as it is written in a profile."""
        return f"{self.name} = {self.example}"


HEADINGS: Final = {
    "owner": "[owner]",
    "sources": "[[sources]]",
    "answers": "[answers]",
    "askers": "[askers]",
    "answering": "[answering]",
    "answering.topics": "[answering.topics]",
    "model": "[model]",
    "index": "[index]",
    "index.extra_embedders": "[[index.extra_embedders]]",
    "escalation": "[escalation]",
    "web": "[web]",
    "channels.slack": "[channels.slack]",
}

KEYS: Final = (
    Key("owner", "name", '"Your name"', "whose stand-in this is, as colleagues read it"),
    Key("owner", "email", '""', "how colleagues reach you otherwise"),
    Key("owner", "timezone", '""', 'for dates in replies, such as "Europe/Berlin"'),
    Key("owner", "language", '""', 'the language you write in, "en" or "zh"'),
    Key("sources", "path", '"~/notes"', "a folder or file; ~ and paths from this folder work"),
    Key("sources", "name", '""', "how citations begin; the last part of the path when empty"),
    Key("sources", "kind", '"notes"', "notes, code, answers, product or customers"),
    Key("sources", "include", "[]", "only these, in gitignore syntax; empty takes all"),
    Key("sources", "exclude", "[]", "never these, in gitignore syntax"),
    Key("sources", "audience", '"owner"', 'who may read it: owner, everyone, or groups "a,b"'),
    Key("sources", "respect_gitignore", "true", "leave out what .gitignore leaves out"),
    Key("sources", "max_bytes", "2000000", "larger files are left out and listed"),
    Key("sources", "follow_symlinks", "false", "follow links that lead out of the folder"),
    Key("answers", "audience", '"everyone"', "who may read past answers that do not say it"),
    Key("askers", "NAME", '["group"]', "a colleague's groups; anybody else is in none"),
    Key("answering", "never_answer", "[]", "words of questions that always go to you"),
    Key("answering", "promise", "0.90", "of the answers it sends by itself, the share to be right"),
    Key(
        "answering",
        "answer_threshold",
        "0.70",
        "least confidence to answer by itself; 0.90 across languages; calibration learns both",
    ),
    Key("answering", "draft_threshold", "0.37", "least confidence to prepare a draft, 0 to 1"),
    Key("answering", "mode", '"auto"', '"draft" sends every answer to you first'),
    Key("answering.topics", "NAME", '"draft"', "the same for what is answered from one source"),
    Key("model", "base_url", '"http://127.0.0.1:11434/v1"', "an OpenAI-compatible endpoint"),
    Key("model", "name", '"qwen3:8b"', "the model's name there"),
    Key(
        "model",
        "api_key_secret",
        '""',
        "name of its key, such as OPENAI_API_KEY, kept by `avatar secrets set`",
    ),
    Key("model", "allow_plain_http", "false", "allow http:// to another machine"),
    Key("model", "timeout_s", "20.0", "seconds one question has for all its calls to the model"),
    Key("index", "engine", '"edge"', '"edge" is embedded, "server" is a Qdrant server'),
    Key("index", "url", '""', "address of the Qdrant server"),
    Key("index", "collection", '""', "collection on the server; chosen when empty"),
    Key("index", "api_key_secret", '""', "name of the server's key, kept by `avatar secrets`"),
    Key("index", "embedders", '["use", "minilm"]', "bundled embedding models in use"),
    Key("index.extra_embedders", "name", '"ollama"', "name of the vector: a-z, 0-9 and -"),
    Key(
        "index.extra_embedders",
        "class",
        '"llama_index.embeddings.ollama.OllamaEmbedding"',
        "a LlamaIndex embedding class that is installed",
    ),
    Key("index.extra_embedders", "api_key_secret", '""', "name of a kept key, given as api_key"),
    Key("index.extra_embedders", "settings", "{}", "its other arguments; never a secret"),
    Key("escalation", "expire_after_days", "14", "after so many days a question lapses"),
    Key("web", "port", "0", "loopback port of `avatar up`; 0 takes any free one"),
    Key("channels.slack", "enabled", "true", "false keeps this section and does not listen"),
    Key("channels.slack", "owner_id", '""', "your member id, U…; found by owner.email when empty"),
    Key("channels.slack", "team_id", '""', "the workspace, T…; that of the token when empty"),
    Key("channels.slack", "owner_language", '"en"', "language of your cards; owner.language first"),
    Key("channels.slack", "api_url", '"https://slack.com/api/"', "Slack's Web API, or a proxy"),
    Key("channels.slack", "user_groups", "{}", 'Slack groups as groups here: { oncall = "sre" }'),
    Key(
        "channels.slack",
        "links",
        "{}",
        "where a source is on the web, by name, with {path}, {start}, {end}, {commit}",
    ),
    Key("channels.slack", "quiet_hours", '""', 'cards wait then, such as "19:00-08:00"'),
    Key("channels.slack", "quiet_weekends", "false", "cards wait until Monday"),
    Key("channels.slack", "timezone", '""', "of these hours; owner.timezone, then Slack's"),
    Key("channels.slack", "respect_dnd", "true", "cards wait while do-not-disturb is on"),
    Key("channels.slack", "digest_at", "[]", 'one digest instead of cards, at ["09:30", "16:00"]'),
    Key("channels.slack", "remind_after_h", "24.0", "remind you once after hours; 0 never does"),
    Key("channels.slack", "expire_after_days", "7.0", "as under [escalation], for Slack alone"),
    Key("channels.slack", "snooze_h", "4.0", "hours a snoozed card sleeps"),
    Key("channels.slack", "channel_follow_ups", "false", "hear follow-ups without a mention"),
    Key("channels.slack", "workers", "4", "questions worked on at once, 1 to 16"),
    Key(
        "channels.slack",
        "replies_per_thread_and_hour",
        "30",
        "more must be two programs talking to each other",
    ),
    Key("channels.slack", "recall_days", "30.0", "how long an answer is corrected when it lapses"),
)


def key_named(section: str, name: str) -> Key | None:
    """Return the documented key, if there is one."""
    return next((key for key in KEYS if (key.section, key.name) == (section, name)), None)
