"""The channels a profile names: checked, wired to their connectors, brought up and examined."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from avatar.domain.audience import Audience
from avatar.errors import OwnerMustActError, ProfileError
from avatar.frontdesk import Behind, FrontDesk, House, KnownSource
from avatar.learning.modes import Why
from avatar.profile import Finding, Severity
from avatar.profile.explain import explain
from connectors.slack.config import APP_TOKEN, BOT_TOKEN, SlackConfig
from connectors.slack.front_desk import Day, Demoted, Gap, PromiseBroken

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from avatar.adapters.sqlite_database import Database
    from avatar.commands.rooms import Rooms
    from avatar.learning.freshness import Freshness
    from avatar.ports import Channel, SecretStore
    from avatar.profile import Profile
    from connectors.slack.identity import OwnerDetails
    from connectors.slack.log_sqlite import SqliteSlackLog
    from connectors.slack.socket_mode import Tokens

    Row = dict[str, Any]

SLACK: Final = ("channels", "slack")
GAPS_OF_DAYS: Final = 30
MOST_GAPS: Final = 12


def check(file: Path, raw: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield what is wrong with the channels of a profile file as it was read."""
    channels = raw.get("channels")
    section = channels.get("slack") if isinstance(channels, dict) else None
    if not isinstance(section, dict):
        return
    try:
        config = SlackConfig.model_validate(section)
    except ValidationError as error:
        for finding in explain(file, error, at=SLACK):
            yield replace(finding, severity=Severity.PROBLEM)
        return
    owner = raw.get("owner")
    has_email = isinstance(owner, dict) and bool(owner.get("email"))
    if config.enabled and not config.owner_id and not has_email:
        yield Finding(
            file,
            "owner.email",
            "Slack cannot tell who the owner is",
            "write the e-mail address you have in Slack, or owner_id under [channels.slack]",
            Severity.PROBLEM,
        )


def listens_to_slack(profile: Profile) -> bool:
    """Whether the profile wants Slack; raises `ProfileError` when what it says cannot be used."""
    return profile.channels.slack is not None and _config(profile).enabled


class SlackDesk(FrontDesk):
    """The front desk, in the connector's own words."""

    def __init__(self, house: House, behind: Behind, gap_rows: Callable[[], list[Row]]) -> None:
        super().__init__(house, behind)
        self._certainty = behind.certainty
        self._gap_rows = gap_rows

    def today(self) -> Day:
        """Return what happened since midnight."""
        day = self.day()
        return Day(day.answered, day.asked_back, day.escalated, day.gaps)

    def setbacks(self) -> Sequence[Demoted | PromiseBroken]:
        """Return what verdicts have taken from the stand-in by itself and still holds."""
        now = self._certainty.sureness()
        found: list[Demoted | PromiseBroken] = [
            Demoted(one.topic, one.since or 0.0) for one in now.modes if one.why is Why.DEMOTED
        ]
        alarm = now.drift.alarm
        if alarm is not None and now.drift.raised:
            bar = 1.0 if now.drift.is_closed else now.thresholds.answer
            found.append(PromiseBroken(alarm.wrong, alarm.judged, now.promise, bar, alarm.at))
        return found

    def gaps(self) -> Sequence[Gap]:
        """Return what was asked in the last weeks and is not known yet, gravest first."""
        return [
            Gap(row["question"], row["asked"], row["help"]["path"] or "")
            for row in self._gap_rows()
            if row["open"] and row["help"]["kind"] != "known"
        ]


class SlackChannel:
    """Slack, from the tokens to the threads; `stop` also lets go of its log.

    Raises `OwnerMustActError` without tokens and `ProfileError` for a section that does not fit.
    """

    def __init__(self, profile: Profile, state: Path, home: Path, secrets: SecretStore) -> None:
        from avatar.adapters.system_clock import SystemClock
        from connectors.slack.connector import SlackConnector

        config, tokens = _config(profile), _tokens(secrets)
        self._profile = profile
        self._log = _log(state)
        self._connector = SlackConnector(
            config, _owner(profile), tokens, self._log, SystemClock(), home
        )

    @property
    def channel(self) -> Channel:
        """The way to askers in Slack."""
        return self._connector

    def desk(self, rooms: Rooms, database: Database, freshness: Freshness) -> SlackDesk:
        """Return the front desk over the rooms of the commands."""
        from avatar.adapters.sqlite_journal import SqliteVerdicts
        from avatar.commands.gaps import gap_rows

        profile = self._profile
        house = House(
            askers=profile.askers,
            sources=[
                KnownSource(source.name, source.kind, Audience.parse(source.audience))
                for source in profile.sources
            ],
            zone=ZoneInfo(profile.owner.timezone) if profile.owner.timezone else None,
        )
        behind = Behind(
            standin=rooms.standin,
            desk=rooms.desk,
            deliveries=rooms.deliveries,
            inbox=rooms.inbox,
            past_answers=rooms.past_answers,
            library=rooms.library,
            locate=rooms.locate,
            store=rooms.store,
            registry=rooms.registry,
            journal=rooms.journal,
            verdicts=SqliteVerdicts(database),
            freshness=freshness,
            certainty=rooms.certainty,
            clock=rooms.clock,
        )

        def lately() -> list[Row]:
            since_s = rooms.clock.now() - GAPS_OF_DAYS * 86_400.0
            return gap_rows(rooms, since_s=since_s, limit=MOST_GAPS)

        return SlackDesk(house, behind, lately)

    def start(self, desk: SlackDesk) -> str:
        """Begin to listen; return how that went, in a sentence."""
        self._connector.start(desk)
        trouble = self._connector.health().trouble
        return f"Slack is tried again and again: {trouble}" if trouble else "Listening to Slack."

    def take_back(self, question_id: str) -> int:
        """Tell everybody in Slack who got the answer to this question that it was wrong."""
        return self._connector.take_back(question_id)

    def health(self) -> Row:
        """Return how the connection stands, for `status`."""
        return asdict(self._connector.health())

    def disconnect(self) -> None:
        """End every thread; what is not done waits in the log. Safe to call twice."""
        self._connector.stop()

    def stop(self) -> None:
        """Disconnect and close the log; safe to call twice."""
        self._connector.stop()
        self._log.close()


