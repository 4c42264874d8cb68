"""When the owner may be disturbed: quiet hours, weekends, do-not-disturb, digests. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, timezone, tzinfo
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

SATURDAY: Final = 5
DAYS_AHEAD: Final = 9


@dataclass(frozen=True, slots=True)
class Hours:
    """The owner's rules, in their own time zone."""

    zone: tzinfo
    quiet: tuple[time, time] | None
    quiet_weekends: bool
    digest_at: tuple[time, ...]

    @classmethod
    def of(
        cls, *, zone: tzinfo, quiet: str, quiet_weekends: bool, digest_at: tuple[str, ...]
    ) -> Hours:
        """Read the rules as a profile writes them."""
        span = None
        if quiet:
            start, _, end = quiet.partition("-")
            span = (time.fromisoformat(start), time.fromisoformat(end))
        return cls(zone, span, quiet_weekends, tuple(time.fromisoformat(at) for at in digest_at))

    def clock(self, moment: float) -> str:
        """Write a moment as the owner's wall clock shows it."""
        return self.local(moment).strftime("%H:%M")

    def local(self, moment: float) -> datetime:
        """Return a moment in the owner's time zone."""
        return datetime.fromtimestamp(moment, tz=self.zone)

    def is_quiet(self, moment: float) -> bool:
        """Whether cards wait at this moment."""
        local = self.local(moment)
        if self.quiet_weekends and local.weekday() >= SATURDAY:
            return True
        if self.quiet is None:
            return False
        start, end = self.quiet
        now = local.time()
        if start <= end:
            return start <= now < end
        return now >= start or now < end

    def next_open(self, moment: float) -> float:
        """Return the first moment from now on at which the owner may be disturbed."""
        local = self.local(moment)
        edges = [moment]
        for day in range(DAYS_AHEAD):
            date = local.date() + timedelta(days=day)
            starts = [time(0, 0), *([self.quiet[1]] if self.quiet else [])]
            edges += [datetime.combine(date, at, self.zone).timestamp() for at in starts]
        later = sorted(edge for edge in edges if edge >= moment)
        return next((edge for edge in later if not self.is_quiet(edge)), moment)

    def next_digest(self, moment: float) -> float:
        """Return the next time of a digest; only asked when there are digests."""
        local = self.local(moment)
        times = [
            datetime.combine(local.date() + timedelta(days=day), at, self.zone).timestamp()
            for day in range(DAYS_AHEAD)
            for at in self.digest_at
        ]
        return next(at for at in sorted(times) if at > moment and not self.is_quiet(at))


def zone_of(name: str, utc_offset_s: int) -> tzinfo:
    """Return a time zone by name, else by its present distance from UTC."""
    if name:
        try:
            return ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError):
            pass  # an unknown name still has an offset
    return timezone(timedelta(seconds=utc_offset_s)) if utc_offset_s else UTC
