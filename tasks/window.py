"""The night and the range: which days a run is about. Dates are Asia/Tehran, instants are UTC."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

TEHRAN = ZoneInfo("Asia/Tehran")


@dataclass(frozen=True)
class Window:
    """Days `first` to `last`, both included, in Tehran."""

    first: date
    last: date

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise ValueError(f"window ends before it begins: {self.first} … {self.last}")

    @property
    def since(self) -> datetime:
        return datetime.combine(self.first, time.min, TEHRAN).astimezone(UTC)

    @property
    def until(self) -> datetime:
        """Exclusive end."""
        return datetime.combine(self.last + timedelta(days=1), time.min, TEHRAN).astimezone(UTC)

    def days(self) -> Iterator["Window"]:
        day = self.first
        while day <= self.last:
            yield Window(day, day)
            day += timedelta(days=1)


ALWAYS = Window(date(2000, 1, 1), date(2200, 1, 1))


def night_of(instant: datetime) -> date:
    """The Tehran date an instant belongs to."""
    return instant.astimezone(TEHRAN).date()


def month_of(at: datetime) -> datetime:
    """The first instant of the calendar month (UTC), which the month's cap is for."""
    return at.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