class SlackSetup:
    """Setting Slack up, and examining it afterwards; also while the daemon runs."""

    def __init__(self, profile: Profile, state: Path, secrets: SecretStore) -> None:
        self._profile = profile
        self._state = state
        self._secrets = secrets
        self._config = _config(profile)

    def manifest(self) -> Row:
        """Return the app manifest to paste at api.slack.com/apps."""
        from connectors.slack.setup import manifest

        return manifest(self._profile.owner.name, self._config)

    def prepare(self, bot: str, app: str) -> Row:
        """Check the tokens, find the owner, and pin who is who.

        Returns `owner`, `team`, `bot_user`, and `missing`: permissions with what each is for.
        """
        from avatar.adapters.system_clock import SystemClock
        from connectors.slack.setup import permissions, prepare
        from connectors.slack.socket_mode import Tokens

        log = _log(self._state)
        try:
            done = prepare(
                self._config, _owner(self._profile), Tokens(bot, app), log, SystemClock()
            )
        finally:
            log.close()
        why = permissions(self._config)
        return {
            "owner": done.identity.owner,
            "team": done.identity.team,
            "bot_user": done.identity.bot_user,
            "missing": {name: why[name] for name in done.missing_permissions},
        }

    def checks(self, health: Mapping[str, Any] | None) -> Iterator[tuple[str, str]]:
        """Yield each link between the owner and Slack with what to do, empty when it holds.

        `health` is what `status` says of Slack while the daemon runs.
        """
        from avatar.adapters.system_clock import SystemClock
        from connectors.slack.connector import Health
        from connectors.slack.doctor import Doctor

        try:
            tokens = _tokens(self._secrets)
        except OwnerMustActError as error:
            yield "tokens", str(error)
            return
        log = _log(self._state)
        try:
            doctor = Doctor(self._config, _owner(self._profile), tokens, log, SystemClock())
            for found in doctor.checks(Health(**health) if health else None):
                yield found.name, "" if found.is_fine else found.hint
        finally:
            log.close()


def _config(profile: Profile) -> SlackConfig:
    """Read the section; what it leaves open is as the rest of the profile says."""
    owner = profile.owner
    known = {
        "timezone": owner.timezone,
        "expire_after_days": profile.escalation.expire_after_days,
        **({"owner_language": owner.language} if owner.language else {}),
    }
    try:
        return SlackConfig.model_validate(known | (profile.channels.slack or {}))
    except ValidationError as error:
        problems = [str(finding) for finding in explain(profile.file, error, at=SLACK)]
        raise ProfileError(
            f"The profile in {profile.folder} does not fit Slack; correct it and run"
            " `avatar check`, or run `avatar up --no-slack`:",
            problems,
        ) from error


def _tokens(secrets: SecretStore) -> Tokens:
    from connectors.slack.socket_mode import Tokens

    bot, app = secrets.get(BOT_TOKEN), secrets.get(APP_TOKEN)
    missing = [name for name, value in ((BOT_TOKEN, bot), (APP_TOKEN, app)) if not value]
    if missing:
        raise OwnerMustActError(
            f"The profile wants Slack, but {' and '.join(missing)} is not kept. Run"
            " `avatar slack setup`, or `avatar up --no-slack` to go on without."
        )
    return Tokens(bot or "", app or "")


def _owner(profile: Profile) -> OwnerDetails:
    from connectors.slack.identity import OwnerDetails

    return OwnerDetails(profile.owner.name, profile.owner.email)


def _log(state: Path) -> SqliteSlackLog:
    from connectors.slack.log_sqlite import SqliteSlackLog

    return SqliteSlackLog(state / "slack.sqlite")
